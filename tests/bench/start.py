"""How long the bot takes from its start to the first answer it accepts, and how much memory it holds at rest."""

import os
import subprocess
import sys
import time
from contextlib import suppress

import uvloop

from tests.bench import processes
from tests.bench.load import Load, burst, prepare
from tests.bench.results import Result, median
from tests.bench.sink import open_sink
from tests.bench.town import CLICKED_AT, build_town, clone
from tests.journeys.world import free_port

_SETTLES = 6.0  # seconds after which everything that loads late has loaded, and every job has run once


def start(rounds: int = 5) -> list[Result]:
    """A migrated database with a town in it, a new process, one click after another until one is accepted."""
    seconds, memory = [], []
    with processes.folder() as folder, open_sink() as sink:
        town = build_town(f"sqlite:///{folder / 'town.db'}", count=10, each=10)
        for number in range(rounds):
            copy = clone(town, folder / f"{number}.db")
            port = free_port()
            load = prepare(f"http://127.0.0.1:{port}/slack/events", sink.origin, copy.answers)
            began = time.perf_counter()
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.bench.product", "whole", CLICKED_AT.isoformat()],
                env=os.environ | processes.settings_for(copy.url, sink.origin) | {"PORT": str(port)},
            )
            try:
                while not _accepts_one(load):
                    assert process.poll() is None, "the bot ended before it accepted an answer"
                    time.sleep(0.01)
                seconds.append(time.perf_counter() - began)
                time.sleep(_SETTLES)
                memory.append(processes.memory_of(process.pid))
            finally:
                process.terminate()
                process.wait(10)
    return [
        Result(name="cold_start", value=(took := median(seconds)), unit="s", bar="<= 2 s", ok=took <= 2),
        Result(name="memory_at_rest", value=(held := median(memory)), unit="MB", bar="<= 150 MB", ok=held <= 150),
    ]


def _accepts_one(load: Load) -> bool:
    with suppress(OSError):
        return bool(uvloop.run(burst(load, count=1, connections=1)).acknowledged)
    return False
