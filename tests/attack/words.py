"""Which words and alerts a partnership would have seen if one answer had been another: the product's own code again.

Comparing all people anew for every score and week would take hours. So everybody is compared once, and for each score
only the part of the person in question again; what is decided from the comparisons is decided by the product.
"""

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from bot.domain import drift, drift_detector
from bot.domain.anonymity import Released
from bot.domain.drift import CLEAR_CHANGE, WINDOWS, Change, Comparison, Fall, compare
from bot.domain.drift_alerts import Alert, Judged, find_alert, judge, sure_fall
from bot.domain.drift_alerts import Answer as Given
from bot.domain.drift_detector import DriftState, detect
from bot.domain.drift_notices import CLEAR_SPLIT, PEOPLE_FOR_A_SPLIT, Notice, NoticeKind, split_statistic
from bot.domain.ids import Pseudonym
from bot.domain.promise import PROMISE
from bot.domain.rounds import RoundKind
from bot.services import alerts
from tests.attack.inference import SCORES, Chances
from tests.attack.lives import Life

OTHERS = ("one", "two", "three", "four")  # who stand beside a person so that there is enough to compare
MIDDLE = 3
SECRET = PROMISE.change_secret_tenths / 10
NEAR, NEAR_BY_SCATTER = 1.3, 0.25  # what one answer can do to a statistic, and what through the scatter alone
Sizes = tuple[float, ...]
"""For each of the five scores, how clear a change of one dimension would be at one close, in standard errors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The answer that the attacker wants to know; `at` is the place of its round in the life."""

    person: Pseudonym
    at: int
    dimension: str
    score: int


