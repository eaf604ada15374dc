"""The people, channels, blocks and first moves of the double's own tests."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from .records import Json, Message
from .server import SlackDouble
from .world import World


def plain(text: str) -> Json:
    """A plain_text object."""
    return {"type": "plain_text", "text": text}


def button(action_id: str, value: str = "4") -> Json:
    """A button that asks for agreement."""
    return {"type": "button", "action_id": action_id, "text": plain("Agree"), "value": value}


def actions(*elements: Json) -> Json:
    """A row of buttons and menus."""
    return {"type": "actions", "block_id": "buttons", "elements": list(elements)}


def options(*values: str) -> list[Json]:
    """Options whose text is their value."""
    return [{"text": plain(value), "value": value} for value in values]


def asks(block_id: str, element: Json, *, optional: bool = False) -> Json:
    """An input block around an element with the action_id `answer`."""
    element = {"action_id": "answer", **element}
    return {"type": "input", "block_id": block_id, "label": plain("Label"), "element": element, "optional": optional}


def modal(*blocks: Json, **more: Any) -> Json:
    """A modal; with one text field unless told otherwise."""
    shown = list(blocks) or [asks("words", {"type": "plain_text_input"})]
    return {"type": "modal", "title": plain("Pulse"), "submit": plain("Send"), "blocks": shown, **more}


def home(text: str = "Hello") -> Json:
    """A Home tab."""
    return {"type": "home", "blocks": [{"type": "section", "text": plain(text)}]}


def furnish(double: SlackDouble) -> None:
    """Ana of the host and Max of the partner share C1; others stand where a refusal needs them."""
    world = double.world
    world.add_user("U_ANA", email="ana@brightbuild.example", is_admin=True)
    world.add_user("U_MAX", team_id=World.EXT)
    world.add_user("U_FAR", team_id=World.EXT)
    world.add_user("U_GONE").deleted = True
    world.add_channel("C1", name="phase-2", members=["U_ANA", "U_MAX"])
    world.add_channel("C_OUTSIDE", members=["U_ANA"], with_bot=False)
    world.add_channel("C_SECRET", members=["U_ANA"], with_bot=False, is_private=True)
    world.add_channel("C_OLD", members=["U_ANA"]).is_archived = True


def refusal(act: Callable[[], object]) -> Mapping[str, Any]:
    """The answer with which a call is refused."""
    with pytest.raises(SlackApiError) as refused:
        act()
    answer: Mapping[str, Any] = refused.value.response.data
    return answer


def post(client: WebClient, slack: SlackDouble, *blocks: Json, channel: str = "C1") -> Message:
    """Let the bot post a message with these blocks; the message as it is in the channel."""
    client.chat_postMessage(channel=channel, text="How is it going?", blocks=list(blocks) or None)
    return slack.messages(channel)[-1]


def trigger(client: WebClient, slack: SlackDouble, user: str = "U_ANA") -> str:
    """A fresh trigger from a click of this person."""
    message = post(client, slack, actions(button("more")))
    return str(slack.person(user).clicks("more", on=message)["trigger_id"])
