"""Milestones as leads plan them: what comes, a new one, a change, a cancellation."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.domain import milestones
from bot.domain.errors import NotNow, TooLate
from bot.domain.ids import ChannelId, MilestoneId, TeamId
from bot.domain.milestones import Coming, Fate, Milestone, Plan
from bot.domain.partnership import Partnership
from bot.domain.people import Person
from bot.domain.permissions import Deed
from bot.services.identity import new_id
from bot.services.permissions import permitted
from bot.services.ports import Due, DueKind, Ports, Transaction
from bot.services.rounds import is_holiday_of

COMING_AT_MOST = 50
OVER = "This milestone is over or was cancelled. “More” shows what is coming."


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The coming milestones of a partnership, the earliest first, for a lead who may change them."""

    partnership: str
    coming: tuple[Milestone, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A plan as it is kept, and when the channel is told (aware UTC; not later than now means at once)."""

    plan: Plan
    told_at: dt.datetime
    timezone: str


def coming(tx: Transaction, partnership: Partnership, now: dt.datetime) -> tuple[Coming, ...]:
    """What comes from today on, the earliest first; for digests and App Home."""
    today = milestones.local_day(now, partnership.cadence)
    plans = (each.plan for each in tx.milestones.coming(partnership.id))
    return tuple(Coming(title=plan.title, kind=plan.kind, on=plan.on) for plan in plans if plan.on >= today)


def board(ports: Ports, home_team_id: TeamId, channel_id: ChannelId, person: Person) -> Board:
    """What comes, for a lead. Raises NotHere or NotAllowed."""
    with ports.store.read() as tx:
        partnership = _led(tx, home_team_id, channel_id, person)
        return Board(partnership=partnership.name, coming=tx.milestones.coming(partnership.id))


def one(
    ports: Ports, home_team_id: TeamId, channel_id: ChannelId, person: Person, milestone_id: MilestoneId
) -> Milestone:
    """One that comes, for a lead. Raises NotHere, NotAllowed, or TooLate."""
    with ports.store.read() as tx:
        return _coming(tx, _led(tx, home_team_id, channel_id, person), milestone_id)


def keep(
    ports: Ports,
    home_team_id: TeamId,
    channel_id: ChannelId,
    person: Person,
    milestone_id: MilestoneId | None,
    entered: Mapping[str, str | None],
) -> Kept:
    """Keep a new milestone, or a change of one, and plan its work.

    Raises InvalidForm (fields title, on, kind, before, after), NotHere, NotAllowed, NotNow, or TooLate.
    """
    now = ports.clock.now()
    with ports.store.write() as tx:
        partnership = _led(tx, home_team_id, channel_id, person)
        known = _coming(tx, partnership, milestone_id, lock=True) if milestone_id else None
        today = milestones.local_day(now, partnership.cadence)
        plan = milestones.planned(entered, known.plan if known else None, today)
        if known is None and len(tx.milestones.coming(partnership.id)) >= COMING_AT_MOST:
            raise NotNow(f"There are {COMING_AT_MOST} coming milestones. Please cancel one before you add another.")
        kept = (
            replace(known, plan=plan, agreed=frozenset())
            if known
            else Milestone(id=MilestoneId(new_id("m")), partnership_id=partnership.id, plan=plan)
        )
        tx.milestones.put(kept)
        at = plan_work(tx, ports, partnership, kept, now)
    return Kept(plan=plan, told_at=at, timezone=partnership.cadence.timezone)


def cancel(
    ports: Ports, home_team_id: TeamId, channel_id: ChannelId, person: Person, milestone_id: MilestoneId
) -> Plan:
    """Forget a coming milestone with the words given for it. Raises NotHere, NotAllowed, or TooLate."""
    with ports.store.write() as tx:
        partnership = _led(tx, home_team_id, channel_id, person)
        known = _coming(tx, partnership, milestone_id, lock=True)
        tx.schedule.drop(partnership.id, DueKind.MILESTONE, DueKind.MILESTONE_WORDS, subject=known.id)
        tx.milestones.remove(known.id)
        return known.plan


def plan_work(
    tx: Transaction, ports: Ports, partnership: Partnership, milestone: Milestone, now: dt.datetime
) -> dt.datetime:
    """Put the asking and the telling into the schedule, in place of an earlier plan; returns when it is told."""
    holidays = is_holiday_of(ports, partnership)
    at = milestones.told_at(milestone.plan, partnership.cadence, now, holidays)
    ask_at = max(now, milestones.asked_at(at, partnership.cadence, holidays))
    tx.schedule.put(
        Due(partnership_id=partnership.id, kind=DueKind.MILESTONE, due_at=max(at, now), subject=milestone.id)
    )
    tx.schedule.drop(partnership.id, DueKind.MILESTONE_WORDS, subject=milestone.id)
    if ask_at < at:
        tx.schedule.put(
            Due(partnership_id=partnership.id, kind=DueKind.MILESTONE_WORDS, due_at=ask_at, subject=milestone.id)
        )
    return at


def _led(tx: Transaction, home_team_id: TeamId, channel_id: ChannelId, person: Person) -> Partnership:
    return permitted(tx, home_team_id, channel_id, person, Deed.PLAN_MILESTONES).partnership


def _coming(tx: Transaction, partnership: Partnership, milestone_id: MilestoneId, *, lock: bool = False) -> Milestone:
    found = tx.milestones.get(milestone_id, lock=lock)
    if found is None or found.partnership_id != partnership.id or found.fate is not Fate.COMING:
        raise TooLate(OVER)
    return found
