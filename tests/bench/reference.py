"""REF: bare slack_bolt. One no-op listener, Bolt's own adapter on Starlette, uvicorn with uvloop and httptools."""

import re
import sys

import uvicorn
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.bench.load import SIGNING_SECRET


def main(port: int) -> None:
    """Serve until ended."""

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id="T0HOME", bot_token="xoxb-bench", bot_user_id="U0BOT")

    app = AsyncApp(authorize=authorize, signing_secret=SIGNING_SECRET, process_before_response=True)

    @app.action(re.compile("^answer_"))
    async def answer(ack: AsyncAck) -> None:
        await ack()

    handler = AsyncSlackRequestHandler(app)

    async def slack(request: Request) -> Response:
        return await handler.handle(request)

    web = Starlette(routes=[Route("/slack/events", slack, methods=["POST"])])
    uvicorn.run(web, host="127.0.0.1", port=port, loop="uvloop", http="httptools", log_level="error", access_log=False)


if __name__ == "__main__":
    main(int(sys.argv[1]))
