"""Who hears of an alert, and who takes it: the channel first, then the seniors of all organisations in one minute."""

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

from bot.domain.alerts import UNOWNED_FOR, OpenAlert, OwnedAlert
from bot.domain.errors import NotHere, NotNow, TooLate
from bot.domain.ids import AlertId, ChannelId, TeamId
from bot.domain.outbox import MessageKind
from bot.domain.partnership import Partnership, State
from bot.domain.people import Person
from bot.domain.permissions import Deed, mention, permit
from bot.domain.workdays import add_working_days, instant
from bot.services import escalation
from bot.services.alert_messages import AlertMessages, able, as_open, owner_of, without_seniors
from bot.services.identity import new_id
from bot.services.places import NOTHING_HERE
from bot.services.ports import Due, DueKind, Ports, Transaction

_CHANNEL_FIRST_FOR = dt.timedelta(days=7)  # how long seniors wait for a channel that Slack does not serve
_NOTED = "noted"


def announce(tx: Transaction, ports: Ports, partnership: Partnership, alert: OwnedAlert, now: dt.datetime) -> None:
    """Keep a new alert, tell the channel, and plan when the seniors hear of it."""
    tx.alerts.add(alert)
    told_at = _working_days_later(ports, partnership, now, partnership.cadence.team_first_working_days)
    _messages(tx, ports, partnership, alert, now).to_channel(
        MessageKind.ALERT_NOTED,
        _NOTED,
        told_at=told_at.isoformat(),
        timezone=partnership.cadence.timezone,
        unnamed=[each.name for each in without_seniors(tx, partnership)],
    )
    _plan(tx, alert, told_at)


def follow_up(tx: Transaction, ports: Ports, due: Due, now: dt.datetime) -> None:
    """What is due for an alert: the seniors hear of it, or nobody has taken it in time.

    Nothing is sent while the partnership is out of reach, nor before the channel has had its sentence.
    """
    tx.schedule.done(due)
    partnership = tx.partnerships.get(due.partnership_id)
    alert = tx.alerts.get(AlertId(due.subject))
    if alert is None or not alert.is_open or partnership.state is State.ENDED:
        return
    if partnership.state is State.SUSPENDED or _waits_for_channel(tx, ports, partnership, alert, now):
        _plan(tx, alert, _working_days_later(ports, partnership, now, 1))
    elif alert.told_at is None:
        _tell(tx, ports, partnership, replace(alert, told_at=now), now)
    elif alert.climbed_at is None and owner_of(tx, partnership, alert) is None:
        climbed = replace(alert, climbed_at=now, owner=None)
        tx.alerts.save(climbed)
        messages = _messages(tx, ports, partnership, climbed, now)
        messages.to_everybody(
            MessageKind.ALERT_UNOWNED,
            "climbed",
            why="left" if alert.owner else "nobody",
            programme=[each.user_id for each in escalation.programme_owners(tx, ports, partnership)],
        )
        messages.say_who_is_missing()


def take(ports: Ports, home_team_id: TeamId, alert_id: AlertId, person: Person) -> None:
    """A senior takes an alert; all who have it are told. Doing it again changes nothing.

    Raises NotHere, NotAllowed with who can, NotNow while the channel is out of reach, TooLate when somebody has it, it
    has recovered or the partnership has ended.
    """
    with ports.store.write() as tx:
        partnership, alert = _told(tx, ports, home_team_id, alert_id, person)
        _refuse(partnership, alert, person, owner_of(tx, partnership, alert))
        if alert.owner == person:
            return
        taken = replace(alert, owner=person)
        tx.alerts.save(taken)
        member = tx.people.roster(partnership.id).member(person)
        of = None if member is None else member.organisation_id
        name = "" if of is None else partnership.organisation(of).name
        messages = _messages(tx, ports, partnership, taken, ports.clock.now())
        about = new_id("t")
        messages.to_everybody(MessageKind.ALERT_TAKEN, about, owner=person.user_id, of=name)
        messages.to_channel(MessageKind.ALERT_FOLLOWED, about, owner=person.user_id, of=name)


def to_escalate(ports: Ports, home_team_id: TeamId, alert_id: AlertId, person: Person) -> tuple[ChannelId, OpenAlert]:
    """The channel and what is open there, for somebody who has the alert and escalates. Raises NotHere, NotAllowed."""
    with ports.store.read() as tx:
        partnership, alert = _told(tx, ports, home_team_id, alert_id, person)
        return partnership.channel_id, as_open(tx, partnership, alert)


