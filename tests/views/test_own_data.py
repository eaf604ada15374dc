"""All that is held about a person is shown in full, over as many pages as it takes."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ids import ChannelId, ItemId
from bot.domain.own_data import Held, OwnRound
from bot.domain.rounds import OwnAnswer
from bot.views.blocks import escape
from bot.views.own_data import draw_my_data
from tests.slack_double.views import VIEW_BYTES_MAX
from tests.slack_limits import breaches
from tests.views.test_every_message import DAY, TEXTS, Texts, all_held, texts_in


def pages(*held: Held) -> list[dict[str, Any]]:
    """The pages that a person turns, to the last one."""
    drawn = [draw_my_data(held, 0, "p")]
    while '"my_data_next"' in json.dumps(drawn[-1]):
        drawn.append(draw_my_data(held, len(drawn), "p"))
    return drawn


@pytest.mark.parametrize("texts", TEXTS.values(), ids=TEXTS)
def test_every_page_of_much_data_keeps_slacks_limits(texts: Texts) -> None:
    drawn = pages(*[all_held(texts)] * 3)
    assert len(drawn) > 3
    for page in drawn:
        assert breaches(page, kind="view") == []
        assert len(json.dumps(page).encode()) < VIEW_BYTES_MAX


@given(st.lists(st.text(min_size=1, max_size=3_000), min_size=1, max_size=60))
def test_no_word_that_is_kept_is_left_out(comments: list[str]) -> None:
    rounds = tuple(
        OwnRound(
            number=number,
            on=DAY,
            answers=((f"Question {number}.", OwnAnswer(item_id=ItemId("A"), score=4)),),
            comment=text,
        )
        for number, text in enumerate(comments, 1)
    )
    held = Held(partnership="North", organisations=("A", "B"), channel=ChannelId("C1"), ended=False, rounds=rounds)
    drawn = pages(held)
    assert all(breaches(page, kind="view") == [] for page in drawn)
    said = "".join(text.removeprefix(">>> ") for page in drawn for text in texts_in(page) if text.startswith(">>> "))
    assert said == escape("".join(comments))
    asked = "\n".join(text for page in drawn for text in texts_in(page))
    assert all(f"Question {number}." in asked for number in range(1, len(comments) + 1))


def test_a_page_beyond_the_last_is_the_last() -> None:
    held = [all_held(TEXTS["ordinary"])] * 3
    last = pages(*held)[-1]
    assert draw_my_data(held, 10**5, "p") == last
    assert "Next page" not in json.dumps(last)
