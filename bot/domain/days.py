"""Days and months in English words, the same on every machine."""

import datetime as dt
from typing import Final

DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS: Final = ("January", "February", "March", "April", "May", "June",
                 "July", "August", "September", "October", "November", "December")  # fmt: skip


def day_spelled(day: dt.date) -> str:
    """A day in words, "Thursday 14 May"."""
    return f"{DAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]}"