def recovered(tx: Transaction, ports: Ports, partnership: Partnership, alert: OwnedAlert, now: dt.datetime) -> None:
    """Tell the channel and all who have the alert that it has recovered."""
    tx.alerts.save(alert)
    tx.schedule.drop(partnership.id, DueKind.ALERT, subject=alert.id)
    messages = _messages(tx, ports, partnership, alert, now)
    messages.to_channel(MessageKind.ALERT_RECOVERED, "recovered")
    messages.to_everybody(MessageKind.ALERT_RECOVERED, "recovered")


def owner_left(tx: Transaction, ports: Ports, partnership: Partnership, alert: OwnedAlert, now: dt.datetime) -> None:
    """Offer an alert to the others because its owner is not a senior here any more."""
    tx.alerts.save(alert)
    messages = _messages(tx, ports, partnership, alert, now)
    messages.to_everybody(MessageKind.ALERT_UNOWNED, new_id("t"), why="left", programme=[])
    messages.say_who_is_missing()
    _plan(tx, alert, _working_days_later(ports, partnership, now, UNOWNED_FOR))


def _told(
    tx: Transaction, ports: Ports, home_team_id: TeamId, alert_id: AlertId, person: Person
) -> tuple[Partnership, OwnedAlert]:
    """An alert for somebody who has it, held for the rest of the transaction by reading its partnership first.

    Raises NotHere for whoever is not a member, who learns nothing else, and NotAllowed with who can.
    """
    found = tx.alerts.get(alert_id)
    partnership = None if found is None else tx.partnerships.get(found.partnership_id)
    alert = tx.alerts.get(alert_id)
    if alert is None or alert.told_at is None or partnership is None or partnership.home_team_id != home_team_id:
        raise NotHere(NOTHING_HERE)
    if tx.people.roster(partnership.id).member(person) is None:
        raise NotHere(NOTHING_HERE)
    permit(Deed.TAKE_AN_ALERT, person, able(tx, ports, partnership, alert))
    return partnership, alert


def _tell(tx: Transaction, ports: Ports, partnership: Partnership, alert: OwnedAlert, now: dt.datetime) -> None:
    tx.alerts.save(alert)
    messages = _messages(tx, ports, partnership, alert, now)
    messages.to_everybody(MessageKind.ALERT, "told")
    messages.say_who_is_missing()
    _plan(tx, alert, _working_days_later(ports, partnership, now, UNOWNED_FOR))


def _waits_for_channel(
    tx: Transaction, ports: Ports, partnership: Partnership, alert: OwnedAlert, now: dt.datetime
) -> bool:
    """Whether the channel has not had its sentence yet; after a week without Slack the seniors wait no longer."""
    noted = _messages(tx, ports, partnership, alert, now).channel_key(_NOTED)
    return tx.outbox.delivered_ts(noted) is None and now < alert.raised_at + _CHANNEL_FIRST_FOR


def _refuse(partnership: Partnership, alert: OwnedAlert, person: Person, owner: Person | None) -> None:
    """Raise what keeps this person from taking the alert now; returns quietly when nothing does."""
    if partnership.state is State.ENDED:
        raise TooLate("The pulse of this partnership has ended, so nobody needs to take this any more.")
    if not alert.is_open:
        raise TooLate("It has recovered, so nobody needs to take this any more.")
    if partnership.state is State.SUSPENDED:
        raise NotNow(
            "I cannot reach the partnership's channel, so I send nothing at the moment and the others would not hear "
            "that you take this. Please try again when the pulse goes on."
        )
    if owner not in (None, person):
        raise TooLate(f"{mention(owner)} has taken this already. Please speak to each other directly.")


def _working_days_later(ports: Ports, partnership: Partnership, now: dt.datetime, days: int) -> dt.datetime:
    """The same wall time so many working days of all organisations later; `now` itself for none."""
    zone = partnership.cadence.timezone
    local = now.astimezone(ZoneInfo(zone))
    day = add_working_days(local.date(), days, lambda each: ports.holidays.is_holiday(each, partnership.regions))
    return instant(day, local.time(), zone) if days else now


def _messages(
    tx: Transaction, ports: Ports, partnership: Partnership, alert: OwnedAlert, now: dt.datetime
) -> AlertMessages:
    return AlertMessages(tx=tx, ports=ports, partnership=partnership, alert=alert, now=now)


def _plan(tx: Transaction, alert: OwnedAlert, at: dt.datetime) -> None:
    tx.schedule.put(Due(partnership_id=alert.partnership_id, kind=DueKind.ALERT, due_at=at, subject=alert.id))
