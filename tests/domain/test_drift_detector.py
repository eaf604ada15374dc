"""The detector alarms when the same people answer lower for weeks, and for nothing less."""

import json
import random
from collections.abc import Callable, Mapping
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.drift_alerts import Alert, Answer
from bot.domain.drift_detector import REST_WEEKS, Detector, DriftState, detect, threshold
from bot.domain.drift_notices import Notice, NoticeKind

Event = Alert | Notice
Score = Callable[[str, str, int], int | None]  # of (partner, person, week); None is no answer

NORTH_AND_SOUTH = {"north": 8, "south": 8}
ONSET = 20


def flat(_partner: str, _person: str, _week: int) -> int:
    return 4


def north_falls(partner: str, _person: str, week: int) -> int:
    return 2 if partner == "north" and week >= ONSET else 4


def everybody_falls(_partner: str, _person: str, week: int) -> int:
    return 3 if week >= ONSET else 4


def answers(week: int, score: Score, sizes: Mapping[str, int], dimensions: tuple[str, ...]) -> list[Answer]:
    """What everybody answers in `week`."""
    return [
        Answer(week=week, person=f"{partner}{number}", partner=partner, dimension=dimension, score=points)
        for dimension in dimensions
        for partner, size in sizes.items()
        for number in range(size)
        if (points := score(partner, f"{partner}{number}", week)) is not None
    ]


def play(
    score: Score,
    *,
    weeks: int = ONSET + 8,
    sizes: Mapping[str, int] = NORTH_AND_SOUTH,
    dimensions: tuple[str, ...] = ("trust",),
    detector: Detector | None = None,
) -> list[Event]:
    """All events of so many weeks."""
    running = detector or Detector()
    return [
        event for week in range(weeks) for event in running.update(week, answers(week, score, sizes, dimensions), sizes)
    ]


def alerts(events: list[Event]) -> list[Alert]:
    return [event for event in events if isinstance(event, Alert)]


def notices(events: list[Event]) -> list[Notice]:
    return [event for event in events if isinstance(event, Notice)]


def test_a_lasting_fall_of_everybody_is_one_alert_about_the_whole_within_four_weeks() -> None:
    (alert,) = alerts(play(everybody_falls))
    assert ONSET < alert.week < ONSET + 4
    assert alert.partner is None
    assert alert.fall == pytest.approx(1, abs=0.5)
    assert alert.people == 16
    assert alert.pairs == {"north": 8, "south": 8}


def test_an_organisation_that_falls_alone_is_the_scope_and_the_others_are_unchanged() -> None:
    (alert,) = alerts(play(north_falls, sizes={"north": 8, "south": 8, "west": 8}))
    assert alert.partner == "north"
    assert alert.people == 8
    assert alert.unchanged == ("south", "west")


def test_an_organisation_with_too_few_people_is_not_the_scope() -> None:
    assert {alert.partner for alert in alerts(play(north_falls, sizes={"north": 4, "south": 4}))} <= {None}


@pytest.mark.parametrize(("dimension", "for_seniors"), [("trust", True), ("communication", True), ("roles", False)])
def test_seniors_are_alerted_for_trust_and_communication_alone(dimension: str, for_seniors: bool) -> None:
    (alert,) = alerts(play(everybody_falls, dimensions=(dimension,)))
    assert alert.is_for_seniors is for_seniors


def test_only_the_dimension_that_fell_is_alarmed() -> None:
    detector = Detector()
    for week in range(ONSET + 8):
        both = [
            *answers(week, everybody_falls, NORTH_AND_SOUTH, ("trust",)),
            *answers(week, flat, NORTH_AND_SOUTH, ("communication",)),
        ]
        assert {event.dimension for event in detector.update(week, both, NORTH_AND_SOUTH)} <= {"trust"}


@given(st.lists(st.none() | st.integers(1, 5), min_size=24, max_size=24))
@settings(max_examples=25, deadline=None)
def test_whatever_one_person_answers_alarms_nobody(own: list[int | None]) -> None:
    def one_loud(_partner: str, person: str, week: int) -> int | None:
        return own[week] if person == "north0" else 4

    assert alerts(play(one_loud, weeks=24, sizes={"north": 6, "south": 6})) == []


def test_one_bad_week_alarms_nobody() -> None:
    assert alerts(play(lambda _partner, _person, week: 2 if week == ONSET else 4, weeks=ONSET + 10)) == []


