"""Milestones: the messages that ask for a word, and the celebration in the channel."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from bot.domain.cadence import spelled
from bot.domain.milestones import MilestoneKind
from bot.views.blocks import (
    Message,
    actions,
    button,
    context,
    escape,
    listed,
    message,
    section,
    shortened,
    verbatim,
)
from bot.views.ids import Action
from bot.views.thanks import thank_button

_WORDS_ROOM = 3_600  # characters; a message takes 13,000 in all its blocks, names and title among them
_ESCAPED_MOST = 5  # characters that one becomes when it is escaped


def draw_milestone_words(body: Mapping[str, Any]) -> Message:
    """The request for a word, the same for everybody who is asked."""
    return message(
        verbatim(
            f"*{escape(body['title'])}* comes on {_day_of(body)} in {escape(body['partnership'])}."
            f"{phases(body['before'], body['after'])} Would you say a word about it?"
        ),
        context(
            f"{_asked(body)} of {escape(listed(body['organisations']))} are asked at the same time. A sentence or two "
            f"is enough. It is shown with your name and organisation on the day, in <#{body['channel']}>."
        ),
        actions(button("Write a word", Action.MILESTONE_WORD, body["milestone_id"])),
    )


def draw_milestone_held(body: Mapping[str, Any]) -> Message:
    """The question to the leads while an escalation is open."""
    return message(
        verbatim(
            f"*{escape(body['title'])}* waits: an escalation is open in {escape(body['partnership'])}, at programme "
            "level or above. Nothing is celebrated until it is resolved, unless you want to."
        ),
        context(
            f"The leads of {escape(listed(body['organisations']))} receive this at the same time. It is posted when a "
            "lead of each organisation says so, or on a working day after the escalation is resolved, within two weeks "
            f"of {_day_of(body)}."
        ),
        actions(button("Celebrate anyway", Action.CELEBRATE_ANYWAY, body["milestone_id"])),
    )


def draw_agreement(title: str, missing: Sequence[str]) -> Message:
    """The private answer to "Celebrate anyway"."""
    if missing:
        return message(
            verbatim(f"Noted. *{escape(title)}* is posted when a lead of {escape(listed(missing))} says so, too.")
        )
    return message(verbatim(f"Noted. *{escape(title)}* is posted at the next possible time."))


def draw_milestone(body: Mapping[str, Any]) -> Message:
    """The celebration in the channel: it names all organisations, and asks whom to thank."""
    names = body["organisations"]
    words = [
        block
        for each in body["words"]
        for block in (
            verbatim(f"> {_fitting(each['text'], _WORDS_ROOM // len(body['words']))}"),
            context(f"{escape(each['name'])}, {escape(each['organisation'])}"),
        )
    ]
    recovery = body["kind"] == MilestoneKind.RECOVERY
    asks = (
        "How are you, after all this? Tell each other what was hard and what helps now."
        if recovery
        else f"Who {_elsewhere(names)} made a difference?"
    )
    return message(
        verbatim(f"{_first_line(body)}{phases(body['before'], body['after'])} {_together(body, names)}"),
        *words,
        section(asks),
        actions(
            thank_button(names, f"milestone:{body['milestone_id']}"),
            button("More", Action.MORE, "milestone", spoken="More that you can do here"),
        ),
    )


def day_in_words(day: dt.date) -> str:
    """ "Thursday 14 May 2026"."""
    noon = dt.datetime.combine(day, dt.time(12), dt.UTC)
    return f"{spelled(noon, 'UTC').partition(',')[0]} {day.year}"


def phases(before: str, after: str) -> str:
    """From where to where, as a sentence; nothing unless it is a phase change."""
    return f" From {escape(before)} to {escape(after)}." if before and after else ""


def _fitting(text: str, room: int) -> str:
    """A word as Slack shows it; cut only where characters that Slack wants escaped make it much longer."""
    text = " ".join(text.split())
    escaped = escape(text)
    return escaped if len(escaped) <= room else escape(shortened(text, room // _ESCAPED_MOST))


def _first_line(body: Mapping[str, Any]) -> str:
    title = escape(body["title"])
    if body["today"]:
        return f"*Today: {title}.*"
    return f"*Coming on {_day_of(body)}: {title}.*" if body.get("ahead") else f"*{title}*, {_day_of(body)}."


def _day_of(body: Mapping[str, Any]) -> str:
    return day_in_words(dt.date.fromisoformat(body["on"]))


def _together(body: Mapping[str, Any], names: Sequence[str]) -> str:
    everybody = escape(listed(names))
    match MilestoneKind(body["kind"]):
        case MilestoneKind.RECOVERY:
            return f"It took patience and work from people of {everybody}. Thank you."
        case MilestoneKind.FIRST:
            return f"It is a first, and {everybody} did it together."
        case MilestoneKind.ANNIVERSARY:
            return f"{everybody} have come this far together."
        case MilestoneKind.PHASE_CHANGE | MilestoneKind.DELIVERY if body.get("ahead"):
            return f"{everybody} have brought it this far together."
        case MilestoneKind.PHASE_CHANGE | MilestoneKind.DELIVERY:
            return f"{everybody} did this together."


def _asked(body: Mapping[str, Any]) -> str:
    return "The leads and senior managers" if body["kind"] == MilestoneKind.PHASE_CHANGE else "The leads"


def _elsewhere(names: Sequence[str]) -> str:
    return "on the other side" if len(names) == 2 else "in another organisation"
