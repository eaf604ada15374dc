"""The kinds of messages: each has one drawing, and what is an edit or concerns the place is known."""

import pytest

from bot.domain.outbox import CHANNEL_GONE, EDITS, MessageKind
from bot.views import messages
from bot.views.messages import draw


def test_every_kind_of_message_has_one_drawing_and_no_drawing_is_left_over() -> None:
    assert set(messages._DRAWINGS) == set(MessageKind)


def test_what_is_no_kind_of_message_cannot_be_drawn() -> None:
    with pytest.raises(KeyError):
        draw("gossip", {})  # type: ignore[arg-type]  # what a database of a later version might hold


def test_edits_change_the_message_of_a_round() -> None:
    assert {MessageKind.PULSE_CLOSED, MessageKind.PULSE_COUNTER} <= EDITS
    assert MessageKind.PULSE not in EDITS


@pytest.mark.parametrize("reason", sorted(CHANNEL_GONE))
def test_a_refusal_about_the_place_is_one_of_slacks_error_codes(reason: str) -> None:
    assert reason == reason.lower()
    assert reason.replace("_", "").isalpha()


def test_being_slowed_down_or_a_bad_message_never_suspends_a_partnership() -> None:
    assert not CHANNEL_GONE & {"ratelimited", "msg_too_long", "invalid_blocks", "no_text", "internal_error"}
