"""A process that does nothing but deliver, whole or with one defence taken out; for benches that end such processes."""

import datetime as dt
import multiprocessing
import random
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.process import BaseProcess

from bot.adapters.question_bank import load_question_bank
from bot.adapters.slack_clients import client
from bot.adapters.slack_messenger import SlackMessenger
from bot.adapters.vault import FernetVault
from bot.domain.outbox import Outcome, Outgoing
from bot.services.ports import Ports
from schedules import delivery
from storage.answer_writer import GroupCommitWriter
from storage.claiming import AT_ONCE, Pace
from storage.engine import Database
from storage.unit_of_work import SqlStore
from tests.builders import SECRET, FixedHolidays, KeywordSentiment

_PAUSE = 0.05  # seconds between two passes
_EPOCH = dt.datetime(2026, 5, 12, 9, 0, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class QuickClock:
    """A clock that all processes read alike, and that goes `speed` times as fast as the real one, from `since` on."""

    speed: float
    since: float

    def now(self) -> dt.datetime:
        """The quick time."""
        return _EPOCH + dt.timedelta(seconds=(time.time() - self.since) * self.speed)

    real = now


class PostsOnDoubt(SlackMessenger):
    """Does not look whether a message whose reply was lost has arrived."""

    def find(self, message: Outgoing, since: dt.datetime) -> Outcome | None:
        """It does not look."""
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """How a worker differs from the one that is shipped."""

    messenger: type[SlackMessenger] = SlackMessenger
    hands: int = delivery._HANDS
    pace: Pace | None = None


VARIANTS: Mapping[str, Variant] = {
    "whole": Variant(),
    "unpaced": Variant(pace=AT_ONCE),
    "posts on doubt": Variant(pace=AT_ONCE, messenger=PostsOnDoubt),
    "one hand": Variant(hands=1),
}


def deliver_for_ever(database_url: str, slack_url: str, clock: QuickClock, variant: str) -> None:
    """Deliver until ended."""
    chosen = VARIANTS[variant]
    delivery._HANDS = chosen.hands
    database, vault, bank = Database(database_url), FernetVault(SECRET), load_question_bank()
    ports = Ports(
        store=SqlStore(database, vault, chosen.pace),
        writer=GroupCommitWriter(database, vault, bank),
        clock=clock,
        vault=vault,
        holidays=FixedHolidays(),
        bank=bank,
        sentiment=KeywordSentiment(),
        randomness=random.Random(1),
        operator="the bench",
    )
    messenger = chosen.messenger(client("xoxb-double", slack_url))
    while True:
        with suppress(KeyboardInterrupt):
            delivery.deliver(ports, messenger)
        time.sleep(_PAUSE)


class Workers:
    """Starts such processes within a few hundredths of a second, so that they can be ended often."""

    def __init__(self, *arguments: object) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["tests.bench.worker"])
        self._arguments = arguments
        self._running: list[BaseProcess] = []

    def start(self) -> None:
        """One more."""
        process = self._context.Process(target=deliver_for_ever, args=self._arguments, daemon=True)
        process.start()
        self._running.append(process)

    def kill(self) -> None:
        """End the one that has run longest, as a power cut does."""
        process = self._running.pop(0)
        process.kill()
        process.join()

    def kill_all(self) -> None:
        """End all of them."""
        while self._running:
            self.kill()
