"""The stand-in's page shows neither Slack's dates nor uploaded pictures, so it is given both in another form."""

import base64
import datetime as dt

import pytest

from bot.adapters.stand_in import for_the_page
from bot.domain.anonymity import Score
from bot.domain.digest import Point
from bot.views.blocks import Block, message, picture, section, slack_date
from bot.views.charts import drawing, in_words

TRUST = {"Trust": (Point(number=1, score=Score(tenths=40)), Point(number=2, score=Score(tenths=38)))}
MOMENT = slack_date(dt.datetime(2026, 5, 14, 9, tzinfo=dt.UTC), "Europe/London")


def blocks(*drawn: Block) -> list[Block]:
    """What the page is given."""
    return list(for_the_page(message(*drawn))["blocks"])


def test_a_picture_travels_inside_the_message_with_its_words() -> None:
    _, shown = blocks(section("Hello"), picture(drawing(TRUST), in_words(TRUST)))
    kind, _, content = shown["image_url"].partition(",")
    assert kind == "data:image/png;base64"
    assert base64.b64decode(content).startswith(b"\x89PNG")
    assert shown["alt_text"] == in_words(TRUST)
    assert "slack_file" not in shown


def test_a_picture_that_cannot_be_drawn_is_left_out() -> None:
    assert [block["type"] for block in blocks(section("Hello"), picture({"panels": [{}]}, "nothing"))] == ["section"]


@pytest.mark.parametrize("text", ["Hello", f"Open until {MOMENT}."])
def test_moments_are_spelled_out_and_all_else_stays(text: str) -> None:
    (shown,) = blocks(section(text))
    assert shown["text"]["text"] == text.replace(MOMENT, "Thursday 14 May, 10:00")
