"""The chart is small, readable everywhere, made of released values only, and drawn outside the server's process."""

import io
import subprocess
import sys
from typing import Any

import pytest
from PIL import Image

from bot.adapters.chart_child import draw
from bot.adapters.charts import draw_png
from bot.domain.anonymity import Score
from bot.domain.digest import Point
from bot.views.charts import drawing

GAPS = (40, 40, 42, None, 38, None, 36, 32, 30, 34, 45, 45)
LOW = (20, 15, 15, 25, 30, None, 30, 32, 30, 34, 38, None)


def of(*panels: tuple[int | None, ...]) -> dict[str, Any]:
    """What the picture of these panels is drawn from."""
    titles = ("Trust", "Communication")
    return drawing(
        {
            title: tuple(
                Point(number=number, score=None if each is None else Score(tenths=each))
                for number, each in enumerate(panel, 93)
            )
            for title, panel in zip(titles, panels, strict=False)
        }
    )


def picture(png: bytes) -> Image.Image:
    """The picture as it is shown in a narrow window, in grey."""
    opened = Image.open(io.BytesIO(png))
    return opened.convert("L").resize((360, opened.height * 360 // opened.width))


@pytest.mark.parametrize("panels", [(GAPS, LOW), (LOW, GAPS), ((40, 42), (30, None)), ((None, 40), (None, None))])
def test_the_child_draws_a_small_picture_twice_as_wide_as_a_telephones_window(
    panels: tuple[tuple[int | None, ...], ...],
) -> None:
    png = draw_png(of(*panels))
    assert png is not None
    opened = Image.open(io.BytesIO(png))
    assert (opened.format, opened.width) == ("PNG", 720)
    assert len(png) < 200_000


def test_ink_and_ground_differ_in_grey_and_the_ground_is_the_pictures_own() -> None:
    shown = picture(draw(of(GAPS, LOW)))
    assert sum(shown.histogram()[:80]) > 500
    assert shown.crop((0, 0, 360, 6)).histogram()[:240] == [0] * 240
    assert shown.crop((0, shown.height - 6, 360, shown.height)).histogram()[:240] == [0] * 240


def test_a_value_that_is_not_shown_leaves_a_gap() -> None:
    with_gap, without = draw(of((40, None, 40), (40, 40, 40))), draw(of((40, 40, 40), (40, 40, 40)))
    assert dark(picture(with_gap)) < dark(picture(without))


def test_more_and_less_are_open_markers_with_a_line_that_explains_them() -> None:
    ends, inside = picture(draw(of((45, 45), (40, 40)))), picture(draw(of((40, 40), (40, 40))))
    assert ends.height > inside.height


@pytest.mark.parametrize("tenths", [39, 41, 44.4, 46, 10, 50, 3.9])
def test_a_number_that_was_never_released_is_not_drawn(tenths: float) -> None:
    forged = of((40, 40), (40, 40))
    forged["panels"][0]["points"][0][1] = tenths
    with pytest.raises(ValueError, match="not a score that can be released"):
        draw(forged)
    assert draw_png(forged) is None


def test_the_server_never_loads_what_draws() -> None:
    told = subprocess.run(
        [sys.executable, "-c", "import sys, bot.app; print('PIL' in sys.modules)"],
        capture_output=True,
        check=True,
        text=True,
    )
    assert told.stdout == "False\n"


def dark(shown: Image.Image) -> int:
    """How many pixels are inked."""
    return sum(shown.histogram()[:128])
