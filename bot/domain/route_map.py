"""The route map: the agreed order of levels at which an escalation is answered, each with one owner per organisation.

A partnership's map says what is wanted; when an escalation is opened, the part of it that applies is frozen into steps.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from bot.domain.ids import OrganisationId
from bot.domain.people import Person, Role
from bot.domain.workdays import IsHoliday, add_working_days, instant, is_working_day, next_working_day

DAY_BEGINS: Final = dt.time(9)
DAY_ENDS: Final = dt.time(17)
LONGEST_FOR: Final = 20  # working days that a level may take
FAST_FOR: Final = 1  # working day at each level of the fast lane


class Level(StrEnum):
    """The levels, from the lowest; a route map has one or more of them, in this order."""

    INFORMAL = "informal"
    DELIVERY_LEADS = "delivery_leads"
    PROGRAMME = "programme"
    SPONSORS = "sponsors"

    @property
    def rank(self) -> int:
        """0 for the lowest."""
        return tuple(Level).index(self)

    @property
    def called(self) -> str:
        """Its name in a sentence: "informal level", "delivery leads"."""
        return self.replace("_", " ") + (" level" if self in (Level.INFORMAL, Level.PROGRAMME) else "")

    @property
    def role(self) -> Role:
        """Who owns it when nobody is named: leads below the programme level, seniors from there on."""
        return Role.LEAD if self.rank < Level.PROGRAMME.rank else Role.SENIOR


class Lane(StrEnum):
    """Safety and legal issues do not climb the lower levels."""

    NORMAL = "normal"
    SAFETY = "safety"
    LEGAL = "legal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One level of a partnership's map: how long it has, and the owners who were named (others follow from roles)."""

    level: Level
    working_days: int
    owners: Mapping[OrganisationId, Person]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """One organisation's seat at a level: its owner, then the deputies in their order."""

    organisation_id: OrganisationId
    people: tuple[Person, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One level of an escalation, frozen when it was opened."""

    level: Level
    working_days: int
    seats: tuple[Seat, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Who answers for one organisation now."""

    organisation_id: OrganisationId
    person: Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """The world at the moment of a move: who of each organisation may be told (leads, then seniors), and its holidays.

    `now` is aware UTC; `present` and `holidays` have every organisation of the partnership.
    """

    now: dt.datetime
    timezone: str
    present: Mapping[OrganisationId, Sequence[Person]]
    holidays: Mapping[OrganisationId, IsHoliday]

    def owners(self, step: Step) -> tuple[Owner, ...]:
        """Who is told at a step: the owner; if absent, the first deputy who is there, else anybody who may speak for
        the organisation. An organisation with nobody is left out: then its counterpart alone is told."""
        found = ((seat.organisation_id, self._stands_in(seat)) for seat in step.seats)
        return tuple(Owner(organisation_id=each, person=person) for each, person in found if person is not None)

    def answer_by(self, owners: Sequence[Owner], working_days: int) -> dt.datetime:
        """When every owner has had so many working days of the own organisation."""
        return max(
            working_time(self.now, working_days, self.timezone, self.holidays.get(each.organisation_id, _no_holidays))
            for each in owners
        )

    def _stands_in(self, seat: Seat) -> Person | None:
        present = self.present.get(seat.organisation_id, ())
        return next((each for each in (*seat.people, *present) if each in present), None)


DEFAULT: Final = tuple(
    Rung(level=level, working_days=days, owners={})
    for level, days in ((Level.INFORMAL, 2), (Level.DELIVERY_LEADS, 2), (Level.PROGRAMME, 3), (Level.SPONSORS, 5))
)


def frozen(
    rungs: Sequence[Rung], holders: Mapping[OrganisationId, Mapping[Role, Sequence[Person]]]
) -> tuple[Step, ...]:
    """The map with its people as they are now. Owners who were not named: the first of their role at the lower of
    its two levels, the second (if there is one) at the upper; everybody else of the role, then of the other, deputises.
    """
    return tuple(
        Step(
            level=rung.level,
            working_days=rung.working_days,
            seats=tuple(
                Seat(organisation_id=each, people=_seated(rung, each, holders[each]))
                for each in holders  # in the order of the screens, which is the caller's
            ),
        )
        for rung in rungs
    )


def entered_at(steps: Sequence[Step], level: Level, lane: Lane) -> tuple[Step, ...]:
    """The steps from a level on (the highest if none is as high). In the fast lane: from the programme level on, with
    one working day for each."""
    lowest = level.rank if lane is Lane.NORMAL else max(level.rank, Level.PROGRAMME.rank)
    from_there = tuple(each for each in steps if each.level.rank >= lowest) or tuple(steps[-1:])
    if lane is Lane.NORMAL:
        return from_there
    return tuple(replace(each, working_days=min(FAST_FOR, each.working_days)) for each in from_there)


def working_time(at: dt.datetime, working_days: int, timezone: str, is_holiday: IsHoliday) -> dt.datetime:
    """The moment (aware UTC) after so many working days of 9:00 to 17:00; what comes outside of them waits for the
    next one to begin."""
    local = at.astimezone(ZoneInfo(timezone))
    day, time = local.date(), max(local.time(), DAY_BEGINS)
    if not is_working_day(day, is_holiday) or time >= DAY_ENDS:
        day, time = next_working_day(day, is_holiday), DAY_BEGINS
    return instant(add_working_days(day, working_days, is_holiday), time, timezone)


def _no_holidays(day: dt.date) -> bool:
    """The calendar of an organisation that has left the partnership."""
    return False


def _seated(
    rung: Rung, organisation_id: OrganisationId, holders: Mapping[Role, Sequence[Person]]
) -> tuple[Person, ...]:
    own = list(holders.get(rung.level.role, ()))
    if rung.level in (Level.DELIVERY_LEADS, Level.SPONSORS):
        own = own[1:2] + own[:1] + own[2:]
    others = [each for role in (Role.LEAD, Role.SENIOR) for each in holders.get(role, ())]
    named = rung.owners.get(organisation_id)
    return tuple(dict.fromkeys([*([named] if named else []), *own, *others]))


def day_number(opened_at: dt.datetime, now: dt.datetime, timezone: str, is_holiday: IsHoliday) -> int:
    """Which working day it is since then, from 1; a day off counts as the working day after it."""
    day, today = (at.astimezone(ZoneInfo(timezone)).date() for at in (opened_at, now))
    if not is_working_day(day, is_holiday):
        day = next_working_day(day, is_holiday)
    number = 1
    while (day := next_working_day(day, is_holiday)) <= today:
        number += 1
    return number
