"""The group-commit writer: all clicks that wait go into one transaction, then all of them are acknowledged.

One thread; no linger timer: while one batch commits the next one gathers. Whether the round is open and the person a
member is checked inside the transaction. A row that cannot be stored does not fail its neighbours.
"""

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, delete, select, tuple_
from sqlalchemy.exc import DataError, IntegrityError

from bot.domain.errors import Busy, PulseError, Unavailable
from bot.domain.ids import PartnershipId, RoundId
from bot.domain.people import Member
from bot.domain.questions import QuestionBank
from bot.domain.rounds import Click, OwnAnswer, Round, Saved, Withdraw, judge
from bot.services.ports import Vault
from storage.engine import Database
from storage.people import read_members
from storage.rounds import keep_open, read_round
from storage.tables import answers, partnerships, rounds
from storage.upsert import dialect_insert

log = logging.getLogger(__name__)

_BATCH = 256
_BACKLOG = 1_500  # about one second of answers
_PATIENCE = 2.3  # seconds until a waiting click is refused; no wait may exceed 2.5 s
_ROUNDS_KEPT = 10_000
_PERHAPS = "Your answer may not have been saved: the database is slow. Please click again in a minute, to be sure."
_BAD_ROW = (DataError, IntegrityError)  # anything else is the database's trouble and concerns the whole batch


@dataclass(slots=True)
class _Waiting:
    click: Click
    loop: asyncio.AbstractEventLoop | None
    future: asyncio.Future[Saved] | Future[Saved]
    since: float = field(default_factory=time.monotonic)


Verdict = Saved | PulseError


