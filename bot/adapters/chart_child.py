"""Draws one chart and ends: JSON on standard input, a PNG on standard output.

Every number must be a score that can be released (`Score` refuses others) or the number of a pulse. The picture is
720 pixels wide, made to be read at half of that: two panels one above the other, so that lines never hide one another
and nothing depends on colour; dark ink on its own light ground, so that it reads the same in both colour schemes.
"""

import io
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from bot.domain.anonymity import BOTTOM, TOP, Score
from bot.domain.digest import Point

_WIDTH = 720
_TITLE, _PLOT, _GAP, _AXIS, _LEGEND = 68, 152, 16, 48, 44  # heights of the parts
_LEFT, _RIGHT = 104, 684  # of the plots
_FINER = 2  # drawn so many times larger, then reduced: Pillow's lines have hard edges
_GROUND, _GRID, _QUIET, _INK = "#fafafa", "#d5d8dc", "#4b535c", "#173f4e"
_LINE, _DOT = 6, 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One dimension over time."""

    title: str
    points: tuple[Point, ...]


class Canvas:
    """A sheet whose coordinates are those of the finished picture."""

    def __init__(self, height: int) -> None:
        self._image = Image.new("RGB", (_WIDTH * _FINER, height * _FINER), _GROUND)
        self._draw = ImageDraw.Draw(self._image)

    def text(self, x: float, y: float, text: str, size: int, colour: str, anchor: str) -> None:
        """Write; `anchor` says which point of the text stands at x, y (Pillow's two letters)."""
        font = ImageFont.load_default(size * _FINER)
        self._draw.text((x * _FINER, y * _FINER), text, font=font, fill=colour, anchor=anchor)

    def line(self, places: Sequence[tuple[float, float]], width: int, colour: str) -> None:
        """Connect places."""
        finer = [(x * _FINER, y * _FINER) for x, y in places]
        self._draw.line(finer, fill=colour, width=width * _FINER, joint="curve")

    def dot(self, x: float, y: float, *, is_open: bool) -> None:
        """A marker: full for a value, open for "or more" and "or less"."""
        corners = [(x - _DOT) * _FINER, (y - _DOT) * _FINER, (x + _DOT) * _FINER, (y + _DOT) * _FINER]
        self._draw.ellipse(corners, fill=_GROUND if is_open else _INK, outline=_INK, width=4 * _FINER)

    def png(self) -> bytes:
        """The finished picture."""
        written = io.BytesIO()
        finished = self._image.resize((_WIDTH, self._image.height // _FINER), Image.Resampling.LANCZOS)
        finished.quantize(64).save(written, "PNG", optimize=True)
        return written.getvalue()


def draw(drawing: Mapping[str, Any]) -> bytes:
    """The picture of `bot.views.charts.drawing`. Raises ValueError for a number that cannot be a released score."""
    panels = [_read(each) for each in drawing["panels"]]
    has_open = any(_is_open(point.score) for panel in panels for point in panel.points)
    bottom = len(panels) * (_TITLE + _PLOT + _GAP)
    canvas = Canvas(bottom + _AXIS + (_LEGEND if has_open else 0))
    for place, panel in enumerate(panels):
        _draw_panel(canvas, panel, place * (_TITLE + _PLOT + _GAP))
    canvas.text(12, bottom + 10, drawing["axis"], 24, _QUIET, "lm")
    for x, point in _places(panels[-1].points):
        canvas.text(x, bottom + 10, str(point.number), 24, _QUIET, "mm")
    if has_open:
        canvas.dot(_LEFT + _DOT, bottom + _AXIS + 6, is_open=True)
        canvas.text(_LEFT + 4 * _DOT, bottom + _AXIS + 6, drawing["open_ended"], 24, _QUIET, "lm")
    return canvas.png()


def _draw_panel(canvas: Canvas, panel: Panel, top: int) -> None:
    canvas.text(12, top + 32, panel.title, 32, _INK, "lm")
    for mark in range(1, 6):
        y = _height(10 * mark, top)
        canvas.line([(_LEFT - 16, y), (_RIGHT + 16, y)], 1, _GRID)
        canvas.text(_LEFT - 36, y, str(mark), 24, _QUIET, "rm")
    placed = [(x, _height(point.score.tenths, top), point.score) for x, point in _places(panel.points) if point.score]
    for run in _runs(panel, top):
        canvas.line(run, _LINE, _INK)
    for x, y, score in placed:
        canvas.dot(x, y, is_open=_is_open(score))
    if placed:
        x, y, score = placed[-1]
        canvas.text(min(x + 20, _RIGHT + 20), y - 30, score.text, 28, _INK, "rm")


def _runs(panel: Panel, top: int) -> Iterator[list[tuple[float, float]]]:
    """The stretches of a line between places where nothing was shown."""
    run: list[tuple[float, float]] = []
    for x, point in _places(panel.points):
        if point.score is not None:
            run.append((x, _height(point.score.tenths, top)))
            continue
        if len(run) > 1:
            yield run
        run = []
    if len(run) > 1:
        yield run


def _places(points: Sequence[Point]) -> Iterator[tuple[float, Point]]:
    step = (_RIGHT - _LEFT) / max(1, len(points) - 1)
    for place, point in enumerate(points):
        yield _LEFT + place * step, point


def _height(tenths: int, top: int) -> float:
    """Where a value stands, on the whole scale from 1 to 5."""
    return top + _TITLE + _PLOT * (50 - tenths) / 40


def _is_open(score: Score | None) -> bool:
    return score in (TOP, BOTTOM)


def _read(panel: Mapping[str, Any]) -> Panel:
    points = (
        Point(number=int(number), score=None if tenths is None else Score(tenths=tenths))
        for number, tenths in panel["points"]
    )
    return Panel(title=str(panel["title"]), points=tuple(points))


if __name__ == "__main__":
    sys.stdout.buffer.write(draw(json.load(sys.stdin)))
