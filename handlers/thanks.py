"""Thanking somebody of another organisation: a button, one form."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import BadInput, PulseError
from bot.domain.ids import ChannelId
from bot.domain.people import Person
from bot.services import thanks
from bot.views.blocks import View
from bot.views.ids import Action, Callback, pack, unpack
from bot.views.thanks import BEHAVIOUR, HIDE_NAME, PERSON, TEXT, UNSIGNED, draw_thanked, draw_thanks_form
from handlers.deps import Deps, channel_of, person_of, value_of
from handlers.forms import chosen, person_chosen, refuse, show, ticked, typed
from handlers.screens import open_screen


async def form(deps: Deps, channel_id: ChannelId, person: Person, about: str = "") -> View:
    """The form; `about` says in whose thread the thanks go. Raises NotHere, NotNow."""
    offered = await deps.run(thanks.choices, deps.ports, deps.home_team_id, channel_id, person)
    people = [(thanks.handle(each.person), each.name, organisation) for each, organisation in offered.people]
    return draw_thanks_form(people, offered.own, pack(channel=channel_id, about=about))


def register(app: AsyncApp, deps: Deps) -> None:
    """Listen to "Thank someone on the other side" and its form."""

    @app.action(Action.THANK)
    async def open_form(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient, respond: AsyncRespond) -> None:
        await ack()
        about = value_of(body)
        await open_screen(deps, body, client, respond, form(deps, channel_of(body), person_of(body), about))

    @app.view(Callback.THANK)
    async def write(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        try:
            place = unpack(view["private_metadata"])
            thanked = await deps.run(
                thanks.say,
                deps.ports,
                deps.home_team_id,
                ChannelId(place.get("channel", "")),
                person_of(body),
                about=place.get("about", ""),
                thanked=person_chosen(view, PERSON) or "",
                text=typed(view, TEXT) or "",
                behaviour=chosen(view, BEHAVIOUR),
                unsigned=HIDE_NAME in ticked(view, UNSIGNED),
            )
        except PulseError as refusal:
            await refuse(ack, refusal, refusal.field if isinstance(refusal, BadInput) else "")
            return
        await show(ack, draw_thanked(thanked.name))
