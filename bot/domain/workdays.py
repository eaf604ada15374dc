"""Working days, Monday to Friday without holidays, and the moments at which clocks of a zone show a time."""

import datetime as dt
from collections.abc import Callable
from functools import lru_cache
from typing import TypeAlias
from zoneinfo import ZoneInfo

IsHoliday: TypeAlias = Callable[[dt.date], bool]  # of at least one organisation; the same for a day whenever asked

_DAY = dt.timedelta(days=1)


def is_working_day(day: dt.date, is_holiday: IsHoliday) -> bool:
    """Whether people of all organisations work on that day."""
    return day.weekday() < 5 and not is_holiday(day)


def next_working_day(day: dt.date, is_holiday: IsHoliday) -> dt.date:
    """The first working day after `day`."""
    return add_working_days(day, 1, is_holiday)


def previous_working_day(day: dt.date, is_holiday: IsHoliday) -> dt.date:
    """The last working day before `day`."""
    return add_working_days(day, -1, is_holiday)


def add_working_days(day: dt.date, n: int, is_holiday: IsHoliday) -> dt.date:
    """The n-th working day after `day` (before it if n is negative), which need not be one itself; `day` if n is 0."""
    step = _DAY if n > 0 else -_DAY
    left = abs(n)
    while left:
        day += step
        left -= is_working_day(day, is_holiday)
    return day


@lru_cache(maxsize=4_096)
def instant(day: dt.date, at: dt.time, timezone: str) -> dt.datetime:
    """The moment (aware UTC) at which clocks in `timezone` show that day and time.

    A time that the spring change leaves out moves forward by the gap; of an hour that autumn repeats, the first
    counts. Both are what PEP 495 defines for fold=0.
    """
    return dt.datetime.combine(day, at.replace(fold=0), ZoneInfo(timezone)).astimezone(dt.UTC)
