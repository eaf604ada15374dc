"""The life of a round: it is planned, opens, reminds once, counts in bands, and closes."""

import datetime as dt
from dataclasses import replace
from functools import lru_cache
from typing import Any

from bot.domain import anonymity, cadence, digest
from bot.domain.cadence import Slot
from bot.domain.errors import NotNow
from bot.domain.ids import ChannelId, DeliveryKey, RoundId, TeamId
from bot.domain.outbox import MessageKind, Outgoing
from bot.domain.partnership import Partnership, State, block_of
from bot.domain.people import Person
from bot.domain.permissions import Deed
from bot.domain.publication import whole_to_dict
from bot.domain.questions import choose
from bot.domain.rounds import Round, RoundKind
from bot.domain.workdays import IsHoliday, instant
from bot.services import alerts, roster
from bot.services.identity import new_id
from bot.services.permissions import permitted
from bot.services.ports import Due, DueKind, Holidays, Ports, Transaction
from bot.services.release import publish_block, publish_round

_COUNTED_EVERY = dt.timedelta(hours=1)
_INSTANT = dt.timedelta(microseconds=1)


def is_holiday_of(ports: Ports, partnership: Partnership) -> IsHoliday:
    """Whether a day is a public holiday of at least one of the partnership's organisations."""
    return _is_holiday_of(ports.holidays, partnership.regions)


@lru_cache(maxsize=1_000)
def _is_holiday_of(holidays: Holidays, regions: tuple[str, ...]) -> IsHoliday:
    """The same function for equal regions, so that partnerships share what is calculated with it."""
    return lambda day: holidays.is_holiday(day, regions)


def plan(tx: Transaction, ports: Ports, partnership: Partnership, after: dt.datetime) -> None:
    """Put the next regular opening into the schedule, in place of an earlier plan."""
    slot = cadence.next_slot(partnership.cadence, after, is_holiday_of(ports, partnership))
    tx.schedule.put(
        Due(partnership_id=partnership.id, kind=DueKind.OPEN, due_at=slot.opens_at, scheduled_on=slot.scheduled_on)
    )


def open_due(tx: Transaction, ports: Ports, due: Due, now: dt.datetime) -> None:
    """Open the round that is due: one, however many were missed, or none if it is better to wait for the next."""
    partnership = tx.partnerships.get(due.partnership_id)
    if partnership.state is not State.ACTIVE:
        tx.schedule.drop(partnership.id, DueKind.OPEN)
        return
    holidays = is_holiday_of(ports, partnership)
    scheduled_on = due.scheduled_on or due.due_at.date()
    day_begins = instant(scheduled_on, dt.time.min, partnership.cadence.timezone)
    planned = cadence.next_slot(partnership.cadence, day_begins - _INSTANT, holidays)
    slot = cadence.catch_up(partnership.cadence, planned, now, holidays)
    if slot is not None and slot.opens_at <= now and tx.rounds.current(partnership.id) is None:
        partnership = _open(tx, ports, partnership, slot, RoundKind.REGULAR, now)
    plan(tx, ports, partnership, now)


def open_extra(ports: Ports, home_team_id: TeamId, channel_id: ChannelId, person: Person) -> Round:
    """Open an extra round now, for a lead. Raises NotAllowed, or NotNow with the time at which it is possible."""
    now = ports.clock.now()
    with ports.store.write() as tx:
        partnership = permitted(tx, home_team_id, channel_id, person, Deed.START_AN_EXTRA_PULSE).partnership
        if partnership.state is not State.ACTIVE:
            raise NotNow("The pulse is paused. An administrator can resume it with `/pulse resume`.")
        if tx.rounds.current(partnership.id) is not None:
            raise NotNow("A pulse is open at the moment. An extra one is possible when it has closed.")
        _open(tx, ports, partnership, _extra_slot(ports, partnership, now), RoundKind.EXTRA, now)
        opened = tx.rounds.current(partnership.id)
        if opened is None:
            raise NotNow("There was already a pulse today. An extra one is possible on another day.")
        return opened


def has_room_for_extra(ports: Ports, partnership: Partnership) -> bool:
    """Whether an extra round could open now."""
    if partnership.state is not State.ACTIVE:
        return False
    try:
        _extra_slot(ports, partnership, ports.clock.now())
    except NotNow:
        return False
    return True


