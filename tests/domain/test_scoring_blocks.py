"""What a block releases of its organisations, the gaps between them, and participation."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.anonymity import (
    WHOLE,
    Band,
    Gap,
    Participation,
    Released,
    Scope,
    Score,
    Withheld,
)
from bot.domain.ids import OrganisationId
from bot.domain.promise import PROMISE, Promise
from bot.domain.responses import Answer
from bot.domain.scoring import BLOCK_DIMENSIONS, gaps, participation, release_organisations
from tests.domain.voices import BOTH, BRIGHTBUILD, COUNCIL, answers

SITE = OrganisationId("site")
APART = {BRIGHTBUILD: Scope("brightbuild"), COUNCIL: Scope("council")}
bounded = settings(max_examples=60, deadline=None)


def no_blur() -> int:
    return 0


def block(
    given_answers: Sequence[Answer],
    invited: int = 8,
    groups: dict[OrganisationId, Scope] = APART,
    promise: Promise = PROMISE,
) -> tuple[Released | Withheld, ...]:
    return release_organisations(
        given_answers, groups=groups, invited=dict.fromkeys(groups, invited), promise=promise, blur=no_blur
    )


def shown(results: Sequence[Released | Withheld]) -> list[tuple[str, str]]:
    return [(each.dimension, each.scope) for each in results if isinstance(each, Released)]


class TestTheOrganisationsOfABlock:
    def test_they_are_shown_for_trust_and_communication_only(self) -> None:
        given_answers = [
            answer
            for dimension in (*BLOCK_DIMENSIONS, "roles")
            for organisation in BOTH
            for answer in answers(organisation, [4] * 8, dimension=dimension)
        ]
        assert shown(block(given_answers)) == [
            ("trust", "brightbuild"),
            ("trust", "council"),
            ("communication", "brightbuild"),
            ("communication", "council"),
        ]

    @pytest.mark.parametrize(
        ("invited", "brightbuild", "council", "released"),
        [(8, 5, 5, True), (7, 7, 7, False), (8, 8, 4, False), (8, 4, 8, False), (20, 5, 20, True), (20, 20, 0, False)],
    )
    def test_all_are_shown_or_none(self, invited: int, brightbuild: int, council: int, released: bool) -> None:
        given_answers = answers(BRIGHTBUILD, [4] * brightbuild) + answers(COUNCIL, [4] * council)
        assert len(shown(block(given_answers, invited))) == (2 if released else 0)

    def test_one_organisation_that_invited_fewer_than_eight_withholds_all(self) -> None:
        given_answers = answers(BRIGHTBUILD, [4] * 9) + answers(COUNCIL, [4] * 9)
        results = release_organisations(
            given_answers, groups=APART, invited={BRIGHTBUILD: 20, COUNCIL: 7}, promise=PROMISE, blur=no_blur
        )
        assert not shown(results)

    def test_people_are_counted_once_over_the_rounds_of_a_block(self) -> None:
        four_rounds = (answers(BRIGHTBUILD, [4] * 4) + answers(COUNCIL, [4] * 8)) * 4
        assert not shown(block(four_rounds))

    def test_answers_of_all_rounds_enter_the_sum(self) -> None:
        first = answers(BRIGHTBUILD, [2] * 5) + answers(COUNCIL, [4] * 5)
        second = answers(BRIGHTBUILD, [4] * 5) + answers(COUNCIL, [4] * 5)
        trust = [each for each in block(first + second) if isinstance(each, Released)]
        assert [(each.score.tenths, each.people.text) for each in trust] == [(30, "5 or more"), (40, "5 or more")]

    def test_new_members_count_towards_no_minimum(self) -> None:
        given_answers = answers(BRIGHTBUILD, [4] * 4) + answers(COUNCIL, [4] * 8)
        assert not shown(block(given_answers + answers(BRIGHTBUILD, [4] * 5, counts=False, first=4)))

    @given(st.lists(st.integers(1, 5), max_size=12))
    @bounded
    def test_people_nobody_could_place_enter_no_organisation(self, unplaced: list[int]) -> None:
        placed = answers(BRIGHTBUILD, [4] * 8) + answers(COUNCIL, [2] * 8)
        assert block(placed + answers(None, unplaced)) == block(placed)

    def test_a_small_organisation_is_shown_joined_with_another(self) -> None:
        groups = {BRIGHTBUILD: Scope("builders"), SITE: Scope("builders"), COUNCIL: Scope("council")}
        invited = {BRIGHTBUILD: 6, SITE: 2, COUNCIL: 8}
        given_answers = answers(BRIGHTBUILD, [4] * 4) + answers(SITE, [4]) + answers(COUNCIL, [3] * 5)
        results = release_organisations(given_answers, groups=groups, invited=invited, promise=PROMISE, blur=no_blur)
        assert shown(results) == [("trust", "builders"), ("trust", "council")]

    def test_a_group_of_everybody_is_the_whole_again_and_is_withheld(self) -> None:
        one_group = {BRIGHTBUILD: Scope("all"), COUNCIL: Scope("all")}
        assert not shown(block(answers(BRIGHTBUILD, [4] * 9) + answers(COUNCIL, [4] * 9), groups=one_group))

    def test_a_block_obeys_its_strictest_promise(self) -> None:
        given_answers = answers(BRIGHTBUILD, [4] * 8) + answers(COUNCIL, [4] * 8)
        assert not shown(block(given_answers, promise=PROMISE.tightened(organisation_people=9)))

    def test_a_group_cannot_be_called_the_whole(self) -> None:
        with pytest.raises(ValueError, match="cannot be called the whole"):
            block([], groups={BRIGHTBUILD: WHOLE, COUNCIL: Scope("council")})

    def test_an_answer_of_a_foreign_organisation_is_an_error(self) -> None:
        with pytest.raises(ValueError, match="not part of the partnership"):
            block(answers(SITE, [4]))


class TestGaps:
    @staticmethod
    def released(scope: str, tenths: int, people: int, dimension: str = "trust") -> Released:
        return Released(
            dimension=dimension,
            scope=Scope(scope),
            score=Score(tenths=tenths),
            people=Band(low=people),
            change=None,
            cant_say_many=False,
        )

    @pytest.mark.parametrize(
        ("high", "low", "fewer", "clear"),
        [
            (40, 30, 5, True),
            (40, 32, 5, False),
            (38, 32, 10, True),
            (38, 34, 15, False),
            (38, 34, 20, True),
            (38, 36, 40, False),
            (45, 35, 5, True),  # an open end stands for its limit
        ],
    )
    def test_the_fewer_people_the_wider_a_gap_must_be(self, high: int, low: int, fewer: int, clear: bool) -> None:
        sides = [self.released("a", low, fewer), self.released("b", high, 40)]
        expected = (Gap(dimension="trust", higher=Scope("b"), lower=Scope("a")),) if clear else ()
        assert gaps(sides, PROMISE) == expected

    def test_nothing_is_compared_across_dimensions_with_the_whole_or_with_what_is_withheld(self) -> None:
        results: list[Released | Withheld] = [
            self.released("a", 45, 20),
            self.released("b", 15, 20, dimension="communication"),
            self.released(WHOLE, 15, 20),
            Withheld(dimension="trust", scope=Scope("b")),
        ]
        assert gaps(results, PROMISE) == ()

    def test_among_three_organisations_every_clear_pair_is_named(self) -> None:
        sides = [self.released("a", 44, 20), self.released("b", 42, 20), self.released("c", 30, 20)]
        assert [(gap.higher, gap.lower) for gap in gaps(sides, PROMISE)] == [("a", "c"), ("b", "c")]


class TestParticipation:
    @pytest.mark.parametrize(
        ("people", "invited", "word"),
        [
            (20, 20, Participation.NEARLY_ALL),
            (18, 20, Participation.NEARLY_ALL),
            (17, 20, Participation.THREE_IN_FOUR),
            (15, 20, Participation.THREE_IN_FOUR),
            (10, 20, Participation.HALF),
            (6, 20, Participation.ONE_IN_FOUR),
            (6, 60, Participation.FEW),
            (6, 5, Participation.THREE_IN_FOUR),  # somebody left after answering
            (7, 7, Participation.THREE_IN_FOUR),  # of so few, "nearly everybody" would be everybody
            (8, 8, Participation.NEARLY_ALL),
            (7, 8, Participation.NEARLY_ALL),
        ],
    )
    def test_it_is_said_in_words_to_the_nearest_quarter(self, people: int, invited: int, word: Participation) -> None:
        given_answers = answers(BRIGHTBUILD, [4] * (people - 2)) + answers(COUNCIL, [None, 4])
        assert participation(given_answers * 4, organisations=BOTH, invited=invited, promise=PROMISE) is word

    @pytest.mark.parametrize(("brightbuild", "council", "invited"), [(2, 2, 8), (9, 1, 20), (0, 0, 0), (5, 5, 0)])
    def test_it_is_not_said_below_the_minima_of_the_whole(self, brightbuild: int, council: int, invited: int) -> None:
        given_answers = answers(BRIGHTBUILD, [4] * brightbuild) + answers(COUNCIL, [4] * council)
        assert participation(given_answers, organisations=BOTH, invited=invited, promise=PROMISE) is None
