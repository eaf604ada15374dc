"""Two things a mean cannot see, for the digest only: opinions that part, and people who fall silent together.

Both are about the whole, never with a count or a side (docs/drift.md).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import cbrt, sqrt

from bot.domain.drift import CLEAR_CHANGE, Comparison, Fall, Observation

PEOPLE_FOR_A_SPLIT = 10
CLEAR_SPLIT = 3.0  # standard errors, with any one person left out
SILENCE_WEEKS, WEEKS_BEFORE_SILENCE = 6, 12  # calendar weeks
ROUNDS_OF_SILENCE, ROUNDS_BEFORE_SILENCE = 3, 6  # the least that must have been asked in them
REGULAR = 1 / 3  # share of the measured weeks before in which a regular answered
LEFT_THE_PARTNERSHIP = 0.03  # regulars who are silent because they moved on
CLEAR_SILENCE = 3.75  # standard errors
SILENT_TOGETHER = 3  # people; fewer is not "together"


class NoticeKind(StrEnum):
    """What the digest may mention without naming anybody."""

    SPLIT = "split"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A line for the digest about the whole. `dimension` is None for silence; `partner` is never passed on."""

    week: int
    kind: NoticeKind
    dimension: str | None = None
    partner: str | None = None

    @property
    def subject(self) -> str:
        """What is not noticed twice within the weeks of rest."""
        return f"{self.kind}:{self.dimension or self.partner}"


def has_split(comparison: Comparison) -> bool:
    """Whether people's changes lie further apart than chance while their mean is flat, with any one person left out."""
    if len(comparison.by_person) < PEOPLE_FOR_A_SPLIT or abs(comparison.statistic) >= CLEAR_CHANGE:
        return False
    return split_statistic(comparison) >= CLEAR_SPLIT


def split_statistic(comparison: Comparison) -> float:
    """The spread of personal changes in standard errors above chance, without the person who adds the most."""
    falls, total = comparison.by_person.values(), comparison.total
    mean = total.mean
    spread = sum(_distance(fall, mean) for fall in falls)
    most = max(_distance(fall, mean) * total.weight / max(total.weight - fall.weight, 1e-9) for fall in falls)
    return _beyond_chance((spread - most) / comparison.variance, len(falls) - 2)


def _distance(fall: Fall, mean: float) -> float:
    return (fall.mean - mean) ** 2 * fall.weight


def _beyond_chance(chi_square: float, degrees: int) -> float:
    """Wilson and Hilferty 1931: the cube root of chi-square per degree is nearly normal."""
    error = 2 / (9 * degrees)
    return (cbrt(chi_square / degrees) - (1 - error)) / sqrt(error)


def partners_fallen_silent(
    answers: Mapping[str, Collection[Observation]], *, week: int, invited: Mapping[str, int]
) -> list[str]:
    """The organisations whose regular answerers have given no answer for 6 weeks, in greater number than chance.

    `answers` holds each organisation's answers to all dimensions; `invited` counts the people it was asked for now.
    """
    measured = {seen.week for given in answers.values() for seen in given}
    return [
        partner
        for partner, given in sorted(answers.items())
        if invited.get(partner, 0) >= SILENT_TOGETHER
        and silence_statistic(given, week=week, measured=measured) >= CLEAR_SILENCE
    ]


def silence_statistic(given: Iterable[Observation], *, week: int, measured: Collection[int]) -> float:
    """How many more regulars of one organisation are silent than chance explains, in standard errors; 0 below three.

    `measured` are the weeks in which anybody of any organisation answered.
    """
    opens = week - SILENCE_WEEKS + 1
    before = sum(1 for asked in measured if opens - WEEKS_BEFORE_SILENCE <= asked < opens)
    since = sum(1 for asked in measured if opens <= asked <= week)
    if before < ROUNDS_BEFORE_SILENCE or since < ROUNDS_OF_SILENCE:
        return 0.0
    weeks_of: dict[str, set[int]] = {}
    for seen in given:
        if opens - WEEKS_BEFORE_SILENCE <= seen.week <= week:
            weeks_of.setdefault(seen.person, set()).add(seen.week)
    silent, expected, variance = 0, 0.0, 0.0
    for weeks in weeks_of.values():
        answered = sum(1 for asked in weeks if asked < opens)
        if answered < REGULAR * before:
            continue
        silent += answered == len(weeks)
        by_chance = (1 - answered / (before + 1)) ** since
        chance = LEFT_THE_PARTNERSHIP + (1 - LEFT_THE_PARTNERSHIP) * by_chance
        expected += chance
        variance += chance * (1 - chance)
    return (silent - expected) / sqrt(variance) if silent >= SILENT_TOGETHER else 0.0