def _extra_slot(ports: Ports, partnership: Partnership, now: dt.datetime) -> Slot:
    holidays = is_holiday_of(ports, partnership)
    following = cadence.next_slot(partnership.cadence, now, holidays)
    return cadence.extra_slot(partnership.cadence, now, partnership.last_opened_at, following, holidays)


def remind_due(tx: Transaction, ports: Ports, due: Due, now: dt.datetime) -> None:
    """Remind everybody once, in the channel; not if the round is over or about to be."""
    tx.schedule.drop(due.partnership_id, DueKind.REMIND)
    asked = tx.rounds.get(due.round_id or RoundId(""))
    partnership = tx.partnerships.get(due.partnership_id)
    if asked is None or not asked.is_open(now) or partnership.state not in (State.ACTIVE, State.PAUSED):
        return
    if asked.closes_at - now < dt.timedelta(hours=1):
        return
    body = {"number": asked.number, "closes_at": asked.closes_at.isoformat(), "timezone": partnership.cadence.timezone}
    tx.outbox.add(_to_channel(partnership, asked, MessageKind.REMINDER, f"reminder:{asked.id}", body, now))


def count_due(tx: Transaction, ports: Ports, due: Due, now: dt.datetime) -> None:
    """Show how many have answered, in bands, at most once an hour and never fewer than before (PRIVACY)."""
    asked = tx.rounds.get(due.round_id or RoundId(""))
    if asked is None or not asked.is_open(now):
        tx.schedule.drop(due.partnership_id, DueKind.COUNTER)
        return
    tx.schedule.put(replace(due, due_at=now + _COUNTED_EVERY))
    among = sum(tx.rounds.invited(asked.id).values())
    shown = anonymity.counter(asked.shown_counter, tx.answers.people_in(asked.id), asked.promise, among=among)
    if shown == asked.shown_counter:
        return
    counted = replace(asked, shown_counter=shown)
    tx.rounds.counted(asked.id, shown)
    partnership = tx.partnerships.get(due.partnership_id)
    key = f"counter:{asked.id}:{shown}"
    body = pulse_body(ports, partnership, counted)
    tx.outbox.add(_to_channel(partnership, counted, MessageKind.PULSE_COUNTER, key, body, now))


def close_due(tx: Transaction, ports: Ports, due: Due, now: dt.datetime) -> None:
    """Close a round at its hour."""
    partnership = tx.partnerships.get(due.partnership_id)
    asked = tx.rounds.get(due.round_id or RoundId(""))
    if asked is not None and _close(tx, ports, partnership, asked, now):
        alerts.judge_close(tx, ports, partnership, replace(asked, closed_at=now), now)
    tx.schedule.drop(due.partnership_id, DueKind.CLOSE, DueKind.REMIND, DueKind.COUNTER)


def close_early(tx: Transaction, ports: Ports, partnership: Partnership) -> None:
    """Close the open round now, if there is one, and publish what it releases."""
    asked = tx.rounds.current(partnership.id)
    if asked is not None:
        _close(tx, ports, partnership, asked, ports.clock.now())
    tx.schedule.drop(partnership.id, DueKind.CLOSE, DueKind.REMIND, DueKind.COUNTER)


def pulse_body(ports: Ports, partnership: Partnership, asked: Round) -> dict[str, Any]:
    """What the pulse's message needs to be drawn, open or closed."""
    return {
        "round_id": asked.id,
        "number": asked.number,
        "partnership": partnership.name,
        "organisations": list(partnership.names),
        "questions": [{"item": item, "text": ports.question(item, asked.organisations)} for item in asked.items],
        "closes_at": asked.closes_at.isoformat(),
        "timezone": partnership.cadence.timezone,
        "extra": asked.kind is RoundKind.EXTRA,
        "more_than": asked.shown_counter,
        "people": asked.promise.whole_people,
    }


