"""The drift statistic compares people with themselves, and the word for a change hangs on no one person."""

from collections.abc import Iterable
from statistics import NormalDist

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.drift import HISTORY_WEEKS, Change, change, compare, pooled_variance, statistic
from bot.domain.drift_alerts import Answer

VARIANCE = 0.49
NOW = 40


def answer(week: int, person: str, score: int) -> Answer:
    return Answer(week=week, person=person, score=score, partner="org", dimension="trust")


def answers(people: Iterable[str], weeks: Iterable[int], score: int) -> list[Answer]:
    """Every one of `people` gives `score` in every one of `weeks`."""
    return [answer(week, person, score) for week in weeks for person in people]


def six() -> list[str]:
    return [f"p{number}" for number in range(6)]


def fell(people: Iterable[str], before: int, after: int, at: int = NOW - 3) -> list[Answer]:
    """The same people, weekly: `before` until the week `at`, `after` from then until now."""
    known = list(people)
    return answers(known, range(at - 12, at), before) + answers(known, range(at, NOW + 1), after)


def test_the_statistic_is_the_mean_fall_in_standard_errors() -> None:
    # 6 people, 4 answers against 12: weight 3 each; fall 1; 0.49/18 + 0.0144/4 + 0.0144/12 = 0.03202
    found = statistic(fell(six(), 4, 3), week=NOW, window=4, variance=VARIANCE)
    assert found == pytest.approx(1 / 0.0320222**0.5, rel=1e-4)


def test_different_people_answering_is_no_fall() -> None:
    cheerful, newcomers = six(), [f"new{number}" for number in range(20)]
    history = fell(cheerful, 4, 4) + answers(newcomers, range(NOW - 3, NOW + 1), 2)
    assert statistic(history, week=NOW, window=4, variance=VARIANCE) == 0
    assert change(history, week=NOW, variance=VARIANCE) is Change.NO_CLEAR_CHANGE


@pytest.mark.parametrize(
    ("before", "after", "word"),
    [(4, 3, Change.LOWER), (3, 4, Change.HIGHER), (3, 3, Change.NO_CLEAR_CHANGE), (5, 1, Change.LOWER)],
)
def test_a_change_that_everybody_shares_is_said_in_a_word(before: int, after: int, word: Change) -> None:
    assert change(fell(six(), before, after), week=NOW, variance=VARIANCE) is word


@pytest.mark.parametrize("direction", [(5, 1), (1, 5)])
def test_one_person_never_decides_the_word(direction: tuple[int, int]) -> None:
    history = fell(six()[:5], 3, 3) + fell(["loud"], *direction)
    assert abs(statistic(history, week=NOW, window=4, variance=VARIANCE) or 0) > 1.5
    assert change(history, week=NOW, variance=VARIANCE) is Change.NO_CLEAR_CHANGE


@given(st.lists(st.tuples(st.integers(NOW - HISTORY_WEEKS + 1, NOW), st.integers(1, 5)), max_size=60))
@settings(max_examples=60)
def test_whatever_one_person_answers_decides_no_word_about_the_others(own: list[tuple[int, int]]) -> None:
    loud = [answer(week, "loud", score) for week, score in own]
    assert change(fell(six(), 3, 3) + loud, week=NOW, variance=VARIANCE) is Change.NO_CLEAR_CHANGE


@pytest.mark.parametrize(
    ("case", "history"),
    [
        ("four people have a pair", fell(six()[:4], 5, 1)),
        ("two weeks were measured before", answers(six(), [NOW - 9, NOW - 10], 5) + answers(six(), [NOW - 1, NOW], 1)),
        ("one week was measured in the window", answers(six(), range(NOW - 20, NOW - 8), 5) + answers(six(), [NOW], 1)),
        ("nobody has answered", []),
    ],
)
def test_nothing_is_said_during_the_warm_up(case: str, history: list[Answer]) -> None:
    assert statistic(history, week=NOW, window=4, variance=VARIANCE) is None, case
    assert change(history, week=NOW, variance=VARIANCE) is None, case


