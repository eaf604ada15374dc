"""What a bench says: one line of JSON each, and how medians over interleaved rounds are taken."""

import json
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One measured value beside its reference and its bar; `ok` is whether the bar is met.

    `value` and `reference` have the same `unit`; `ratio` is value / reference. A result without a reference (a count,
    an absolute bar) has neither reference nor ratio. `bar` is the condition in words.
    """

    name: str
    value: float
    unit: str
    bar: str
    ok: bool
    reference: float | None = None
    more: Mapping[str, object] | None = None

    def line(self) -> str:
        """The line of JSON."""
        ratio = None if not self.reference else round(self.value / self.reference, 3)
        said = {
            "name": self.name,
            "value": round(self.value, 3),
            "unit": self.unit,
            "reference": None if self.reference is None else round(self.reference, 3),
            "ratio": ratio,
            "bar": self.bar,
            "ok": self.ok,
        }
        return json.dumps(said | dict(self.more or {}))


def interleaved(rounds: int, contenders: Mapping[str, Callable[[int], float]]) -> dict[str, list[float]]:
    """Let the contenders run in turn, the first one rotating, so that a busy minute of the machine hits all alike.

    Each is called with the number of the round; returns the values of each, in the order of the rounds.
    """
    values: dict[str, list[float]] = {name: [] for name in contenders}
    names = list(contenders)
    for number in range(rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            values[name].append(contenders[name](number))
    return values


def median(values: Sequence[float]) -> float:
    """The median."""
    return float(statistics.median(values))


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the values lie; 0 when there are none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0
