"""Three replicas on one PostgreSQL, their clocks two seconds apart, one killed at a time: everything happens once."""

import asyncio
import datetime as dt
import random
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from sqlalchemy import func, select

from bot.domain.ids import ChannelId, OrganisationId, PartnershipId
from bot.domain.people import Organisation
from bot.services.ports import Due, DueKind
from storage.engine import Database
from storage.tables import outbox, rounds
from tests.bench.kills import broken_promises
from tests.bench.load import Outcome, arrive, prepare
from tests.bench.processes import Server, empty_database, product
from tests.bench.results import Result
from tests.bench.sink import Sink, Slowly, open_sink
from tests.bench.town import CLICKED_AT, Town, town_of
from tests.builders import EXT, HOME, partnership, stage

SKEWS = (0.0, 2.0, 4.0)  # seconds by which the replicas' clocks are ahead
WITHOUT_KEYS = (
    "ALTER TABLE rounds DROP CONSTRAINT uq_rounds_partnership_id_scheduled_on",
    "ALTER TABLE rounds DROP CONSTRAINT uq_rounds_partnership_id_number",
)
"""The second defence against two rounds on one day; the first is that a tick leaves alone what another one holds."""
_LATENCY = (0.05, 0.15)
_RATE = 40.0  # clicks per second and replica
_GIVE_UP_AFTER = 150.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lived:
    """What three replicas did: how often each partnership opened on a day, how often each message was posted."""

    due: int
    opened: int
    opened_twice: int
    never_opened: int
    posted_twice: int
    never_posted: int
    acknowledged: int
    missing: int
    kills: int

    @property
    def faults(self) -> int:
        """Everything that happened twice or not at all."""
        doubled = self.opened_twice + self.posted_twice
        return doubled + self.never_opened + self.never_posted + self.missing


def replicas(*, partnerships: int = 150, seconds: float = 30.0) -> list[Result]:
    """Pulses fall due one after the other while people click and replicas are killed."""
    with empty_database("postgresql") as url:
        found = live(url, partnerships=partnerships, seconds=seconds)
    with empty_database("postgresql") as url:
        blind = live(url, partnerships=20, seconds=12.0, variant="ticks-blindly", before=WITHOUT_KEYS)
    return [
        Result(
            name="3 replicas, clocks 2 s apart, one killed at a time: openings, messages, answers doubled or missing",
            value=found.faults,
            unit="events",
            bar="0; with ticks that do not look at what others hold, the same test reports some",
            ok=found.faults == 0 and found.kills > 0 and blind.opened_twice > 0,
            more={
                "partnerships": found.due,
                "opened": found.opened,
                "kills": found.kills,
                "acknowledged": found.acknowledged,
                "opened twice": found.opened_twice,
                "posted twice": found.posted_twice,
                "never posted": found.never_posted,
                "answers missing": found.missing,
                "opened twice by ticks that do not look": blind.opened_twice,
            },
        )
    ]


def live(
    url: str,
    *,
    partnerships: int,
    seconds: float,
    kill_every: float = 4.0,
    variant: str = "whole",
    before: Sequence[str] = (),
) -> Lived:
    """Let three replicas live on an empty PostgreSQL database; ends when nothing is left to be sent.

    `before` are statements that change the database before they begin.
    """
    town = town_of(url, int(1.5 * len(SKEWS) * _RATE * seconds))
    database = Database(url)
    with database.writing() as connection:
        for each in before:
            connection.exec_driver_sql(each)
    database.close()
    due = _fall_due(url, partnerships, seconds)
    with ExitStack() as stack:
        sink = stack.enter_context(open_sink(Slowly(burst=1_000, latency=_LATENCY)))
        began = time.time()
        running = [stack.enter_context(product(url, sink.origin, variant, since=began, ahead=ahead)) for ahead in SKEWS]
        outcomes, kills = asyncio.run(_click_and_kill(running, sink, town, seconds, kill_every))
        _until_drained(url, due)
        time.sleep(1.0)  # what is posted twice is posted soon
        return _found(url, town, sink, due, outcomes, kills)


def _fall_due(url: str, count: int, seconds: float) -> list[PartnershipId]:
    """Partnerships whose pulse falls due at some moment of the run."""
    database, chance, made = Database(url), random.Random(1), []
    with stage(database) as on:
        for number in range(count):
            sides = tuple(
                Organisation(id=OrganisationId(f"d{number}-{team}"), name=f"{team} {number}", team_id=team)
                for team in (HOME, EXT)
            )
            each = partnership(
                id=PartnershipId(f"d-{number:05}"), channel_id=ChannelId(f"D{number:05}"), organisations=sides
            )
            at = CLICKED_AT + dt.timedelta(seconds=chance.uniform(0.1, 0.8) * seconds)
            with on.ports.store.write() as tx:
                tx.partnerships.add(each, on.vault.new_key())
                tx.schedule.put(Due(partnership_id=each.id, kind=DueKind.OPEN, due_at=at))
            made.append(each.id)
    database.close()
    return made


async def _click_and_kill(
    running: Sequence[Server], sink: Sink, town: Town, seconds: float, kill_every: float
) -> tuple[list[Outcome], int]:
    share = len(town.answers) // len(running)
    clicking = []
    for number, replica in enumerate(running):
        load = prepare(replica.url, sink.origin, town.answers[number * share : (number + 1) * share])
        clicking.append(asyncio.create_task(arrive(load, rate=_RATE, seconds=seconds, connections=32, seed=number)))
    kills, until = 0, time.monotonic() + seconds - kill_every
    while time.monotonic() < until:
        await asyncio.sleep(kill_every)
        await asyncio.to_thread(running[kills % len(running)].restart)
        kills += 1
    return list(await asyncio.gather(*clicking)), kills


def _until_drained(url: str, due: Sequence[PartnershipId]) -> None:
    """Until every pulse has opened and nothing waits to be sent; what a killed replica had is free after its lease."""
    database, until = Database(url), time.monotonic() + _GIVE_UP_AFTER
    unsent = select(func.count()).select_from(outbox).where(outbox.c.state.in_(("waiting", "sending")))
    opened = select(func.count(rounds.c.partnership_id.distinct())).where(rounds.c.partnership_id.in_(due))
    while time.monotonic() < until:
        with database.reading() as connection:
            if connection.execute(opened).scalar_one() == len(due) and not connection.execute(unsent).scalar_one():
                break
        time.sleep(0.2)
    database.close()


def _found(
    url: str, town: Town, sink: Sink, due: Sequence[PartnershipId], outcomes: Sequence[Outcome], kills: int
) -> Lived:
    database = Database(url)
    with database.reading() as connection:
        query = select(rounds.c.partnership_id, rounds.c.scheduled_on).where(rounds.c.partnership_id.in_(due))
        days = Counter(tuple(row) for row in connection.execute(query))
        wanted = set(connection.execute(select(outbox.c.key).where(outbox.c.partnership_id.in_(due))).scalars())
    database.close()
    posted = Counter(key for said in sink.messages.values() for _, key in said)
    acknowledged = [each for outcome in outcomes for each in outcome.acknowledged]
    return Lived(
        due=len(due),
        opened=len(days),
        opened_twice=sum(days.values()) - len(days),
        never_opened=len(set(due) - {each for each, _ in days}),
        posted_twice=sum(posted.values()) - len(posted),
        never_posted=len(wanted - posted.keys()),
        acknowledged=len(acknowledged),
        missing=len(broken_promises(town, acknowledged, sink)),
        kills=kills,
    )
