"""Opening a screen for whoever clicked a button or typed a verb, and doing what it asked; a refusal is told instead."""

from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import PulseError
from bot.domain.ids import ChannelId, TeamId
from bot.domain.people import Person
from bot.services.ports import Ports
from bot.views.blocks import View
from bot.views.ids import Callback
from handlers.commands import Call, Verb
from handlers.deps import Deps, channel_of, person_of, tell
from handlers.forms import channel_behind, refuse, show

Opens = Callable[[Deps, ChannelId, Person], Awaitable[View]]
"""What makes the first screen of a capability for a person in a channel. Raises PulseError."""

Decision = Callable[[Ports, TeamId, ChannelId, Person], None]
"""What a person decides about a channel and is done at once. Raises PulseError."""


async def open_screen(
    deps: Deps, body: dict[str, Any], client: AsyncWebClient, respond: AsyncRespond, screen: Awaitable[View]
) -> None:
    """Show a screen as the answer to a click or a command, whose `trigger_id` lives three seconds."""
    try:
        view = await screen
    except PulseError as refusal:
        await tell(deps, respond, refusal)
        return
    await client.views_open(trigger_id=body["trigger_id"], view=view)


def screen_verb(deps: Deps, name: str, says: str, screen: Opens) -> Verb:
    """A verb of `/pulse` that opens a screen about the channel it is typed in."""

    async def run(call: Call) -> None:
        opened = screen(deps, channel_of(call.body), person_of(call.body))
        await open_screen(deps, call.body, call.client, call.respond, opened)

    return Verb(name=name, says=says, run=run)


def do_when_submitted(
    app: AsyncApp, deps: Deps, callback: Callback, decide: Decision, done: View | None = None
) -> None:
    """Listen to a screen that only asks for a yes: do it, or say in the screen why it was not done.

    Then the screen closes, or shows `done`.
    """

    @app.view(callback)
    async def submitted(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        try:
            await deps.run(decide, deps.ports, deps.home_team_id, channel_behind(view), person_of(body))
        except PulseError as refusal:
            await refuse(ack, refusal)
            return
        await (ack() if done is None else show(ack, done))
