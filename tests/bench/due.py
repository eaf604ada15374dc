"""Ten thousand rounds due in one minute: how long a tick takes, and for how long it holds up the loop beside it."""

import asyncio
import time

import uvloop

from bot.app import favour_clicks
from bot.services.ports import Due, DueKind
from schedules.tick import tick
from storage.engine import Database
from storage.migrate import migrate
from tests.bench import processes
from tests.bench.crowd import multiply
from tests.bench.results import Result, median
from tests.builders import Stage, add_partnership, stage


def due(rounds: int = 5, count: int = 10_000) -> list[Result]:
    """A tick in a worker thread beside a loop that only asks how late it is, on fresh databases of both kinds."""
    favour_clicks()
    seconds: dict[str, list[float]] = {"sqlite": [], "postgresql": []}
    stalls: dict[str, list[float]] = {"sqlite": [], "postgresql": []}
    with processes.folder() as folder, processes.postgres() as server:
        for number in range(rounds):
            for kind, url in (("sqlite", f"sqlite:///{folder / f'{number}.db'}"), ("postgresql", server.create())):
                took, stall = _one(url, count)
                seconds[kind].append(took)
                stalls[kind].append(stall)
    results = []
    for kind in seconds:
        took, stall = median(seconds[kind]), median(stalls[kind])
        results += [
            Result(name=f"tick_10000_{kind}", value=took, unit="s", bar="<= 2 s", ok=took <= 2),
            Result(name=f"longest_stall_{kind}", value=stall, unit="ms", bar="<= 100 ms", ok=stall <= 100),
        ]
    return results


def _one(url: str, count: int) -> tuple[float, float]:
    """Seconds of the tick, and the loop's longest stall in milliseconds."""
    database = Database(url)
    migrate(database)
    with stage(database) as on:
        made = add_partnership(on, each=8)
        with on.ports.store.write() as tx:
            tx.schedule.put(Due(partnership_id=made.id, kind=DueKind.OPEN, due_at=on.clock.now()))
        multiply(database, made.id, count - 1)
        measured = uvloop.run(_beside_a_loop(on, count))
    database.close()
    return measured


async def _beside_a_loop(on: Stage, count: int) -> tuple[float, float]:
    began = time.perf_counter()
    ticking = asyncio.create_task(asyncio.to_thread(tick, on.ports))
    longest, last = 0.0, time.perf_counter()
    while not ticking.done():
        await asyncio.sleep(0.005)
        longest, last = max(longest, time.perf_counter() - last), time.perf_counter()
    assert ticking.result() == count
    return time.perf_counter() - began, 1_000 * longest
