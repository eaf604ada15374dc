"""A milestone on its day: the channel is told, one a day, unless an escalation is open and the leads prefer to wait."""

import datetime as dt
from dataclasses import dataclass, replace

from bot.domain import milestones
from bot.domain.ids import DeliveryKey, MilestoneId, TeamId
from bot.domain.milestones import Fate, Milestone
from bot.domain.outbox import MessageKind, Outgoing
from bot.domain.partnership import Partnership, Roster, State
from bot.domain.people import Person, Role
from bot.domain.permissions import Deed, permit, those_who_may
from bot.domain.route_map import Level
from bot.services import escalation
from bot.services.milestone_words import body_of, coming_of, shown_words, tell
from bot.services.permissions import able
from bot.services.ports import Due, DueKind, Ports, Transaction
from bot.services.rounds import is_holiday_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """After "Celebrate anyway": the organisations whose leads have not said so yet, in alphabetical order."""

    title: str
    missing: tuple[str, ...]


def celebration_key(milestone_id: MilestoneId) -> DeliveryKey:
    """The key of the message in the channel, in whose thread thanks are posted."""
    return DeliveryKey(f"milestone:{milestone_id}")


def celebrate_due(tx: Transaction, ports: Ports, due: Due, now: dt.datetime) -> None:
    """Tell the channel of a milestone: one a day, on a working day, while nothing stands in the way.

    In a paused or unreachable partnership, and while an escalation at programme level or above is open, it waits for
    the next working day; after two weeks it is passed over.
    """
    tx.schedule.done(due)
    partnership = tx.partnerships.get(due.partnership_id)
    milestone = tx.milestones.get(MilestoneId(due.subject), lock=True)
    if milestone is None or milestone.fate is not Fate.COMING:
        return
    today = milestones.local_day(now, partnership.cadence)
    holidays = is_holiday_of(ports, partnership)
    at = milestones.told_at(milestone.plan, partnership.cadence, now, holidays)
    if milestones.has_passed(milestone.plan, today):
        tx.milestones.put(replace(milestone, fate=Fate.PASSED))
    elif at > now:  # the hour was changed, or the bot was away until a day that nobody works
        tx.schedule.put(replace(due, due_at=at))
    elif not _is_free(tx, partnership, milestone, today, now):
        tx.schedule.put(replace(due, due_at=milestones.told_next_at(partnership.cadence, now, holidays)))
    else:
        _celebrate(tx, partnership, milestone, today, now)


def celebrate_anyway(ports: Ports, home_team_id: TeamId, person: Person, milestone_id: MilestoneId) -> Agreement:
    """A lead wants to celebrate although an escalation is open; it counts when a lead of each organisation says so.

    Raises NotHere, NotAllowed, or TooLate.
    """
    now = ports.clock.now()
    with ports.store.write() as tx:
        partnership, milestone = coming_of(tx, home_team_id, person, milestone_id, lock=True)
        people = tx.people.roster(partnership.id)
        permit(Deed.CELEBRATE_ANYWAY, person, able(partnership, people))
        own = {each.organisation_id for each in people.holders if (each.person, each.role) == (person, Role.LEAD)}
        agreed = replace(milestone, agreed=milestone.agreed | {each for each in own if each is not None})
        tx.milestones.put(agreed)
        missing = _missing(partnership, people, agreed)
        waits = tx.schedule.get(partnership.id, DueKind.MILESTONE, milestone.id)
        if waits is not None and not missing:
            at = milestones.told_at(milestone.plan, partnership.cadence, now, is_holiday_of(ports, partnership))
            tx.schedule.put(replace(waits, due_at=max(at, now)))
    return Agreement(title=milestone.plan.title, missing=missing)


def _is_free(tx: Transaction, partnership: Partnership, milestone: Milestone, today: dt.date, now: dt.datetime) -> bool:
    """Whether the channel can be told now; if an escalation stands in the way, the leads are asked."""
    if partnership.state is not State.ACTIVE or tx.milestones.told_on(partnership.id, today):
        return False
    people = tx.people.roster(partnership.id)
    if not _is_troubled(tx, partnership) or not _missing(partnership, people, milestone):
        return True
    leads = those_who_may(Deed.CELEBRATE_ANYWAY, able(partnership, people))
    tell(tx, partnership, leads, MessageKind.MILESTONE_HELD, milestone, now)
    return False


def _is_troubled(tx: Transaction, partnership: Partnership) -> bool:
    """Whether an escalation at programme level or above is open."""
    level = escalation.highest_open_level(tx, partnership)
    return level is not None and level.rank >= Level.PROGRAMME.rank


def _missing(partnership: Partnership, people: Roster, milestone: Milestone) -> tuple[str, ...]:
    """Organisations with a lead who could still say "Celebrate anyway"; all of them while no lead is there at all."""
    leads = those_who_may(Deed.CELEBRATE_ANYWAY, able(partnership, people))
    led = {each.organisation_id for each in people.holders if each.role is Role.LEAD and each.person in leads}
    asked = [each for each in partnership.organisations if each.id in led] or partnership.organisations
    return tuple(sorted((each.name for each in asked if each.id not in milestone.agreed), key=str.casefold))


def _celebrate(
    tx: Transaction, partnership: Partnership, milestone: Milestone, today: dt.date, now: dt.datetime
) -> None:
    tx.milestones.put(replace(milestone, fate=Fate.TOLD, told_on=today))
    words = shown_words(partnership, tx.people.roster(partnership.id), tx.milestones.words(milestone.id))
    tx.outbox.add(
        Outgoing(
            key=celebration_key(milestone.id),
            kind=MessageKind.MILESTONE,
            team_id=partnership.home_team_id,
            partnership_id=partnership.id,
            channel_id=partnership.channel_id,
            body={**body_of(partnership, milestone, now), "words": list(words)},
            due_at=now,
        )
    )
