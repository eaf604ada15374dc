"""When seniors may be alarmed: the running detector of drift, one call for each closed week (docs/drift.md).

`detect` is pure: the answers of the last 34 weeks and a small state go in, the next state and the events come out.
What an event may say, and to whom, is decided by the rules of what is released, not here.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from statistics import NormalDist
from typing import Any, Self

from bot.domain.drift import HISTORY_WEEKS, pooled_variance
from bot.domain.drift_alerts import ALARMING, Alert, Answer, find_alert, judge
from bot.domain.drift_notices import Notice, NoticeKind, has_split, partners_fallen_silent

FALSE_ALARMS_A_YEAR = 0.5  # the budget of a partnership, all dimensions and organisations together
SHARE_OF_ALARMING, SHARE_OF_OTHERS = 0.7, 0.3
CROSSINGS_PER_ALARM = 5.0  # measured: neighbouring weeks share answers, and leaving out stops most of the rest
REST_WEEKS = 8  # after an alert or notice the same is not said again for so long
NEW_BASELINE_WEEKS = 2  # after an alert the past begins with these last weeks; no single week alarms, so both are low
SURPRISE_AT_MOST, PRIOR_COMPARISONS = 9.0, 40  # winsorising, and the weight of "no wider than chance"


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftState:
    """What the detector remembers of a partnership beyond its answers; holds nothing about any person."""

    last_week: int | None = None
    surprise: float = float(PRIOR_COMPARISONS)  # sum of squared weekly statistics
    comparisons: int = PRIOR_COMPARISONS
    alerted: Mapping[str, int] = field(default_factory=dict)  # dimension: week of its last alert
    noticed: Mapping[str, int] = field(default_factory=dict)  # what was noticed: week of the last time

    @property
    def dispersion(self) -> float:
        """The factor by which this partnership's statistics scatter more widely than chance; never below 1."""
        return sqrt(max(1.0, self.surprise / self.comparisons))

    def to_dict(self) -> dict[str, Any]:
        """Plain values for storage as JSON; `from_dict` reads them back."""
        return {
            "last_week": self.last_week,
            "surprise": self.surprise,
            "comparisons": self.comparisons,
            "alerted": dict(self.alerted),
            "noticed": dict(self.noticed),
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """The state that `to_dict` wrote; TypeError for a key it does not know."""
        return cls(**stored)


def detect(
    state: DriftState,
    history: Iterable[Answer],
    *,
    week: int,
    invited: Mapping[str, int],
    present: Collection[str] | None = None,
    scale: float = 1.0,
) -> tuple[DriftState, tuple[Alert | Notice, ...]]:
    """The events of the closed `week`, and the state for the next.

    `history` is every answer of the last 34 weeks, this one included, in any order; `invited` counts the people of
    each organisation now; `present` are the people who have not left, without whom nobody can tell leaving from silence
    (None: not known). A week that was judged before changes nothing and says nothing. `scale` multiplies the
    threshold, for calibration.
    """
    if state.last_week is not None and week <= state.last_week:
        return state, ()
    by_dimension: dict[str, list[Answer]] = {}
    by_partner: dict[str, list[Answer]] = {}
    for given in history:
        if week - HISTORY_WEEKS < given.week <= week:
            by_dimension.setdefault(given.dimension, []).append(given)
            if present is None or given.person in present:
                by_partner.setdefault(given.partner, []).append(given)
    variance, asked_a_year = pooled_variance(by_dimension.values()), _asked_a_year(by_dimension, week)
    alerted, noticed = dict(state.alerted), dict(state.noticed)
    surprises: list[float] = []
    events: list[Alert | Notice] = []
    for dimension, asked in sorted(by_dimension.items()):
        last = alerted.get(dimension)
        if _is_resting(last, week) or all(answer.week < week for answer in asked):
            continue
        judged = judge(
            asked, week=week, variance=variance, since=None if last is None else last - NEW_BASELINE_WEEKS + 1
        )
        if not judged:
            continue
        whole = judged[None]
        surprises.append(min(SURPRISE_AT_MOST, whole[min(whole)].statistic ** 2))
        level = threshold(dimension, asked_a_year, scopes=len(judged)) * state.dispersion * scale
        alert = find_alert(judged, level, week=week, dimension=dimension)
        if alert is not None:
            alerted[dimension] = week
            events.append(alert)
        elif any(map(has_split, whole.values())):
            events.append(Notice(week=week, kind=NoticeKind.SPLIT, dimension=dimension))
    events += [
        Notice(week=week, kind=NoticeKind.SILENCE, partner=partner)
        for partner in partners_fallen_silent(by_partner, week=week, invited=invited)
    ]
    said = [event for event in events if isinstance(event, Alert) or not _is_resting(noticed.get(event.subject), week)]
    following = DriftState(
        last_week=week,
        surprise=state.surprise + sum(surprises),
        comparisons=state.comparisons + len(surprises),
        alerted=alerted,
        noticed=noticed | {event.subject: week for event in said if isinstance(event, Notice)},
    )
    return following, tuple(said)


def threshold(dimension: str, asked_a_year: Mapping[str, float], *, scopes: int) -> float:
    """The size at which the statistic of `dimension` alarms: the budget of false alarms over the comparisons made.

    `asked_a_year` is how many weeks a year each dimension is asked, `scopes` how many are compared each time.
    """
    alarming = dimension in ALARMING
    share = SHARE_OF_ALARMING if alarming else SHARE_OF_OTHERS
    asked = sum(weeks for other, weeks in asked_a_year.items() if (other in ALARMING) == alarming)
    chance = CROSSINGS_PER_ALARM * share * FALSE_ALARMS_A_YEAR / (asked * scopes)
    return NormalDist().inv_cdf(1 - min(chance, 0.5))


def _asked_a_year(dimensions: Mapping[str, Sequence[Answer]], week: int) -> dict[str, float]:
    """How many weeks a year each dimension is asked, at the pace of the answers that are held."""
    weeks = {dimension: {given.week for given in answers} for dimension, answers in dimensions.items()}
    span = week + 1 - min(map(min, weeks.values()), default=week)
    return {dimension: 52 * len(asked) / span for dimension, asked in weeks.items()}


def _is_resting(last: int | None, week: int) -> bool:
    return last is not None and week - last < REST_WEEKS


class Detector:
    """A detector that keeps the answers itself: for tests, the bench and the demonstration."""

    def __init__(self, *, state: DriftState | None = None, scale: float = 1.0) -> None:
        self.state = state or DriftState()
        self._scale = scale
        self._answers: list[Answer] = []

    def update(self, week: int, answers: Iterable[Answer], invited: Mapping[str, int]) -> tuple[Alert | Notice, ...]:
        """The events of the closed `week` with these answers from so many invited people of each organisation."""
        kept = [given for given in self._answers if given.week > week - HISTORY_WEEKS]
        self._answers = [*kept, *answers]
        self.state, events = detect(self.state, self._answers, week=week, invited=invited, scale=self._scale)
        return events
