"""Installations and the states of installing, on both databases: sealed, found by every door, taken once."""

import asyncio
import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from slack_sdk.oauth.installation_store.models import Installation

from bot.domain.errors import NotNow
from bot.domain.ids import EnterpriseId, TeamId
from bot.services.ports import Door, Installed, Transaction
from storage import oauth
from storage.engine import Database
from storage.installations import installations
from storage.oauth import STATE_LIVES, SqlInstallationStore, SqlStateStore, oauth_states
from storage.unit_of_work import SqlStore
from tests.builders import EXT, HOME, TUESDAY, Stage, StoppedClock, stage

ORGANISATION, OTHER, PARTNERS = EnterpriseId("E0GRID"), EnterpriseId("E0ELSE"), EnterpriseId("E0PARTNER")
OWN = Installed(team_id=HOME, bot_user_id="U0BOT", scopes=("commands",), installed_at=TUESDAY, token="xoxb-own")
WHOLE = Installed(
    team_id=None, enterprise_id=ORGANISATION, is_enterprise_install=True, installed_at=TUESDAY, token="xoxb-whole"
)


def serving(on: Stage, door: Door) -> str | None:
    """The token that a door is served with."""
    with on.ports.store.read() as tx:
        found = tx.installations.serving(door)
    return None if found is None else found.token


def put(on: Stage, *installed: Installed) -> None:
    """Keep installations."""
    with on.ports.store.write() as tx:
        for each in installed:
            tx.installations.put(each)


def test_an_installation_comes_back_as_it_was_kept_and_its_token_is_sealed(database: Database) -> None:
    with stage(database) as on:
        put(on, OWN, WHOLE)
        put(on, OWN)
        with on.ports.store.read() as tx:
            assert tx.installations.all() == (WHOLE, OWN)
        with database.reading() as connection:
            written = str(connection.execute(installations.select()).all())
        assert "xoxb" not in written
        assert "xoxb" not in repr(OWN)


@pytest.mark.parametrize(
    ("door", "token"),
    [
        (Door(team_id=HOME), "xoxb-own"),
        (Door(team_id=HOME, enterprise_id=ORGANISATION), "xoxb-own"),
        (Door(team_id=HOME, enterprise_id=ORGANISATION, is_enterprise_install=True), "xoxb-whole"),
        (Door(team_id=EXT, enterprise_id=ORGANISATION), "xoxb-whole"),
        (Door(team_id=EXT, enterprise_id=ORGANISATION, is_enterprise_install=True), "xoxb-whole"),
        (Door(enterprise_id=ORGANISATION, is_enterprise_install=True), "xoxb-whole"),
        (Door(team_id=TeamId(ORGANISATION)), "xoxb-whole"),
        (Door(team_id=TeamId("T0KNOWN")), "xoxb-whole"),
        (Door(team_id=TeamId("T0KNOWN"), enterprise_id=PARTNERS), "xoxb-whole"),
        (Door(team_id=TeamId("T0KNOWN"), enterprise_id=PARTNERS, is_enterprise_install=True), "xoxb-whole"),
        (Door(team_id=EXT), None),
        (Door(team_id=EXT, enterprise_id=OTHER), None),
        (Door(team_id=EXT, enterprise_id=OTHER, is_enterprise_install=True), None),
        (Door(), None),
    ],
    ids=str,
)
def test_a_workspaces_own_installation_serves_it_and_else_its_organisations(
    database: Database, door: Door, token: str | None
) -> None:
    with stage(database) as on:
        put(on, OWN, WHOLE, replace(WHOLE, enterprise_id=PARTNERS, token="xoxb-partners"))
        with on.ports.store.write() as tx:
            tx.installations.belongs(TeamId("T0KNOWN"), ORGANISATION)
            tx.installations.belongs(TeamId("T0KNOWN"), ORGANISATION)
            assert tx.installations.workspaces_of(ORGANISATION) == {"T0KNOWN"}
        assert serving(on, door) == token


def test_what_is_removed_is_that_place_alone(database: Database) -> None:
    with stage(database) as on:
        put(on, OWN, WHOLE)
        with on.ports.store.write() as tx:
            assert tx.installations.made_at(Door(team_id=HOME)) == TUESDAY
            tx.installations.remove(Door(team_id=HOME, enterprise_id=ORGANISATION))
            assert tx.installations.made_at(Door(team_id=HOME)) is None
        assert serving(on, Door(enterprise_id=ORGANISATION, is_enterprise_install=True)) == "xoxb-whole"


