"""Agreed actions: a form for leads and seniors, a button for their owners."""

import datetime as dt
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import InvalidForm, PulseError
from bot.domain.ids import ActionId, ChannelId, OrganisationId, UserId
from bot.domain.people import Person
from bot.services import actions
from bot.views.actions import DUE_ON, TEXT, draw_action_form, draw_action_kept, owner_block
from bot.views.blocks import View
from bot.views.ids import Action, Callback, pack
from handlers.deps import Deps, channel_of, person_of, tell, value_of
from handlers.forms import channel_behind, chosen, day, refuse, show, typed
from handlers.screens import open_screen


async def form(deps: Deps, channel_id: ChannelId, person: Person) -> View:
    """The form of an action. Raises NotAllowed, NotHere."""
    offered = await deps.run(actions.offer, deps.ports, deps.home_team_id, channel_id, person)
    sides = [
        (side.id, side.name, [(each.name, each.person.user_id) for each in people]) for side, people in offered.sides
    ]
    tomorrow = (deps.ports.clock.now() + dt.timedelta(days=1)).date()
    return draw_action_form(sides, pack(channel=channel_id), tomorrow=tomorrow)


def register(app: AsyncApp, deps: Deps) -> None:
    """Listen to the form and to "It is done"."""

    @app.view(Callback.ACTION)
    async def agree(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        try:
            channel_id = channel_behind(view)
            person = person_of(body)
            offered = await deps.run(actions.offer, deps.ports, deps.home_team_id, channel_id, person)
            owners = {
                OrganisationId(side.id): UserId(user) if (user := chosen(view, owner_block(side.id))) else None
                for side, _ in offered.sides
            }
            await deps.run(
                actions.agree,
                deps.ports,
                deps.home_team_id,
                channel_id,
                person,
                text=typed(view, TEXT) or "",
                due_on=day(view, DUE_ON),
                owners=owners,
            )
        except InvalidForm as faults:
            await ack(response_action="errors", errors={each.field: each.reason for each in faults.faults})
            return
        except PulseError as refusal:
            await refuse(ack, refusal)
            return
        await show(ack, draw_action_kept())

    @app.action(Action.AGREE_ACTION)
    async def open_form(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient, respond: AsyncRespond) -> None:
        await ack()
        channel_id = ChannelId(value_of(body))  # a direct message is about another channel
        await open_screen(deps, body, client, respond, form(deps, channel_id, person_of(body)))

    @app.action(Action.ACTION_DONE)
    async def done(ack: AsyncAck, body: dict[str, Any], respond: AsyncRespond) -> None:
        try:
            action_id = ActionId(value_of(body))
            await deps.run(
                actions.mark_done, deps.ports, deps.home_team_id, channel_of(body), person_of(body), action_id
            )
        except PulseError as refusal:
            await ack()
            await tell(deps, respond, refusal)
            return
        await ack()
