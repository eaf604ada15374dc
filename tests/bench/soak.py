"""Soak: half a year of many partnerships through the real services, with the invariants looked at after every round.

The clock is the product's own and moves in steps; the answers go through the group-commit writer, what falls due
through the tick, messages through delivery to a postman who only takes note. Nothing else is simulated.
"""

import asyncio
import datetime as dt
import gc
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import func, select

from bot.domain.cadence import Weekday
from bot.domain.ids import ChannelId, OrganisationId, PartnershipId, RoundId, UserId
from bot.domain.partnership import Partnership
from bot.domain.people import Member, Organisation, Person
from bot.domain.rounds import Click, Round
from bot.services import rounds as services
from bot.services.ports import DueKind
from schedules.delivery import drain
from storage.engine import Database
from storage.migrate import migrate
from storage.tables import due_work
from storage.tables import rounds as rounds_table
from tests.bench.invariants import HOLIDAYS, TEAMS, Given, Postman, Soaked, look
from tests.bench.processes import empty_database, memory_of
from tests.bench.results import Result
from tests.builders import Stage, cadence, partnership, stage

BEGINS = dt.datetime(2026, 7, 6, 0, 0, tzinfo=dt.UTC)
"""A Monday; clocks go back on 25 October, and holidays fall on days of pulses."""
_WEEKDAYS = tuple(Weekday)[:5]
_EACH = 5  # people of a side
_ANSWERING = 0.85
_AT_ONCE = 1_000  # clicks; beyond 1,500 the writer refuses
_STEP = dt.timedelta(hours=6)  # at most; the clock stops at every opening
_WARM = 0.25  # of the weeks, before memory is compared
Meddle = Callable[[Stage], None]


def soak(*, partnerships: int = 200, weeks: int = 30, most_growth: float = 0.1) -> list[Result]:
    """Thirty weeks of two hundred partnerships."""
    with empty_database("sqlite") as url:
        database = Database(url)
        migrate(database)
        found = live(database, partnerships=partnerships, weeks=weeks)
        database.close()
    return [
        Result(
            name=f"soak of {weeks} weeks and {partnerships} partnerships: missed, doubled, lost, undelivered",
            value=found.faults,
            unit="events",
            bar=f"0, and memory grows by no more than {most_growth:.0%} after the first weeks",
            ok=found.faults == 0 and found.growth <= most_growth,
            more={
                "rounds": found.closed,
                "answers": found.answered,
                "messages": found.messages,
                "not opened": found.not_opened,
                "missed": found.missed,
                "doubled": found.doubled,
                "lost": found.lost,
                "undelivered": found.undelivered,
                "memory growth": round(found.growth, 3),
                "MB": round(found.megabytes[-1]),
                "seconds": round(found.seconds),
            },
        )
    ]


def live(
    database: Database,
    *,
    partnerships: int,
    weeks: int,
    begins: dt.datetime = BEGINS,
    postman: Postman | None = None,
    meddle: Meddle = lambda on: None,
) -> Soaked:
    """Live through the weeks, from a Monday, in a migrated, empty database; `meddle` may do harm after each of them."""
    found, began, chance = Soaked(), time.monotonic(), random.Random(3)
    postman = postman or Postman()
    with stage(database, holidays=HOLIDAYS) as on:
        on.clock.at = begins
        made = {each.id: each for each in (_settle(on, number) for number in range(partnerships))}
        given: dict[RoundId, Given] = {}
        for week in range(weeks):
            until = begins + (week + 1) * dt.timedelta(weeks=1)
            while on.clock.at < until:
                on.clock.at = min(on.clock.at + _STEP, _next_opening(database))
                drain(on.ports, postman)
                _answer(on, _open_rounds(database, given), chance, given)
            look(on, made, postman, given, found)
            gc.collect()
            found.megabytes.append(memory_of(os.getpid()))
            meddle(on)
    warm = found.megabytes[int(weeks * _WARM)]
    found.growth = found.megabytes[-1] / warm - 1
    found.seconds = time.monotonic() - began
    return found


def _settle(on: Stage, number: int) -> Partnership:
    """A partnership with its people; a fifth of them are asked on each working day."""
    begins = on.clock.at
    sides = tuple(
        Organisation(id=OrganisationId(f"s{number}-{team}"), name=f"{team} {number}", team_id=team, region="GB-ENG")
        for team in TEAMS
    )
    made = partnership(
        id=PartnershipId(f"s-{number:04}"),
        name=f"Partnership {number}",
        channel_id=ChannelId(f"S{number:04}"),
        organisations=sides,
        cadence=cadence(weekday=_WEEKDAYS[number % 5], anchor_on=begins.date() + dt.timedelta(days=number % 5)),
        created_at=begins,
    )
    with on.ports.store.write() as tx:
        tx.partnerships.add(made, on.vault.new_key())
        for side in sides:
            for place in range(_EACH):
                who = _person(number, place, side)
                tx.people.put(made.id, Member(person=who, organisation_id=side.id, name=f"Person {place}"))
        services.plan(tx, on.ports, made, begins - dt.timedelta(days=1))
    return made


def _person(number: int, place: int, side: Organisation) -> Person:
    assert side.team_id is not None
    return Person(team_id=side.team_id, user_id=UserId(f"U{number:04}{side.team_id[2]}{place}"))


def _next_opening(database: Database) -> dt.datetime:
    """The earliest moment at which a round is to open."""
    with database.reading() as connection:
        query = select(func.min(due_work.c.due_at)).where(due_work.c.kind == DueKind.OPEN)
        at: dt.datetime = connection.execute(query).scalar_one()
        return at


def _open_rounds(database: Database, given: Mapping[RoundId, Given]) -> list[RoundId]:
    """Rounds that opened since this was asked last."""
    with database.reading() as connection:
        query = select(rounds_table.c.id).where(rounds_table.c.closed_at.is_(None))
        return [RoundId(row.id) for row in connection.execute(query) if row.id not in given]


def _answer(on: Stage, opened: Sequence[RoundId], chance: random.Random, given: dict[RoundId, Given]) -> None:
    """Most people answer the rounds that have just opened; every answer must be acknowledged."""
    clicks: list[Click] = []
    for round_id in opened:
        with on.ports.store.read() as tx:
            asked = tx.rounds.get(round_id)
            assert asked is not None
            sides = tx.partnerships.get(asked.partnership_id).organisations
        mine = _clicks(on, asked, sides, chance)
        given[round_id] = Given(len(mine), Counter(each.team_id for each in {one.person for one in mine}))
        clicks += mine

    async def send(some: Sequence[Click]) -> None:
        await asyncio.gather(*(on.writer.submit(each) for each in some))

    for start in range(0, len(clicks), _AT_ONCE):
        asyncio.run(send(clicks[start : start + _AT_ONCE]))


def _clicks(on: Stage, asked: Round, sides: Sequence[Organisation], chance: random.Random) -> list[Click]:
    number = int(asked.partnership_id.partition("-")[2])
    people = [_person(number, place, side) for side in sides for place in range(_EACH)]
    return [
        Click(
            round_id=asked.id,
            item_id=item,
            score=chance.randint(2, 5),
            person=who,
            channel_id=asked.channel_id,
            at=on.clock.now(),
        )
        for who in people
        if chance.random() < _ANSWERING
        for item in asked.items
    ]