class Words:
    """The words and alerts of one life, as they were and as they would have been."""

    def __init__(self, life: Life) -> None:
        self.life = life
        self.weeks = [each.asked.week for each in life.rounds]
        self._heard, self._counting = self._given(new=True), self._given(new=False)
        self._slices: dict[tuple[bool, int], dict[str, list[Given]]] = {}
        self._compared: dict[tuple[str, int, int], Comparison | None] = {}
        self._judged: dict[tuple[str, int, int | None], Judged] = {}
        self._scatters: dict[tuple[bool, int], tuple[float, int]] = {}
        self._of_person: dict[tuple[str, str, int, bool], list[Given]] = {}
        self._near: dict[tuple[int, str], float] = {}
        self._alones: dict[Hashable, Comparison] = {}
        self._states: dict[int, DriftState] = {}
        self.events: dict[int, tuple[Hashable, ...]] = {}
        self._watch()

    def sizes_for(self, wanted: Wanted) -> list[Sizes]:
        """How clear each change would be that is told from the round of the answer on, for each of the five scores.

        Only changes that the answer can make a difference to. Raises AssertionError when the published word is not one
        that the score as it was could have led to.
        """
        found = []
        for at in self._later(wanted):
            for each in self.life.rounds[at].whole.results:
                is_own = each.dimension == wanted.dimension
                if isinstance(each, Released) and each.change and (is_own or self._may_change(at, each.dimension)):
                    sizes = tuple(self._size(wanted, score, at, each.dimension) for score in SCORES)
                    if is_own and each.change not in sayable(sizes[wanted.score - 1]):
                        raise AssertionError(f"round {at}: {each.change} was said of a change of {sizes}")
                    found.append(sizes)
        return [each for each in found if len(set(each)) > 1]

    def figures_for(self, wanted: Wanted) -> list[Hashable]:
        """For each of the five scores, the changes themselves with one decimal: what is not promised."""

        def figure(score: int, at: int, window: int) -> float | None:
            found = self.compared(wanted, score, at, wanted.dimension, window)
            return None if found is None else round(found.total.mean, 1)

        return [
            tuple(figure(score, at, window) for at in self._later(wanted) for window in WINDOWS) for score in SCORES
        ]

    def alerts_for(self, wanted: Wanted) -> list[Hashable]:
        """For each of the five scores, the alerts and notices from the round of the answer on."""
        near = [at for at in self._later(wanted) if self._may_tip(wanted, at)]
        if not near:
            return [()] * 5
        return [self._events_for(wanted, score, range(wanted.at, near[-1] + 1)) for score in SCORES]

    def _later(self, wanted: Wanted) -> list[int]:
        week = self.weeks[wanted.at]
        return [at for at in range(wanted.at, len(self.weeks)) if self.weeks[at] - week < PROMISE.retention_weeks]

    def _size(self, wanted: Wanted, score: int, at: int, dimension: str) -> float:
        """How clear the change is that the word speaks of."""
        found = [self.compared(wanted, score, at, dimension, window) for window in WINDOWS]
        return max((drift._sure_size(each) for each in found if each is not None), key=abs)

    def compared(self, wanted: Wanted, score: int, at: int, dimension: str, window: int) -> Comparison | None:
        """Everybody in a round against their own past, had the answer been this score."""
        key = (dimension, at, window)
        if key not in self._compared:
            given = self.slice(at, new=True).get(dimension, [])
            variance = self.scatter(at, new=True)[0]
            found = compare(given, week=self.weeks[at], window=window, variance=variance)
            enough = found is not None and self._make_a_whole(found.by_person.keys(), at)
            self._compared[key] = found if enough else None
        found = self._compared[key]
        if found is None:
            return None
        own = self._own(wanted, at, new=True) if dimension == wanted.dimension else []
        return self._patched(found, own, wanted, score, at, window, None, new=True)

    def slice(self, at: int, *, new: bool) -> dict[str, list[Given]]:
        """The answers of the 34 weeks up to a round, by dimension."""
        if (new, at) not in self._slices:
            first = self.weeks[at] - PROMISE.retention_weeks + 1
            found: dict[str, list[Given]] = {}
            for each in self._heard if new else self._counting:
                if first <= each.week <= self.weeks[at]:
                    found.setdefault(each.dimension, []).append(each)
            self._slices[new, at] = found
        return self._slices[new, at]

    def scatter(self, at: int, *, new: bool) -> tuple[float, int]:
        """How much people scatter about their own mean, and over how many degrees of freedom."""
        if (new, at) not in self._scatters:
            by_dimension = self.slice(at, new=new)
            people = {(each.dimension, each.person) for given in by_dimension.values() for each in given}
            degrees = drift.PRIOR_DEGREES + sum(map(len, by_dimension.values())) - len(people)
            self._scatters[new, at] = drift.pooled_variance(by_dimension.values()), degrees
        return self._scatters[new, at]

    # -- the words ---------------------------------------------------------------------------------------------------

    def _may_change(self, at: int, dimension: str) -> bool:
        """Whether another scatter could tip the word of another dimension."""
        nobody = Wanted(person=Pseudonym(""), at=at, dimension="", score=0)
        found = [self.compared(nobody, 0, at, dimension, window) for window in WINDOWS]
        sizes = [abs(drift._sure_size(each)) for each in found if each is not None]
        return any(-NEAR_BY_SCATTER < each - CLEAR_CHANGE < SECRET + NEAR_BY_SCATTER for each in sizes)

    def _make_a_whole(self, paired: Collection[str], at: int) -> bool:
        sides = {each.person: each.partner for given in self.slice(at, new=False).values() for each in given}
        counting = [sides[each] for each in paired if each in sides]
        each_enough = all(counting.count(side) >= PROMISE.whole_people_each for side in self.life.groups)
        return len(counting) >= PROMISE.whole_people and each_enough

    # -- the alerts --------------------------------------------------------------------------------------------------

    def _watch(self) -> None:
        """Run the detector over the life as it was, and keep what it compared and how near it came to speaking."""
        state = DriftState()
        for at in range(len(self.weeks)):
            self._states[at] = state
            if self._is_judged(at):
                state, self.events[at] = self._detected(at, state, self._comparing(at), self._noting(at), whole=True)

    def _events_for(self, wanted: Wanted, score: int, later: Sequence[int]) -> Hashable:
        state, said = self._states[wanted.at], []
        for at in later:
            if self._is_judged(at):
                state, events = self._detected(at, state, self._comparing(at, wanted, score), find_alert)
                said.append(events)
                if score == wanted.score and events != self.events[at]:
                    raise AssertionError(f"round {at}: {self.events[at]} was said, and {events} was worked out")
        return tuple(said)

    def _detected(
        self, at: int, state: DriftState, comparing: Any, finding: Any, *, whole: bool = False
    ) -> tuple[DriftState, tuple[Hashable, ...]]:
        given = self.slice(at, new=False)
        few = (
            given if whole else {key: list({each.week: each for each in all_}.values()) for key, all_ in given.items()}
        )
        invited = {str(side): people for side, people in self.life.rounds[at].invited.items()}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(drift_detector, "judge", comparing)
            patch.setattr(drift_detector, "find_alert", finding)
            answers = [each for all_ in few.values() for each in all_]
            following, events = detect(state, answers, week=self.weeks[at], invited=invited)
        return following, tuple(filter(None, (self._released(each, at) for each in events)))

    def _released(self, event: Alert | Notice, at: int) -> Hashable:
        if isinstance(event, Notice):
            return (event.kind, event.dimension) if event.kind is NoticeKind.SPLIT else None
        closed = self.life.rounds[at].asked
        groups = alerts._groups(self.life.transaction(), closed)
        released = alerts._released(event, groups, closed)
        return released if event.is_for_seniors or released is None else ("lower", event.dimension)

    def _comparing(self, at: int, wanted: Wanted | None = None, score: int = 0) -> Any:
        """`judge` for a round: everybody as they were, and the person in question as they would have been."""

        def judging(given: Sequence[Given], *, week: int, variance: float, since: int | None) -> Judged:
            dimension = given[0].dimension
            key = (dimension, at, since)
            if key not in self._judged:
                everybody = self.slice(at, new=False)[dimension]
                real = self.scatter(at, new=False)[0]
                self._judged[key] = judge(everybody, week=week, variance=real, since=since)
            if wanted is None:
                return self._judged[key]
            own = self._own(wanted, at, new=False) if dimension == wanted.dimension else []
            return {
                scope: {
                    window: self._patched(
                        each,
                        [one for one in own if scope in (None, one.partner)],
                        wanted,
                        score,
                        at,
                        window,
                        since,
                        new=False,
                    )
                    for window, each in found.items()
                }
                for scope, found in self._judged[key].items()
            }

        return judging

    def _noting(self, at: int) -> Any:
        """`find_alert` that writes down how far each dimension was from an alert, or from parted opinions."""

        def finding(judged: Judged, level: float, *, week: int, dimension: str) -> Alert | None:
            falls = [sure_fall(each) for found in judged.values() for each in found.values()]
            parted = [
                CLEAR_SPLIT - split_statistic(each)
                for each in judged[None].values()
                if len(each.by_person) >= PEOPLE_FOR_A_SPLIT
            ]
            self._near[at, dimension] = min([abs(level - max(falls)), *(max(each, 0.0) for each in parted)])
            return find_alert(judged, level, week=week, dimension=dimension)

        return finding

    def _may_tip(self, wanted: Wanted, at: int) -> bool:
        return any(
            distance < (NEAR if dimension == wanted.dimension else NEAR_BY_SCATTER)
            for (place, dimension), distance in self._near.items()
            if place == at
        )

    def _is_judged(self, at: int) -> bool:
        closed = self.life.rounds[at].asked
        return closed.kind is RoundKind.REGULAR and closed.block > 1

    # -- one person's part -------------------------------------------------------------------------------------------

    def _given(self, *, new: bool) -> list[Given]:
        return [
            Given(
                week=each.week,
                person=each.person,
                partner=each.organisation_id,
                dimension=each.dimension,
                score=each.score,
            )
            for each in self.life.history(self.life.partnership.id, 0)
            if each.organisation_id is not None and (new or each.counts)
        ]

    def _own(self, wanted: Wanted, at: int, *, new: bool) -> list[Given]:
        key = (wanted.person, wanted.dimension, at, new)
        if key not in self._of_person:
            given = self.slice(at, new=new).get(wanted.dimension, [])
            self._of_person[key] = [each for each in given if each.person == wanted.person]
        return self._of_person[key]

    def _patched(
        self,
        found: Comparison,
        own: Sequence[Given],
        wanted: Wanted,
        score: int,
        at: int,
        window: int,
        since: int | None,
        *,
        new: bool,
    ) -> Comparison:
        """A comparison in which one answer of one person is another."""
        variance, degrees = self.scatter(at, new=new)
        real = [each.score for each in self._own(wanted, at, new=new)]
        place = [each.week for each in self._own(wanted, at, new=new)]
        week = self.weeks[wanted.at]
        if week in place:
            other = list(real)
            other[place.index(week)] = score
            variance += (_scatter_of(other) - _scatter_of(real)) / degrees
        found = replace(found, variance=variance)
        if wanted.person not in found.by_person or week not in [each.week for each in own]:
            return found
        was, would_be = (self._alone(wanted, value, own, at, window, since, found) for value in (wanted.score, score))
        by_week = {
            each: Fall(
                weight=fall.weight,
                weighted=fall.weighted + would_be.by_week[each].weighted - was.by_week[each].weighted,
            )
            for each, fall in found.by_week.items()
        }
        return replace(
            found, by_person=found.by_person | {wanted.person: would_be.by_person[wanted.person]}, by_week=by_week
        )

    def _alone(
        self,
        wanted: Wanted,
        score: int,
        own: Sequence[Given],
        at: int,
        window: int,
        since: int | None,
        beside: Comparison,
    ) -> Comparison:
        """One person beside four who never change their mind."""
        key = (wanted, score, len(own), own[0].week, at, window, since, *beside.by_week)
        if key not in self._alones:
            week, wanted_week = self.weeks[at], self.weeks[wanted.at]
            before = week - window + 1
            weeks = [*beside.by_week, before - 1, before - 2, before - 3]
            given: list[Given] = [each._replace(score=score) if each.week == wanted_week else each for each in own]
            given += [Given(each, name, MIDDLE, own[0].partner, own[0].dimension) for name in OTHERS for each in weeks]
            found = compare(given, week=week, window=window, variance=1.0, since=since)
            if found is None:
                raise AssertionError("one person was compared among all, and cannot be compared alone")
            self._alones[key] = found
        return self._alones[key]


