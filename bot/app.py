"""The only place where the edges meet: settings in, a running bot out."""

import asyncio
import gc
import logging
import random
import signal
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import uvicorn
from slack_bolt.async_app import AsyncApp

from bot.adapters.clock import SystemClock
from bot.adapters.holidays_calendar import HolidayCalendar
from bot.adapters.private_answers import PrivateAnswers
from bot.adapters.prometheus_meter import PrometheusMeter
from bot.adapters.question_bank import load_question_bank
from bot.adapters.slack_clients import SlackWorkspaces, async_client, client
from bot.adapters.slack_messenger import Drawn
from bot.adapters.textblob_sentiment import TextBlobSentiment
from bot.adapters.vault import FernetVault
from bot.config import SLACK_API, VARIABLES, BadSetting, Mode, Reach, Settings
from bot.domain.errors import BadInput
from bot.domain.ids import EnterpriseId, TeamId
from bot.listening import listen_on_http, listen_on_socket, watched
from bot.manifest import INSTALL, scopes
from bot.services.installations import KnownInstallations, installed
from bot.services.ports import Clock, Door, Installed, Ports
from bot.watch import Watch
from handlers import oauth
from handlers.afterwards import Afterwards
from handlers.commands import Verb
from handlers.deps import Deps
from handlers.edge import SocketEdge
from handlers.gate import Authorize, Gate, OneInstallation
from handlers.registry import register_all
from schedules.scheduler import Clockwork
from storage.answer_writer import GroupCommitWriter
from storage.claiming import Pace
from storage.engine import Database
from storage.migrate import migrate
from storage.oauth import SqlInstallationStore, SqlStateStore
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
    meter: PrometheusMeter

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
    meter = PrometheusMeter()
    writer = GroupCommitWriter(database, vault, bank, meter)
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
        meter=meter,
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
        meter=meter,
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
    deps = Deps(
        ports=product.ports,
        known=product.known,
        callback_origins=frozenset({called_back(settings.api_url)}),
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


def called_back(api_url: str) -> str:
    """Where private answers may go: Slack's own address over TLS, or the stand-in that takes Slack's place."""
    stand_in = urlsplit(api_url)
    return "https://hooks.slack.com" if api_url == SLACK_API else f"{stand_in.scheme}://{stand_in.netloc}"


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run to its end on uvloop's event loop, or on asyncio's where that does not exist (Windows)."""
    with asyncio.Runner(loop_factory=uvicorn.Config("").get_loop_factory()) as runner:
        runner.run(work)


async def serve(product: Product, more: tuple[Verb, ...] = (), on_ready: Callable[[], None] = lambda: None) -> None:
    """Run until SIGINT or SIGTERM; then finish what was taken and give everything back (docs/operations.md)."""
    app, deps = bolt_app(product, more)
    watch = watch_of(product)
    clockwork = Clockwork(product.ports, watch.over(product.messenger), product.directory)
    asked, hurried, stopping = asyncio.Event(), asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, asked.set)

    def stop_now() -> None:
        asked.set()
        hurried.set()

    loop.add_signal_handler(signal.SIGINT, stop_now)

    async def stop_in_order() -> None:
        await asked.wait()
        log.info("stopping")
        watch.is_stopping = True  # a proxy looks, and sends new requests elsewhere
        clockwork.finish()  # what was claimed and not begun is given back at once
        drain = product.settings.drain_seconds if product.settings.mode is Mode.HTTP else 0.0
        with suppress(TimeoutError):
            await asyncio.wait_for(hurried.wait(), drain)
        stopping.set()

    product.writer.start()
    clockwork.start()
    favour_clicks()
    order = asyncio.create_task(stop_in_order())
    try:
        await listen(product, app, stopping, on_ready, watch=watch, draining=asked)
    finally:
        order.cancel()
        await asyncio.to_thread(clockwork.stop)
        await deps.after.finish(within=3)
        await product.private_answers.close()
        await asyncio.to_thread(deps.threads.shutdown)
        await asyncio.to_thread(product.writer.stop)
        product.database.close()
    log.info("stopped")


def favour_clicks() -> None:
    """Let the interpreter's own habits hold no click up (docs/performance.md has what each of them cost).

    Searching all that was loaded at the start for garbage takes a tenth of a second, again and again; and a thread that
    is busy with a tick lets the next one in after 5 ms only.
    """
    sys.setswitchinterval(0.001)
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def watch_of(product: Product) -> Watch:
    """An eye on a product."""
    only = product.known.only.team_id if isinstance(product.known, OneInstallation) else None
    return Watch(product.database, product.writer, product.ports, only)


async def listen(
    product: Product,
    app: AsyncApp,
    stopping: asyncio.Event,
    on_ready: Callable[[], None],
    *,
    watch: Watch | None = None,
    draining: asyncio.Event | None = None,
) -> None:
    """Take what Slack sends, in the mode of the settings, until `stopping` is set."""
    watch = watch or watch_of(product)
    settings, meter = product.settings, product.meter
    async with watched(settings.metrics_listen, [*watch.health(), watch.metrics(meter)]):
        if settings.mode is Mode.HTTP:
            more = [*watch.health(), *(oauth.routes(product.flow) if product.flow else ())]
            await listen_on_http(settings, app, meter, more, draining or stopping, stopping, on_ready)
            return

        def connected(edge: SocketEdge) -> None:
            watch.is_connected = lambda: edge.is_connected
            on_ready()

        await listen_on_socket(settings, app, meter, stopping, connected)