def store_of(on: Stage) -> tuple[SqlInstallationStore, list[Installed]]:
    """slack_sdk's store, and what it said was installed."""
    told: list[Installed] = []

    def installed(tx: Transaction, record: Installed) -> int:
        told.append(record)
        return 3

    assert isinstance(on.ports.store, SqlStore)
    return SqlInstallationStore(on.ports.store, on.clock.real, installed), told


def test_slacks_library_keeps_finds_and_deletes_through_its_own_words(database: Database) -> None:
    with stage(database) as on:
        store, told = store_of(on)
        given = Installation(
            app_id="A1",
            team_id=HOME,
            team_name="Northfield",
            bot_token="xoxb-1",
            bot_id="B1",
            bot_user_id="U1",
            bot_scopes="commands,chat:write",
            user_id="U0H01",
            user_token="xoxp-not-to-be-kept",
        )
        asyncio.run(store.async_save(given))
        assert given.get_custom_value("resumed") == 3
        assert [each.team_id for each in told] == [HOME]
        found = asyncio.run(store.async_find_installation(enterprise_id=None, team_id=HOME))
        bot = asyncio.run(store.async_find_bot(enterprise_id=None, team_id=HOME))
        assert found is not None
        assert bot is not None
        assert (found.bot_token, found.bot_scopes, bot.bot_user_id) == ("xoxb-1", ["commands", "chat:write"], "U1")
        assert (found.user_id, found.user_token) == ("", None)
        assert found.installed_at == TUESDAY.timestamp()
        asyncio.run(store.async_delete_installation(enterprise_id=None, team_id=HOME, user_id="U0H01"))
        assert asyncio.run(store.async_find_bot(enterprise_id=None, team_id=HOME)) is not None
        asyncio.run(store.async_delete_all(enterprise_id=None, team_id=HOME))
        assert asyncio.run(store.async_find_installation(enterprise_id=None, team_id=HOME)) is None


def test_an_organisations_installation_is_kept_under_the_organisation_though_slack_names_a_workspace(
    database: Database,
) -> None:
    with stage(database) as on:
        store, _ = store_of(on)
        whole = Installation(
            team_id=HOME,
            enterprise_id=ORGANISATION,
            is_enterprise_install=True,
            bot_token="xoxb-1",
            user_id="U0H01",
        )
        asyncio.run(store.async_save(whole))
        assert serving(on, Door(team_id=HOME)) is None
        assert serving(on, Door(team_id=EXT, enterprise_id=ORGANISATION)) == "xoxb-1"


def test_a_token_that_expires_is_refused_with_what_to_do(sqlite: Database) -> None:
    with stage(sqlite) as on:
        store, told = store_of(on)
        expiring = Installation(team_id=HOME, bot_token="xoxe.1", user_id="U1", bot_token_expires_in=43_200)
        with pytest.raises(NotNow, match="token rotation"):
            asyncio.run(store.async_save(expiring))
        assert told == []
        assert serving(on, Door(team_id=HOME)) is None


def test_a_state_counts_once_whichever_replica_is_asked(database: Database) -> None:
    clock = StoppedClock()
    one, other = SqlStateStore(database, clock.real), SqlStateStore(database, clock.real)
    state = asyncio.run(one.async_issue())
    with database.reading() as connection:
        assert state not in str(connection.execute(oauth_states.select()).all())
    with ThreadPoolExecutor(8) as threads:
        taken = list(threads.map(lambda store: store.consume(state), [one, other] * 8))
    assert sorted(taken) == [False] * 15 + [True]


def test_a_state_expires_and_is_swept_with_the_next_one(database: Database) -> None:
    clock = StoppedClock()
    store = SqlStateStore(database, clock.real)
    state, other = store.issue(), store.issue()
    clock.at += STATE_LIVES - dt.timedelta(seconds=1)
    assert asyncio.run(store.async_consume(other))
    clock.move(seconds=1)
    assert not store.consume(state)
    assert not store.consume("made-up")
    store.issue()
    with database.reading() as connection:
        assert len(connection.execute(oauth_states.select()).all()) == 1


def test_nobody_fills_the_disk_with_states(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oauth, "_MOST_STATES", 3)
    clock = StoppedClock()
    store = SqlStateStore(sqlite, clock.real)
    for _ in range(3):
        store.issue()
    with pytest.raises(NotNow):
        store.issue()
    clock.at += STATE_LIVES
    assert store.consume(store.issue())
