"""What tests need that hand requests to Bolt one by one: the installation in the host's workspace, and an app."""

from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.private_answers import PrivateAnswers
from bot.services.ports import Installed, Ports
from handlers.deps import Deps, Known
from handlers.gate import Authorize, Gate, OneInstallation
from tests.builders import HOME, TUESDAY
from tests.slack_double import SlackDouble, World


def at_home(token: str = SlackDouble.token) -> OneInstallation:
    """The app in the host's workspace alone."""
    return OneInstallation(
        Installed(team_id=HOME, bot_id=World.BOT_ID, bot_user_id=World.BOT, installed_at=TUESDAY, token=token)
    )


def deps_of(ports: Ports, slack: SlackDouble | None = None, known: Known | None = None) -> Deps:
    """What the handlers are given; they call back the double alone. Without `known`, the app is at home alone."""
    origins = frozenset({slack.world.origin} if slack else ())
    return Deps(ports=ports, known=known or at_home(), callback_origins=origins, post=post)


def bolt_app(slack: SlackDouble, deps: Deps, install_at: str = "") -> AsyncApp:
    """Without listeners, behind the gate; it answers a request when its listeners are done."""
    return AsyncApp(
        client=AsyncWebClient(base_url=slack.url),
        before_authorize=Gate(deps, install_at),
        authorize=Authorize(),  # type: ignore[arg-type]  # Bolt takes its own class too
        process_before_response=True,
        request_verification_enabled=False,
    )


async def post(url: str, message: Mapping[str, Any]) -> None:
    """Give a private answer; these tests run each request on a loop of its own."""
    answers = PrivateAnswers()
    try:
        await answers.post(url, message)
    finally:
        await answers.close()
