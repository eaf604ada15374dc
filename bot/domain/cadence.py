"""When a pulse opens, reminds and closes: in wall time of the partnership's zone, on days that everybody works.

Three rules keep rounds apart:
- A scheduled day that is not a working day moves to the next working day.
- A slot is skipped when the round before it would still be open, or opened fewer than `DAYS_BETWEEN_ROUNDS` days ago.
- Slots open from Monday to Friday, so the second rule also means: no calendar week (drift's unit) has two of them.

Working days are Monday to Friday without the holidays of any organisation, which callers pass in as `is_holiday`.
"""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.domain.days import DAYS, day_spelled
from bot.domain.errors import BadInput, NotNow
from bot.domain.workdays import IsHoliday, add_working_days, instant, next_working_day, previous_working_day

DAYS_BETWEEN_ROUNDS = 5  # the smallest distance that no two days from Monday to Friday of one week have
DAYS_AROUND_EXTRA = 7  # PRIVACY.md: an extra round is at least 7 days from any other
EXTRA_SEARCH_SLOTS = 26  # how many regular slots ahead an extra round's possible day is looked for
LATE_FOR_AT_MOST = dt.timedelta(hours=12)  # up to here a late opening still counts as that day's
LAST_CALL = dt.timedelta(hours=2)

_DAY = dt.timedelta(days=1)


class Every(StrEnum):
    """How often a pulse is asked."""

    WEEK = "week"
    FORTNIGHT = "fortnight"

    @property
    def days(self) -> int:
        return 7 if self is Every.WEEK else 14


class Weekday(StrEnum):
    """The days a pulse may be scheduled on: those that people work."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"


class CadenceInvalid(BadInput, ValueError):
    """A cadence that cannot be kept. `field` names the setting, `sentence` says what would do."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence, field=field)


