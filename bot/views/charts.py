"""Released scores over time: as bars in a line of text, as a picture, and in words that say what the picture shows."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.domain.anonymity import BOTTOM, TOP, Score
from bot.domain.digest import Point
from bot.views.blocks import listed

Panels = Mapping[str, Sequence[Point]]
"""Titles in the order of the picture, each with its points, oldest first."""

_BARS = "▁▂▃▄▅▆▇█"
_NO_BAR = "·"


def sparkline(points: Sequence[Point]) -> str:
    """Scores as bars on the whole scale, a dot where none was shown; empty for fewer than two, or mostly gaps."""
    shown = sum(each.score is not None for each in points)
    if shown < 2 or 2 * shown < len(points):
        return ""
    return "".join(_NO_BAR if each.score is None else _bar(each.score) for each in points)


def drawing(panels: Panels) -> dict[str, Any]:
    """What the picture is drawn from: released scores in tenths (null: none was shown), and the words in it."""
    return {
        "panels": [
            {
                "title": title,
                "points": [[each.number, None if each.score is None else each.score.tenths] for each in points],
            }
            for title, points in panels.items()
        ],
        "axis": "Pulse",
        "open_ended": f"{TOP.text}, or {BOTTOM.text}",
    }


def in_words(panels: Panels) -> str:
    """What the picture shows, for those who do not see it."""
    return " ".join(_panel_in_words(title, points) for title, points in panels.items())


def _panel_in_words(title: str, points: Sequence[Point]) -> str:
    """Where a series began, its lowest and highest, where it is now, and where nothing was shown."""
    shown = [(each.number, each.score) for each in points if each.score is not None]
    gaps = [each.number for each in points if each.score is None]
    if not shown:
        return f"{title}: not shown in {_pulses(gaps)}."
    least, most = min(score for _, score in shown), max(score for _, score in shown)
    (first, began), (last, now) = shown[0], shown[-1]
    if len(shown) == 1:
        said = f"{title}: {now.text} in pulse {last}."
    elif least == most:
        said = f"{title}: {now.text} from pulse {first} to pulse {last}."
    else:
        said = f"{title}: from {began.text} in pulse {first} to {now.text} in pulse {last}"
        ends = {began, now}
        if least not in ends:
            said += f", lowest {least.text} in {_pulses([at for at, score in shown if score == least])}"
        if most not in ends:
            said += f", highest {most.text} in {_pulses([at for at, score in shown if score == most])}"
        said += "."
    return f"{said} Not shown in {_pulses(gaps)}." if gaps else said


def _bar(score: Score) -> str:
    place = (score.tenths - BOTTOM.tenths) / (TOP.tenths - BOTTOM.tenths)
    return _BARS[round(place * (len(_BARS) - 1))]


def _pulses(numbers: Sequence[int]) -> str:
    """ "pulse 3", "pulses 3 and 5", "pulses 3 to 6"."""
    if len(numbers) == 1:
        return f"pulse {numbers[0]}"
    if len(numbers) > 2 and numbers[-1] - numbers[0] == len(numbers) - 1:
        return f"pulses {numbers[0]} to {numbers[-1]}"
    return f"pulses {listed([str(each) for each in numbers])}"
