"""The product's drift detector as the bench wants it."""

from collections.abc import Mapping, Sequence

from bot.domain.drift_alerts import Alert, Answer
from bot.domain.drift_detector import Detector
from bot.domain.drift_notices import Notice

Row = tuple[str, str, str, int]  # person, organisation, dimension, score


class BenchDetector:
    """Turns the bench's rows into answers and the detector's events into the bench's pairs."""

    def __init__(self, *, scale: float = 1.0, rotating: int = 0) -> None:
        self._detector = Detector(scale=scale)
        self._rotating = rotating

    def update(self, week: int, answers: Sequence[Row], invited: Mapping[str, int]) -> list[tuple[str, str | None]]:
        """What the detector says in `week`."""
        given = [
            Answer(week=week, person=person, partner=partner, dimension=dimension, score=score)
            for person, partner, dimension, score in answers
            if self._is_asked(dimension, week)
        ]
        return [as_the_bench_names_it(event) for event in self._detector.update(week, given, invited)]

    def _is_asked(self, dimension: str, week: int) -> bool:
        if not self._rotating or dimension not in ROTATING:
            return True
        return ROTATING.index(dimension) == week % self._rotating


ROTATING = ("roles", "leadership", "working", "risk")


def as_the_bench_names_it(event: Alert | Notice) -> tuple[str, str | None]:
    """An alert is (dimension, organisation or None); a notice is "split:<dimension>" or "response"."""
    if isinstance(event, Alert):
        return event.dimension, event.partner
    if event.dimension is not None:
        return f"split:{event.dimension}", None
    return "response", event.partner


def make(*, scale: float = 1.0) -> BenchDetector:
    """A fresh detector for one simulated partnership."""
    return BenchDetector(scale=scale)


def make_rotating(*, scale: float = 1.0) -> BenchDetector:
    """The same at the product's cadence: each other dimension only every seventh week (set all periods to 1)."""
    return BenchDetector(scale=scale, rotating=7)