def sayable(size: float) -> set[Change]:
    """The words that may be said of a change of this size."""
    clear = Change.LOWER if size > 0 else Change.HIGHER
    if abs(size) < CLEAR_CHANGE:
        return {Change.NO_CLEAR_CHANGE}
    return {clear} if abs(size) >= CLEAR_CHANGE + SECRET else {clear, Change.NO_CLEAR_CHANGE}


def chances_of_words(sizes: Sizes, secret: float) -> list[Chances]:
    """All that may be said of a change, with its chances for each score: `secret` is the width of the secret part."""
    lower = tuple(_reaches(each - CLEAR_CHANGE, secret) for each in sizes)
    higher = tuple(_reaches(-each - CLEAR_CHANGE, secret) for each in sizes)
    neither = tuple(1 - one - other for one, other in zip(lower, higher, strict=True))
    return [each for each in (lower, higher, neither) if any(each)]


def _reaches(beyond: float, secret: float) -> float:
    """The chance that a secret part, in the middle of its width most often, is no larger than this."""
    if not secret or not 0 < beyond < secret:
        return float(beyond >= 0)
    share = beyond / secret
    return 2 * share**2 if share < 1 / 2 else 1 - 2 * (1 - share) ** 2


def _scatter_of(scores: Sequence[int]) -> float:
    return sum(each * each for each in scores) - sum(scores) ** 2 / len(scores)
