"""What the handlers are given, and how they call the services without holding up the loop."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, ParamSpec, Protocol, TypeVar

from slack_bolt.async_app import AsyncRespond

from bot.domain.counted import refusal_of
from bot.domain.errors import PulseError, Unavailable
from bot.domain.ids import ChannelId, TeamId, UserId
from bot.domain.people import Person
from bot.services.ports import Door, Installed, Ports
from handlers.afterwards import Afterwards

log = logging.getLogger(__name__)
Post = Callable[[str, Mapping[str, Any]], Awaitable[None]]
P = ParamSpec("P")
R = TypeVar("R")

_HOME: ContextVar[TeamId | None] = ContextVar("home_team_id", default=None)


class Known(Protocol):
    """Where the app is installed: bot.services.installations, or the one installation of a single bot token."""

    def known(self, door: Door) -> Installed | None:
        """What is in memory and may be used; never waits."""
        ...

    def is_due(self, door: Door) -> bool:
        """Whether it should be read again soon."""
        ...

    def read(self, door: Door) -> Installed | None:
        """Ask the database, from a thread."""
        ...

    def forget(self, door: Door) -> None:
        """Forget what is in memory about a place."""
        ...


@dataclass(slots=True, kw_only=True)
class Deps:
    """The ports, where the app is installed, threads for the services, and what follows an acknowledgement."""

    ports: Ports
    known: Known
    callback_origins: frozenset[str] = frozenset({"https://hooks.slack.com"})
    threads: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(max_workers=8, thread_name_prefix="service")
    )
    post: Post
    after: Afterwards = field(default_factory=Afterwards)

    @property
    def home_team_id(self) -> TeamId:
        """The workspace of the installation that the request at hand came through, whoever sent it.

        It is the host's also when somebody of a partner organisation clicks or submits.
        """
        home = _HOME.get()
        if home is None:
            raise RuntimeError("there is no home workspace outside a request that was let in")
        return home

    async def run(self, service: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call a service in a worker thread."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self.threads, lambda: service(*args, **kwargs))
        except PulseError as refusal:
            self.ports.meter.refused(refusal_of(refusal))
            raise

    async def answer(self, respond: AsyncRespond, message: Mapping[str, Any], *, replace: bool = False) -> None:
        """Send a private answer to a click or a command; only Slack's own hosts are ever called back, over TLS.

        An address has to begin with the origin, letter for letter: whoever takes addresses apart can be misled.
        """
        url = respond.response_url or ""
        if url.startswith(tuple(f"{origin}/" for origin in self.callback_origins)):
            await self.post(url, {**message, "response_type": "ephemeral", "replace_original": replace})


def come_from(home: TeamId | None) -> None:
    """Set the home workspace of the request at hand; None: it has none."""
    _HOME.set(home)


def person_of(body: dict[str, Any]) -> Person:
    """Who acted. The team is the person's own: Bolt's context names the host's for people of another workspace."""
    if "user_id" in body:  # a slash command; only members of the host workspace can send one
        return Person(team_id=TeamId(body["team_id"]), user_id=UserId(body["user_id"]))
    return Person(team_id=TeamId(body["user"]["team_id"]), user_id=UserId(body["user"]["id"]))


def channel_of(body: dict[str, Any]) -> ChannelId:
    """The channel of a click or a command."""
    if "channel_id" in body:
        return ChannelId(body["channel_id"])
    return ChannelId((body.get("channel") or body.get("container") or {}).get("id", ""))


def value_of(body: dict[str, Any]) -> str:
    """What the clicked button carries; empty where it carries nothing."""
    return str(body["actions"][0].get("value", ""))


def reference() -> str:
    """A short number by which a person and the log can name the same failure."""
    return secrets.token_hex(2).upper()


async def tell(deps: Deps, respond: AsyncRespond, refusal: PulseError) -> None:
    """Tell the person, privately, why something was not done; a fault of ours gets a reference that the log has too."""
    sentence = refusal.sentence
    if isinstance(refusal, Unavailable):
        number = reference()
        log.warning("a person was told that something was not saved", extra={"reference": number})
        sentence = f"{sentence} (ref {number})"
    await deps.answer(respond, {"text": sentence})