def test_new_people_who_score_lower_alarm_nobody() -> None:
    def with_newcomers(_partner: str, person: str, week: int) -> int | None:
        if int(person[5:]) < 6:
            return 4
        return 2 if week >= ONSET else None

    assert play(with_newcomers, sizes={"north": 12, "south": 12}) == []


def test_a_rise_alarms_nobody() -> None:
    assert play(lambda _partner, _person, week: 5 if week >= ONSET else 3) == []


def test_a_fall_before_there_is_a_past_alarms_nobody() -> None:
    assert alerts(play(lambda _partner, _person, week: 1 if week >= 2 else 5, weeks=6)) == []


def test_after_an_alert_the_dimension_rests_and_the_same_fall_is_not_told_again() -> None:
    assert len(alerts(play(everybody_falls, weeks=ONSET + 40))) == 1


def test_a_further_fall_after_the_rest_is_told_against_the_new_baseline() -> None:
    def falls_twice(_partner: str, _person: str, week: int) -> int:
        return 5 - (week >= ONSET) - 2 * (week >= ONSET + 16)

    first, second = alerts(play(falls_twice, weeks=ONSET + 30))
    assert second.week - first.week >= REST_WEEKS
    assert second.week >= ONSET + 16


def test_a_second_fall_during_the_rest_waits_for_its_end() -> None:
    def falls_twice(_partner: str, _person: str, week: int) -> int:
        return 5 - (week >= ONSET) - 2 * (week >= ONSET + 6)

    first, second = alerts(play(falls_twice, weeks=ONSET + 16))
    assert second.week - first.week >= REST_WEEKS


def test_a_week_that_was_judged_says_nothing_when_it_is_judged_again() -> None:
    history = [
        answer for week in range(ONSET + 4) for answer in answers(week, everybody_falls, NORTH_AND_SOUTH, ("trust",))
    ]
    state, events = detect(DriftState(), history, week=ONSET + 3, invited=NORTH_AND_SOUTH)
    assert events
    assert detect(state, history, week=ONSET + 3, invited=NORTH_AND_SOUTH) == (state, ())


def noisy(seed: int, *, fall: float = 0.0) -> Score:
    """Two thirds answer each week; personal levels differ; `fall` points off from ONSET on."""
    draw = random.Random(seed)
    levels: dict[str, float] = {}

    def score(_partner: str, person: str, week: int) -> int | None:
        level = levels.setdefault(person, draw.gauss(3.8, 0.6))
        if draw.random() > 2 / 3:
            return None
        return min(5, max(1, round(draw.gauss(level - fall * (week >= ONSET), 0.65))))

    return score


def test_the_state_survives_storage_and_nothing_older_than_thirty_four_weeks_is_needed() -> None:
    kept, stored, history = Detector(), DriftState(), list[Answer]()
    score = noisy(5, fall=0.8)
    for week in range(60):
        now = answers(week, score, NORTH_AND_SOUTH, ("trust", "communication"))
        history = [given for given in history if given.week > week - 34] + now
        as_stored = DriftState.from_dict(json.loads(json.dumps(stored.to_dict())))
        stored, events = detect(as_stored, reversed(history), week=week, invited=NORTH_AND_SOUTH)
        assert events == kept.update(week, now, NORTH_AND_SOUTH)
    assert stored == kept.state
    assert stored.alerted


def test_the_state_holds_nothing_about_a_person() -> None:
    detector = Detector()
    play(everybody_falls, detector=detector)
    assert detector.state.alerted
    assert "north0" not in json.dumps(detector.state.to_dict())


def test_one_of_six_people_who_falls_three_points_hardly_ever_alarms() -> None:
    def one_falls(seed: int) -> Score:
        others, own = noisy(seed), noisy(seed + 1000, fall=3)
        return lambda partner, person, week: (own if person == "north0" else others)(partner, person, week)

    alarmed = [
        bool(alerts(play(one_falls(seed), weeks=ONSET + 12, sizes={"north": 6, "south": 6}))) for seed in range(40)
    ]
    assert sum(alarmed) <= 4


def test_a_quiet_partnership_is_left_in_peace_and_a_falling_one_is_not() -> None:
    dimensions = ("trust", "communication")
    quiet = sum(len(alerts(play(noisy(seed), weeks=52, dimensions=dimensions))) for seed in range(12))
    falling = sum(
        any(
            alert.week >= ONSET for alert in alerts(play(noisy(seed, fall=0.8), weeks=ONSET + 8, dimensions=dimensions))
        )
        for seed in range(12)
    )
    assert quiet <= 9  # the budget is 0.5 a year, shared by dimensions of which two are asked here
    assert falling >= 11


