"""Whether people answer lower than the same people did before: the drift statistic and the word for a change.

Different people answer each week, so a mean cannot tell people who changed from other people. Each person's answers
in a window are therefore compared with that person's own answers in the 26 weeks before it (docs/drift.md).
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt
from typing import Protocol

WINDOWS = (4, 8)  # calendar weeks that are compared with the time before them
BASELINE_WEEKS = 26
HISTORY_WEEKS = BASELINE_WEEKS + max(WINDOWS)  # 34: how long answers are kept, and all that is looked at
EARLIER_ANSWERS_AT_MOST = 12  # beyond this a longer past earns a person no more weight
WEEKS_IN_WINDOW, WEEKS_BEFORE, PEOPLE_WITH_A_PAIR = 2, 3, 5  # the least from which anything is said
SHARED_MOOD = 0.12**2  # points squared: the mood of a week that everybody shares and no number of people averages out
PRIOR_VARIANCE, PRIOR_DEGREES = (
    0.70**2,
    60,
)  # a person's scatter, until the partnership shows its own
TRACE = 1e-6  # a weight so small is what rounding leaves of nothing
CLEAR_CHANGE = 1.5  # standard errors; with any one person left out, chance seldom reaches this


class Change(StrEnum):
    """What is said about a dimension beside its score; no figure, because a figure would betray answers."""

    LOWER = "lower"
    HIGHER = "higher"
    NO_CLEAR_CHANGE = "no clear change"


class Observation(Protocol):
    """One person's score (1-5) for one dimension in one calendar week, for comparison with the same person's others.

    `week` is an ordinal that grows by one each calendar week of the partnership; `person` is an opaque pseudonym.
    """

    @property
    def week(self) -> int: ...
    @property
    def person(self) -> str: ...
    @property
    def score(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Fall:
    """A weighted fall, to be added up over the answers of a person or of a week: `weight`, and weight times points."""

    weight: float
    weighted: float

    @property
    def mean(self) -> float:
        """Points; positive is a fall."""
        return self.weighted / self.weight

    def minus(self, *others: "Fall") -> "Fall":
        """What is left without `others`, which are parts of it."""
        return Fall(
            weight=self.weight - sum(other.weight for other in others),
            weighted=self.weighted - sum(other.weighted for other in others),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """People's answers in one window against their own before it; falls are positive, everything is in points."""

    by_person: dict[str, Fall]
    by_week: dict[int, Fall]
    weeks_before: int
    variance: float

    @property
    def total(self) -> Fall:
        """The falls of all people together."""
        people = self.by_person.values()
        return Fall(weight=sum(fall.weight for fall in people), weighted=sum(fall.weighted for fall in people))

    @property
    def statistic(self) -> float:
        """The mean fall in standard errors, negative for a rise."""
        return self._in_standard_errors(self.total, weeks=len(self.by_week))

    def without_each_person(self) -> Iterator[float]:
        """The statistic with one person left out, for every person: one person is no drift."""
        total = self.total
        for own in self.by_person.values():
            yield self._in_standard_errors(total.minus(own), weeks=len(self.by_week))

    def without_each_week(self) -> Iterator[float]:
        """The statistic with one week of the window left out, for every week: one bad week is no drift."""
        total = self.total
        for that_week in self.by_week.values():
            yield self._in_standard_errors(total.minus(that_week), weeks=max(1, len(self.by_week) - 1))

    def squared_error(self, weight: float, *, weeks: int) -> float:
        """What chance does to a mean fall of this weight over so many weeks of the window, in points squared."""
        return self.variance / weight + SHARED_MOOD / weeks + SHARED_MOOD / self.weeks_before

    def _in_standard_errors(self, fall: Fall, *, weeks: int) -> float:
        if fall.weight < TRACE:
            return 0.0
        return fall.mean / sqrt(self.squared_error(fall.weight, weeks=weeks))


