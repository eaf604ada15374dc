"""The pulse itself: buttons that begin with their number, labels in words, and ids that come back."""

from typing import Any

import pytest

from bot.domain.ids import ItemId, RoundId
from bot.views.ids import ANSWER_PATTERN, TEST_ANSWER_PATTERN, answer_value, read_answer
from bot.views.pulse import draw_pulse, draw_pulse_closed, draw_receipt
from bot.views.setup import draw_test_pulse
from tests.views.test_every_message import ORDINARY, SAMPLES, buttons_in

ROUND = SAMPLES["pulse"](ORDINARY)
ANSWERS = [
    ("1 Strongly disagree", "1, strongly disagree"),
    ("2", "2, disagree"),
    ("3", "3, in between"),
    ("4", "4, agree"),
    ("5 Strongly agree", "5, strongly agree"),
    ("Can't say", "can't say"),
]


def rows() -> list[list[Any]]:
    """The answer buttons, one row for each question."""
    blocks = draw_pulse(ROUND)["blocks"]
    return [list(buttons_in(each)) for each in blocks if str(each.get("block_id", "")).startswith("answer:")]


def test_every_question_has_six_buttons_that_begin_with_their_number() -> None:
    assert len(rows()) == 3
    for row in rows():
        assert [button["text"]["text"] for button in row] == [shown for shown, _ in ANSWERS]
        assert [button["accessibility_label"] for button in row] == [spoken for _, spoken in ANSWERS]


def test_every_answer_button_is_heard_and_says_what_was_clicked() -> None:
    for place, row in enumerate(rows()):
        for button, score in zip(row, (1, 2, 3, 4, 5, None), strict=True):
            assert ANSWER_PATTERN.match(button["action_id"])
            item = ItemId(ROUND["questions"][place]["item"])
            assert read_answer(button["value"]) == (RoundId(ROUND["round_id"]), item, score)


def test_action_ids_are_unique_in_the_message() -> None:
    ids = [button["action_id"] for button in buttons_in(draw_pulse(ROUND))]
    assert len(set(ids)) == len(ids) == 21


def test_no_button_is_coloured_as_if_it_were_the_right_answer() -> None:
    assert not any("style" in button for row in rows() for button in row)


def test_a_closed_pulse_keeps_its_questions_and_loses_its_answer_buttons() -> None:
    drawn = draw_pulse_closed(ROUND)
    assert [button["text"]["text"] for button in buttons_in(drawn)] == ["More"]
    for question in ROUND["questions"]:
        assert question["text"] in drawn["text"]


def test_a_test_pulse_looks_the_same_and_cannot_be_mistaken_for_an_answer() -> None:
    buttons = list(buttons_in(draw_test_pulse(SAMPLES["test_pulse"](ORDINARY))))
    assert [button["text"]["text"] for button in buttons] == [shown for shown, _ in ANSWERS] * 3
    for button in buttons:
        assert TEST_ANSWER_PATTERN.match(button["action_id"])
        assert not ANSWER_PATTERN.match(button["action_id"])


@pytest.mark.parametrize("score", [1, 2, 3, 4, 5, None])
def test_a_receipt_says_what_was_saved_and_how_to_take_it_back(score: int | None) -> None:
    drawn = draw_receipt(RoundId("r-1"), ItemId("TRU1"), "Did they?", score)
    spoken = ANSWERS[5 if score is None else score - 1][1]
    assert drawn["text"].startswith(f"Saved: {spoken}.")
    withdraw = next(iter(buttons_in(drawn)))
    assert withdraw["text"]["text"] == "Withdraw my answer"
    assert withdraw["value"] == answer_value(RoundId("r-1"), ItemId("TRU1"), 0)


@pytest.mark.parametrize(
    ("number", "extra", "more_than", "says"),
    [
        (1, False, 0, "Over the last few weeks:"),
        (2, False, 0, "Since the last pulse:"),
        (2, True, 0, "extra round"),
        (2, False, 10, "More than 10 people have answered."),
    ],
)
def test_the_pulse_says_what_is_asked_about_and_how_many_have_answered(
    number: int, extra: bool, more_than: int, says: str
) -> None:
    drawn = draw_pulse({**ROUND, "number": number, "extra": extra, "more_than": more_than})
    assert says in drawn["text"]
    assert ("have answered" in drawn["text"]) is bool(more_than)
