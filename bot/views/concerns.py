"""Raising a concern: the form, the preview of who will be told, and the message that both sides get."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.domain.texts import CONCERN_MOST
from bot.views.blocks import Message, View, context, escape, listed, message, modal, section, text_input
from bot.views.ids import Callback

TEXT = "text"
NAMED = "This carries your name; it is not part of the confidential pulse."

Leads = Sequence[tuple[str, Sequence[str]]]
"""Organisation names in alphabetical order with the Slack ids of their leads."""


def draw_concern_form(leads: Leads, private: str, *, before: str = "") -> View:
    """The form: what happens, as facts."""
    return modal(
        Callback.CONCERN,
        "Raise a concern",
        [
            section(
                f"{NAMED} It goes to the leads of {escape(listed([name for name, _ in leads]))} at the same moment."
            ),
            text_input(
                TEXT,
                "What happens, and what is at stake?",
                initial=before,
                multiline=True,
                most=CONCERN_MOST,
                hint="Facts rather than blame: what you saw, when, and what you have tried together.",
            ),
            context("You see who will be told, and the exact words, before anything is sent."),
        ],
        submit="Show me the preview",
        private=private,
    )


def draw_concern_preview(leads: Leads, private: str, text: str) -> View:
    """Exactly who will be told, with exactly this text."""
    return modal(
        Callback.CONCERN_CHECK,
        "Before it is sent",
        [
            section(f"{NAMED}\n{_told(leads)} will be told now, all of them, with exactly this text. Nobody else."),
            section(f">>> {escape(text)}"),
        ],
        submit=f"Send to {'both' if len(leads) == 2 else 'all'}",
        close="Do not send",
        private=private,
    )


def draw_concern_sent(leads: Leads) -> View:
    """The word that it is on its way."""
    return modal(Callback.NOTE, "Sent", [section(f"{_told(leads)} get your message now, with your name.")])


def draw_concern(body: Mapping[str, Any]) -> Message:
    """What the leads of all organisations get, the same words at the same moment."""
    leads = " ".join(f"<@{lead}>" for lead in body["leads"])
    return message(
        section(
            f"*A concern in {escape(body['partnership'])}*, raised by <@{body['author']}> to settle it early and "
            "together."
        ),
        section(f">>> {escape(body['text'])}"),
        context(
            f"The leads of {escape(listed(body['organisations']))} receive this at the same time: {leads}. A good next "
            f"step is a short talk between you, then a word to <@{body['author']}>. The channel is "
            f"<#{body['channel']}>."
        ),
    )


def _told(leads: Leads) -> str:
    sides = [f"{' '.join(f'<@{lead}>' for lead in own)} ({escape(name)})" for name, own in leads]
    return listed(sides)