def compare(
    observations: Iterable[Observation], *, week: int, window: int, variance: float, since: int | None = None
) -> Comparison | None:
    """The `window` calendar weeks up to and including `week` against the same people's 26 weeks before them.

    `observations` are of one dimension and one scope, in any order; `variance` is `pooled_variance`'s; nothing before
    the week `since` is looked at. None while there is too little: 2 measured weeks in the window, 3 before it, and 5
    people with answers in both.
    """
    opens = week - window + 1
    earliest = opens - BASELINE_WEEKS if since is None else max(since, opens - BASELINE_WEEKS)
    recent: dict[str, list[Observation]] = {}
    earlier: dict[str, list[int]] = {}
    weeks, weeks_before = set(), set()
    for seen in observations:
        at = seen.week
        if at >= opens:
            if at <= week:
                recent.setdefault(seen.person, []).append(seen)
                weeks.add(at)
        elif at >= earliest:
            earlier.setdefault(seen.person, []).append(seen.score)
            weeks_before.add(at)
    paired = recent.keys() & earlier.keys()
    if len(weeks) < WEEKS_IN_WINDOW or len(weeks_before) < WEEKS_BEFORE or len(paired) < PEOPLE_WITH_A_PAIR:
        return None
    by_person: dict[str, Fall] = {}
    by_week = {measured: [0.0, 0.0] for measured in sorted(weeks)}
    for person in sorted(paired):  # a fixed order, so that the same answers give the same last digit
        own = earlier[person]
        mean, known = sum(own) / len(own), min(len(own), EARLIER_ANSWERS_AT_MOST)
        each = known / (len(recent[person]) + known)
        for seen in recent[person]:
            week_falls = by_week[seen.week]
            week_falls[0] += each
            week_falls[1] += each * (mean - seen.score)
        times, points = len(recent[person]), sum(seen.score for seen in recent[person])
        by_person[person] = Fall(weight=each * times, weighted=each * (mean * times - points))
    return Comparison(
        by_person=by_person,
        by_week={measured: Fall(weight=falls[0], weighted=falls[1]) for measured, falls in by_week.items()},
        weeks_before=len(weeks_before),
        variance=variance,
    )


def statistic(observations: Iterable[Observation], *, week: int, window: int, variance: float) -> float | None:
    """The mean fall against people's own past in standard errors, negative for a rise; None during the warm-up."""
    comparison = compare(observations, week=week, window=window, variance=variance)
    return None if comparison is None else comparison.statistic


def change(
    observations: Collection[Observation],
    *,
    week: int,
    variance: float,
    is_enough: Callable[[Collection[str]], bool] = bool,
    clear: float = CLEAR_CHANGE,
) -> Change | None:
    """The word for one dimension of the whole at the close of `week`, from the answers of its last 34 weeks.

    None while there is nothing to compare, or while the people who have answers in both times are not enough to speak
    for the whole: `is_enough` decides that.

    A change is clear when the statistic reaches `clear` in size with nobody and with any one person left out, so that
    no single person makes the word. Whoever publishes it adds a secret strength to 1.5: else somebody who knows all
    other answers could read the last one from the week in which the word turns. The window that shows the larger
    change speaks. A single bad week may be said (the word describes the weeks, it alarms nobody): leaving out weeks is
    the detector's rule.
    """
    comparisons = (compare(observations, week=week, window=window, variance=variance) for window in WINDOWS)
    sizes = [_sure_size(found) for found in comparisons if found is not None and is_enough(found.by_person.keys())]
    if not sizes:
        return None
    surest = max(sizes, key=abs)
    if surest >= clear:
        return Change.LOWER
    return Change.HIGHER if surest <= -clear else Change.NO_CLEAR_CHANGE


def pooled_variance(dimensions: Iterable[Iterable[Observation]]) -> float:
    """How much a person's scores scatter about the own mean, in points squared; one inner iterable per dimension.

    Pooled over all people and dimensions of a partnership, starting from 0.70 squared worth 60 degrees of freedom.
    Raises ValueError for what is no score: everything that is compared passes here.
    """
    squares, degrees = PRIOR_VARIANCE * PRIOR_DEGREES, PRIOR_DEGREES
    for dimension in dimensions:
        scores: dict[str, list[int]] = {}
        for seen in dimension:
            scores.setdefault(seen.person, []).append(seen.score)
        for own in scores.values():
            if min(own) < 1 or max(own) > 5:
                raise ValueError('a score is 1 to 5; "can\'t say" is no answer and is left out before')
            squares += sum(score * score for score in own) - sum(own) ** 2 / len(own)
            degrees += len(own) - 1
    return squares / degrees


def _sure_size(comparison: Comparison) -> float:
    """The statistic nearest to nought that leaving out nobody or any one person gives; nought if the sign flips."""
    sizes = [comparison.statistic, *comparison.without_each_person()]
    low, high = min(sizes), max(sizes)
    return max(0.0, low) if comparison.statistic > 0 else min(0.0, high)