class GroupCommitWriter:
    """bot.services.ports.AnswerWriter over one thread; `start()` before use, `stop()` finishes what was taken."""

    def __init__(self, database: Database, vault: Vault, bank: QuestionBank) -> None:
        self._database = database
        self._vault = vault
        self._bank = bank
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._in_hand: tuple[_Waiting, ...] = ()
        self._rounds: dict[RoundId, Round] = {}
        self._keys: dict[PartnershipId, bytes] = {}
        self._threads: tuple[threading.Thread, ...] = ()
        self._stopping = threading.Event()
        self._door = threading.Lock()  # nobody enters once the writer stops, or nobody would answer them
        self._refusing = threading.Event()
        self._refusing.set()

    @property
    def is_healthy(self) -> bool:
        """Whether the last attempt to store worked; readiness depends on it."""
        return not self._refusing.is_set() and bool(self._threads) and all(each.is_alive() for each in self._threads)

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
                raise Unavailable
            if self._queue.qsize() >= _BACKLOG:
                raise Busy
            self._queue.put(waiting)

    def _run(self) -> None:
        while True:
            batch = self._gather()
            if not batch:
                return
            self._in_hand = batch
            try:
                verdicts = self._store([each.click for each in batch])
                self._refusing.clear()
            except Exception as error:  # whatever it is, everybody who waits is told, and the next batch tries again
                log.error("answers could not be stored", extra={"count": len(batch), "error": type(error).__name__})
                self._refusing.set()
                verdicts = [Unavailable() for _ in batch]
            self._in_hand = ()
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

    def _store(self, clicks: Sequence[Click]) -> list[Verdict]:
        with self._database.writing(answers=True) as connection:
            asked = self._asked(connection, clicks)
            roster = read_members(
                connection, {(asked[c.round_id].partnership_id, c.person) for c in clicks if c.round_id in asked}
            )
            self._learn_keys(connection, {each.partnership_id for each in asked.values()})
            verdicts: list[Verdict] = []
            rows: dict[tuple[str, str, str], tuple[int, dict[str, Any] | None]] = {}
            for place, click in enumerate(clicks):
                here = asked.get(click.round_id)
                member = None if here is None else roster.get((here.partnership_id, click.person))
                try:
                    judge(click, here, member)
                    assert here is not None
                    assert member is not None
                    row = self._row(click, here, member)  # refuses where one partnership's key cannot be opened
                except PulseError as refusal:
                    verdicts.append(refusal)
                    continue
                key = (row["round_id"], row["pseudonym"], row["item_id"])
                rows[key] = (place, None if click.score is Withdraw.ANSWER else row)
                verdicts.append(Saved(answer=_own(click), asked=here))
            for place in self._write(connection, rows):
                verdicts[place] = Unavailable()
        return verdicts

    def _asked(self, connection: Connection, clicks: Sequence[Click]) -> dict[RoundId, Round]:
        """The rounds of a batch; what cannot change is kept, what can (closed, channel) is read every time."""
        if len(self._rounds) > _ROUNDS_KEPT:
            self._rounds.clear()
        ids = {click.round_id for click in clicks}
        missing = [each for each in ids if each not in self._rounds]
        if missing:
            for row in connection.execute(select(rounds).where(rounds.c.id.in_(missing))).mappings():
                self._rounds[row["id"]] = read_round(row)
        in_time = (each for each in clicks if (here := self._rounds.get(each.round_id)) and each.at < here.closes_at)
        keep_open(connection, {each.round_id for each in in_time})
        query = select(rounds.c.id, rounds.c.closed_at, rounds.c.channel_id).where(rounds.c.id.in_(list(ids)))
        return {
            row.id: replace(self._rounds[row.id], closed_at=row.closed_at, channel_id=row.channel_id)
            for row in connection.execute(query)
        }

    def _learn_keys(self, connection: Connection, ids: set[PartnershipId]) -> None:
        missing = [each for each in ids if each not in self._keys]
        if missing:
            query = select(partnerships.c.id, partnerships.c.sealed_key).where(partnerships.c.id.in_(missing))
            self._keys.update({row.id: bytes(row.sealed_key) for row in connection.execute(query)})

    def _row(self, click: Click, asked: Round, member: Member) -> dict[str, Any]:
        return {
            "round_id": click.round_id,
            "pseudonym": self._vault.pseudonym(self._keys[asked.partnership_id], click.person),
            "item_id": click.item_id,
            "partnership_id": asked.partnership_id,
            "dimension": self._bank.item(click.item_id).dimension,
            "organisation_id": member.organisation_id,
            "counts": member.counts_in(asked.block),
            "score": click.score if isinstance(click.score, int) else None,
        }

    def _write(
        self, connection: Connection, rows: Mapping[tuple[str, str, str], tuple[int, dict[str, Any] | None]]
    ) -> list[int]:
        """Write all rows; returns the places of those that the database would not take."""
        ordered = sorted(rows.items())  # replicas lock rows in one order, so none waits for another in a circle
        given = [row for _, (_, row) in ordered if row is not None]
        withdrawn = [key for key, (_, row) in ordered if row is None]
        if withdrawn:
            keys = tuple_(answers.c.round_id, answers.c.pseudonym, answers.c.item_id)
            connection.execute(delete(answers).where(keys.in_(withdrawn)))
        if not given:
            return []
        try:
            with connection.begin_nested():
                connection.execute(_upsert(connection), given)
        except _BAD_ROW:
            return [place for place, row in rows.values() if row is not None and not _write_alone(connection, row)]
        return []


def _write_alone(connection: Connection, row: dict[str, Any]) -> bool:
    try:
        with connection.begin_nested():
            connection.execute(_upsert(connection), row)
    except _BAD_ROW as error:
        log.error("an answer could not be stored", extra={"round": row["round_id"], "error": type(error).__name__})
        return False
    return True


def _upsert(connection: Connection) -> Any:
    insert = dialect_insert(connection, answers)
    key = (answers.c.round_id, answers.c.pseudonym, answers.c.item_id)
    changed = {name: insert.excluded[name] for name in ("score", "organisation_id", "counts")}
    return insert.on_conflict_do_update(index_elements=key, set_=changed)


def _own(click: Click) -> OwnAnswer | None:
    if isinstance(click.score, Withdraw):
        return None
    return OwnAnswer(item_id=click.item_id, score=click.score)


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
