"""The pulse in the channel: open, closed, its reminder, and the private receipt of an answer."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from bot.domain.ids import ItemId, RoundId
from bot.domain.questions import CANT_SAY, LABELS
from bot.views.blocks import Block, Message, actions, button, context, escape, listed, message, section, slack_date
from bot.views.ids import Action, answer_action, answer_value

_BUTTONS = (1, 2, 3, 4, 5, CANT_SAY)
_ENDS = {1: "1 Strongly disagree", 5: "5 Strongly agree", CANT_SAY: "Can't say"}
_NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six")


def draw_pulse(body: Mapping[str, Any]) -> Message:
    """The open pulse: questions with six buttons each, the promise in one line, and the ways on."""
    questions = body["questions"]
    since = "Over the last few weeks" if body["number"] == 1 else "Since the last pulse"
    many = _NUMBERS[len(questions)] if len(questions) < len(_NUMBERS) else str(len(questions))
    counter = f"More than {body['more_than']} people have answered. " if body["more_than"] else ""
    closes_at = dt.datetime.fromisoformat(body["closes_at"])
    return message(
        section(f"*{_title(body)}*\n{many} questions, one click each. {since}:"),
        *(block for place, each in enumerate(questions, 1) for block in _question(body, place, each)),
        context(promise(body["people"], body["organisations"])),
        _ways_on(),
        context(f"{counter}Open until {slack_date(closes_at, body['timezone'])}."),
    )


def draw_pulse_counter(body: Mapping[str, Any]) -> Message:
    """The open pulse again, with how many have answered by now."""
    return draw_pulse(body)


def draw_pulse_closed(body: Mapping[str, Any]) -> Message:
    """The pulse after its close: the questions stay readable, their buttons are gone."""
    return message(
        section(f"*{_title(body)}* · closed"),
        *(section(f"{place} · {escape(each['text'])}") for place, each in enumerate(body["questions"], 1)),
        context("This pulse is closed. What came of it is in the message that follows."),
        actions(button("More", Action.MORE, body["round_id"], spoken="More that you can do here")),
    )


def draw_reminder(body: Mapping[str, Any]) -> Message:
    """The one reminder, to everybody: it names nobody, for nobody knows who has answered."""
    closes_at = dt.datetime.fromisoformat(body["closes_at"])
    return message(
        section(
            f"Pulse {body['number']} closes {slack_date(closes_at, body['timezone'])}. "
            "It takes twenty seconds. If you have answered, thank you."
        ),
        actions(button("More", Action.MORE, "reminder", spoken="More that you can do here")),
    )


def promise(people: int, organisations: list[str]) -> str:
    """The promise under every question (PRIVACY)."""
    return (
        "_Confidential. No colleague, manager or administrator is shown your answer. Results come from "
        f"{people} or more people, rounded and slightly blurred, the same for {escape(listed(organisations))}. "
        "You can change or withdraw it until the round closes._"
    )


def draw_receipt(round_id: RoundId, item_id: ItemId, question: str, score: int | None) -> Message:
    """The private receipt of an answer; never a direct message."""
    strong = score in (1, 2, 5)
    invitation = " Would you like to say what is behind it?" if strong else ""
    return message(
        section(f"Saved: {in_words(score)}. “{escape(question)}” Click another number to change it.{invitation}"),
        actions(
            button("Withdraw my answer", Action.WITHDRAW, answer_value(round_id, item_id, CANT_SAY)),
            button("Add a comment", Action.COMMENT, round_id, style="primary" if strong else ""),
        ),
    )


def draw_withdrawn(question: str) -> Message:
    """The private word that an answer was taken back."""
    return message(
        section(
            f"Withdrawn: your answer to “{escape(question)}” is deleted. You can answer again until the round closes."
        )
    )


def in_words(score: int | None) -> str:
    """ "4, agree", or "can't say"."""
    return "can't say" if score is None else f"{score}, {LABELS[score].lower()}"


def _title(body: Mapping[str, Any]) -> str:
    extra = " · extra round" if body["extra"] else ""
    return f"Pulse {body['number']} · {escape(body['partnership'])}{extra}"


def _question(body: Mapping[str, Any], place: int, question: Mapping[str, str]) -> tuple[Block, Block]:
    round_id, item_id = RoundId(body["round_id"]), ItemId(question["item"])
    row = actions(
        *(
            button(
                _ENDS.get(score, str(score)),
                answer_action(place, score),
                answer_value(round_id, item_id, score),
                spoken=in_words(score or None),
            )
            for score in _BUTTONS
        ),
        block_id=f"answer:{item_id}",
    )
    return section(f"*{place} · {escape(question['text'])}*"), row


def _ways_on() -> Block:
    return actions(
        button("Add a comment", Action.COMMENT, "pulse"),
        button("Raise a concern", Action.ESCALATE, "pulse"),
        button("More", Action.MORE, "pulse", spoken="More that you can do here"),
    )
