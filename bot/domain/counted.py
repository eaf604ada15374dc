"""What may be counted about the running bot: closed sets, so that no label can name a person, a channel or a round."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.domain import errors
from bot.domain.errors import PulseError
from bot.domain.rounds import Saved


class AnswerOutcome(StrEnum):
    """What became of a click on an answer."""

    STORED = "stored"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"


class Refusal(StrEnum):
    """Why something was not done: the tree of `bot.domain.errors`, and what the edge sends away unread."""

    BAD_INPUT = "bad_input"
    NOT_ALLOWED = "not_allowed"
    NOT_HERE = "not_here"
    TOO_LATE = "too_late"
    NOT_NOW = "not_now"
    UNAVAILABLE = "unavailable"
    BUSY = "busy"
    OTHER = "other"
    UNSIGNED = "unsigned"
    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"
    WRONG_TYPE = "wrong_type"


class Acknowledged(StrEnum):
    """How a request of Slack's was answered."""

    OK = "ok"
    REFUSED = "refused"
    FAILED = "failed"


_ERRORS: dict[type[PulseError], Refusal] = {
    errors.BadInput: Refusal.BAD_INPUT,
    errors.NotAllowed: Refusal.NOT_ALLOWED,
    errors.NotHere: Refusal.NOT_HERE,
    errors.TooLate: Refusal.TOO_LATE,
    errors.NotNow: Refusal.NOT_NOW,
    errors.Unavailable: Refusal.UNAVAILABLE,
    errors.Busy: Refusal.BUSY,
}
_STATUSES = {
    400: Refusal.UNREADABLE,
    401: Refusal.UNSIGNED,
    413: Refusal.TOO_LARGE,
    415: Refusal.WRONG_TYPE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What became of the clicks that were taken into one transaction."""

    stored: int
    withdrawn: int
    refused: Mapping[Refusal, int]

    @property
    def size(self) -> int:
        """All of them."""
        return self.stored + self.withdrawn + sum(self.refused.values())


def batch_of(verdicts: Sequence[Saved | PulseError]) -> Batch:
    """Counts the verdicts of one transaction; whose they were stays behind."""
    refused = Counter(refusal_of(each) for each in verdicts if isinstance(each, PulseError))
    withdrawn = sum(isinstance(each, Saved) and each.answer is None for each in verdicts)
    return Batch(stored=len(verdicts) - withdrawn - refused.total(), withdrawn=withdrawn, refused=refused)


def refusal_of(error: PulseError) -> Refusal:
    """The kind of a known refusal, by its place in the tree."""
    return next((_ERRORS[each] for each in type(error).__mro__ if each in _ERRORS), Refusal.OTHER)


def refusal_of_status(status: int) -> Refusal | None:
    """What the edge refused with this HTTP status; None where it refused nothing of its own."""
    return _STATUSES.get(status)
