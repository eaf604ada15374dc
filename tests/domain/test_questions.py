"""Which questions a round asks: the same for the same round, every dimension in its turn, and words for any number."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.question_bank import load_question_bank
from bot.domain.ids import ItemId, PartnershipId
from bot.domain.questions import Item, choose

BANK = load_question_bank()
ITEMS = tuple(item for dimension in BANK.dimensions for item in dimension.items)
ROTATING = [dimension.key for dimension in BANK.dimensions if not dimension.tracked]
TRACKED = [dimension.key for dimension in BANK.dimensions if dimension.tracked]
PARTNERSHIPS = [PartnershipId(f"p-{number}") for number in range(100)]
ROUNDS = 120

every_item = pytest.mark.parametrize("item", ITEMS, ids=[item.id for item in ITEMS])


def asked(partnership: PartnershipId, rounds: int = ROUNDS) -> list[tuple[Item, ...]]:
    """The questions of the first rounds."""
    return [choose(BANK, partnership, number) for number in range(1, rounds + 1)]


@given(partnership=st.text(min_size=1, max_size=20).map(PartnershipId), number=st.integers(1, 5_000))
def test_a_round_asks_the_same_questions_however_often_it_is_drawn(partnership: PartnershipId, number: int) -> None:
    assert choose(BANK, partnership, number) == choose(load_question_bank(), partnership, number)


@pytest.mark.parametrize("partnership", PARTNERSHIPS[:20])
def test_every_round_asks_one_of_each_tracked_dimension_and_one_rotating(partnership: PartnershipId) -> None:
    for items in asked(partnership):
        assert [item.dimension for item in items[:-1]] == TRACKED
        assert items[-1].dimension in ROTATING
        assert len({item.id for item in items}) == len(items)


def test_no_rotating_dimension_comes_twice_before_all_have_come_in_any_partnership() -> None:
    for partnership in PARTNERSHIPS:
        rotating = [items[-1].dimension for items in asked(partnership)]
        for start in range(0, ROUNDS - len(ROTATING), len(ROTATING)):
            assert sorted(rotating[start : start + len(ROTATING)]) == sorted(ROTATING)


def test_no_rotating_dimension_comes_twice_in_a_row_in_any_partnership() -> None:
    for partnership in PARTNERSHIPS:
        rotating = [items[-1].dimension for items in asked(partnership)]
        assert not any(first == second for first, second in pairwise(rotating))


def test_partnerships_do_not_all_begin_with_the_same_dimension() -> None:
    assert len({choose(BANK, each, 1)[-1].dimension for each in PARTNERSHIPS}) == len(ROTATING)


def test_core_questions_of_a_tracked_dimension_take_turns() -> None:
    for key in TRACKED:
        core = {item.id for item in BANK.dimension(key).items if item.core}
        for partnership in PARTNERSHIPS[:10]:
            own = [item.id for items in asked(partnership) for item in items if item.dimension == key]
            for start in range(ROUNDS - len(core)):
                assert set(own[start : start + len(core)]) == core


def test_every_question_of_a_rotating_dimension_has_its_turn() -> None:
    askable = {item.id for item in ITEMS if item.dimension in ROTATING and not item.for_seniors and not item.mirrors}
    for partnership in PARTNERSHIPS[:10]:
        seen = {items[-1].id for items in asked(partnership)}
        assert seen == askable


def test_tracked_dimensions_ask_core_questions_only_and_nobody_is_asked_a_mirror_or_a_seniors_question() -> None:
    for partnership in PARTNERSHIPS:
        for items in asked(partnership):
            assert all(item.core for item in items[:-1])
            assert not any(item.mirrors or item.for_seniors for item in items)


def test_ids_are_unique_and_every_mirror_has_its_other_side_in_the_same_dimension() -> None:
    assert len({item.id for item in ITEMS}) == len(ITEMS)
    for item in ITEMS:
        if item.mirrors is not None:
            assert BANK.item(item.mirrors).dimension == item.dimension
            assert BANK.item(item.mirrors).mirrors is None


@every_item
@pytest.mark.parametrize("organisations", [2, 3, 7])
def test_a_question_is_one_sentence_that_fits_on_a_phone(item: Item, organisations: int) -> None:
    words = item.words(organisations)
    assert 0 < len(words) <= 90
    assert words.endswith(".")
    assert words.count(".") == 1
    assert not {"!", "?", "&", "<", ">", "*", "_"} & set(words)


@every_item
def test_where_three_work_together_nobody_is_the_other_organisation(item: Item) -> None:
    words = item.words(3).lower()
    for singular in ("the other organisation ", "the other organisation.", "the other side ", "both", "this partner "):
        assert singular not in words


@every_item
def test_where_two_work_together_the_words_are_for_two(item: Item) -> None:
    words = item.words(2).lower()
    for plural in ("organisations did", "all sides", "all our organisations", "other organisations"):
        assert plural not in words


def test_what_is_not_in_the_bank_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        BANK.item(ItemId("XXX1"))
    with pytest.raises(KeyError):
        BANK.dimension("luck")
    assert BANK.name("trust") == "Understanding and trust"