class ExtraTooSoon(NotNow):
    """No room for an extra round now. `possible_at` is when there is (aware UTC), None if not in sight."""

    def __init__(self, possible_at: dt.datetime | None, sentence: str) -> None:
        super().__init__(sentence)
        self.possible_at = possible_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """How a partnership wants to be asked. Raises CadenceInvalid.

    at: wall time in `timezone` (an IANA name), whole minutes. open_working_days: 1 to 4 weekly, to 9 fortnightly.
    team_first_working_days: 0 to 10, how long the team has its result before seniors are alerted.
    anchor_on: the first scheduled day; it falls on `weekday` and decides which week of a fortnight is asked.
    """

    every: Every
    weekday: Weekday
    at: dt.time
    timezone: str
    open_working_days: int
    team_first_working_days: int
    anchor_on: dt.date

    def __post_init__(self) -> None:
        if self.at.tzinfo is not None or self.at.second or self.at.microsecond:
            raise CadenceInvalid("at", "The time of day is given in hours and minutes, for example 10:00.")
        try:
            ZoneInfo(self.timezone)
        except (LookupError, ValueError, OSError) as fault:  # unknown; not a plain name; a folder such as "Europe"
            sentence = f"“{self.timezone}” is not a time zone; an example is Europe/London."
            raise CadenceInvalid("timezone", sentence) from fault
        longest = self.every.days // 7 * 5 - 1  # leaves one working day before the next round
        if not 1 <= self.open_working_days <= longest:
            raise CadenceInvalid(
                "open_working_days",
                f"A pulse asked every {self.every} stays open for 1 to {longest} working days, "
                "so that it closes before the next one opens.",
            )
        if not 0 <= self.team_first_working_days <= 10:
            sentence = "The team sees its result 0 to 10 working days before seniors are alerted."
            raise CadenceInvalid("team_first_working_days", sentence)
        weekday = DAYS[self.anchor_on.weekday()]
        if weekday.lower() != self.weekday:
            sentence = f"The first pulse is planned for a {weekday}, but the others for {self.weekday.capitalize()}s."
            raise CadenceInvalid("anchor_on", sentence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One round's times, all aware UTC. `scheduled_on` is the nominal local day: the key that makes it fire once."""

    scheduled_on: dt.date
    opens_at: dt.datetime
    remind_at: dt.datetime
    closes_at: dt.datetime


def next_slot(cadence: Cadence, after: dt.datetime, is_holiday: IsHoliday) -> Slot:
    """The first slot that opens strictly after `after` (aware).

    The answer depends on nothing but the arguments: it starts from a slot that is held whatever came before it.
    After a change of cadence pass the end of the last round, if that is later than now.
    """
    hours = _Hours(cadence.at, cadence.timezone, cadence.open_working_days)
    days = cadence.every.days

    def on(index: int) -> dt.date:
        return cadence.anchor_on + index * days * _DAY

    index = max(0, (_day(cadence, after) - cadence.anchor_on).days // days)
    while index > 0 and _crowd_each_other(hours, on(index - 1), on(index), is_holiday):
        index -= 1
    held = on(index)
    while _slot_of(hours, held, is_holiday).opens_at <= after:
        index += 1
        if not _crowd_each_other(hours, held, on(index), is_holiday):
            held = on(index)
    return _slot_of(hours, held, is_holiday)


def catch_up(cadence: Cadence, due: Slot, now: dt.datetime, is_holiday: IsHoliday) -> Slot | None:
    """The one round to open at `now` after the bot was away when `due`, and perhaps slots after it, should have opened.

    It stands for the latest slot missed. Up to 12 hours late it closes as planned. Later than that it stays open for
    its full working days, and None means that these would not end a working day before the next slot opens (or that
    slot is fewer than 5 days away): wait for that one. A slot that is not due yet is returned as it is.
    """
    if now <= due.opens_at:
        return due
    while (following := next_slot(cadence, due.opens_at, is_holiday)).opens_at <= now:
        due = following
    if now - due.opens_at <= LATE_FOR_AT_MOST:
        return _slot(cadence, due.scheduled_on, now, due.closes_at, is_holiday)
    late = _slot(cadence, due.scheduled_on, now, _full_time(cadence, now, is_holiday), is_holiday)
    last_on = previous_working_day(_day(cadence, following.opens_at), is_holiday)
    fits = late.closes_at <= _moment(cadence, last_on) and not _crowds(cadence, late, following)
    return late if fits else None


def extra_slot(
    cadence: Cadence, now: dt.datetime, last_opened_at: dt.datetime | None, next_regular: Slot, is_holiday: IsHoliday
) -> Slot:
    """An extra round from `now`, a lead's wish. Raises ExtraTooSoon.

    It opens on a working day, at least 7 calendar days from the openings before and after it, when the round before
    has had its full time, and closes at the latest on the working day before the next regular slot.
    """
    last, following = last_opened_at, next_regular
    for _ in range(EXTRA_SEARCH_SLOTS):
        if possible_at := _room_between(cadence, now, last, following, is_holiday):
            break
        last, following = following.opens_at, next_slot(cadence, following.opens_at, is_holiday)
    if possible_at != now:
        raise ExtraTooSoon(possible_at, _too_soon(cadence, possible_at, next_regular))
    last_on = previous_working_day(_day(cadence, next_regular.opens_at), is_holiday)
    closes_at = min(_full_time(cadence, now, is_holiday), _moment(cadence, last_on))
    return _slot(cadence, _day(cadence, now), now, closes_at, is_holiday)


def team_first_until(closed_at: dt.datetime, cadence: Cadence, is_holiday: IsHoliday) -> dt.datetime:
    """Until when a result is the team's alone (aware UTC): some working days after the close, at the same wall time."""
    if cadence.team_first_working_days == 0:
        return closed_at
    closed = _local(closed_at, cadence.timezone)
    day = add_working_days(closed.date(), cadence.team_first_working_days, is_holiday)
    return instant(day, closed.time(), cadence.timezone)


def week_of(at: dt.datetime, timezone: str) -> int:
    """The ordinal number of the calendar week (from Monday) in the zone; it counts on through the years."""
    return (_local(at, timezone).toordinal() - 1) // 7  # 1 January of year 1 is a Monday and has ordinal 1


def spelled(at: dt.datetime, timezone: str) -> str:
    """A moment in words of the zone, "Thursday 14 May, 10:00", the same on every machine."""
    local = _local(at, timezone)
    return f"{day_spelled(local.date())}, {local:%H:%M}"


class _Hours(NamedTuple):
    """What of a cadence decides a slot's times, once its day is known."""

    at: dt.time
    timezone: str
    open_working_days: int


@lru_cache(maxsize=4_096)
def _slot_of(hours: _Hours, day: dt.date, is_holiday: IsHoliday) -> Slot:
    """The slot of a scheduled day. Partnerships that keep the same hours and holidays share it."""
    opens_at = _moment(hours, next_working_day(day - _DAY, is_holiday))
    return _slot(hours, day, opens_at, _full_time(hours, opens_at, is_holiday), is_holiday)


@lru_cache(maxsize=4_096)
def _crowd_each_other(hours: _Hours, earlier: dt.date, later: dt.date, is_holiday: IsHoliday) -> bool:
    """Whether the slots of two scheduled days are too close."""
    return _crowds(hours, _slot_of(hours, earlier, is_holiday), _slot_of(hours, later, is_holiday))


def _local(at: dt.datetime, timezone: str) -> dt.datetime:
    return at.astimezone(ZoneInfo(timezone))


def _day(cadence: Cadence | _Hours, at: dt.datetime) -> dt.date:
    return _local(at, cadence.timezone).date()


def _moment(cadence: Cadence | _Hours, day: dt.date) -> dt.datetime:
    return instant(day, cadence.at, cadence.timezone)


def _full_time(cadence: Cadence | _Hours, opens_at: dt.datetime, is_holiday: IsHoliday) -> dt.datetime:
    """When a round open for all its working days closes; opened over 12 hours after `at`, it counts from tomorrow."""
    day = _day(cadence, opens_at)
    if opens_at > _moment(cadence, day) + LATE_FOR_AT_MOST:
        day += _DAY
    return _moment(cadence, add_working_days(day, cadence.open_working_days, is_holiday))


def _slot(
    cadence: Cadence | _Hours,
    scheduled_on: dt.date,
    opens_at: dt.datetime,
    closes_at: dt.datetime,
    is_holiday: IsHoliday,
) -> Slot:
    """A slot with its reminder: the working day before it closes, or two hours before when it opened after that."""
    remind_at = _moment(cadence, previous_working_day(_day(cadence, closes_at), is_holiday))
    if remind_at <= opens_at:
        remind_at = closes_at - LAST_CALL
    return Slot(scheduled_on=scheduled_on, opens_at=opens_at, remind_at=remind_at, closes_at=closes_at)


def _crowds(cadence: Cadence | _Hours, earlier: Slot, later: Slot) -> bool:
    days = (_day(cadence, later.opens_at) - _day(cadence, earlier.opens_at)).days
    return later.opens_at < earlier.closes_at or days < DAYS_BETWEEN_ROUNDS


def _room_between(
    cadence: Cadence, now: dt.datetime, last_opened_at: dt.datetime | None, following: Slot, is_holiday: IsHoliday
) -> dt.datetime | None:
    """The first moment from `now` on at which an extra round fits between two others; None if none does."""
    from_at, first_on = now, _day(cadence, now)
    if last_opened_at is not None:
        last_on = _day(cadence, last_opened_at)
        from_at = max(now, _full_time(cadence, last_opened_at, is_holiday))
        first_on = max(_day(cadence, from_at), last_on + DAYS_AROUND_EXTRA * _DAY)
    day = next_working_day(first_on - _DAY, is_holiday)
    following_on = _day(cadence, following.opens_at)
    # Two working days to answer in: with one, a round opened late in the day would be over before people saw it.
    if day + DAYS_AROUND_EXTRA * _DAY > following_on or add_working_days(day, 2, is_holiday) >= following_on:
        return None
    return from_at if day == _day(cadence, from_at) else _moment(cadence, day)


def _too_soon(cadence: Cadence, possible_at: dt.datetime | None, next_regular: Slot) -> str:
    why = (
        "An extra round opens on a working day, at least 7 days from any other; "
        f"the next regular one opens on {spelled(next_regular.opens_at, cadence.timezone)}."
    )
    if cadence.every is Every.WEEK:
        why += " A weekly pulse leaves room only when a regular round was skipped or the partnership was paused."
    when = f" The earliest possible time is {spelled(possible_at, cadence.timezone)}." if possible_at else ""
    return why + when
