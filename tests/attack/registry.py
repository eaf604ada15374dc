"""What an attack is: how often it is tried, how often it breaks the promise, and the defences without which it does."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum

from tests.attack.arena import Arena


class Effort(StrEnum):
    """How much is tried: `FULL` in `make attack`, `SHORT` (seconds for all rows) in `make test`."""

    FULL = "full"
    SHORT = "short"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How often an attack was tried and succeeded; `note` says in a few words what was measured."""

    tries: int
    breaks: float
    note: str = ""


Run = Callable[[Arena, Effort], Outcome]
Out = Callable[[], AbstractContextManager[object]]
"""Within it, a defence is taken out of the product."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """One row of the table. Without any one of the `defences` it must succeed, or it would prove nothing.

    `bar` is the share of tries that may succeed: 0, but for what the promise itself states.
    """

    name: str
    run: Run
    defences: dict[str, Out]
    bar: float = 0.0

    def holds(self, outcome: Outcome) -> bool:
        """Whether so many breaks are within the bar; an attack that tried nothing proves nothing."""
        return outcome.tries > 0 and outcome.breaks <= self.bar * outcome.tries
