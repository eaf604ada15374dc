"""Everything the product refuses, each with the sentence the person reads.

PulseError
├── BadInput              what was typed cannot be used; names the field where there is one
├── NotAllowed            somebody else may do this; the sentence says who
├── NotHere               nothing of the product's is where the person looked
├── TooLate               the round is closed, or the message is an old one
├── NotNow                allowed, but not at this moment; the sentence says when
└── Unavailable           our fault, for the moment: nothing was stored, try again
    └── Busy              more answers are waiting than can be stored within a second
"""

from dataclasses import dataclass


class PulseError(Exception):
    """A known refusal. `sentence` is plain English, says what to do next and ends with a full stop."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class BadInput(PulseError):
    """What was typed cannot be used. `field` is the name of the input it belongs to, or empty."""

    def __init__(self, sentence: str, *, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


class NotAllowed(PulseError):
    """The person may not do this; the sentence says who may."""


class NotHere(PulseError):
    """Nothing of the product's is where the person looked; says nothing about what exists elsewhere."""


class TooLate(PulseError):
    """The round is closed, or the message belongs to an old one."""


class NotNow(PulseError):
    """Allowed, but not at this moment; the sentence says when."""


class Unavailable(PulseError):
    """Our fault, for the moment. Nothing was stored."""

    def __init__(
        self,
        sentence: str = "Your answer was not saved: the bot cannot reach its database. Please click again in a minute.",
    ) -> None:
        super().__init__(sentence)


class Busy(Unavailable):
    """More answers are waiting than can be stored within a second."""

    def __init__(self) -> None:
        super().__init__("Your answer was not saved: too many arrived at once. Please click again in a few seconds.")


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldFault:
    """One fault of a form or a file: where it is (`field`, and `line` counted from 1 in a file) and the reason."""

    field: str
    reason: str
    line: int | None = None

    def __str__(self) -> str:
        place = f"line {self.line}, " if self.line is not None else ""
        return f"{place}{self.field}: {self.reason}"


class InvalidForm(BadInput):
    """A form or file with one or more faults; nothing of it was applied."""

    def __init__(self, faults: tuple[FieldFault, ...]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults
