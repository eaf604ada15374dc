"""Reading what was filled into a modal, and answering a modal."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck

from bot.domain.errors import PulseError
from bot.domain.ids import ChannelId
from bot.views.blocks import View
from bot.views.hub import draw_note
from bot.views.ids import unpack

Filled = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""What was filled in: block id, action id, what stands there."""


def channel_behind(view: Mapping[str, Any]) -> ChannelId:
    """The channel that a modal is about; empty when it names none."""
    return ChannelId(unpack(view["private_metadata"]).get("channel", ""))


def filled_in(view: Mapping[str, Any]) -> Filled:
    """All fields of a form; where there are none Slack has sent an empty list (slack-go/slack issue 943)."""
    fields: Filled = view["state"]["values"] or {}
    return fields


def typed(view: Mapping[str, Any], block_id: str) -> str | None:
    """What stands in a text field; None when it was left as it was or is empty."""
    value = _element(view, block_id).get("value")
    return None if value is None else str(value)


def chosen(view: Mapping[str, Any], block_id: str) -> str | None:
    """The value of the one option that is chosen."""
    option = _element(view, block_id).get("selected_option")
    return None if option is None else str(option["value"])


def ticked(view: Mapping[str, Any], block_id: str) -> tuple[str, ...]:
    """The values of all options that are chosen."""
    return tuple(str(option["value"]) for option in _element(view, block_id).get("selected_options") or ())


def day(view: Mapping[str, Any], block_id: str) -> dt.date | None:
    """The day that is chosen in a calendar; None when there is none, or nonsense."""
    try:
        return dt.date.fromisoformat(str(_element(view, block_id).get("selected_date")))
    except ValueError:
        return None


def person_chosen(view: Mapping[str, Any], block_id: str) -> str | None:
    """Whoever is chosen: the value of a list's option, or a Slack id where any person can be found."""
    user = _element(view, block_id).get("selected_user")
    return chosen(view, block_id) if user is None else str(user)


async def show(ack: AsyncAck, view: View) -> None:
    """Put another view in the place of the one that was submitted."""
    await ack(response_action="update", view=view)


async def refuse(ack: AsyncAck, refusal: PulseError, block_id: str = "") -> None:
    """Say in the modal why it was not done: beside the field, which keeps what was typed, or in its place."""
    if block_id:
        await ack(response_action="errors", errors={block_id: refusal.sentence})
    else:
        await show(ack, draw_note("Not done", refusal.sentence))


def _element(view: Mapping[str, Any], block_id: str) -> Mapping[str, Any]:
    elements = filled_in(view).get(block_id) or {}
    return next(iter(elements.values()), {})
