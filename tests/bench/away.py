"""The database is gone for a while under load: each click is stored or its person is told, and the bot recovers."""

import asyncio
import sqlite3
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.bench.kills import broken_promises
from tests.bench.load import Load, Outcome, arrive, prepare
from tests.bench.processes import Server, folder, postgres, product
from tests.bench.product import FULL
from tests.bench.results import Result
from tests.bench.sink import Sink, open_sink
from tests.bench.town import town_of

LONGEST_WAIT = 3.0  # seconds; Slack tells the person that the app failed, and nobody learns whether it was stored
SOON = 2.0  # seconds in which the bot is to be its old self
_LOOK_EVERY = 0.05
_STARTS_WITHIN = 10.0  # seconds in which a stopped server is there again
_LONGEST = 120.0  # seconds of clicks, should it never come back
_CONNECTIONS = 1_000  # more clicks than that are never on their way
Away = Callable[[], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """How a time without a database went.

    `broken` clicks were answered with 200, are not stored, and nobody was told. `recovery` is the time in seconds from
    the database's return to the first answer that was stored, `ready_after` to the bot's calling itself ready again.
    """

    clicks: int
    stored: int
    refused: int
    broken: int
    unanswered: int
    worst: float
    recovery: float
    was_unready: bool
    ready_after: float

    @property
    def is_good(self) -> bool:
        """Whether all that is asked of the bot was seen."""
        return (
            self.broken == 0
            and self.unanswered == 0
            and self.refused > 0
            and self.was_unready
            and max(self.recovery, self.ready_after) <= SOON
            and self.worst <= LONGEST_WAIT
        )


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another process holds SQLite's only right to write."""
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@contextmanager
def full(path: Path) -> Iterator[None]:
    """No page can be added to SQLite's file."""
    sign = path.with_name(FULL)
    sign.touch()
    try:
        yield
    finally:
        sign.unlink()


def outages(*, seconds: float = 10.0, rate: float = 200.0) -> list[Result]:
    """PostgreSQL stopped; SQLite locked by another process; SQLite full."""
    stories = {}
    with postgres() as server:
        stories["PostgreSQL stopped"] = away(server.create(), server.stopped, seconds=seconds, rate=rate)
    for name, leave, variant in (("SQLite locked", locked, "whole"), ("SQLite full", full, "can-be-full")):
        with folder() as place:
            path = place / "pulse.db"
            gone = partial(leave, path)
            stories[name] = away(f"sqlite:///{path}", gone, seconds=seconds, rate=rate, variant=variant)
    return [_result(name, seconds, story) for name, story in stories.items()]


def away(url: str, leave: Away, *, seconds: float, rate: float, variant: str = "whole", around: float = 3.0) -> Story:
    """Clicks arrive at a rate for `around` seconds before, `seconds` without the database, and `around` after."""
    most = int(1.2 * rate * (seconds + 2 * around + _STARTS_WITHIN))
    town = town_of(url, most)
    with open_sink() as sink, product(url, sink.origin, variant) as running:
        load = prepare(running.url, sink.origin, town.answers)
        outcome, watch = asyncio.run(_live_through(running, load, leave, seconds, rate, around))
        _wait_until_everybody_is_told(sink, len(outcome.acknowledged))
        refused = [each for each in outcome.acknowledged if sink.was_refused(each.id)]
        told = {each.id for each in refused}
        stored_at = [at for each, at in zip(outcome.acknowledged, outcome.ended, strict=True) if each.id not in told]
        broken = broken_promises(town, outcome.acknowledged, sink)
    return Story(
        clicks=len(outcome.acknowledged) + len(outcome.failed),
        stored=len(stored_at),
        refused=len(refused),
        broken=len(broken),
        unanswered=len(outcome.failed),
        worst=outcome.worst / 1_000,
        recovery=min((at - watch.back_at for at in stored_at if at > watch.back_at), default=float("inf")),
        was_unready=any(watch.gone_at < at < watch.back_at and not ready for at, ready in watch.seen),
        ready_after=min((at - watch.back_at for at, ready in watch.seen if ready and at > watch.back_at), default=99.0),
    )


@dataclass(slots=True)
class _Watch:
    """When the database was gone, and what /readyz said at which moment."""

    gone_at: float
    back_at: float
    seen: list[tuple[float, bool]]


async def _live_through(
    running: Server, load: Load, leave: Away, seconds: float, rate: float, around: float
) -> tuple[Outcome, _Watch]:
    watch = _Watch(0.0, 0.0, [])
    seen_enough = asyncio.Event()
    clicking = asyncio.create_task(
        arrive(load, rate=rate, seconds=_LONGEST, connections=_CONNECTIONS, until=seen_enough.is_set)
    )
    looking = asyncio.create_task(asyncio.to_thread(_look, running, watch, clicking))
    await asyncio.sleep(around)
    gone = leave()
    watch.gone_at = time.perf_counter()
    await asyncio.to_thread(gone.__enter__)
    await asyncio.sleep(seconds)
    await asyncio.to_thread(gone.__exit__, None, None, None)
    watch.back_at = time.perf_counter()
    await asyncio.sleep(around)  # however long the database took to come back
    seen_enough.set()
    outcome = await clicking
    await looking
    return outcome, watch


def _look(running: Server, watch: _Watch, clicking: asyncio.Task[Outcome]) -> None:
    """Ask the bot whether it is ready, again and again."""
    while not clicking.done():
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{running.port}/readyz", timeout=1).close()
        except urllib.error.HTTPError:
            watch.seen.append((time.perf_counter(), False))
        except OSError:
            pass
        else:
            watch.seen.append((time.perf_counter(), True))
        time.sleep(_LOOK_EVERY)


def _wait_until_everybody_is_told(sink: Sink, count: int) -> None:
    """Private answers follow the acknowledgement; wait until all have come, or none any more."""
    told = -1
    while told < len(sink.texts) < count:
        told = len(sink.texts)
        time.sleep(1)


def _result(name: str, seconds: float, story: Story) -> Result:
    return Result(
        name=f"database gone for {seconds:.0f} s under load, {name}: clicks neither stored nor told",
        value=story.broken + story.unanswered,
        unit="clicks",
        bar=f"0; not ready meanwhile; storing and ready again within {SOON:.0f} s; no wait beyond {LONGEST_WAIT:.0f} s",
        ok=story.is_good,
        more={
            "clicks": story.clicks,
            "stored": story.stored,
            "refused and told": story.refused,
            "worst wait, s": round(story.worst, 2),
            "first answer stored after, s": round(story.recovery, 2),
            "ready after, s": round(story.ready_after, 2),
        },
    )
