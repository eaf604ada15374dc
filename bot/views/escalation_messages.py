"""What is told of an escalation by direct message: all of it to those who are asked, one line to those who know."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from bot.domain.cadence import spelled
from bot.domain.escalation import Move
from bot.domain.route_map import Lane, Level
from bot.views.blocks import (
    TEXT_LIMIT,
    Block,
    Message,
    actions,
    button,
    context,
    escape,
    listed,
    message,
    shortened,
    slack_date,
    verbatim,
)
from bot.views.ids import escalation_action

BUTTONS: Final[Mapping[Move, str]] = {
    Move.ACKNOWLEDGE: "Acknowledge",
    Move.ADD_VIEW: "Add our side's view",
    Move.HAND_OVER: "Hand over",
    Move.SNOOZE: "Snooze",
    Move.RAISE: "Raise a level",
    Move.RESOLVE: "Resolve",
    Move.CONFIRM: "Confirm it is resolved",
    Move.DISAGREE: "Not resolved yet",
}
_LANES: Final = {Lane.NORMAL: "", Lane.SAFETY: " · fast lane: safety", Lane.LEGAL: " · fast lane: legal"}
_WHY: Final[Mapping[Move, str]] = {
    Move.OPEN: "raised by {author} to settle it early and together.",
    Move.RAISE: "raised to this level by {actor}.",
    Move.LAPSE: "here because nobody answered in time at the level before.",
    Move.HAND_OVER: "handed over to {to} by {actor}.",
    Move.WAKE: "back after its pause.",
    Move.REMIND: "still waiting for an answer at its highest level.",
}

Owners = Sequence[Sequence[str]]

_BESIDES: Final = 740  # what Slack takes in one message is enough for all of it; texts full of "&" are cut here
_EXCERPT: Final = 100  # tells one escalation from another


def draw_escalation(body: Mapping[str, Any]) -> Message:
    """All of an escalation, for its owners: the same for both sides."""
    said = {each: f"<@{body[each]}>" if body[each] else "" for each in ("author", "actor", "to")}
    why = _WHY[Move(body["move"])].format(**said)
    reason = f"\n{quoted(body['text'], _BESIDES)}" if body["text"] else ""
    blocks = [
        verbatim(f"*An escalation in {escape(body['partnership'])}, {lane_of(body)}*: {why}{reason}"),
        verbatim(f"*What happens*\n{quoted(body['what'])}"),
    ]
    if more := more_of(body):
        blocks.append(verbatim(more))
    if body["outcome"]:
        blocks.append(verbatim(f"*Called resolved, to be confirmed*\n{quoted(body['outcome'], _BESIDES)}"))
    if body["views"]:
        newest = sorted(body["views"][-4:], key=lambda each: str(each[0]).casefold())
        blocks.append(verbatim("\n".join(_view(*each) for each in newest)))
    blocks += [
        verbatim(f"{told(body['owners'])} {pair_has(body['owners'])} this at the same time. {_please(body)}"),
        buttons(body["escalation_id"], body["moves"]),
        context(
            f"From <@{body['author']}>, in <#{body['channel']}>. It carries names; it is not part of the confidential "
            "pulse, and only those who are told of it see it."
        ),
    ]
    return message(*blocks)


def draw_escalation_news(body: Mapping[str, Any]) -> Message:
    """What became of an escalation: the same words for everybody who knows of it."""
    blocks: list[Block] = [verbatim(_news(body))]
    if body["text"]:
        blocks.append(verbatim(quoted(body["text"])))
    blocks.append(context(f"It is about: {escape(shortened(' '.join(body['what'].split()), _EXCERPT))}"))
    if body["moves"]:
        blocks.append(buttons(body["escalation_id"], body["moves"]))
    return message(*blocks)


def buttons(escalation_id: str, moves: Sequence[str]) -> Block:
    """A button for each thing that can be done; the first is the obvious one."""
    drawn = [
        button(
            BUTTONS[Move(each)],
            escalation_action(each),
            escalation_id,
            style="primary" if each in (Move.ACKNOWLEDGE, Move.CONFIRM) else "",
        )
        for each in moves
    ]
    return actions(*drawn)


def lane_of(body: Mapping[str, Any]) -> str:
    """The level, and the lane if it is the fast one: "informal level"."""
    return f"{Level(body['level']).called}{_LANES[Lane(body['lane'])]}"


def told(owners: Owners) -> str:
    """The owners with their organisations: "<@U1> (Brightbuild) and <@U2> (Northfield Council)"."""
    return listed([f"<@{user}> ({escape(name)})" for name, user in owners if user])


def absent(owners: Owners) -> str:
    """A word on organisations of which nobody is there; empty if there are none."""
    gone = [escape(name) for name, user in owners if not user]
    return f" Nobody of {listed(gone)} is there to be told; please tell them yourselves." if gone else ""


def pair_has(owners: Owners) -> str:
    """The verb that follows the owners: "both have", "has"."""
    there = sum(1 for _, user in owners if user)
    return "both have" if there == 2 else "have" if there > 2 else "has"


def quoted(text: str, most: int = TEXT_LIMIT) -> str:
    """A person's words as a quotation, every line of it, in at most so many characters as Slack counts them."""
    return shortened("\n".join(f"> {line}" for line in escape(text).splitlines()), most)


