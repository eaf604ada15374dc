"""The only place where the edges meet: settings in, a running bot out."""

import asyncio
import gc
import logging
import random
import signal
import socket
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import uvicorn
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp

from bot.adapters.clock import SystemClock
from bot.adapters.holidays_calendar import HolidayCalendar
from bot.adapters.private_answers import PrivateAnswers
from bot.adapters.question_bank import load_question_bank
from bot.adapters.slack_clients import SlackWorkspaces, async_client, client
from bot.adapters.slack_messenger import Drawn
from bot.adapters.textblob_sentiment import TextBlobSentiment
from bot.adapters.vault import FernetVault
from bot.config import SLACK_API, VARIABLES, BadSetting, Mode, Reach, Settings
from bot.domain.errors import BadInput
from bot.domain.ids import EnterpriseId, TeamId
from bot.manifest import INSTALL, scopes
from bot.services.installations import KnownInstallations, installed
from bot.services.ports import Clock, Door, Installed, Ports
from handlers import oauth
from handlers.afterwards import Afterwards
from handlers.commands import Verb
from handlers.deps import Deps
from handlers.gate import Authorize, Gate, OneInstallation
from handlers.http import web_app
from handlers.registry import register_all
from schedules.scheduler import Clockwork
from storage.answer_writer import GroupCommitWriter
from storage.engine import Database
from storage.migrate import migrate
from storage.oauth import SqlInstallationStore, SqlStateStore
from storage.outbox import Pace
from storage.unit_of_work import SqlStore

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A bot that is put together but not started: what the commands of `bot.cli` work with."""

    settings: Settings
    database: Database
    writer: GroupCommitWriter
    ports: Ports
    private_answers: PrivateAnswers
    slack: SlackWorkspaces
    known: KnownInstallations | OneInstallation
    flow: oauth.InstallFlow | None

    @property
    def messenger(self) -> SlackWorkspaces:
        """What sends messages."""
        return self.slack

    @property
    def directory(self) -> SlackWorkspaces:
        """What asks who is in a channel."""
        return self.slack

    @property
    def home_team_id(self) -> TeamId:
        """The only workspace in which the app is installed. Raises BadInput where there are several."""
        return self.home_workspace(None)

    def home_workspace(self, wanted: str | None) -> TeamId:
        """The workspace that a command is about: the one that is wanted, or the only one. Raises BadInput."""
        if isinstance(self.known, OneInstallation):
            return self.known.only.team_id or TeamId("")
        with self.ports.store.read() as tx:
            installed = [str(each.team_id) for each in tx.installations.all() if each.team_id]
            if wanted and tx.installations.serving(Door(team_id=TeamId(wanted))):
                return TeamId(wanted)
        if wanted:
            raise BadInput(f"The app is not installed in the workspace {wanted}.")
        if len(installed) != 1:
            raise BadInput(f"Give --workspace with one of: {', '.join(installed) or 'none, nobody has installed it'}.")
        return TeamId(installed[0])


def open_database(url: str) -> Database:
    """The database of DATABASE_URL, not migrated yet. Raises BadSetting, OSError."""
    try:
        return Database(url)
    except ValueError as error:
        raise BadSetting(f"DATABASE_URL cannot be used: {error}. It is {VARIABLES['DATABASE_URL']}.") from error


def build(
    settings: Settings,
    *,
    clock: Clock | None = None,
    pace: Pace | None = None,
    randomness: random.Random | None = None,
    rewrite: Callable[[Drawn], Drawn] = lambda drawn: drawn,
) -> Product:
    """Put the bot together over a migrated database, and with a bot token ask Slack who it is.

    Raises BadSetting, SlackApiError, OSError.
    """
    database = open_database(settings.database_url)
    migrate(database)
    vault = FernetVault(settings.secret_key, *settings.old_secret_keys)
    bank = load_question_bank()
    writer = GroupCommitWriter(database, vault, bank)
    store = SqlStore(database, vault, pace)
    ports = Ports(
        store=store,
        writer=writer,
        clock=clock or SystemClock(),
        vault=vault,
        holidays=HolidayCalendar(),
        bank=bank,
        sentiment=TextBlobSentiment(),
        randomness=randomness or random.SystemRandom(),
        operator=settings.operator,
    )
    many = settings.reach is Reach.MANY
    known = KnownInstallations(store, ports.clock) if many else OneInstallation(_who(settings, ports))
    return Product(
        settings=settings,
        database=database,
        writer=writer,
        ports=ports,
        private_answers=PrivateAnswers(),
        slack=SlackWorkspaces(known, settings.api_url, rewrite),
        known=known,
        flow=_flow(settings, ports, store, database) if many else None,
    )


def _who(settings: Settings, ports: Ports) -> Installed:
    """The one installation, as Slack tells it of the bot token."""
    who = client(settings.bot_token, settings.api_url).auth_test()
    return Installed(
        team_id=who["team_id"],
        enterprise_id=EnterpriseId(who["enterprise_id"]) if who.get("enterprise_id") else None,
        bot_id=who.get("bot_id") or "",
        bot_user_id=who["user_id"],
        installed_at=ports.clock.real(),
        token=settings.bot_token,
    )


def _flow(settings: Settings, ports: Ports, store: SqlStore, database: Database) -> oauth.InstallFlow:
    """How workspaces install the app."""
    return oauth.install_flow(
        client=async_client(settings.api_url),
        credentials=(settings.client_id, settings.client_secret),
        public_url=settings.public_url,
        authorize_url=urljoin(settings.api_url, "/oauth/v2/authorize"),
        scopes=scopes(),
        installations=SqlInstallationStore(store, ports.clock.real, lambda tx, record: installed(tx, ports, record)),
        states=SqlStateStore(database, ports.clock.real),
    )


def bolt_app(product: Product, more: tuple[Verb, ...] = ()) -> tuple[AsyncApp, Deps]:
    """The Bolt application with all listeners. Signatures are verified at the edge, before Bolt."""

    settings, flow = product.settings, product.flow
    hosts = {"hooks.slack.com"} if settings.api_url == SLACK_API else {urlsplit(settings.api_url).netloc}
    deps = Deps(
        ports=product.ports,
        known=product.known,
        callback_hosts=frozenset(hosts),
        post=product.private_answers.post,
        after=Afterwards(lambda: product.writer.backlog),
    )
    app = AsyncApp(
        client=async_client(settings.api_url),
        before_authorize=Gate(deps, install_at=settings.public_url + INSTALL if flow else ""),
        authorize=Authorize(),  # type: ignore[arg-type]  # Bolt takes its own class too
        oauth_flow=flow,
        process_before_response=True,
        request_verification_enabled=False,
        ssl_check_enabled=False,
        url_verification_enabled=False,
    )
    register_all(app, deps, more)
    return app, deps


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run to its end on uvloop's event loop, or on asyncio's where that does not exist (Windows)."""
    with asyncio.Runner(loop_factory=uvicorn.Config("").get_loop_factory()) as runner:
        runner.run(work)


