"""Around both edges: how long Slack waited for its answer, and what is still being answered when the bot stops."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.domain.counted import Acknowledged, refusal_of_status
from bot.services.ports import Meter

SLACK_PATH = "/slack/events"
_LAST_ANSWERS = 2.5  # seconds; no answer takes longer
_TURNS = 5  # of the loop, in which what was read becomes a request


def measured(app: ASGIApp, meter: Meter) -> ASGIApp:
    """The application with Slack's requests timed, from their arrival until the answer is handed to the socket."""

    async def timed(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != SLACK_PATH:
            await app(scope, receive, send)
            return
        arrived = time.perf_counter()
        status = 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await app(scope, receive, sending)
        finally:
            meter.acknowledged(_how(status), time.perf_counter() - arrived)
            refused = refusal_of_status(status)
            if refused is not None:
                meter.refused(refused)

    return timed


def _how(status: int) -> Acknowledged:
    if status < 400:
        return Acknowledged.OK
    return Acknowledged.FAILED if status >= 500 else Acknowledged.REFUSED


class SocketEdge(AsyncSocketModeHandler):
    """Bolt's Socket Mode handler that times its answers, and can wait for those that are on their way."""

    client: SocketModeClient

    def __init__(self, meter: Meter, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._meter = meter
        self._under_way = 0
        self._nothing_under_way = asyncio.Event()
        self._nothing_under_way.set()

    @property
    def is_connected(self) -> bool:
        """Whether Slack can reach the bot now; for moments it cannot, when Slack moves the connection."""
        session = self.client.current_session
        return session is not None and not session.closed and not self.client.closed

    async def handle(self, client: Any, req: SocketModeRequest) -> None:
        """Answer one request."""
        with self._counted():
            arrived = time.perf_counter()
            how = Acknowledged.FAILED
            try:
                await super().handle(client, req)
                how = Acknowledged.OK
            finally:
                self._meter.acknowledged(how, time.perf_counter() - arrived)

    async def finish(self, within: float) -> None:
        """Answer what came in, then leave; Slack has no way to be told "no more", so leave in a quiet moment."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._quiet()
        self.client.auto_reconnect_enabled = False
        if self.client.message_receiver is not None:
            self.client.message_receiver.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_ANSWERS):
                await self._quiet()
        await self.close_async()  # type: ignore[no-untyped-call]  # Bolt leaves it untyped

    async def _quiet(self) -> None:
        """Wait until everything that was read is answered."""
        turns = 0
        while turns < _TURNS:
            turns = 0 if self._under_way or not self.client.message_queue.empty() else turns + 1
            await self._nothing_under_way.wait()
            await asyncio.sleep(0)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self._under_way += 1
        self._nothing_under_way.clear()
        try:
            yield
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._nothing_under_way.set()
