"""Workspaces install the app in a browser, use it apart from one another, and take it out again."""

import datetime as dt
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.domain.partnership import State
from bot.manifest import scopes
from storage.engine import Database
from storage.installations import installations
from tests.builders import partnership
from tests.journeys.two_workspaces import (
    CHANNEL,
    EAST,
    NORTH,
    ManyWorkspaces,
    browse,
    heading,
    many_workspaces,
    state_of,
)


@pytest.fixture
def bot(database: Database) -> Iterator[ManyWorkspaces]:
    with many_workspaces(database) as running:
        yield running


@pytest.fixture
def on_sqlite(sqlite: Database) -> Iterator[ManyWorkspaces]:
    with many_workspaces(sqlite) as running:
        yield running


def test_two_workspaces_install_the_app_and_one_takes_it_out_again(bot: ManyWorkspaces) -> None:
    north, east = bot.install(NORTH), bot.install(EAST)
    assert (north.status, east.status) == (200, 200)
    assert heading(north) == "Partnership Pulse is installed in Northfield Council"
    assert heading(east) == "Partnership Pulse is installed in Eastern &lt;Rail&gt;"
    assert "/invite" in north.text
    bot.invite(NORTH)
    bot.invite(EAST)
    bot.work()
    assert [len(bot.posts(team)) for team in (NORTH, EAST)] == [1, 1]
    with bot.product.database.reading() as connection:
        sealed = [bytes(row.sealed_token) for row in connection.execute(installations.select())]
    assert not any(b"xoxb" in each for each in sealed)

    assert bot.event(EAST, {"type": "app_uninstalled"}) == 200
    bot.invite(NORTH)
    assert bot.event(EAST, {"type": "channel_archive", "channel": CHANNEL}) == 200
    bot.work()
    assert len(bot.posts(NORTH)) == 2
    assert bot.product.known.token_of(EAST) is None
    refused = bot.submit(EAST, "hub_chosen")
    assert "not installed in this workspace" in str(refused["view"])
    assert f"{bot.address}/slack/install" in str(refused["view"])


def test_what_is_asked_for_at_slack_is_what_the_manifest_lists(on_sqlite: ManyWorkspaces) -> None:
    location, _ = on_sqlite.begin(NORTH)
    asked = parse_qs(urlsplit(location).query)
    assert asked["scope"] == [",".join(scopes())]
    assert "user_scope" not in asked
    assert asked["redirect_uri"] == [f"{on_sqlite.address}/slack/oauth_redirect"]


def test_an_answer_of_slack_counts_once_in_the_browser_that_began_and_for_ten_minutes(
    on_sqlite: ManyWorkspaces,
) -> None:
    bot = on_sqlite
    location, cookie = bot.begin(NORTH)
    back = bot.consent(location)
    assert browse(back).status == 400  # another browser
    forged = back.replace(state_of(back), "forged")
    assert browse(forged, cookie=cookie).status == 400
    assert browse(forged, cookie="slack-app-oauth-state=forged").status == 401
    done = browse(back, cookie=cookie)
    assert done.status == 200
    assert any("slack-app-oauth-state=deleted" in each for each in done.cookies)
    replayed = browse(back, cookie=cookie)
    assert replayed.status == 401
    assert heading(replayed) == "Please begin again"

    location, cookie = bot.begin(EAST)
    back = bot.consent(location)
    bot.clock.move(minutes=10)
    assert browse(back, cookie=cookie).status == 401
    assert bot.product.known.token_of(EAST) is None


def test_whoever_does_not_agree_reads_that_nothing_has_changed(on_sqlite: ManyWorkspaces) -> None:
    _, cookie = on_sqlite.begin(NORTH)
    denied = browse(f"{on_sqlite.address}/slack/oauth_redirect?error=access_denied&state=x", cookie=cookie)
    assert (denied.status, heading(denied)) == (200, "Nothing was installed")
    odd = browse(f"{on_sqlite.address}/slack/oauth_redirect?error=<script>alert(1)</script>")
    assert "script" not in odd.text
    assert on_sqlite.product.known.token_of(NORTH) is None


def test_a_code_that_slack_does_not_know_installs_nothing(on_sqlite: ManyWorkspaces) -> None:
    location, cookie = on_sqlite.begin(NORTH)
    made_up = f"{on_sqlite.address}/slack/oauth_redirect?code=made-up&state={state_of(location)}"
    page = browse(made_up, cookie=cookie)
    assert (page.status, heading(page)) == (401, "It was not installed")
    assert on_sqlite.product.known.token_of(NORTH) is None


def test_a_link_cannot_be_made_to_ask_slack_for_something_else(on_sqlite: ManyWorkspaces) -> None:
    page = browse(f"{on_sqlite.address}/slack/install?team=T1%26scope%3Dadmin")
    asked = parse_qs(urlsplit(page.location).query)
    assert asked["scope"] == [",".join(scopes())]
    assert "team" not in asked


def test_partnerships_stop_with_the_installation_and_go_on_with_the_next_one(bot: ManyWorkspaces) -> None:
    bot.install(NORTH)
    bot.invite(NORTH)
    stands = bot.product.ports
    made = partnership(home_team_id=NORTH, channel_id=CHANNEL)
    with stands.store.write() as tx:
        tx.partnerships.add(made, stands.vault.new_key())
    assert bot.event(NORTH, {"type": "tokens_revoked", "tokens": {"bot": ["U1"]}}) == 200
    assert bot.event(NORTH, {"type": "app_uninstalled"}) == 200
    assert state(bot) is State.SUSPENDED

    bot.clock.move(minutes=2)
    again = bot.install(NORTH)
    assert "One partnership that had stopped goes on" in again.text
    assert state(bot) is State.ACTIVE
    bot.work()
    assert any("goes on" in each for each in bot.posts(NORTH))

    late = bot.clock.real() - dt.timedelta(minutes=1)
    assert bot.event(NORTH, {"type": "app_uninstalled"}, at=late) == 200  # Slack repeats itself
    assert state(bot) is State.ACTIVE
    assert bot.product.known.token_of(NORTH) is not None


def state(bot: ManyWorkspaces) -> State:
    with bot.product.ports.store.read() as tx:
        return tx.partnerships.get(partnership().id).state
