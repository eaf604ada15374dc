"""What the app knows of where it is installed, how long it believes it, and what an end and a new beginning mean."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bot.domain.ids import ChannelId, DraftId, EnterpriseId, PartnershipId, TeamId
from bot.domain.outbox import MessageKind
from bot.domain.partnership import Partnership, State
from bot.domain.people import Person, Profile
from bot.services import channels, installations
from bot.services.channels import ChannelEvent
from bot.services.installations import USED_FOR, KnownInstallations
from bot.services.ports import Door, Draft, Installed
from storage.engine import Database
from storage.unit_of_work import SqlStore, SqlTransaction
from tests.builders import CHANNEL, EXT, HOME, TUESDAY, Stage, add_partnership, partnership, person, stage
from tests.services.counted import Counting, counting
from tests.services.stories import kinds, now_in, open_round, sent, told, wanted

ORGANISATION = EnterpriseId("E0GRID")
SECOND = TeamId("T0SECOND")
AT_HOME = Door(team_id=HOME)
OWN = Installed(team_id=HOME, installed_at=TUESDAY, token="xoxb-own")
WHOLE = Installed(
    team_id=None, enterprise_id=ORGANISATION, is_enterprise_install=True, installed_at=TUESDAY, token="xoxb-whole"
)


@pytest.fixture
def on(sqlite: Database) -> Iterator[Stage]:
    with stage(sqlite) as made:
        yield made


def put(on: Stage, *installed: Installed) -> None:
    with on.ports.store.write() as tx:
        for each in installed:
            tx.installations.put(each)


def looking(on: Stage) -> tuple[KnownInstallations, Counting]:
    store = counting(on)
    return KnownInstallations(store, on.clock), store


def test_what_is_known_is_used_for_a_minute_without_asking(on: Stage) -> None:
    put(on, OWN)
    known, store = looking(on)
    assert known.known(AT_HOME) is None
    assert known.read(AT_HOME) == OWN
    for _ in range(100):
        assert known.known(AT_HOME) == OWN
    assert store.reads == 1
    assert not known.is_due(AT_HOME)
    on.clock.move(seconds=31)
    assert known.is_due(AT_HOME)
    assert known.known(AT_HOME) == OWN
    on.clock.at += USED_FOR
    assert known.known(AT_HOME) is None
    assert store.reads == 1


def test_another_replica_believes_an_installation_that_has_ended_for_a_minute_at_most(on: Stage) -> None:
    put(on, OWN)
    known, _ = looking(on)
    assert known.token_of(HOME) == "xoxb-own"
    installations.uninstalled(on.ports, "Ev1", AT_HOME, on.clock.real())
    assert known.token_of(HOME) == "xoxb-own"
    on.clock.move(seconds=31)
    assert known.token_of(HOME) is None
    assert known.known(AT_HOME) is None


def test_what_is_not_installed_is_asked_for_each_time_so_that_an_installation_counts_at_once(on: Stage) -> None:
    known, _ = looking(on)
    assert known.token_of(HOME) is None
    put(on, OWN)
    assert known.token_of(HOME) == "xoxb-own"


@pytest.mark.parametrize("door", [AT_HOME, Door(enterprise_id=ORGANISATION, is_enterprise_install=True)], ids=str)
def test_what_is_forgotten_is_asked_for_again_and_nothing_else_is(on: Stage, door: Door) -> None:
    put(on, OWN, WHOLE)
    known, _ = looking(on)
    doors = (AT_HOME, Door(team_id=SECOND, enterprise_id=ORGANISATION, is_enterprise_install=True))
    for each in doors:
        known.read(each)
    known.forget(door)
    assert [known.known(each) is None for each in doors] == [door == AT_HOME, door != AT_HOME]


def test_an_end_while_it_is_being_looked_up_is_not_overlooked(on: Stage) -> None:
    put(on, OWN)

    class Ends(SqlStore):
        @contextmanager
        def read(self) -> Iterator[SqlTransaction]:
            with super().read() as tx:
                yield tx
            known.forget(AT_HOME)

    known = KnownInstallations(Ends(on.database, on.vault), on.clock)
    assert known.read(AT_HOME) == OWN
    assert known.known(AT_HOME) is None


def test_a_database_that_is_away_ends_no_installation_and_makes_none(on: Stage) -> None:
    put(on, OWN)
    known, store = looking(on)
    known.read(AT_HOME)
    on.clock.move(minutes=10)
    store.is_away = True
    assert known.read(AT_HOME) == OWN
    assert known.token_of(HOME) == "xoxb-own"
    with pytest.raises(OSError, match="away"):
        known.read(Door(team_id=EXT))


def second(on: Stage, team: TeamId = EXT) -> Partnership:
    """A partnership at home in another workspace, in a channel of the same id."""
    made = partnership(id=PartnershipId("p-second"), name="Harbour Bridge", home_team_id=team, organisations=())
    with on.ports.store.write() as tx:
        tx.partnerships.add(made, on.vault.new_key())
    return made


def test_an_app_that_is_taken_out_stops_in_that_workspace_alone_and_sends_nothing_there(database: Database) -> None:
    with stage(database) as on:
        put(on, OWN, Installed(team_id=EXT, installed_at=TUESDAY, token="xoxb-ext"))
        made, other = add_partnership(on), second(on)
        open_round(on, made)
        installations.uninstalled(on.ports, "Ev1", AT_HOME, on.clock.real())
        assert (now_in(on, made).state, now_in(on, other).state) == (State.SUSPENDED, State.ACTIVE)
        assert sent(on) == []
        with on.ports.store.read() as tx:
            assert [each.team_id for each in tx.installations.all()] == [EXT]


def test_one_bot_token_has_no_installation_to_delete_and_stops_all_the_same(on: Stage) -> None:
    made = add_partnership(on)
    installations.uninstalled(on.ports, "Ev1", AT_HOME, on.clock.real())
    assert now_in(on, made).state is State.SUSPENDED


def install(on: Stage, record: Installed) -> int:
    with on.ports.store.write() as tx:
        tx.installations.put(record)
        return installations.installed(tx, on.ports, record)


def test_installed_again_its_partnerships_go_on_and_say_so(database: Database) -> None:
    with stage(database) as on:
        put(on, OWN)
        made = add_partnership(on)
        installations.uninstalled(on.ports, "Ev1", AT_HOME, on.clock.real())
        on.clock.move(hours=1)
        assert install(on, OWN) == 1
        assert now_in(on, made).state is State.ACTIVE
        assert wanted(on) == {(HOME, CHANNEL)}
        assert told(sent(on), MessageKind.RESUMED) == {CHANNEL}
        assert install(on, OWN) == 0
        assert sent(on) == []


def test_where_the_bot_is_no_longer_in_the_channel_its_leads_are_told_to_invite_it(on: Stage) -> None:
    put(on, OWN)
    made = add_partnership(on)
    installations.uninstalled(on.ports, "Ev1", AT_HOME, on.clock.real())
    install(on, OWN)
    messages = sent(on, refused="not_in_channel")
    assert now_in(on, made).state is State.SUSPENDED
    assert told(messages, MessageKind.SWITCHED_OFF) == {person(1).user_id, person(1, EXT).user_id}


def test_a_paused_partnership_stays_paused_through_an_end_and_a_new_beginning(on: Stage) -> None:
    made = add_partnership(on, state=State.PAUSED)
    installations.uninstalled(on.ports, "Ev1", AT_HOME, on.clock.real())
    assert install(on, OWN) == 0
    assert now_in(on, made).state is State.PAUSED
    assert sent(on) == []


def test_a_tale_of_an_end_that_is_older_than_the_installation_is_not_believed(on: Stage) -> None:
    put(on, OWN)
    made = add_partnership(on)
    installations.uninstalled(on.ports, "Ev1", AT_HOME, TUESDAY - dt.timedelta(minutes=5))
    assert now_in(on, made).state is State.ACTIVE
    with on.ports.store.read() as tx:
        assert tx.installations.serving(AT_HOME) is not None


def grid(on: Stage, *teams: TeamId) -> None:
    """An organisation with these workspaces has installed the app as a whole."""
    put(on, WHOLE)
    for team in teams:
        installations.note_workspace(on.ports, WHOLE, team)


def test_an_organisation_that_takes_the_app_out_stops_all_its_workspaces_but_those_with_one_of_their_own(
    database: Database,
) -> None:
    with stage(database) as on:
        grid(on, HOME, SECOND)
        put(on, Installed(team_id=SECOND, installed_at=TUESDAY, token="xoxb-second"))
        made, other = add_partnership(on), second(on, SECOND)
        whole = Door(enterprise_id=ORGANISATION, is_enterprise_install=True)
        installations.uninstalled(on.ports, "Ev1", whole, on.clock.real())
        assert (now_in(on, made).state, now_in(on, other).state) == (State.SUSPENDED, State.ACTIVE)
        assert install(on, WHOLE) == 1
        assert now_in(on, made).state is State.ACTIVE


def test_a_workspace_whose_own_installation_ends_is_still_served_by_its_organisations(on: Stage) -> None:
    grid(on, HOME)
    put(on, OWN)
    made = add_partnership(on)
    installations.uninstalled(on.ports, "Ev1", AT_HOME, on.clock.real())
    assert now_in(on, made).state is State.ACTIVE


def home(on: Stage, *named: ChannelId, draft: str = "", stated: TeamId | None = None, who: Person | None = None) -> str:
    """The workspace that a request to the organisation's installation is about."""
    return installations.home_of(on.ports, WHOLE, named, DraftId(draft), stated, who)


