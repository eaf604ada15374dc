"""kill -9 under load: whatever was acknowledged is in the database, however often the power goes."""

import asyncio
from dataclasses import dataclass, field

from tests.bench.load import Load, Outcome, prepare, saturate
from tests.bench.processes import Server, empty_database, product
from tests.bench.results import Result
from tests.bench.sink import Sink, open_sink
from tests.bench.town import Answer, Town, town_of

KINDS = ("sqlite", "postgresql")
_CONNECTIONS = 64
_LONGEST = 60.0  # seconds of load until a round gives up
_IN_FLIGHT = 2  # times the connections: clicks more than acknowledgements that a round may take


@dataclass(slots=True)
class Losses:
    """What was acknowledged in all rounds, and what of it the database did not hold after any of them."""

    acknowledged: list[Answer] = field(default_factory=list)
    missing: set[str] = field(default_factory=set)


def kills(*, rounds: int = 5, clicks: int = 2_100) -> list[Result]:
    """Each round acknowledges so many clicks, then the bot is killed and started again on the same database."""
    results = []
    for kind in KINDS:
        with empty_database(kind) as url:
            found = kill_rounds(url, rounds=rounds, clicks=clicks)
        with empty_database(kind) as url:
            without = kill_rounds(url, rounds=1, clicks=clicks, variant="acknowledges-first")
        results.append(
            Result(
                name=f"kill -9 under load, {kind}: acknowledged answers missing",
                value=len(found.missing),
                unit="answers",
                bar="0; stored after the acknowledgement, the same test reports losses",
                ok=not found.missing and bool(without.missing),
                more={
                    "acknowledged": len(found.acknowledged),
                    "kills": rounds,
                    "missing when stored afterwards": len(without.missing),
                },
            )
        )
    return results


def kill_rounds(url: str, *, rounds: int, clicks: int, variant: str = "whole") -> Losses:
    """Kill the bot `rounds` times on an empty database; the answers that are missing after any of the kills."""
    a_round = clicks + _IN_FLIGHT * _CONNECTIONS
    town, losses = town_of(url, rounds * a_round), Losses()
    with open_sink() as sink:
        for number in range(rounds):
            with product(town.url, sink.origin, variant) as running:
                mine = town.answers[number * a_round : (number + 1) * a_round]
                until_killed(running, prepare(running.url, sink.origin, mine), clicks, losses.acknowledged)
            losses.missing |= {each.id for each in broken_promises(town, losses.acknowledged, sink)}
    return losses


def until_killed(running: Server, load: Load, clicks: int, acknowledged: list[Answer]) -> None:
    """Load the bot, kill it when it has acknowledged so many clicks, and note all that it acknowledged."""
    outcome = Outcome()

    def power_cut() -> bool:
        if len(outcome.acknowledged) >= clicks:
            running.process.kill()  # while the clicks of the other connections are on their way
        return len(outcome.acknowledged) >= clicks

    asyncio.run(saturate(load, connections=_CONNECTIONS, seconds=_LONGEST, until=power_cut, outcome=outcome))
    running.kill()
    acknowledged += outcome.acknowledged


def broken_promises(town: Town, acknowledged: list[Answer], sink: Sink) -> list[Answer]:
    """What was acknowledged, is not stored, and of which the person was not told a refusal either."""
    return [each for each in town.missing(acknowledged) if not sink.was_refused(each.id)]