def more_of(body: Mapping[str, Any]) -> str:
    """What is at stake and what was tried, as far as it was written."""
    parts = (("What is at stake", body["stake"]), ("What was tried together", body["tried"]))
    return "\n".join(f"*{title}*\n{quoted(text)}" for title, text in parts if text)


def at(moment: str, timezone: str) -> str:
    """A moment spelled out, for modals."""
    return spelled(dt.datetime.fromisoformat(moment), timezone)


def _please(body: Mapping[str, Any]) -> str:
    by = slack_date(dt.datetime.fromisoformat(body["answer_by"]), body["timezone"]) if body["answer_by"] else ""
    if body["outcome"]:
        return f"Please confirm that it is resolved, or say what is still open.{absent(body['owners'])}"
    if not by or Move.ACKNOWLEDGE not in body["moves"]:
        return f"Please talk to each other.{absent(body['owners'])}"
    following = body["following"]
    then = f"it goes to {_next(following)}" if following else "you are reminded; there is no higher level"
    return f"One of you acknowledges it, then you talk. If nobody has by {by}, {then}.{absent(body['owners'])}"


def _next(following: Mapping[str, Any]) -> str:
    return f"the {Level(following['level']).called}, {told(following['owners'])}"


def _view(organisation: str, user: str, text: str) -> str:
    of = f" ({escape(organisation)})" if organisation else ""
    return f"*The view of <@{user}>{of}*\n{quoted(text, _BESIDES)}"


def _news(body: Mapping[str, Any]) -> str:
    actor = f"<@{body['actor']}>" if body["actor"] else ""
    of = f" ({escape(body['organisation'])})" if body["organisation"] else ""
    until = slack_date(dt.datetime.fromisoformat(body["answer_by"]), body["timezone"]) if body["answer_by"] else ""
    where = f"the escalation in {escape(body['partnership'])}"
    owners = told(body["owners"])
    waits = escape(listed(body["waits_for"])) if body["waits_for"] else ""
    match Move(body["move"]):
        case Move.OPEN:
            return f"*Sent: {where}.* {owners} {pair_has(body['owners'])} it now, {lane_of(body)}." + absent(
                body["owners"]
            )
        case Move.ACKNOWLEDGE:
            return f"*{actor}{of} has {where} in hand.* Nothing more is due; a good next step is to talk."
        case Move.ADD_VIEW:
            return f"*{actor}{of} added a view to {where}.*"
        case Move.HAND_OVER:
            return f"*{actor}{of} handed {where} over to <@{body['to']}>.* It is with {owners} now."
        case Move.SNOOZE:
            return f"*{actor}{of} put {where} off until {until}.* Then all sides are asked again."
        case Move.RAISE:
            return f"*{actor}{of} raised {where} to the {Level(body['level']).called}*: {owners}."
        case Move.LAPSE:
            return f"*Nobody answered in time, so {where} went to the {Level(body['level']).called}*: {owners}."
        case Move.RESOLVE:
            return f"*{actor}{of} calls {where} resolved.* It is when {waits} confirms it, please by {until}."
        case Move.CONFIRM:
            return f"*{actor}{of} confirms that {where} is resolved.* {waits} is still to confirm."
        case Move.SETTLE:
            return f"*Resolved, and confirmed by all sides: {where}.*\n{quoted(body['outcome'])}"
        case Move.DISAGREE:
            return f"*{actor}{of} says that {where} is not resolved yet.* It stays with {owners}."
        case other:
            return f"*News of {where}: {other.replace('_', ' ')}.*"
