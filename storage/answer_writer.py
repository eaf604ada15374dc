"""The group-commit writer: all clicks that wait go into one transaction, then all of them are acknowledged.

One thread; no linger timer: while one batch commits the next one gathers. Whether the round is open and the person a
member is checked inside the transaction. A row that cannot be stored does not fail its neighbours.
"""

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from bot.domain.counted import Refusal, batch_of
from bot.domain.errors import Busy, PulseError, Unavailable
from bot.domain.questions import QuestionBank
from bot.domain.rounds import Click, Saved
from bot.services.ports import Meter, Unmetered, Vault
from storage.answer_batch import AnswerBatch, Verdict
from storage.engine import Database

log = logging.getLogger(__name__)

_BATCH = 256
_BACKLOG = 1_500  # about one second of answers
_PATIENCE = 2.3  # seconds until a waiting click is refused; no wait may exceed 2.5 s
_PERHAPS = "Your answer may not have been saved: the database is slow. Please click again in a minute, to be sure."


@dataclass(slots=True)
class _Waiting:
    click: Click
    loop: asyncio.AbstractEventLoop | None
    future: asyncio.Future[Saved] | Future[Saved]
    since: float = field(default_factory=time.monotonic)


class GroupCommitWriter:
    """bot.services.ports.AnswerWriter over one thread; `start()` before use, `stop()` finishes what was taken."""

    def __init__(self, database: Database, vault: Vault, bank: QuestionBank, meter: Meter | None = None) -> None:
        self._meter = meter or Unmetered()
        self._answers = AnswerBatch(database, vault, bank)
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._used_at = float("-inf")
        self._in_hand: tuple[_Waiting, ...] = ()
        self._threads: tuple[threading.Thread, ...] = ()
        self._stopping = threading.Event()
        self._door = threading.Lock()  # nobody enters once the writer stops, or nobody would answer them
        self._refusing = threading.Event()
        self._refusing.set()

    @property
    def is_healthy(self) -> bool:
        """Whether the last attempt to store worked; readiness depends on it."""
        return not self._refusing.is_set() and bool(self._threads) and all(each.is_alive() for each in self._threads)

    @property
    def is_in_use(self) -> bool:
        """Whether somebody clicked within the last second: then other work makes itself small."""
        return time.monotonic() - self._used_at < 1

    @property
    def backlog(self) -> int:
        """How many clicks wait to be stored."""
        return self._queue.qsize() + len(self._in_hand)

    def recover(self) -> bool:
        """Look whether answers can be stored again, for nobody clicks while the bot is not ready; False if not."""
        if self._refusing.is_set() and self._threads and not self._in_hand:
            try:
                self._answers.probe()
            except Exception as error:  # whatever it is, it is not well yet
                log.info("answers cannot be stored yet", extra={"error": type(error).__name__})
            else:
                self._refusing.clear()
        return self.is_healthy

    def start(self) -> None:
        """Begin to store."""
        self._stopping.clear()
        self._refusing.clear()
        self._threads = (
            threading.Thread(target=self._run, name="answers", daemon=True),
            threading.Thread(target=self._watch, name="answers-watch", daemon=True),
        )
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Store what was taken, then end."""
        with self._door:
            self._stopping.set()
            self._queue.put(None)
        for thread in self._threads:
            thread.join(timeout=5)
        self._threads = ()

    def submit(self, click: Click) -> asyncio.Future[Saved]:
        """From the running loop: a future that is done when the click is durable, or holds the refusal."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Saved] = loop.create_future()
        self._enter(_Waiting(click, loop, future))
        return future

    def store(self, click: Click) -> Saved:
        """From a thread: return when the click is durable, or raise the refusal."""
        future: Future[Saved] = Future()
        self._enter(_Waiting(click, None, future))
        return future.result()

    def _enter(self, waiting: _Waiting) -> None:
        with self._door:
            if self._stopping.is_set() or not self._threads:
                self._meter.refused(Refusal.UNAVAILABLE)
                raise Unavailable
            if self._queue.qsize() >= _BACKLOG:
                self._meter.refused(Refusal.BUSY)
                raise Busy
            self._queue.put(waiting)
            self._used_at = waiting.since

    def _run(self) -> None:
        while True:
            batch = self._gather()
            if not batch:
                return
            self._in_hand = batch
            try:
                verdicts = self._answers.store([each.click for each in batch])
                self._refusing.clear()
            except Exception as error:  # whatever it is, everybody who waits is told, and the next batch tries again
                log.error("answers could not be stored", extra={"count": len(batch), "error": type(error).__name__})
                self._refusing.set()
                verdicts = [Unavailable()] * len(batch)
            self._in_hand = ()
            self._meter.batch(batch_of(verdicts))
            _tell(batch, verdicts)

    def _gather(self) -> tuple[_Waiting, ...]:
        """The clicks that wait, at least one; none when the writer stops and nobody waits."""
        batch: list[_Waiting] = []
        while len(batch) < _BATCH:
            try:
                waiting = self._queue.get(block=not batch and not self._stopping.is_set())
            except queue.Empty:
                break
            if waiting is not None:
                batch.append(waiting)
        return tuple(batch)

    def _watch(self) -> None:
        """Refuse who waits too long while a commit hangs; should it be stored after all, a second click is harmless."""
        while not self._stopping.wait(0.1):
            overdue = [each for each in self._in_hand if time.monotonic() - each.since > _PATIENCE]
            if overdue:
                self._refusing.set()
                _tell(overdue, [Unavailable(_PERHAPS) for _ in overdue])
            if self._refusing.is_set() and self._in_hand:
                self._refuse_queue()

    def _refuse_queue(self) -> None:
        refused = []
        for _ in range(self._queue.qsize()):
            try:
                waiting = self._queue.get_nowait()
            except queue.Empty:
                break
            if waiting is not None:
                refused.append(waiting)
        _tell(refused, [Unavailable() for _ in refused])
        self._meter.refused(Refusal.UNAVAILABLE, len(refused))


def _tell(batch: Sequence[_Waiting], verdicts: Sequence[Verdict]) -> None:
    """Give everybody the verdict; one wake-up for each loop."""
    by_loop: dict[asyncio.AbstractEventLoop | None, list[tuple[Any, Verdict]]] = {}
    for waiting, verdict in zip(batch, verdicts, strict=True):
        by_loop.setdefault(waiting.loop, []).append((waiting.future, verdict))
    for loop, told in by_loop.items():
        if loop is None:
            _resolve(told)
        else:
            with suppress(RuntimeError):  # the loop has closed, and nobody waits any more
                loop.call_soon_threadsafe(_resolve, told)


def _resolve(told: Iterable[tuple[Any, Verdict]]) -> None:
    for future, verdict in told:
        with suppress(InvalidStateError, asyncio.InvalidStateError):  # told already, or no longer waiting
            if isinstance(verdict, PulseError):
                future.set_exception(verdict)
            else:
                future.set_result(verdict)
