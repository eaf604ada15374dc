"""What an alert of drift holds, when the comparisons of a week amount to one, and about whom (docs/drift.md)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bot.domain.drift import CLEAR_CHANGE, TRACE, WINDOWS, Comparison, Fall, compare

ALARMING = frozenset({"trust", "communication"})  # seniors are alerted for these alone
STILL_SURE = 0.75  # how much of the threshold must remain without the worst week
LEAN_TO_ONE = 3.0  # chi-square by which "one organisation fell" may fit worse than "everybody" and still be said


class Answer(NamedTuple):
    """One person's score, with the dimension's key and the partner organisation frozen into it: an Observation.

    A thousand of them are read for each judgement, and a tuple is made in a third of a dataclass's time.
    """

    week: int
    person: str
    score: int
    partner: str
    dimension: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """People answer lower than the same people did. `partner` None is the whole; `fall` is in points, positive.

    `people` counts those of the scope who have a pair, `pairs` those of each organisation that has 5 or more;
    `unchanged` are organisations among these with no clear change; `fall_of_whole` and `people_of_whole` are what is
    left to say when the gate names no organisation. All for the gate's rules, never for a message.
    """

    week: int
    dimension: str
    partner: str | None
    fall: float
    people: int
    pairs: Mapping[str, int]
    unchanged: tuple[str, ...]
    fall_of_whole: float
    people_of_whole: int

    @property
    def is_for_seniors(self) -> bool:
        """Whether seniors get a message; otherwise the digest has a line."""
        return self.dimension in ALARMING


Judged = Mapping[str | None, Mapping[int, Comparison]]
"""What could be compared: for the whole (None) and each organisation, by length of the window."""


def judge(given: Sequence[Answer], *, week: int, variance: float, since: int | None) -> Judged:
    """The comparisons of one dimension, where there is enough; nothing before the week `since` is looked at."""
    scopes: dict[str | None, list[Answer]] = {None: list(given)}
    for answer in given:
        scopes.setdefault(answer.partner, []).append(answer)
    judged: dict[str | None, dict[int, Comparison]] = {}
    for scope, answers in scopes.items():
        for window in WINDOWS:
            found = compare(answers, week=week, window=window, variance=variance, since=since)
            if found is not None:
                judged.setdefault(scope, {})[window] = found
    return judged


def sure_fall(comparison: Comparison) -> float:
    """The statistic that is held against the threshold, such that neither one person nor one week can reach it alone.

    Without any one person it must stand in full (one person of six who falls 3 points would otherwise alarm in 11% of
    cases), without the worst week in part.
    """
    if comparison.statistic < CLEAR_CHANGE:
        return comparison.statistic  # leaving out cannot matter to any decision
    without_a_week = min(comparison.without_each_week()) / STILL_SURE
    return min(comparison.statistic, min(comparison.without_each_person()), without_a_week)


def find_alert(judged: Judged, level: float, *, week: int, dimension: str) -> Alert | None:
    """The alert with the narrowest true scope if any scope in any window reaches `level`."""
    falls = {(scope, window): sure_fall(found[window]) for scope, found in judged.items() for window in found}
    clearest, window = max(falls, key=lambda place: falls[place])
    if falls[clearest, window] < level:
        return None
    partners = {scope: found[window] for scope, found in judged.items() if scope is not None and window in found}
    scope = who_fell(judged[None][window], partners)
    return Alert(
        week=week,
        dimension=dimension,
        partner=scope,
        fall=judged[scope][window].total.mean,
        people=len(judged[scope][window].by_person),
        pairs={partner: len(found.by_person) for partner, found in partners.items()},
        unchanged=tuple(sorted(partner for partner, found in partners.items() if found.statistic < CLEAR_CHANGE)),
        fall_of_whole=judged[None][window].total.mean,
        people_of_whole=len(judged[None][window].by_person),
    )


def who_fell(whole: Comparison, partners: Mapping[str, Comparison]) -> str | None:
    """The one organisation that fell, or None for everybody: whichever of the two explains all falls better.

    Only an organisation with a clear fall of its own, whoever is left out, can be the one. People of organisations
    too small to be compared count as one more, which cannot be named.
    """
    falls: list[tuple[str | None, Fall]] = [(partner, found.total) for partner, found in partners.items()]
    rest = whole.total.minus(*(fall for _, fall in falls))
    if rest.weight > TRACE:
        falls.append((None, rest))
    if len(falls) < 2:
        return None
    parts = [
        (scope, fall.mean, 1 / whole.squared_error(fall.weight, weeks=len(whole.by_week))) for scope, fall in falls
    ]
    mean = sum(fall * certainty for _, fall, certainty in parts) / sum(certainty for *_, certainty in parts)
    misfit_of_everybody = sum(certainty * (fall - mean) ** 2 for _, fall, certainty in parts)
    misfit_of_one = {
        alone: sum(certainty * fall**2 for scope, fall, certainty in parts if scope != alone)
        for alone, found in partners.items()
        if sure_fall(found) >= CLEAR_CHANGE
    }
    one = min(misfit_of_one, key=lambda partner: misfit_of_one[partner], default=None)
    return one if one is not None and misfit_of_one[one] < misfit_of_everybody + LEAN_TO_ONE else None
