"""Asking for things through the real listeners, as anybody of two partnerships, and what that person is shown."""

import asyncio
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.domain.people import Person
from bot.domain.permissions import PERMISSIONS, Standing
from bot.services import escalation, milestones, places
from bot.views.hub import draw_note
from bot.views.ids import pack
from handlers.deps import Deps
from tests.builders import CHANNEL, EXT, HOME, Stage
from tests.handlers.attempts import Attempt, Way
from tests.handlers.everything import all_kept
from tests.handlers.two_partnerships import ELSEWHERE, FAR_MEMBER, MEMBER, STANDINGS
from tests.slack_double import SlackDouble
from tests.slack_double.views import build_view

Json = dict[str, Any]
_SEEN = {"view", "text", "blocks"}
_SHOWS = {"views.open", "views.update", "views.publish", "response_url"}


@dataclass(slots=True, kw_only=True)
class Asking:
    """The app over two partnerships, and every id by which the things of the first one are known."""

    on: Stage
    slack: SlackDouble
    app: AsyncApp
    deps: Deps
    ids: Mapping[str, str]

    def rows(self) -> set[str]:
        """All that is kept."""
        return all_kept(self.on.database)

    def said(self, who: Person, attempt: Attempt, ids: Mapping[str, str] | None = None) -> str:
        """All that a person is shown who attempts something; empty if that is nothing."""
        known = len(self.slack.calls)
        answer = asyncio.run(self.send(self._payload(who, attempt, ids or self.ids)))
        shown = [each.args for each in self.slack.calls[known:] if each.method in _SHOWS]
        seen = [answer, *({part: each[part] for part in _SEEN & each.keys()} for each in shown)]
        return "".join(json.dumps(each, ensure_ascii=False, sort_keys=True) for each in seen if each)

    async def send(self, payload: Json) -> Any:
        """Hand a payload to Bolt; what it acknowledged with, once all that follows is done."""
        answer = await self.app.async_dispatch(AsyncBoltRequest(body=payload, mode="socket_mode"))
        await self.deps.after.finish(within=5)
        assert answer.status == 200
        return json.loads(answer.body or "null")

    def _payload(self, who: Person, attempt: Attempt, ids: Mapping[str, str]) -> Json:
        world = self.slack.world
        url = f"{world.origin}/response/" + world.issue_response_url(who.user_id, CHANNEL).id
        opens = {"trigger_id": world.issue_trigger(who.user_id), "response_url": url}
        made = {Way.BUTTON: self._click, Way.FORM: self._submission, Way.COMMAND: self._command}
        return {**made[attempt.way](who, attempt, ids), **opens}

    def _command(self, who: Person, attempt: Attempt, ids: Mapping[str, str]) -> Json:
        named = {"team_id": who.team_id, "user_id": who.user_id, "channel_id": ids[attempt.where]}
        return {**named, "command": attempt.name, "text": attempt.typed}

    def _click(self, who: Person, attempt: Attempt, ids: Mapping[str, str]) -> Json:
        channel = ids[attempt.where]
        click = {"type": "button", "action_id": attempt.name, "block_id": "b", "value": ids.get(attempt.value, "")}
        place = {"channel": {"id": channel}, "container": {"type": "message", "channel_id": channel}}
        around = {"view": self._open_view(who, channel)} if attempt.in_modal else place
        return {**_actor(who), **around, "type": "block_actions", "actions": [click]}

    def _submission(self, who: Person, attempt: Attempt, ids: Mapping[str, str]) -> Json:
        pairs = (each.partition("=") for each in attempt.hides)
        hidden = {name: ids[other or name] for name, _, other in pairs}
        filled = json.dumps(dict(attempt.filled))
        for name, value in {**ids, "other": _OTHER_SIDE[who.team_id]}.items():
            filled = filled.replace(f'"${name}"', json.dumps(value))
        view = {
            "type": "modal",
            "callback_id": attempt.name,
            "private_metadata": pack(**hidden, **attempt.also),
            "app_installed_team_id": HOME,
            "state": {"values": json.loads(filled)},
            "blocks": [],
        }
        return {**_actor(who), "type": "view_submission", "view": view}

    def _open_view(self, who: Person, channel: str) -> Json:
        """A modal that the person has open, in which a button is clicked."""
        world = self.slack.world
        shown = build_view(
            world, who.user_id, {**draw_note("Open", "Open."), "private_metadata": pack(channel=channel)}
        )
        world.stacks[who.user_id] = [shown]
        return shown.body


REFUSALS = (
    places.NOTHING_HERE,
    escalation.NOT_YOURS,
    milestones.OVER,
    "Not done",
    "is no longer kept",  # a form
    "does not belong to this channel",
    "I have not seen you in this channel yet",
    "Your side",  # has called an escalation resolved
    "This pulse is closed",
    "belongs to an earlier",  # set-up, or pulse
    '"response_action": "errors"',
)
_OF_ROWS = [re.sub(r"\\\{\w+\\\}", ".*", re.escape(each.refusal)) for each in PERMISSIONS.values() if each.refusal]
_REFUSED = re.compile("|".join([*map(re.escape, REFUSALS), *_OF_ROWS]))


def is_refused(said: str) -> bool:
    """Whether what a person is shown is a refusal, of the table or any other."""
    return _REFUSED.search(said) is not None


def named(value: object) -> str:
    """A name for a test: a person's Slack id, or what is attempted."""
    return str(getattr(value, "user_id", value))


_OTHER_SIDE = {HOME: FAR_MEMBER.user_id, EXT: MEMBER.user_id}


def _actor(who: Person) -> Json:
    return {"team": {"id": HOME}, "user": {"id": who.user_id, "team_id": who.team_id}}


def standings(attempt: Attempt, who: Person) -> frozenset[Standing]:
    """How a person stands to what an attempt is about."""
    return {**STANDINGS, **ELSEWHERE}[who] | {each for each, people in attempt.seats.items() if who in people}


def stands(attempt: Attempt, who: Person) -> bool:
    """Whether the table says that this person may; a form that was begun is its author's alone."""
    return bool(standings(attempt, who) & set(PERMISSIONS[attempt.deed].who)) and attempt.by in (None, who)


def can_send(attempt: Attempt, who: Person) -> bool:
    """Slash commands reach the app from the host's workspace alone (docs/permissions.md)."""
    return attempt.way is not Way.COMMAND or who.team_id == HOME


def those_who_may(attempt: Attempt) -> list[Person]:
    """Of the first partnership: one of each standing that the row names, in each of the two workspaces."""
    found = {
        (standing, who.team_id): who
        for who in sorted(STANDINGS, reverse=True)
        if stands(attempt, who) and can_send(attempt, who)
        for standing in standings(attempt, who) & set(PERMISSIONS[attempt.deed].who)
    }
    return sorted(set(found.values()))


def those_who_may_not(attempt: Attempt, people: Iterable[Person]) -> list[Person]:
    """Everybody else of these people who can ask at all."""
    return [who for who in people if can_send(attempt, who) and not stands(attempt, who)]
