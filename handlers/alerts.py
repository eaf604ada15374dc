"""Alerts: who takes one, and what one means."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import PulseError
from bot.domain.ids import AlertId, ChannelId
from bot.domain.people import Person
from bot.services import alert_owners, alerts
from bot.views.alerts import ALERT, alert_words, draw_alert_meaning, draw_alert_taken_note, draw_open_alerts
from bot.views.blocks import View
from bot.views.hub import draw_note
from bot.views.ids import Action, Callback, pack
from handlers import escalation
from handlers.deps import Deps, person_of, tell, value_of
from handlers.forms import chosen, refuse, show


async def form(deps: Deps, channel_id: ChannelId, person: Person) -> View:
    """The open alerts of a channel, for its seniors. Raises NotHere, NotAllowed."""
    found = await deps.run(alerts.of_channel, deps.ports, deps.home_team_id, channel_id, person)
    dimensions = {each.key: each.name for each in deps.ports.bank.dimensions}
    return draw_open_alerts(found, dimensions, pack(channel=channel_id))


def register(app: AsyncApp, deps: Deps) -> None:
    """Listen to the buttons under an alert, and to the list of open alerts."""

    @app.action(Action.ALERT_TAKE)
    async def take(ack: AsyncAck, body: dict[str, Any], respond: AsyncRespond) -> None:
        try:
            alert_id = AlertId(value_of(body))
            await deps.run(alert_owners.take, deps.ports, deps.home_team_id, alert_id, person_of(body))
        except PulseError as refusal:
            await ack()
            await tell(deps, respond, refusal)
            return
        await ack()
        await deps.answer(respond, draw_alert_taken_note())

    @app.action(Action.ALERT_MEANING)
    async def meaning(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=draw_alert_meaning())

    @app.action(Action.ALERT_ESCALATE)
    async def escalate(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient, respond: AsyncRespond) -> None:
        await ack()
        try:
            alert_id, person = AlertId(value_of(body)), person_of(body)
            channel_id, alert = await deps.run(
                alert_owners.to_escalate, deps.ports, deps.home_team_id, alert_id, person
            )
            words = alert_words(alert, deps.ports.bank.name(alert.dimension))
            view = await escalation.begin_from(deps, channel_id, person, f"{words}.")
        except PulseError as refusal:
            await tell(deps, respond, refusal)
            return
        await client.views_open(trigger_id=body["trigger_id"], view=view)

    @app.view(Callback.ALERTS)
    async def take_chosen(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        try:
            alert_id = AlertId(chosen(view, ALERT) or _first(view))
            await deps.run(alert_owners.take, deps.ports, deps.home_team_id, alert_id, person_of(body))
        except PulseError as refusal:
            await refuse(ack, refusal)
            return
        await show(ack, draw_note("Open alerts", "It is yours. All senior managers who have this alert are told so."))


def _first(view: dict[str, Any]) -> str:
    """The choice that stood in the form when nobody touched it."""
    fields = (each.get("element") or {} for each in view["blocks"] if each.get("block_id") == ALERT)
    return next((str(each["value"]) for field in fields for each in field.get("options") or ()), "")
