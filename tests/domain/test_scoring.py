"""From answers to released results: every minimum, whom it counts, and what a result depends on."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.anonymity import (
    WHOLE,
    Band,
    Change,
    Released,
    Scope,
    Score,
    WholeResult,
    Withheld,
)
from bot.domain.ids import OrganisationId
from bot.domain.promise import PROMISE, Promise
from bot.domain.responses import Answer
from bot.domain.scoring import release_organisations, release_whole
from tests.domain.voices import BOTH, BRIGHTBUILD, COUNCIL, answers

SITE = OrganisationId("site")
APART = {BRIGHTBUILD: Scope("brightbuild"), COUNCIL: Scope("council")}
bounded = settings(max_examples=60, deadline=None)
scores = st.lists(st.integers(1, 5), min_size=3, max_size=15)


def no_blur() -> int:
    return 0


def whole(
    given_answers: Sequence[Answer],
    *,
    organisations: Sequence[OrganisationId] = BOTH,
    dimensions: Sequence[str] = ("trust",),
    promise: Promise = PROMISE,
    blur: int = 0,
) -> WholeResult:
    return release_whole(
        given_answers,
        organisations=organisations,
        invited=100,
        dimensions=dimensions,
        promise=promise,
        blur=lambda: blur,
        changes={"trust": Change.LOWER},
    )


def trust_of_whole(given_answers: Sequence[Answer], promise: Promise = PROMISE) -> Released | Withheld:
    return whole(given_answers, promise=promise).results[0]


def block(
    given_answers: Sequence[Answer],
    invited: int = 8,
    groups: dict[OrganisationId, Scope] = APART,
    promise: Promise = PROMISE,
) -> tuple[Released | Withheld, ...]:
    return release_organisations(
        given_answers, groups=groups, invited=dict.fromkeys(groups, invited), promise=promise, blur=no_blur
    )


CLOSED: dict[str, Collection[object]] = {
    "dimension": ("trust", "communication"),
    "scope": (WHOLE, *APART.values()),
    "tenths": (15, *range(16, 45, 2), 20, 25, 30, 35, 40, 45),
    "low": range(5, 500, 5),
    "is_last": (True, False),
    "people": (None,),
    "change": (None, *Change),
    "cant_say_many": (True, False),
}
"""All values that may stand in a result, by the name of their field."""


def leaves(tree: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    for name, value in tree.items():
        branches = value if isinstance(value, tuple) else (value,)
        for branch in branches:
            if isinstance(branch, dict):
                yield from leaves(branch)
            else:
                yield name, branch


class TestTheWholeOfARound:
    @pytest.mark.parametrize(
        ("brightbuild", "council", "released"),
        [(3, 2, True), (2, 3, True), (2, 2, False), (9, 1, False), (9, 0, False), (0, 0, False), (12, 2, True)],
    )
    def test_it_needs_five_people_and_two_from_every_organisation(
        self, brightbuild: int, council: int, released: bool
    ) -> None:
        given_answers = answers(BRIGHTBUILD, [4] * brightbuild) + answers(COUNCIL, [4] * council)
        result = whole(given_answers)
        assert isinstance(result.results[0], Released) is released
        assert (result.people is not None) is released

    def test_it_names_score_people_and_change(self) -> None:
        assert whole(answers(BRIGHTBUILD, [4] * 12) + answers(COUNCIL, [3] * 11)) == WholeResult(
            people=Band(low=20),
            results=(
                Released(
                    dimension="trust",
                    scope=WHOLE,
                    score=Score(tenths=36),
                    people=Band(low=20),
                    change=Change.LOWER,
                    cant_say_many=False,
                ),
            ),
        )

    def test_dimensions_come_in_the_order_asked_and_one_without_answers_is_withheld(self) -> None:
        given_answers = answers(BRIGHTBUILD, [4] * 5) + answers(COUNCIL, [4] * 5)
        results = whole(given_answers, dimensions=("roles", "trust", "communication")).results
        assert [each.dimension for each in results] == ["roles", "trust", "communication"]
        assert [isinstance(each, Withheld) for each in results] == [True, False, True]

    def test_an_organisation_that_sent_no_answer_withholds_the_whole(self) -> None:
        given_answers = answers(BRIGHTBUILD, [4] * 9) + answers(COUNCIL, [4] * 9)
        assert isinstance(whole(given_answers, organisations=(*BOTH, SITE)).results[0], Withheld)

    def test_only_a_score_counts_towards_the_minimum_of_a_dimension(self) -> None:
        given_answers = answers(BRIGHTBUILD, [4, 4, 4, 4]) + answers(COUNCIL, [4, None, None])
        result = whole(given_answers)
        assert result.people == Band(low=5)
        assert isinstance(result.results[0], Withheld)

    def test_who_could_not_say_is_in_the_band_so_that_it_does_not_tell_who_could(self) -> None:
        given_answers = answers(BRIGHTBUILD, [4] * 6) + answers(COUNCIL, [4, 4, 4, None])
        result = trust_of_whole(given_answers)
        assert isinstance(result, Released)
        assert (result.people, result.score) == (Band(low=10), Score(tenths=40))

    def test_one_person_with_many_answers_is_one_person(self) -> None:
        given_answers = (answers(BRIGHTBUILD, [4, 4]) + answers(COUNCIL, [4, 4])) * 6
        assert isinstance(trust_of_whole(given_answers), Withheld)

    def test_a_new_member_enters_the_sum_and_counts_towards_no_minimum(self) -> None:
        four = answers(BRIGHTBUILD, [5, 5]) + answers(COUNCIL, [5, 5])
        joiners = answers(BRIGHTBUILD, [1] * 6, counts=False, first=10)
        assert isinstance(trust_of_whole(four + joiners), Withheld)
        result = trust_of_whole(four + joiners + answers(COUNCIL, [5], first=2))
        assert isinstance(result, Released)
        assert result.score == Score(tenths=30)  # 31 points of 11 people
        assert result.people == Band(low=10)

    @given(scores, scores, st.lists(st.integers(1, 5), min_size=1, max_size=4))
    @bounded
    def test_one_to_four_people_nobody_could_place_leave_no_trace(
        self, brightbuild: list[int], council: list[int], unplaced: list[int]
    ) -> None:
        placed = answers(BRIGHTBUILD, brightbuild) + answers(COUNCIL, council)
        assert whole(placed + answers(None, unplaced)) == whole(placed)

    def test_five_people_nobody_could_place_are_one_more_organisation(self) -> None:
        placed = answers(BRIGHTBUILD, [1] * 3) + answers(COUNCIL, [1] * 3)
        result = trust_of_whole(placed + answers(None, [5] * 5))
        assert isinstance(result, Released)
        assert (result.score, result.people) == (Score(tenths=30), Band(low=10))

    def test_people_nobody_could_place_do_not_stand_in_for_an_organisation(self) -> None:
        assert isinstance(trust_of_whole(answers(BRIGHTBUILD, [4] * 9) + answers(None, [4] * 9)), Withheld)

    def test_new_members_nobody_could_place_stay_left_out(self) -> None:
        placed = answers(BRIGHTBUILD, [4] * 5) + answers(COUNCIL, [4] * 5)
        assert whole(placed + answers(None, [1] * 9, counts=False)) == whole(placed)

    @pytest.mark.parametrize(
        ("could_not", "said", "drawn", "many"),
        [
            (5, 15, -2, True),
            (5, 15, -1, False),
            (8, 12, 2, False),
            (9, 11, 2, True),
            (4, 16, -2, False),
            (5, 14, -2, False),
            (4, 40, -2, False),
            (10, 10, 2, True),
        ],
    )
    def test_many_could_not_say_from_twenty_answers_with_five_of_them_or_a_secret_number_more(
        self, could_not: int, said: int, drawn: int, many: bool
    ) -> None:
        given_answers = answers(BRIGHTBUILD, [4] * (said - 5) + [None] * could_not) + answers(COUNCIL, [4] * 5)
        (result,) = whole(given_answers, blur=drawn).results
        assert isinstance(result, Released)
        assert result.cant_say_many is many

    def test_one_person_who_could_not_say_many_times_is_not_many(self) -> None:
        given_answers = answers(BRIGHTBUILD, [None]) * 9 + answers(BRIGHTBUILD, [4] * 9, first=1)
        result = trust_of_whole(given_answers + answers(COUNCIL, [4] * 9))
        assert isinstance(result, Released)
        assert not result.cant_say_many

    def test_a_stricter_promise_withholds_what_the_first_one_released(self) -> None:
        given_answers = answers(BRIGHTBUILD, [4] * 3) + answers(COUNCIL, [4] * 3)
        assert isinstance(trust_of_whole(given_answers), Released)
        assert isinstance(trust_of_whole(given_answers, PROMISE.tightened(whole_people=7)), Withheld)

    def test_an_answer_of_a_foreign_organisation_is_an_error(self) -> None:
        with pytest.raises(ValueError, match="not part of the partnership"):
            whole(answers(SITE, [4]))

    @pytest.mark.parametrize("score", [0, 6, -1])
    def test_a_score_off_the_scale_is_an_error(self, score: int) -> None:
        with pytest.raises(ValueError, match="from 1 to 5"):
            answers(BRIGHTBUILD, [score])


class TestWhatAResultDependsOn:
    @given(scores, scores, st.integers(-2, 2), st.randoms(use_true_random=False))
    @bounded
    def test_the_order_of_answers_changes_nothing(
        self, brightbuild: list[int], council: list[int], blur: int, random: Random
    ) -> None:
        given_answers = answers(BRIGHTBUILD, brightbuild) + answers(COUNCIL, council)
        shuffled = random.sample(given_answers, len(given_answers))
        assert whole(shuffled, blur=blur) == whole(given_answers, blur=blur)
        assert block(shuffled) == block(given_answers)

    @given(scores, scores, st.integers(-2, 2))
    @bounded
    def test_only_the_sum_of_the_scores_matters_not_who_gave_which(
        self, brightbuild: list[int], council: list[int], blur: int
    ) -> None:
        one = answers(BRIGHTBUILD, brightbuild) + answers(COUNCIL, council)
        level, left = divmod(sum(brightbuild + council), len(one))
        even = [level + 1] * left + [level] * (len(one) - left)
        other = answers(BRIGHTBUILD, even[: len(brightbuild)]) + answers(COUNCIL, even[len(brightbuild) :])
        assert whole(one, blur=blur) == whole(other, blur=blur)

    @given(st.integers(1, 5), st.integers(3, 20), st.integers(3, 20), st.integers(-2, 2))
    @bounded
    def test_unanimity_is_not_visible(self, score: int, brightbuild: int, council: int, blur: int) -> None:
        others = {1: [2, 1], 5: [4, 5]}.get(score, [score - 1, score + 1])
        unanimous = answers(BRIGHTBUILD, [score] * brightbuild) + answers(COUNCIL, [score] * council)
        divided = answers(BRIGHTBUILD, others + [score] * (brightbuild - 2)) + answers(COUNCIL, [score] * council)
        assert whole(unanimous, blur=blur) == whole(divided, blur=blur)

    @given(scores, scores)
    @bounded
    def test_a_withheld_round_is_the_same_for_every_cause(self, brightbuild: list[int], council: list[int]) -> None:
        causes = [
            whole(answers(BRIGHTBUILD, brightbuild)),
            whole(answers(COUNCIL, council)),
            whole(answers(BRIGHTBUILD, brightbuild[:2]) + answers(COUNCIL, council[:2])),
            whole([]),
        ]
        assert all(one == other for one, other in pairwise(causes))

    @given(scores, scores, st.lists(st.none() | st.integers(1, 5), max_size=9))
    @bounded
    def test_no_outcome_holds_a_raw_value(
        self, brightbuild: list[int], council: list[int], unplaced: list[int | None]
    ) -> None:
        given_answers = answers(BRIGHTBUILD, brightbuild) + answers(COUNCIL, council) + answers(None, unplaced)
        outcome = [whole(given_answers), *block(given_answers)]
        for name, value in (leaf for each in outcome for leaf in leaves(asdict(each))):
            assert value in CLOSED[name]

    def test_each_released_number_draws_one_blur_and_a_withheld_one_none(self) -> None:
        draws = iter([2, -2, 0])
        given_answers = (
            answers(BRIGHTBUILD, [3] * 10)
            + answers(COUNCIL, [3] * 10)
            + answers(BRIGHTBUILD, [3] * 10, dimension="roles")
            + answers(COUNCIL, [3] * 10, dimension="roles")
            + answers(COUNCIL, [3], dimension="risk")
        )
        release_whole(
            given_answers,
            organisations=BOTH,
            invited=100,
            dimensions=("trust", "risk", "roles"),
            promise=PROMISE,
            blur=lambda: next(draws),
            changes={},
        )
        assert list(draws) == [0]
