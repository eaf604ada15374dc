"""What was promised to the people who answer can be tightened for later rounds and never loosened."""

import json
from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.promise import PROMISE, Promise, PromiseLoosened, strictest

NUMBERS = [number.name for number in fields(Promise)]
FIXED = [
    "block_rounds",
    "step_tenths",
    "half_step_tenths",
    "bottom_tenths",
    "top_tenths",
    "blur_weights",
    "people_band",
]
ADDED = ["change_secret_tenths"]
RISING = [name for name in NUMBERS if name not in FIXED and name != "retention_weeks"]
bounded = settings(max_examples=60, deadline=None)


def test_it_holds_the_numbers_of_the_table() -> None:
    assert PROMISE.to_dict() == {
        "whole_people": 5,
        "whole_people_each": 2,
        "unplaced_people": 5,
        "block_rounds": 4,
        "organisation_invited": 8,
        "organisation_people": 5,
        "half_points_below": 20,
        "step_tenths": 2,
        "half_step_tenths": 5,
        "bottom_tenths": 15,
        "top_tenths": 45,
        "blur_weights": [1, 2, 3, 2, 1],
        "people_band": 5,
        "cant_say_answers": 20,
        "cant_say_least": 5,
        "change_statistic_tenths": 15,
        "change_secret_tenths": 5,
        "gap_tenths": 10,
        "gap_tenths_from_10_people": 6,
        "gap_tenths_from_20_people": 4,
        "mood_people": 5,
        "mood_people_in_class": 3,
        "theme_people": 5,
        "quote_people": 10,
        "quotes_least": 2,
        "alert_people": 5,
        "much_lower_people": 15,
        "distribution_people": 30,
        "extra_round_days": 7,
        "retention_weeks": 34,
    }


@given(st.fixed_dictionaries({}, optional={name: st.integers(30, 60) for name in RISING}))
@bounded
def test_it_returns_unchanged_from_where_it_was_stored(changes: dict[str, int]) -> None:
    promise = PROMISE.tightened(**changes)
    assert Promise.from_dict(json.loads(json.dumps(promise.to_dict()))) == promise


@pytest.mark.parametrize("name", RISING)
def test_a_minimum_may_be_raised_and_never_lowered(name: str) -> None:
    given_number = getattr(PROMISE, name)
    raised = PROMISE.tightened(**{name: given_number + 1})
    assert getattr(raised, name) == given_number + 1
    with pytest.raises(PromiseLoosened, match=f"stays: {name} can only be raised"):
        PROMISE.tightened(**{name: given_number - 1})
    with pytest.raises(PromiseLoosened):
        raised.tightened(**{name: given_number})


def test_answers_may_be_kept_for_a_shorter_time_and_never_for_longer() -> None:
    assert PROMISE.tightened(retention_weeks=30).retention_weeks == 30
    with pytest.raises(PromiseLoosened, match="retention_weeks can only be lowered"):
        PROMISE.tightened(retention_weeks=35)
    with pytest.raises(PromiseLoosened):
        PROMISE.tightened(retention_weeks=0)


@pytest.mark.parametrize("name", FIXED)
def test_blur_rounding_and_the_length_of_blocks_never_change(name: str) -> None:
    with pytest.raises(PromiseLoosened, match="must never be changed"):
        Promise.from_dict(PROMISE.to_dict() | {name: 60})


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", [-1, 0, True, 5.5, "5", None, [0, 0, 9, 0, 0]])
def test_a_floor_overridden_in_what_was_stored_is_refused(name: str, value: object) -> None:
    with pytest.raises(PromiseLoosened):
        Promise.from_dict(PROMISE.to_dict() | {name: value})


@pytest.mark.parametrize("name", [name for name in NUMBERS if name not in ADDED])
def test_a_stored_promise_that_lacks_a_number_is_refused(name: str) -> None:
    with pytest.raises(PromiseLoosened, match=name):
        Promise.from_dict({key: value for key, value in PROMISE.to_dict().items() if key != name})


@pytest.mark.parametrize("name", ADDED)
def test_a_promise_that_was_stored_before_a_number_was_added_is_as_strict_as_any(name: str) -> None:
    assert Promise.from_dict({key: value for key, value in PROMISE.to_dict().items() if key != name}) == PROMISE


def test_a_number_nobody_knows_is_refused() -> None:
    with pytest.raises(PromiseLoosened, match="no number called floor"):
        PROMISE.tightened(floor=9)
    with pytest.raises(PromiseLoosened, match="floor"):
        Promise.from_dict(PROMISE.to_dict() | {"floor": 1})


def test_a_looser_promise_cannot_even_be_made() -> None:
    with pytest.raises(PromiseLoosened):
        Promise(whole_people=4)


def test_a_block_keeps_the_strictest_promise_of_its_rounds() -> None:
    one = PROMISE.tightened(whole_people=8, retention_weeks=30)
    other = PROMISE.tightened(whole_people=6, quote_people=12)
    assert strictest([one, other, PROMISE]) == PROMISE.tightened(whole_people=8, retention_weeks=30, quote_people=12)


def test_what_the_refusal_says_can_be_read_by_a_person() -> None:
    with pytest.raises(PromiseLoosened) as refused:
        PROMISE.tightened(whole_people=3)
    assert str(refused.value) == ("What was promised to the people who answer stays: whole_people can only be raised.")
