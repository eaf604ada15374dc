"""Taking what Slack sends, in either mode, until it is time to stop; and a port for whoever watches over the bot."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from slack_bolt.async_app import AsyncApp
from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from bot.adapters.slack_clients import async_client
from bot.config import Address, Settings
from bot.services.ports import Meter
from handlers.edge import SocketEdge, measured
from handlers.http import web_app

ALL_INTERFACES = "0.0.0.0"  # noqa: S104 - Slack calls from outside
_LAST_ANSWERS = 5.0  # seconds for requests that are being answered when the port is closed; none takes longer than 2.5
_KEEP_ALIVE = 75  # seconds; longer than a proxy keeps an unused connection, so that it is the proxy that ends it


async def listen_on_socket(
    settings: Settings,
    app: AsyncApp,
    meter: Meter,
    stopping: asyncio.Event,
    on_ready: Callable[[SocketEdge], None],
) -> None:
    """Socket Mode, until `stopping`; then what came in is answered."""
    web = async_client(settings.api_url, settings.app_token)
    edge = SocketEdge(meter, app, settings.app_token, web_client=web)
    await edge.connect_async()  # type: ignore[no-untyped-call]  # Bolt leaves it untyped
    on_ready(edge)
    await stopping.wait()
    await edge.finish(_LAST_ANSWERS)


async def listen_on_http(
    settings: Settings,
    app: AsyncApp,
    meter: Meter,
    more: Sequence[BaseRoute],
    draining: asyncio.Event,
    stopping: asyncio.Event,
    on_ready: Callable[[], None],
) -> None:
    """HTTP mode, until `stopping`; from `draining` on every answer ends its connection, so the next goes elsewhere."""
    web = measured(web_app(app, settings.signing_secret, time.time, more), meter)
    async with serving(web, Address(host=ALL_INTERFACES, port=settings.port), "PORT") as server:
        on_ready()
        closing = asyncio.create_task(_close_connections(server, draining))
        await stopping.wait()
        closing.cancel()


async def _close_connections(server: "Server", draining: asyncio.Event) -> None:
    await draining.wait()
    server.answer_and_close()


@asynccontextmanager
async def watched(address: Address | None, routes: Sequence[BaseRoute]) -> AsyncIterator[None]:
    """Serve health and metrics on a port of their own for the time of the block; without an address, do not."""
    if address is None:
        yield
        return
    async with serving(Starlette(routes=routes), address, "METRICS_LISTEN"):
        yield


@asynccontextmanager
async def serving(web: ASGIApp, address: Address, setting: str) -> AsyncIterator["Server"]:
    """Serve a web application for the time of the block; then requests that came in are answered. Raises OSError."""
    config = uvicorn.Config(
        web,
        host=address.host,
        port=address.port,
        log_level="warning",
        access_log=False,
        proxy_headers=False,  # nobody asks for the caller's address
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=int(_LAST_ANSWERS),
    )
    server = Server(config)
    running = asyncio.create_task(server.serve())
    listening = asyncio.create_task(server.listening.wait())
    await asyncio.wait((running, listening), return_when=asyncio.FIRST_COMPLETED)
    if not listening.done():
        listening.cancel()
        raise OSError(f"Port {address.port} cannot be used; set {setting} to a free one")
    try:
        yield server
    finally:
        server.should_exit = True
        await running


class Server(uvicorn.Server):
    """uvicorn that says when it listens, and leaves signals to `bot.app.serve`."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    def answer_and_close(self) -> None:
        """From now on end every connection with its next answer: clients that keep them open find another replica."""
        last = (b"connection", b"close")
        self.config.encoded_headers = [*self.config.encoded_headers, last]
        self.server_state.default_headers = [*self.server_state.default_headers, last]

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen; a port that cannot be used ends the task and not the process."""
        try:
            await super().startup(sockets)
        except SystemExit:
            self.should_exit = True
            return
        self.listening.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield
