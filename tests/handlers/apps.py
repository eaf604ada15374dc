"""A Bolt app without listeners, for tests that hand it requests one by one."""

from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.private_answers import PrivateAnswers
from tests.slack_double import SlackDouble, World


def bolt_app(slack: SlackDouble) -> AsyncApp:
    """Installed in the host workspace of the double; it answers a request when its listeners are done."""

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None,
            team_id=World.HOME,
            bot_token=slack.token,
            bot_id=World.BOT_ID,
            bot_user_id=World.BOT,
        )

    return AsyncApp(
        client=AsyncWebClient(base_url=slack.url),
        authorize=authorize,
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
