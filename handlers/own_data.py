"""`/pulse my-data` and `/pulse forget-me`: one's own data in a modal, for nobody else, and forgetting it."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import PulseError
from bot.domain.ids import ChannelId
from bot.domain.people import Person
from bot.domain.permissions import Deed
from bot.domain.texts import whole_number
from bot.services import own_data
from bot.views.blocks import View
from bot.views.hub import draw_note
from bot.views.ids import Action, Callback, pack
from bot.views.own_data import draw_forget_question, draw_forgotten, draw_my_data
from handlers.commands import Verb
from handlers.deps import Deps, person_of, value_of
from handlers.forms import channel_behind
from handlers.screens import Opens, do_when_submitted, screen_verb


def register(app: AsyncApp, deps: Deps) -> None:
    """Listen to the pages of "All that I hold about me", and to "Forget me" and its question."""

    async def turn(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        page = whole_number(value_of(body)) or 0

        async def opens(deps: Deps, channel_id: ChannelId, person: Person) -> View:
            return await _page(deps, channel_id, person, page)

        await _replace(deps, body, client, opens)

    for action in (Action.MY_DATA_BEFORE, Action.MY_DATA_NEXT):
        app.action(action)(turn)

    @app.action(Action.FORGET_ME)
    async def ask(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        await _replace(deps, body, client, forget_question)

    do_when_submitted(app, deps, Callback.FORGET_ME, own_data.forget, draw_forgotten())


def verbs(deps: Deps) -> tuple[Verb, ...]:
    """`/pulse my-data` and `/pulse forget-me`, twins of what the hub offers to everybody."""
    return (
        screen_verb(deps, "my-data", "shows all that is held about you, to you alone", first_page),
        screen_verb(deps, "forget-me", "deletes your answers and comments, after a question", forget_question),
    )


async def first_page(deps: Deps, channel_id: ChannelId, person: Person) -> View:
    """The first page of all that is held about a person. Raises NotHere."""
    return await _page(deps, channel_id, person, 0)


async def forget_question(deps: Deps, channel_id: ChannelId, person: Person) -> View:
    """What forgetting can and cannot reach, and the question. Raises NotHere."""
    held = await deps.run(own_data.held, deps.ports, deps.home_team_id, channel_id, person, Deed.FORGET_ME)
    return draw_forget_question([each.partnership for each in held], pack(channel=channel_id))


async def _page(deps: Deps, channel_id: ChannelId, person: Person, page: int) -> View:
    held = await deps.run(own_data.held, deps.ports, deps.home_team_id, channel_id, person)
    return draw_my_data(held, page, pack(channel=channel_id))


async def _replace(deps: Deps, body: dict[str, Any], client: AsyncWebClient, screen: Opens) -> None:
    """Show a screen in the place of the modal in which a button was clicked."""
    shown = body.get("view") or {}
    hidden = {"private_metadata": shown.get("private_metadata") or "{}"}
    try:
        view = await screen(deps, channel_behind(hidden), person_of(body))
    except PulseError as refusal:
        view = draw_note("Not done", refusal.sentence)
    if "id" in shown:
        await client.views_update(view_id=shown["id"], view=view)
