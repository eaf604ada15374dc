"""App Home, for members of the workspace that installed the app; everybody else has the hub."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import PulseError
from bot.domain.ids import ChannelId, UserId
from bot.domain.people import Person
from bot.services import home
from bot.views.home import draw_home
from bot.views.hub import draw_note
from bot.views.ids import Action
from handlers import hub, setup
from handlers.deps import Deps, person_of, value_of
from handlers.screens import Opens


def register(app: AsyncApp, deps: Deps) -> None:
    """Listen to the page being opened, and to its buttons."""

    @app.event("app_home_opened")
    async def opened(body: dict[str, Any], client: AsyncWebClient) -> None:
        event = body["event"]
        if event.get("tab", "home") == "home":
            person = Person(team_id=deps.home_team_id, user_id=UserId(event["user"]))
            pages = await deps.run(home.page, deps.ports, deps.home_team_id, person)
            await client.views_publish(user_id=person.user_id, view=draw_home(pages))

    @app.action(Action.HUB)
    async def more(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        await _open(body, client, hub.first_screen)

    @app.action(Action.SET_UP_OF)
    async def change(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        await _open(body, client, setup.first_screen)

    async def _open(body: dict[str, Any], client: AsyncWebClient, screen: Opens) -> None:
        """Open a screen about the channel that the button names; whether the person belongs there is checked again."""
        try:
            view = await screen(deps, ChannelId(value_of(body)), person_of(body))
        except PulseError as refusal:
            view = draw_note("Not done", refusal.sentence)
        await client.views_open(trigger_id=body["trigger_id"], view=view)