def test_a_request_to_a_whole_organisation_is_about_the_workspace_of_its_channel(on: Stage) -> None:
    grid(on, HOME, SECOND)
    add_partnership(on)
    with on.ports.store.write() as tx:
        kept = Draft(id=DraftId("draft-1"), author=person(1), channel_id=CHANNEL, body={})
        tx.notebook.put_draft(kept, on.clock.now())
    assert home(on, CHANNEL) == HOME
    assert home(on, CHANNEL, stated=SECOND) == HOME
    assert home(on, draft="draft-1", stated=SECOND) == HOME


def test_without_a_channel_it_is_about_what_slack_states_and_else_about_where_the_person_is(on: Stage) -> None:
    grid(on, HOME, SECOND)
    add_partnership(on)
    assert home(on, ChannelId("C0NEW"), stated=SECOND) == SECOND
    assert home(on, ChannelId("D0DM"), who=person(1)) == HOME
    assert home(on, ChannelId("D0DM"), who=person(1, EXT)) == HOME  # a partner, whose partnerships are all there
    assert home(on, ChannelId("D0DM"), who=person(99, EXT)) == ""


def test_a_whole_organisation_never_reaches_a_workspace_that_is_not_its_own(on: Stage) -> None:
    grid(on, SECOND)
    add_partnership(on)
    assert home(on, CHANNEL, stated=HOME, who=person(1)) == ""
    assert home(on, CHANNEL, stated=HOME, who=person(1, EXT)) == ""


def test_two_workspaces_in_one_channel_keep_what_each_was_told_of_it(database: Database) -> None:
    with stage(database) as on:
        with on.ports.store.write() as tx:
            emery = Profile(person=person(1, EXT), name="Emery", email="emery@example.org")
            tx.notebook.put_profiles(HOME, CHANNEL, ())
            tx.notebook.put_profiles(EXT, CHANNEL, [emery])
        with on.ports.store.read() as tx:
            assert tx.notebook.profiles(HOME, CHANNEL) == ()
            assert tx.notebook.profiles(EXT, CHANNEL) == (emery,)


def test_an_invitation_after_an_end_is_of_the_workspace_that_invites(on: Stage) -> None:
    other = second(on)
    event = ChannelEvent(id="Ev9", team_id=HOME, channel_id=CHANNEL)
    channels.invited(on.ports, event)
    assert kinds(sent(on)) == [MessageKind.WELCOME]
    assert now_in(on, other).state is State.ACTIVE