async def serve(product: Product, more: tuple[Verb, ...] = (), on_ready: Callable[[], None] = lambda: None) -> None:
    """Run until SIGINT or SIGTERM; then finish what was taken and give everything back."""
    app, deps = bolt_app(product, more)
    clockwork = Clockwork(product.ports, product.messenger, product.directory)
    stopping = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, stopping.set)
    product.writer.start()
    clockwork.start()
    favour_clicks()
    try:
        await listen(product, app, stopping, on_ready)
    finally:
        await asyncio.to_thread(clockwork.stop)
        await deps.after.finish(within=3)
        await product.private_answers.close()
        deps.threads.shutdown(wait=True)
        await asyncio.to_thread(product.writer.stop)
        product.database.close()


async def listen(product: Product, app: AsyncApp, stopping: asyncio.Event, on_ready: Callable[[], None]) -> None:
    """Take what Slack sends, in the mode of the settings, until `stopping` is set."""
    if product.settings.mode is Mode.SOCKET:
        await _listen_on_socket(product, app, stopping, on_ready)
    else:
        await _listen_on_http(product, app, stopping, on_ready)


async def _listen_on_socket(
    product: Product, app: AsyncApp, stopping: asyncio.Event, on_ready: Callable[[], None]
) -> None:
    handler = AsyncSocketModeHandler(
        app,
        product.settings.app_token,
        web_client=async_client(product.settings.api_url, product.settings.app_token),
    )
    await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt leaves it untyped
    on_ready()
    await stopping.wait()
    await handler.close_async()  # type: ignore[no-untyped-call]  # Bolt leaves it untyped


async def _listen_on_http(
    product: Product, app: AsyncApp, stopping: asyncio.Event, on_ready: Callable[[], None]
) -> None:
    more = oauth.routes(product.flow) if product.flow else ()
    web = web_app(app, product.settings.signing_secret, time.time, lambda: product.writer.is_healthy, more)
    config = uvicorn.Config(
        web,
        host="0.0.0.0",  # noqa: S104 - Slack calls from outside
        port=product.settings.port,
        log_level="warning",
        access_log=False,
        proxy_headers=False,  # nobody asks for the caller's address
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve())
    listening = asyncio.create_task(server.listening.wait())
    await asyncio.wait((serving, listening), return_when=asyncio.FIRST_COMPLETED)
    if not listening.done():
        raise OSError(f"Port {product.settings.port} cannot be used; set PORT to a free one")
    on_ready()
    await stopping.wait()
    server.should_exit = True
    await serving


def favour_clicks() -> None:
    """Let the interpreter's own habits hold no click up (docs/performance.md has what each of them cost).

    Searching all that was loaded at the start for garbage takes a tenth of a second, again and again; and a thread that
    is busy with a tick lets the next one in after 5 ms only.
    """
    sys.setswitchinterval(0.001)
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


class _Server(uvicorn.Server):
    """uvicorn that says when it listens, and leaves signals to `serve`."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

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
