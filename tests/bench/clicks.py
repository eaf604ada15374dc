"""What a click costs: throughput, latency and bursts of the whole product beside bare slack_bolt in the same run."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import uvloop

from bot.services.ports import Due, DueKind
from storage.engine import Database
from tests.bench import processes
from tests.bench.crowd import multiply
from tests.bench.load import Outcome, arrive, burst, prepare, saturate
from tests.bench.processes import Postgres, Server
from tests.bench.results import Result, interleaved, median
from tests.bench.sink import Sink, open_sink
from tests.bench.town import CLICKED_AT, Town, build_town, clone
from tests.builders import add_partnership, stage

CONNECTIONS = 64
_SOON = dt.timedelta(seconds=3)  # after the start of the bot: then clicks are under way
_PARTNERSHIPS, _PEOPLE = 80, 60  # a side: 28,800 distinct clicks, more than a run can send


@dataclass(slots=True)
class Field:
    """Where clicks are measured: a town in both databases, a Slack that takes note, and room for copies."""

    sink: Sink
    folder: Path
    postgres: Postgres
    sqlite_town: Town
    postgres_town: Town
    _copies: int = field(default=0)

    def copy(self, kind: str) -> Town:
        """A fresh copy of the town in a database of a kind."""
        self._copies += 1
        if kind == "sqlite":
            return clone(self.sqlite_town, self.folder / f"copy-{self._copies}.db")
        return replace(self.postgres_town, url=self.postgres.create(self.postgres_town.url))

    @contextmanager
    def bot(self, kind: str, variant: str = "whole") -> Iterator[tuple[Server, Town]]:
        """The product over a fresh copy of the town."""
        town = self.copy(kind)
        with processes.product(town.url, self.sink.origin, variant) as server:
            yield server, town
        self.sink.texts.clear()


@contextmanager
def open_field(partnerships: int = _PARTNERSHIPS, people: int = _PEOPLE) -> Iterator[Field]:
    """A field for one bench."""
    with ExitStack() as stack:
        folder = stack.enter_context(processes.folder())
        postgres = stack.enter_context(processes.postgres())
        yield Field(
            sink=stack.enter_context(open_sink()),
            folder=folder,
            postgres=postgres,
            sqlite_town=build_town(f"sqlite:///{folder / 'town.db'}", count=partnerships, each=people),
            postgres_town=build_town(postgres.create(), count=partnerships, each=people),
        )


def throughput(rounds: int = 5, seconds: float = 4.0) -> list[Result]:
    """Durable answers per second under saturation, beside REF and beside the same path without storing."""
    with open_field() as on:

        def run(kind: str, variant: str = "whole") -> Callable[[int], float]:
            def one(_round: int) -> float:
                with on.bot(kind, variant) as (server, town):
                    outcome = _saturated(on, server, town, seconds)
                    assert not outcome.failed
                    assert variant != "whole" or not town.missing(outcome.acknowledged)
                    return outcome.rate

            return one

        def bare(_round: int) -> float:
            with processes.reference() as server:
                return _saturated(on, server, on.sqlite_town, seconds).rate

        values = interleaved(
            rounds,
            {
                "reference": bare,
                "sqlite": run("sqlite"),
                "postgresql": run("postgresql"),
                "ceiling": run("sqlite", "stores-nothing"),
                "answers_alone": run("sqlite", "answers-alone"),
            },
        )
    middle = {name: median(each) for name, each in values.items()}
    share = middle["sqlite"] / middle["answers_alone"]
    return [
        *(
            beside_reference(f"answers_{name}", middle[name], middle["reference"], ">= 0.8 x REF", 0.8)
            for name in ("sqlite", "postgresql")
        ),
        beside_reference("answers_without_storing", middle["ceiling"], middle["reference"], "none: the ceiling", 0.0),
        Result(
            name="all_listeners_registered",
            value=middle["sqlite"],
            reference=middle["answers_alone"],
            unit="answers/s",
            bar="within 10% of the answer listener alone",
            ok=share >= 0.9,
        ),
    ]


def latency(rounds: int = 5, seconds: float = 15.0, rate: float = 300.0) -> list[Result]:
    """Latency from the scheduled send at a steady 300 answers a second, alone and beside a tick of 10,000 rounds."""
    bare: list[float] = []
    quiet: dict[str, list[Outcome]] = {"sqlite": [], "postgresql": []}
    ticking: dict[str, list[Outcome]] = {"sqlite": [], "postgresql": []}
    with open_field(partnerships=40) as on:
        for number in range(rounds):
            with processes.reference() as server:
                load = prepare(server.url, on.sink.origin, on.sqlite_town.answers)
                bare.append(uvloop.run(arrive(load, rate=rate, seconds=seconds, seed=number)).latency(0.99))
            for kind in quiet:
                with on.bot(kind) as (server, town):
                    load = prepare(server.url, on.sink.origin, town.answers)
                    quiet[kind].append(uvloop.run(arrive(load, rate=rate, seconds=seconds, seed=number)))
        for town in (on.sqlite_town, on.postgres_town):
            fall_due(town, 10_000)
        for number in range(rounds):
            for kind in ticking:
                with on.bot(kind) as (server, town):
                    load = prepare(server.url, on.sink.origin, town.answers)
                    ticking[kind].append(uvloop.run(arrive(load, rate=rate, seconds=seconds, seed=number)))
    results = []
    for kind in quiet:
        p99, worst = median([each.latency(0.99) for each in quiet[kind]]), median([each.worst for each in quiet[kind]])
        results += [
            at_most(f"latency_p99_{kind}", p99, 10.0, reference=median(bare)),
            at_most(f"latency_worst_{kind}", worst, 100.0),
            at_most(f"latency_p99_beside_tick_{kind}", median([each.latency(0.99) for each in ticking[kind]]), 25.0),
        ]
    return results


def bursts(rounds: int = 5, count: int = 2_000, connections: int = 400) -> list[Result]:
    """All at once: the worst acknowledgement of 2,000 answers over 400 connections."""
    with open_field(partnerships=40) as on:

        def run(kind: str) -> Callable[[int], float]:
            def one(_round: int) -> float:
                with on.bot(kind) as (server, town):
                    load = prepare(server.url, on.sink.origin, town.answers)
                    outcome = uvloop.run(burst(load, count=count, connections=connections))
                    assert not outcome.failed
                    return outcome.worst

            return one

        def bare(_round: int) -> float:
            with processes.reference() as server:
                load = prepare(server.url, on.sink.origin, on.sqlite_town.answers)
                return uvloop.run(burst(load, count=count, connections=connections)).worst

        values = interleaved(rounds, {"reference": bare, "sqlite": run("sqlite"), "postgresql": run("postgresql")})
    reference = median(values["reference"])
    return [
        Result(
            name=f"burst_worst_{kind}",
            value=(worst := median(values[kind])),
            reference=reference,
            unit="ms",
            bar="< 1 s, and sooner than REF's",
            ok=worst < 1_000 and worst < reference,
        )
        for kind in ("sqlite", "postgresql")
    ]


def _saturated(on: Field, server: Server, town: Town, seconds: float) -> Outcome:
    load = prepare(server.url, on.sink.origin, town.answers)
    return uvloop.run(saturate(load, connections=CONNECTIONS, seconds=seconds))


def fall_due(town: Town, count: int) -> None:
    """Let that many more partnerships of the town fall due at the moment of the clicks."""
    database = Database(town.url)
    with stage(database) as on:
        made = add_partnership(on)
        with on.ports.store.write() as tx:
            tx.schedule.put(Due(partnership_id=made.id, kind=DueKind.OPEN, due_at=CLICKED_AT + _SOON))
    multiply(database, made.id, count)
    database.close()


def beside_reference(name: str, value: float, reference: float, bar: str, least: float) -> Result:
    is_met = value >= least * reference
    return Result(name=name, value=value, reference=reference, unit="answers/s", bar=bar, ok=is_met)


def at_most(name: str, value: float, most: float, reference: float | None = None) -> Result:
    """A time in milliseconds that shall not be longer than `most`."""
    return Result(name=name, value=value, reference=reference, unit="ms", bar=f"<= {most:g} ms", ok=value <= most)