def test_a_restless_partnership_earns_a_wider_measure_of_chance() -> None:
    restless = Detector()
    play(lambda _partner, _person, week: 3 + (-1) ** (week // 3), weeks=60, detector=restless)
    calm = Detector()
    play(flat, weeks=60, detector=calm)
    assert restless.state.dispersion > 1.1
    assert calm.state.dispersion == 1


@pytest.mark.parametrize("scopes", [1, 2, 5])
def test_the_more_is_compared_the_more_it_takes_to_alarm(scopes: int) -> None:
    weekly, monthly = {"trust": 52.0, "roles": 52.0}, {"trust": 13.0, "roles": 13.0}
    assert threshold("trust", weekly, scopes=scopes) > threshold("trust", monthly, scopes=scopes)
    assert threshold("trust", weekly, scopes=scopes + 1) > threshold("trust", weekly, scopes=scopes)
    assert threshold("roles", weekly, scopes=scopes) > threshold("trust", weekly, scopes=scopes)


def test_the_threshold_is_the_normal_quantile_of_the_budget() -> None:
    # 5 * 0.7 * 0.5 / (104 comparisons * 3 scopes) = 0.005609, of which the normal quantile is 2.536
    assert threshold("trust", {"trust": 52.0, "communication": 52.0}, scopes=3) == pytest.approx(2.536, abs=0.001)


def parts(_partner: str, person: str, week: int) -> int:
    """From ONSET on half of the people rise and half fall."""
    return 3 if week < ONSET else 3 + (1 if int(person[5:]) % 2 else -1)


@pytest.mark.parametrize(
    ("size", "kinds"), [(8, {NoticeKind.SPLIT}), (4, set())], ids=["sixteen people", "eight people"]
)
def test_opinions_that_part_while_the_mean_is_flat_are_a_notice_from_ten_pairs(
    size: int, kinds: set[NoticeKind]
) -> None:
    events = play(parts, sizes={"north": size, "south": size})
    assert alerts(events) == []
    assert {notice.kind for notice in notices(events)} == kinds
    assert {notice.dimension for notice in notices(events)} <= {"trust"}


def test_one_person_who_turns_is_no_split() -> None:
    assert play(lambda _partner, person, week: 1 if person == "north0" and week >= ONSET else 4) == []


def north_falls_silent(partner: str, person: str, week: int) -> int | None:
    return None if partner == "north" and int(person[5:]) < 5 and week >= ONSET else 4


def everybody_of_north_falls_silent(partner: str, _person: str, week: int) -> int | None:
    return None if partner == "north" and week >= ONSET else 4


@pytest.mark.parametrize("score", [north_falls_silent, everybody_of_north_falls_silent])
def test_regular_answerers_who_fall_silent_together_are_one_notice_after_six_weeks(score: Score) -> None:
    (notice,) = play(score, weeks=ONSET + 8)
    assert notice == Notice(week=ONSET + 5, kind=NoticeKind.SILENCE, partner="north")


@pytest.mark.parametrize(
    ("case", "score", "sizes"),
    [
        ("two people", lambda _o, person, week: None if person in {"north0", "north1"} and week >= 20 else 4, None),
        ("no round was held", lambda _o, _person, week: None if 20 <= week < 27 else 4, None),
        (
            "people who seldom answered",
            lambda _o, person, week: 4 if person != "north0" or week % 6 == 0 else None,
            None,
        ),
        ("the organisation has left", everybody_of_north_falls_silent, {"south": 8}),
    ],
)
def test_silence_that_has_another_cause_is_no_notice(case: str, score: Score, sizes: Mapping[str, int] | None) -> None:
    detector, events = Detector(), list[Event]()
    for week in range(ONSET + 12):
        now = answers(week, score, NORTH_AND_SOUTH, ("trust",))
        events += detector.update(week, now, sizes or NORTH_AND_SOUTH)
    assert events == [], case


def test_a_notice_is_not_repeated_within_its_rest() -> None:
    weeks = [notice.week for notice in notices(play(parts, weeks=ONSET + 12))]
    assert all(later - earlier >= REST_WEEKS for earlier, later in pairwise(weeks))


def test_without_answers_nothing_is_said() -> None:
    assert detect(DriftState(), [], week=3, invited={})[1] == ()