def test_a_word_needs_people_who_can_speak_for_the_whole() -> None:
    history = fell(six(), 5, 1)
    assert change(history, week=NOW, variance=VARIANCE, is_enough=lambda paired: "one" in paired) is None
    assert change(history, week=NOW, variance=VARIANCE, is_enough=lambda paired: len(paired) == 6) is Change.LOWER


def test_answers_older_than_thirty_four_weeks_count_for_nothing() -> None:
    forgotten = answers(six(), range(NOW - HISTORY_WEEKS - 20, NOW - HISTORY_WEEKS + 1), 5)
    history = fell(six(), 3, 3)
    assert change(forgotten + history, week=NOW, variance=VARIANCE) is change(history, week=NOW, variance=VARIANCE)
    assert statistic(forgotten + history, week=NOW, window=8, variance=VARIANCE) == 0


def test_later_answers_are_not_looked_at() -> None:
    history = fell(six(), 3, 3)
    later = answers(six(), range(NOW + 1, NOW + 5), 1)
    assert change(history + later, week=NOW, variance=VARIANCE) is Change.NO_CLEAR_CHANGE


def test_a_question_asked_every_seventh_week_still_gets_a_word() -> None:
    history = answers(six(), range(NOW - 28, NOW - 7, 7), 5) + answers(six(), [NOW - 7, NOW], 3)
    assert change(history, week=NOW, variance=VARIANCE) is Change.LOWER


def test_the_baseline_can_begin_anew() -> None:
    history = fell(six(), 5, 3, at=NOW - 11)
    anew = compare(history, week=NOW, window=4, variance=VARIANCE, since=NOW - 11)
    assert anew is not None
    assert anew.total.mean == 0


@given(st.permutations(fell(six(), 4, 3) + fell(["seventh"], 2, 5)))
@settings(max_examples=20)
def test_the_order_in_which_answers_are_read_changes_nothing(history: list[Answer]) -> None:
    in_order = sorted(history, key=lambda seen: (seen.week, seen.person))
    expected = statistic(in_order, week=NOW, window=8, variance=VARIANCE)
    assert statistic(history, week=NOW, window=8, variance=VARIANCE) == expected


def test_leaving_out_a_person_or_a_week_gives_the_statistic_of_the_others() -> None:
    history = fell(six(), 4, 3) + fell(["seventh"], 5, 1)
    whole = compare(history, week=NOW, window=4, variance=VARIANCE)
    assert whole is not None
    others = statistic(fell(six(), 4, 3), week=NOW, window=4, variance=VARIANCE)
    assert min(whole.without_each_person()) == pytest.approx(others)
    assert len(list(whole.without_each_week())) == 4
    assert max(whole.without_each_week()) < whole.statistic


def test_the_scatter_of_people_is_learnt_from_a_prior() -> None:
    assert pooled_variance([]) == pytest.approx(0.49)
    steady = [answers(six(), range(10), 4)]
    assert pooled_variance(steady) == pytest.approx(0.49 * 60 / (60 + 54))
    wild = [answers(["p1"], range(100), 1) + answers(["p1"], range(100), 5)]
    assert 2 < pooled_variance(wild) < 4


def test_the_scatter_between_people_and_between_dimensions_is_not_a_persons_scatter() -> None:
    low_and_high = [answers(["p1"], range(10), 1) + answers(["p2"], range(10), 5), answers(["p1"], range(10), 5)]
    assert pooled_variance(low_and_high) < 0.49


def test_chance_reaches_the_word_seldom() -> None:
    draws = iter(NormalDist(3.2, 0.7).samples(200 * 8 * 17, seed=4))
    words = [
        change(
            [
                answer(week, f"p{person}", min(5, max(1, round(next(draws)))))
                for week in range(NOW - 16, NOW + 1)
                for person in range(8)
            ],
            week=NOW,
            variance=VARIANCE,
        )
        for _ in range(200)
    ]
    assert sum(word is not Change.NO_CLEAR_CHANGE for word in words) / len(words) < 0.15


@pytest.mark.parametrize("score", [0, 6, -1])
def test_no_answer_is_no_score(score: int) -> None:
    with pytest.raises(ValueError, match="is no answer"):
        pooled_variance([[answer(NOW, "p1", 3), answer(NOW, "p2", score)]])
