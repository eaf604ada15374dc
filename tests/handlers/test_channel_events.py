"""Slack's events about channels, as Bolt hands them over."""

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.domain.ids import ChannelId, TeamId
from bot.domain.outbox import MessageKind
from bot.domain.partnership import State
from handlers import channels, installations, life
from handlers import commands as pulse_commands
from storage.engine import Database
from tests.builders import CHANNEL, Stage, add_partnership, partnership, person, stage
from tests.handlers.apps import bolt_app, deps_of
from tests.services.stories import kinds, now_in, roster_of, sent, told, wanted
from tests.slack_double import SlackDouble, World, form_body

HOME, EXT = TeamId(World.HOME), TeamId(World.EXT)
ELSE = ChannelId("C0ELSE")
Json = dict[str, Any]


class Here:
    """The double, the stage, and a Bolt app with the listeners of channels and of `/pulse`."""

    def __init__(self, on: Stage, slack: SlackDouble) -> None:
        self.on, self.slack = on, slack
        self._deps = deps_of(on.ports, slack)

    def receives(self, body: Json) -> int:
        """Hand an event to Bolt; the status with which it is acknowledged."""
        return self._dispatch(json.dumps(body), "application/json")[0]

    def commands(self, user: str, text: str) -> None:
        """A person types `/pulse`."""
        fields = self.slack.person(user).commands("/pulse", text, channel=CHANNEL)
        assert self._dispatch(form_body(fields), "application/x-www-form-urlencoded")[0] == 200

    def submits(self, user: str) -> Json:
        """A person submits the modal on top; what the app answers to it."""
        payload = self.slack.person(user).submits(self.slack.views_of(user)[-1])
        status, answer = self._dispatch(form_body(payload), "application/x-www-form-urlencoded")
        assert status == 200
        return dict(json.loads(answer)) if answer else {}

    def _dispatch(self, body: str, content_type: str) -> tuple[int, str]:
        async def dispatch() -> tuple[int, str]:
            app = self._app()
            request = AsyncBoltRequest(body=body, headers={"content-type": [content_type]})
            answer = await app.async_dispatch(request)
            return answer.status, answer.body

        return asyncio.run(dispatch())

    def _app(self) -> AsyncApp:
        app = bolt_app(self.slack, self._deps)
        channels.register(app, self._deps)
        installations.register(app, self._deps)
        life.register(app, self._deps)
        pulse_commands.register(app, self._deps, life.verbs(self._deps))
        return app


@pytest.fixture
def here(sqlite: Database) -> Iterator[Here]:
    with stage(sqlite) as on, SlackDouble() as slack:
        for number in range(1, 11):
            slack.world.add_user(person(number).user_id, team_id=World.HOME)
            slack.world.add_user(person(number, EXT).user_id, team_id=World.EXT)
        everybody = [user for user in slack.world.users if user != World.BOT]
        slack.world.add_channel(CHANNEL, members=everybody)
        slack.world.add_channel(ELSE)
        yield Here(on, slack)


EVENTS: tuple[tuple[str, Callable[[Here], Json]], ...] = (
    ("channel_archive", lambda here: here.slack.events.channel_archive(CHANNEL, user="U0H01")),
    ("channel_left", lambda here: plain_event(here, "channel_left")),
    ("channel_deleted", lambda here: plain_event(here, "channel_deleted")),
    ("group_left", lambda here: plain_event(here, "group_left")),
    ("group_archive", lambda here: plain_event(here, "group_archive")),
    ("group_deleted", lambda here: plain_event(here, "group_deleted")),
    ("member_left_channel", lambda here: here.slack.events.member_left_channel(CHANNEL, World.BOT)),
    ("app_uninstalled", lambda here: here.slack.events.app_uninstalled()),
    ("tokens_revoked", lambda here: here.slack.events.tokens_revoked()),
)


def plain_event(here: Here, kind: str) -> Json:
    """An event that names nothing but its channel."""
    return here.slack.events.callback({"type": kind, "channel": CHANNEL}, channel=CHANNEL)


@pytest.mark.parametrize(("kind", "event"), EVENTS, ids=[kind for kind, _ in EVENTS])
def test_each_event_after_which_nothing_can_be_posted_suspends_the_partnership(
    here: Here, kind: str, event: Callable[[Here], Json]
) -> None:
    made = add_partnership(here.on)
    body = event(here)
    assert body["event"]["type"] == kind
    assert here.receives(body) == 200
    assert now_in(here.on, made).state is State.SUSPENDED


