"""Raising a concern: what happens, a preview of who will be told, then both sides at once."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import BadInput, PulseError
from bot.domain.ids import ChannelId
from bot.domain.people import Person
from bot.services import concerns
from bot.services.concerns import Audience
from bot.views.blocks import View
from bot.views.concerns import TEXT, Leads, draw_concern_form, draw_concern_preview, draw_concern_sent
from bot.views.ids import Action, Callback, pack, unpack
from handlers.deps import Deps, channel_of, person_of, tell
from handlers.forms import refuse, show, typed


async def form(deps: Deps, channel_id: ChannelId, person: Person) -> View:
    """The form that names who will be told. Raises NotHere, NotNow."""
    told = await deps.run(concerns.audience, deps.ports, deps.home_team_id, channel_id, person)
    return draw_concern_form(_leads(told), pack(channel=channel_id))


def register(app: AsyncApp, deps: Deps) -> None:
    """Listen to "Raise a concern" and its two screens."""

    @app.action(Action.CONCERN)
    async def open_form(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient, respond: AsyncRespond) -> None:
        await ack()
        try:
            view = await form(deps, channel_of(body), person_of(body))
        except PulseError as refusal:
            await tell(deps, respond, refusal)
            return
        await client.views_open(trigger_id=body["trigger_id"], view=view)

    @app.view(Callback.CONCERN)
    async def preview(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        try:
            channel_id = ChannelId(unpack(view["private_metadata"]).get("channel", ""))
            text = concerns.checked(typed(view, TEXT) or "")
            told = await deps.run(concerns.audience, deps.ports, deps.home_team_id, channel_id, person_of(body))
        except PulseError as refusal:
            await refuse(ack, refusal, TEXT if isinstance(refusal, BadInput) else "")
            return
        await show(ack, draw_concern_preview(_leads(told), pack(channel=channel_id, text=text), text))

    @app.view(Callback.CONCERN_CHECK)
    async def send(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        try:
            written = unpack(view["private_metadata"])
            told = await deps.run(
                concerns.raise_concern,
                deps.ports,
                deps.home_team_id,
                ChannelId(written.get("channel", "")),
                person_of(body),
                written.get("text", ""),
            )
        except PulseError as refusal:
            await refuse(ack, refusal)
            return
        await show(ack, draw_concern_sent(_leads(told)))


def _leads(told: Audience) -> Leads:
    return [(name, [lead.user_id for lead in leads]) for name, leads in told.leads]
