"""No released form can say more than its rule, and a sum becomes a score in one way."""

from collections import Counter
from dataclasses import fields
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.anonymity import (
    BOTTOM,
    TOP,
    WHOLE,
    Band,
    Score,
    Withheld,
    blurred_score,
    counter,
    draw_blur,
    draw_clear_change,
)
from bot.domain.promise import PROMISE

bounded = settings(max_examples=60, deadline=None)


def shown(total: int, answered: int, blur: int = 0) -> int:
    return blurred_score(total, answered, PROMISE, lambda: blur).tenths


@st.composite
def sums(draw: st.DrawFn) -> tuple[int, int]:
    answered = draw(st.integers(5, 200))
    return draw(st.integers(answered, 5 * answered)), answered


class TestScores:
    @pytest.mark.parametrize(
        ("total", "answered", "blur", "text"),
        [
            (80, 20, 0, "4.0"),
            (76, 20, 0, "3.8"),
            (77, 20, 0, "3.8"),  # 3.85
            (78, 20, 0, "3.8"),  # 3.9 is a tie and goes to the middle
            (42, 20, 0, "2.2"),  # 2.1, mirrored
            (78, 20, 1, "4.0"),
            (78, 20, -2, "3.8"),
            (90, 20, 0, "4.4"),  # 4.5 is a tie
            (91, 20, 0, "4.5 or more"),
            (100, 20, 2, "4.5 or more"),
            (29, 20, 0, "1.5 or less"),
            (20, 20, -2, "1.5 or less"),
            (72, 19, 0, "4.0"),  # 3.79, in half points
            (71, 19, 0, "3.5"),  # 3.74
            (57, 19, 0, "3.0"),
            (17, 5, 0, "3.5"),  # 3.4
            (17, 5, -2, "3.0"),
            (25, 5, -2, "4.5 or more"),
            (5, 5, 2, "1.5 or less"),
        ],
    )
    def test_a_sum_is_blurred_then_rounded(self, total: int, answered: int, blur: int, text: str) -> None:
        assert blurred_score(total, answered, PROMISE, lambda: blur).text == text

    @given(sums(), st.integers(-2, 2))
    @bounded
    def test_the_shown_score_is_the_nearest_step_to_the_blurred_mean(self, drawn: tuple[int, int], blur: int) -> None:
        total, answered = drawn
        step = 5 if answered < 20 else 2
        exact = Fraction(10 * (total + blur), answered)
        nearest = min(range(0, 61, 1), key=lambda t: (t % step != 0, abs(t - exact), abs(t - 30)))
        assert shown(total, answered, blur) == min(max(nearest, 15), 45)

    @given(sums(), st.integers(-2, 2))
    @bounded
    def test_a_scale_read_backwards_gives_the_mirrored_score(self, drawn: tuple[int, int], blur: int) -> None:
        total, answered = drawn
        assert shown(total, answered, blur) == 60 - shown(6 * answered - total, answered, -blur)

    @pytest.mark.parametrize("answered", range(5, 81))
    def test_no_score_inside_the_scale_gathers_fewer_sums_than_its_step_is_wide(self, answered: int) -> None:
        width = answered * (5 if answered < 20 else 2) // 10
        gathered = Counter(shown(total, answered) for total in range(answered, 5 * answered + 1))
        assert min(count for tenths, count in gathered.items() if 15 < tenths < 45) >= width

    @pytest.mark.parametrize("answered", range(5, 41))
    @pytest.mark.parametrize("blur", range(-2, 3))
    def test_at_the_ends_nobody_can_see_whether_all_agree(self, answered: int, blur: int) -> None:
        assert shown(5 * answered, answered, blur) == shown(5 * answered - 1, answered, blur) == TOP.tenths
        assert shown(answered, answered, blur) == shown(answered + 1, answered, blur) == BOTTOM.tenths

    @pytest.mark.parametrize("tenths", [-1, 0, 10, 12, 14, 17, 31, 33, 46, 48, 50, 60])
    def test_a_score_that_no_rule_could_release_cannot_be_made(self, tenths: int) -> None:
        with pytest.raises(ValueError, match="not a score that can be released"):
            Score(tenths=tenths)

    def test_a_score_is_blurred_once(self) -> None:
        draws = iter([1])
        blurred_score(80, 20, PROMISE, lambda: next(draws))
        assert list(draws) == []

    def test_the_blur_is_drawn_with_the_promised_chances(self) -> None:
        random = Random(5)
        drawn = Counter(draw_blur(random) for _ in range(18_000))
        assert set(drawn) == {-2, -1, 0, 1, 2}
        for blur, ninths in zip(range(-2, 3), (1, 2, 3, 2, 1), strict=True):
            assert drawn[blur] / 18_000 == pytest.approx(ninths / 9, abs=0.012)

    def test_the_strength_that_a_word_needs_has_a_secret_part_that_is_small_or_large_seldom(self) -> None:
        random = Random(3)
        drawn = sorted(draw_clear_change(PROMISE, random) for _ in range(9_000))
        assert drawn[0] > 1.5
        assert drawn[-1] < 2.0
        assert [drawn[place] for place in (1_125, 4_500, 7_875)] == pytest.approx([1.625, 1.75, 1.875], abs=0.01)


