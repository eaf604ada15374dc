"""The weekly digest: when it is sent, what its first sentence says, and what its picture shows.

Everything here is made of what was released at a close; nothing about people is computed anew.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from bot.domain.anonymity import Released, Score, WholeResult
from bot.domain.cadence import Cadence, team_first_until
from bot.domain.drift import Change
from bot.domain.publication import Result
from bot.domain.workdays import IsHoliday, instant, next_working_day

TRACKED: Final = ("trust", "communication")
"""What every round asks: the chart shows it, and the headline misses it."""

ROUNDS_IN_CHART: Final = 12
ROUNDS_IN_SPARKLINE: Final = 8


class Tone(StrEnum):
    """What the headline begins with."""

    STEADY = "steady"  # something was compared with the weeks before and shows no clear change
    MOVED = "moved"  # all that was compared has changed
    FIRST = "first"  # nothing to compare with yet
    NOTHING = "nothing"  # no value of this round may be shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """The digest in one sentence, as dimensions by what is said of them; the view finds the words.

    `lower_somewhere` are those that are lower in a part of the partnership only; `unshown` are tracked dimensions
    without a value while another value is shown.
    """

    tone: Tone
    lower: tuple[str, ...]
    lower_somewhere: tuple[str, ...]
    higher: tuple[str, ...]
    unshown: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedRound:
    """What a round released, with the number of its pulse."""

    number: int
    whole: WholeResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A place in a series: the number of a pulse, and the score it released; None where none was."""

    number: int
    score: Score | None


def sent_at(closed_at: dt.datetime, cadence: Cadence, is_holiday: IsHoliday) -> dt.datetime:
    """When the digest of a round goes out (aware UTC): at the usual hour of the first working day after the days that
    the result is the team's alone."""
    return next_sent_at(team_first_until(closed_at, cadence, is_holiday), cadence, is_holiday)


def next_sent_at(after: dt.datetime, cadence: Cadence, is_holiday: IsHoliday) -> dt.datetime:
    """The usual hour of the first working day after the day of `after` (aware UTC)."""
    day = next_working_day(after.astimezone(ZoneInfo(cadence.timezone)).date(), is_holiday)
    return instant(day, cadence.at, cadence.timezone)


def headline(results: Sequence[Result], fallen: Collection[str], fallen_somewhere: Collection[str]) -> Headline:
    """What to say first of a round's results.

    `fallen` are the dimensions of alerts about the whole that have not recovered, `fallen_somewhere` of those about
    one organisation. What has fallen is lower until it has recovered, whatever its word this week (docs/drift.md).
    """
    shown = [each for each in results if isinstance(each, Released)]
    lower = tuple(dict.fromkeys([*(r.dimension for r in shown if r.change is Change.LOWER), *sorted(fallen)]))
    higher = tuple(r.dimension for r in shown if r.change is Change.HIGHER and r.dimension not in lower)
    values = {each.dimension for each in shown}
    asked = [each.dimension for each in results if each.dimension in TRACKED]
    if not shown:
        tone = Tone.NOTHING
    elif any(r.change is Change.NO_CLEAR_CHANGE and r.dimension not in lower for r in shown):
        tone = Tone.STEADY
    else:
        tone = Tone.MOVED if lower or higher or fallen_somewhere else Tone.FIRST
    return Headline(
        tone=tone,
        lower=lower,
        lower_somewhere=tuple(each for each in sorted(fallen_somewhere) if each not in lower),
        higher=higher,
        unshown=tuple(each for each in asked if each not in values) if shown else (),
    )


def series(rounds: Sequence[PublishedRound], dimension: str, count: int) -> tuple[Point, ...]:
    """The released scores of a dimension in the last `count` rounds (oldest first); None where it was not asked or
    not shown."""
    return tuple(Point(number=each.number, score=_score(each.whole, dimension)) for each in rounds[-count:])


def _score(whole: WholeResult, dimension: str) -> Score | None:
    for each in whole.results:
        if isinstance(each, Released) and each.dimension == dimension:
            return each.score
    return None