def test_the_bots_own_arrival_is_not_mistaken_for_a_persons(here: Here) -> None:
    assert here.receives(here.slack.events.member_joined_channel(ELSE, World.BOT)) == 200
    assert told(sent(here.on), MessageKind.WELCOME) == {ELSE}


def test_somebody_of_the_partner_who_joins_makes_the_roster_wanted(here: Here) -> None:
    add_partnership(here.on)
    here.receives(here.slack.events.member_joined_channel(CHANNEL, "U0E05"))
    assert wanted(here.on) == {(HOME, CHANNEL)}
    assert sent(here.on) == []


def test_somebody_of_the_partner_who_leaves_is_off_the_roster(here: Here) -> None:
    made = add_partnership(here.on)
    here.receives(here.slack.events.member_left_channel(CHANNEL, "U0E05"))
    assert roster_of(here.on, made).member(person(5, EXT)) is None


@pytest.mark.parametrize("kind", channels.PEOPLE_CHANGED)
def test_each_event_that_may_change_who_is_there_makes_the_roster_wanted(here: Here, kind: str) -> None:
    add_partnership(here.on)
    assert here.receives(plain_event(here, kind)) == 200
    assert wanted(here.on) == {(HOME, CHANNEL)}


@pytest.mark.parametrize("kind", channels.RENAMED)
def test_a_channel_that_is_renamed_changes_nothing(here: Here, kind: str) -> None:
    made = add_partnership(here.on)
    before = now_in(here.on, made)
    renamed = here.slack.events.channel_rename(CHANNEL, name="phase-3")
    assert here.receives({**renamed, "event": {**renamed["event"], "type": kind}}) == 200
    assert now_in(here.on, made) == before
    assert sent(here.on) == []


def test_a_channel_whose_id_changes_takes_its_partnership_along(here: Here) -> None:
    made = add_partnership(here.on)
    here.slack.world.change_channel_id(CHANNEL, "C0NEW")
    here.receives(here.slack.events.channel_id_changed(CHANNEL, "C0NEW"))
    assert now_in(here.on, made).channel_id == "C0NEW"


def test_tokens_of_single_people_concern_nobody_else(here: Here) -> None:
    made = add_partnership(here.on)
    revoked = here.slack.events.tokens_revoked()
    revoked["event"]["tokens"] = {"oauth": ["U0H01"]}
    assert here.receives(revoked) == 200
    assert now_in(here.on, made).state is State.ACTIVE


def test_an_event_delivered_twice_is_carried_out_once(here: Here) -> None:
    body = here.slack.events.member_joined_channel(ELSE, World.BOT)
    here.receives(body)
    here.receives(body)
    assert kinds(sent(here.on)) == [MessageKind.WELCOME]


def test_a_pause_is_asked_about_once_and_told_to_the_channel(here: Here) -> None:
    made = add_partnership(here.on)
    here.commands("U0H01", "pause")
    assert now_in(here.on, made).state is State.ACTIVE
    assert here.submits("U0H01") == {}
    assert now_in(here.on, made).state is State.PAUSED
    here.commands("U0H01", "resume")
    assert now_in(here.on, made).state is State.ACTIVE
    (answer,) = here.slack.ephemerals("U0H01", CHANNEL)
    assert "goes on" in answer.text
    assert kinds(sent(here.on)) == [MessageKind.PAUSED, MessageKind.RESUMED]


@pytest.mark.parametrize("verb", ["pause", "resume", "end"])
def test_who_may_not_decide_is_told_who_may(here: Here, verb: str) -> None:
    add_partnership(here.on)
    here.commands("U0H05", verb)
    (answer,) = here.slack.ephemerals("U0H05", CHANNEL)
    assert "<@U0H01>" in answer.text


def test_a_partnership_ends_only_when_the_question_is_confirmed(here: Here) -> None:
    made = add_partnership(here.on)
    here.commands("U0H01", "end")
    assert now_in(here.on, made).state is State.ACTIVE
    assert here.submits("U0H01") == {}
    assert now_in(here.on, made).state is State.ENDED
    assert kinds(sent(here.on)) == [MessageKind.ENDED]


def test_a_question_confirmed_too_late_says_why_nothing_was_done(here: Here) -> None:
    add_partnership(here.on)
    here.commands("U0H01", "end")
    with here.on.ports.store.write() as tx:
        tx.people.set_holders(partnership().id, ())
    answer = here.submits("U0H01")
    assert answer["response_action"] == "update"
    assert "administrator" in str(answer["view"])