class TestNumbersOfPeople:
    @pytest.mark.parametrize(
        ("people", "text"),
        [(5, "5 to 9"), (9, "5 to 9"), (10, "10 to 14"), (14, "10 to 14"), (23, "20 to 24"), (120, "120 to 124")],
    )
    def test_people_are_shown_in_bands_of_five(self, people: int, text: str) -> None:
        band = Band.of(people, among=200)
        assert band is not None
        assert band.text == text

    @pytest.mark.parametrize(
        ("people", "among", "text"),
        [
            (10, 10, "5 or more"),  # "10 to 14" would say that everybody answered
            (13, 13, "5 or more"),
            (9, 14, "5 to 9"),
            (10, 14, "10 or more"),
            (20, 20, "15 or more"),
            (14, 20, "10 to 14"),
            (12, 10, "5 or more"),  # new members answer too, and are not among the invited
            (5, 3, "5 or more"),
        ],
    )
    def test_the_last_band_takes_in_the_remainder(self, people: int, among: int, text: str) -> None:
        band = Band.of(people, among=among)
        assert band is not None
        assert band.text == text
        assert Band.from_stored(band.stored) == band

    @pytest.mark.parametrize("among", range(9, 60))
    def test_no_band_and_no_counter_stands_for_one_number_of_people_alone(self, among: int) -> None:
        bands = Counter(Band.of(people, among=among) for people in range(5, among + 1))
        assert min(bands.values()) >= 5
        counters = Counter(counter(0, people, PROMISE, among=among) for people in range(among + 1))
        assert min(counters.values()) >= 5

    @pytest.mark.parametrize("people", range(5))
    def test_fewer_than_five_people_have_no_band(self, people: int) -> None:
        assert Band.of(people, among=20) is None

    @pytest.mark.parametrize("low", [-5, 0, 3, 7])
    def test_a_band_begins_nowhere_else(self, low: int) -> None:
        with pytest.raises(ValueError, match="no band of people"):
            Band(low=low)

    @given(st.lists(st.integers(0, 60), min_size=1))
    @bounded
    def test_the_counter_under_an_open_round_never_falls_and_is_true_as_worded(self, answered: list[int]) -> None:
        said = [0]
        for people in answered:
            said.append(counter(said[-1], people, PROMISE, among=60))
        assert said == sorted(said)
        assert {number % 5 for number in said} == {0}
        assert said[-1] == 0 or said[-1] < max(answered)

    @pytest.mark.parametrize(("answered", "said"), [(4, 0), (5, 0), (6, 5), (10, 5), (11, 10), (15, 10), (16, 15)])
    def test_the_counter_says_more_than_a_multiple_of_five(self, answered: int, said: int) -> None:
        assert counter(0, answered, PROMISE, among=30) == said

    def test_under_a_stricter_promise_the_counter_starts_later(self) -> None:
        assert counter(0, 6, PROMISE.tightened(whole_people=8), among=30) == 0


def test_a_withheld_result_has_one_sentence_and_no_room_for_a_cause() -> None:
    withheld = Withheld(dimension="roles", scope=WHOLE)
    assert withheld.text == "not shown this time, too few answers to keep them confidential"
    assert [each.name for each in fields(Withheld)] == ["dimension", "scope"]