def _open(
    tx: Transaction, ports: Ports, partnership: Partnership, slot: Slot, kind: RoundKind, now: dt.datetime
) -> Partnership:
    """Open a round; nothing happens if the partnership already had one for this scheduled day."""
    regular = kind is RoundKind.REGULAR
    block = block_of(partnership.regular_rounds + 1, partnership.promise)  # an extra round after a full block is next's
    is_full = partnership.rounds > 0 and block > partnership.block
    if is_full and not tx.rounds.of_block(partnership.id, block):
        roster.begin_block(tx, ports, partnership, block)
    number = partnership.rounds + 1
    asked = Round(
        id=RoundId(new_id("r")),
        partnership_id=partnership.id,
        number=number,
        block=block,
        kind=kind,
        items=tuple(item.id for item in choose(ports.bank, partnership.id, number)),
        channel_id=partnership.channel_id,
        scheduled_on=slot.scheduled_on,
        opens_at=slot.opens_at,
        remind_at=slot.remind_at,
        closes_at=slot.closes_at,
        promise=partnership.promise,
        week=cadence.week_of(slot.opens_at, partnership.cadence.timezone),
        organisations=len(partnership.organisations),
    )
    invited = {each.id: 0 for each in partnership.organisations} | tx.people.invited(partnership.id, block)
    groups = {each.id: each.group for each in partnership.organisations}
    if not tx.rounds.add(asked, invited, groups):
        return partnership
    regular_rounds = partnership.regular_rounds + regular
    opened = replace(partnership, rounds=number, regular_rounds=regular_rounds, last_opened_at=slot.opens_at)
    tx.partnerships.opened(opened)
    for work, at in (
        (DueKind.REMIND, slot.remind_at),
        (DueKind.CLOSE, slot.closes_at),
        (DueKind.COUNTER, slot.opens_at + _COUNTED_EVERY),
    ):
        tx.schedule.put(Due(partnership_id=partnership.id, kind=work, due_at=at, round_id=asked.id))
    body = pulse_body(ports, opened, asked)
    tx.outbox.add(_to_channel(opened, asked, MessageKind.PULSE, f"pulse:{asked.id}", body, now))
    return opened


def _close(tx: Transaction, ports: Ports, partnership: Partnership, asked: Round, now: dt.datetime) -> bool:
    """Close a round and publish what it releases; False if it is closed already."""
    if not tx.rounds.close(asked.id, now):
        return False
    closed = replace(asked, closed_at=now)
    whole = publish_round(tx, ports, partnership, closed, now)
    block = publish_block(tx, ports, partnership, closed, now)
    tx.answers.rewrite_shuffled(closed.id, ports.randomness)
    tx.answers.forget_before(partnership.id, closed.week - closed.promise.retention_weeks + 1)
    names = {each.id: each.name for each in partnership.organisations}
    shared = {"number": closed.number, "partnership": partnership.name, "organisations": list(partnership.names)}
    body = pulse_body(ports, partnership, closed)
    tx.outbox.add(_to_channel(partnership, closed, MessageKind.PULSE_CLOSED, f"closed:{closed.id}", body, now))
    questions = {ports.bank.item(item).dimension: ports.question(item, closed.organisations) for item in closed.items}
    results = {
        **shared,
        **whole_to_dict(whole),
        "round_id": closed.id,
        "dimensions": _dimension_names(ports),
        "questions": questions,
    }
    tx.outbox.add(_to_channel(partnership, closed, MessageKind.RESULTS, f"results:{closed.id}", results, now))
    if block is not None:
        added = {**shared, **block.to_dict(), "names": names, "dimensions": _dimension_names(ports)}
        for kind in (MessageKind.BLOCK_RESULTS, MessageKind.BLOCK_COMMENTS):
            tx.outbox.add(_to_channel(partnership, closed, kind, f"{kind}:{closed.id}", added, now))
    digest_at = digest.sent_at(now, partnership.cadence, is_holiday_of(ports, partnership))
    tx.schedule.put(Due(partnership_id=partnership.id, kind=DueKind.DIGEST, subject=closed.id, due_at=digest_at))
    return True


def _dimension_names(ports: Ports) -> dict[str, str]:
    return {each.key: each.name for each in ports.bank.dimensions}


def _to_channel(
    partnership: Partnership, asked: Round, kind: MessageKind, key: str, body: dict[str, Any], now: dt.datetime
) -> Outgoing:
    return Outgoing(
        key=DeliveryKey(key),
        kind=kind,
        team_id=partnership.home_team_id,
        partnership_id=partnership.id,
        channel_id=partnership.channel_id,
        round_id=asked.id,
        body=body,
        due_at=now,
    )
