"""Ten million answers: what digests and the search for drift cost after months of thousands of partnerships."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvloop
from sqlalchemy import event

from bot.app import favour_clicks
from bot.domain.ids import ChannelId, MessageTs, RoundId
from bot.domain.outbox import Delivered, MessageKind
from bot.domain.people import Person
from bot.domain.rounds import Click, Round
from bot.services import deliveries, digest
from bot.services.ports import Due, DueKind
from schedules.tick import tick
from storage.engine import Database
from storage.migrate import migrate
from storage.tables import due_work, outbox, pacing
from tests.bench import processes
from tests.bench.clicks import at_most
from tests.bench.crowd import multiply
from tests.bench.drift_pass import crowd, pass_over
from tests.bench.load import arrive, prepare
from tests.bench.results import Result, quantile
from tests.bench.sink import open_sink
from tests.bench.town import build_town
from tests.builders import CHANNEL, EXT, HOME, Stage, add_partnership, person, stage

WEEKS = 34


@dataclass(slots=True)
class Stopwatch:
    """How long the database worked, in seconds."""

    seconds: float = 0.0
    _since: float = 0.0

    @contextmanager
    def on(self, database: Database) -> Iterator[None]:
        """Count the time of all statements of the block."""
        event.listen(database.engine, "before_cursor_execute", self._begin)
        event.listen(database.engine, "after_cursor_execute", self._end)
        try:
            yield
        finally:
            event.remove(database.engine, "before_cursor_execute", self._begin)
            event.remove(database.engine, "after_cursor_execute", self._end)

    def _begin(self, *_: Any) -> None:
        self._since = time.perf_counter()

    def _end(self, *_: Any) -> None:
        self.seconds += time.perf_counter() - self._since


def years(partnerships_: int = 10_000, weeks: int = WEEKS) -> list[Result]:
    """Both databases, one after the other: a thousand digests, a drift pass over all, clicks beside a second pass."""
    favour_clicks()
    results = []
    with processes.folder() as folder, processes.postgres() as server:
        for kind, url in (("sqlite", f"sqlite:///{folder / 'years.db'}"), ("postgresql", server.create())):
            database = Database(url)
            migrate(database)
            with stage(database) as on:
                closed = _story(on, weeks)
                multiply(database, closed.partnership_id, partnerships_)
                results += _digests(on, kind, closed, min(1_000, partnerships_))
                results += _drift(on, kind, closed)
            database.close()
            town = build_town(url, count=40, each=60)
            with open_sink() as sink, processes.product(url, sink.origin, "drift-pass") as bot:
                load = prepare(bot.url, sink.origin, town.answers)
                beside = uvloop.run(arrive(load, rate=300, seconds=15))
            results.append(at_most(f"latency_p99_beside_drift_pass_{kind}", beside.latency(0.99), 25.0))
    return results


def _story(on: Stage, weeks: int) -> Round:
    """Weekly rounds of one partnership, in each of which every other person answers; returns the last, closed."""
    made = add_partnership(on)
    answered: list[RoundId] = []
    people = [person(number, team) for team in (HOME, EXT) for number in range(1, 11)]
    with on.ports.store.write() as tx:
        tx.schedule.put(Due(partnership_id=made.id, kind=DueKind.OPEN, due_at=on.clock.now()))
    closed: Round | None = None
    while closed is None or closed.number < weeks:
        on.clock.at = max(on.clock.at, deliveries.next_due(on.ports) or on.clock.at)
        tick(on.ports)
        _deliver(on)
        with on.ports.store.read() as tx:
            latest = tx.rounds.latest(made.id)
        assert latest is not None
        if latest.closed_at is not None:
            closed = latest
        elif not answered or answered[-1] != latest.id:
            answered.append(latest.id)
            _half_answer(on, latest, people)
    with on.database.writing() as connection:
        connection.execute(outbox.delete().where(outbox.c.key != f"results:{closed.id}"))
        connection.execute(pacing.delete())  # the town that comes after lives earlier
    return closed


def _half_answer(on: Stage, asked: Round, people: list[Person]) -> None:
    """Every other person answers all questions."""
    for place, who in enumerate(people):
        for item in asked.items if (place + asked.number) % 2 else ():
            score = 3 + (place + asked.number) % 3
            now = on.clock.now()
            on.writer.store(Click(round_id=asked.id, item_id=item, score=score, person=who, channel_id=CHANNEL, at=now))


def _deliver(on: Stage) -> None:
    while batch := deliveries.take(on.ports, 50):
        for claimed in batch:
            place = ChannelId(claimed.message.channel_id or "D1")
            deliveries.settle(on.ports, claimed, Delivered(channel_id=place, ts=MessageTs("1.000001")))


def _digests(on: Stage, kind: str, closed: Round, count: int) -> list[Result]:
    """Digests of partnerships all over the database: each in a transaction of its own, then all due in one minute."""
    ids, watch, durations = crowd(on.database, closed.partnership_id), Stopwatch(), []
    dues = [
        Due(
            partnership_id=each,
            kind=DueKind.DIGEST,
            subject=each.removesuffix(closed.partnership_id) + closed.id,
            due_at=on.clock.now(),
        )
        for each in ids[:: max(1, len(ids) // count)][:count]
    ]
    for due in dues:
        began = time.perf_counter()
        with on.ports.store.write() as tx:
            digest.digest_due(tx, on.ports, due, on.clock.now())
        durations.append(time.perf_counter() - began)
    with on.database.writing() as connection:
        connection.execute(due_work.delete())
        connection.execute(outbox.delete().where(outbox.c.kind == MessageKind.DIGEST))
    with on.ports.store.write() as tx:
        for due in dues:
            tx.schedule.put(due)
    with watch.on(on.database):
        assert tick(on.ports) == count
    return [
        at_most(f"digest_p99_{kind}", 1_000 * quantile(durations, 0.99), 10.0),
        Result(
            name=f"digests_{kind}",
            value=watch.seconds * 1_000 / count,
            unit="s of database time for 1,000",
            bar="<= 1 s",
            ok=watch.seconds * 1_000 / count <= 1,
        ),
    ]


def _drift(on: Stage, kind: str, closed: Round) -> list[Result]:
    """The judgement of a close, for every partnership, and how much memory it takes on the way."""
    ids = crowd(on.database, closed.partnership_id)
    memory: dict[int, float] = {}
    looked_at = (max(1, len(ids) // 10), len(ids))

    def watch(number: int) -> None:
        if number in looked_at:
            memory[number] = processes.memory_of(os.getpid())

    began = time.perf_counter()
    pass_over(on.ports, on.database, ids, watch)
    seconds = time.perf_counter() - began
    growth = memory[looked_at[1]] / memory[looked_at[0]]
    return [
        Result(
            name=f"drift_pass_{kind}",
            value=seconds * 10_000 / len(ids),
            unit="s for 10,000 partnerships",
            bar="<= 60 s with flat memory (within 5%)",
            ok=seconds * 10_000 / len(ids) <= 60 and growth <= 1.05,
            more={"memory_growth": round(growth, 3), "partnerships": len(ids)},
        )
    ]
