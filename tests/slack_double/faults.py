"""Faults on request: lost replies and refusals out of the blue. None happens unless a test asks for it."""

import random
from collections.abc import Mapping

from .refusals import ErrorCode, Refused


class Faults:
    """What shall go wrong next."""

    def __init__(self) -> None:
        self._failures: dict[str, list[Refused]] = {}
        self._losses: dict[str | None, int] = {}
        self._chance = 0.0
        self._dice = random.Random(0)

    def fail_next(
        self,
        method: str,
        error: str,
        *,
        times: int = 1,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """The next calls of a method are refused with this error, and not carried out."""
        refusal = Refused(ErrorCode(error), status=status, headers=headers)
        self._failures.setdefault(method, []).extend([refusal] * times)

    def lose_replies(
        self, *, next_calls: int = 0, p: float = 0.0, method: str | None = None, dice: random.Random | None = None
    ) -> None:
        """Carry out calls but close the connection unanswered: the next ones (of a method), or each with chance p."""
        self._losses[method] = self._losses.get(method, 0) + next_calls
        self._chance = p
        self._dice = dice or self._dice

    def refuse(self, method: str) -> None:
        """Raise the refusal that a test ordered for this method, if any is left."""
        ordered = self._failures.get(method)
        if ordered:
            raise ordered.pop(0)

    def is_reply_lost(self, method: str) -> bool:
        """Whether the reply to the call that was just carried out gets lost."""
        for key in (method, None):
            if self._losses.get(key, 0) > 0:
                self._losses[key] -= 1
                return True
        return self._chance > 0 and self._dice.random() < self._chance
