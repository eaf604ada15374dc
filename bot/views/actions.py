"""Agreed actions: the form, the word to the channel, and that one is done."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from bot.domain.actions import TEXT_MOST
from bot.domain.days import day_spelled
from bot.views.blocks import (
    Block,
    Message,
    View,
    actions,
    button,
    context,
    date_input,
    escape,
    listed,
    message,
    modal,
    option,
    section,
    select_input,
    text_input,
)
from bot.views.ids import Action, Callback

TEXT = "text"
DUE_ON = "due_on"

Sides = Sequence[tuple[str, str, Sequence[tuple[str, str]]]]
"""For each organisation in alphabetical order: its id, its name, and (name, user id) of its people."""


def owner_block(organisation_id: str) -> str:
    """The field in which an organisation's owner is chosen."""
    return f"owner.{organisation_id}"


def draw_action_form(sides: Sides, private: str, *, tomorrow: dt.date) -> View:
    """What will be done, who answers for it on each side, and by when."""
    owners: list[Block] = [
        select_input(owner_block(key), f"Who answers for it at {name}", [option(who, user) for who, user in people])
        for key, name, people in sides
    ]
    names = escape(listed([name for _, name, _ in sides]))
    return modal(
        Callback.ACTION,
        "Agree an action",
        [
            context(f"{names} agree this together. The channel is told now, and again when it is done."),
            text_input(
                TEXT, "What will be done", most=TEXT_MOST, placeholder="One sentence that everybody understands"
            ),
            *owners,
            date_input(DUE_ON, "By when", initial=tomorrow),
        ],
        submit="Agree and tell",
        private=private,
    )


def draw_action_kept() -> View:
    """The word that it was agreed, and when one hears of it again."""
    told = "The channel is told now. The weekly digest reminds of it from a week before its day until it is done."
    return modal(Callback.NOTE, "Agreed", [section(told)])


def draw_action_agreed(body: Mapping[str, Any]) -> Message:
    """What was agreed, with its owners and its day."""
    return message(
        section(f"*Agreed:* {escape(body['text'])}"),
        context(f"{_owners(body)}, by {day_spelled(dt.date.fromisoformat(body['due_on']))}."),
        actions(
            button("It is done", Action.ACTION_DONE, body["action"], spoken="Say that this action is done"),
            button("More", Action.MORE, "action", spoken="More that you can do here"),
        ),
    )


def draw_action_done(body: Mapping[str, Any]) -> Message:
    """You said, we did."""
    return message(
        section(f"*You said, we did:* {escape(body['text'])}"),
        context(f"{escape(listed(body['organisations']))} did this together. Thank you, {_people(body)}."),
        actions(button("More", Action.MORE, "action", spoken="More that you can do here")),
    )


def _owners(body: Mapping[str, Any]) -> str:
    return listed([f"<@{user}> ({escape(name)})" for name, user in body["owners"]])


def _people(body: Mapping[str, Any]) -> str:
    return listed([f"<@{user}>" for _, user in body["owners"]])
