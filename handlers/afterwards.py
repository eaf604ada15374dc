"""What follows an acknowledgement: by few hands, and while clicks pile up only now and then."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

log = logging.getLogger(__name__)

Work = Coroutine[Any, Any, None]

_HANDS = 8
_MOST = 20_000  # pieces of work that wait; a minute of answers at the highest rate
_MANY = 8  # clicks that wait to be stored: then nobody else's receipt may slow them down
_BREATH = 0.25  # seconds between two pieces of one hand while clicks pile up


class Afterwards:
    """Best effort: a failure is logged and changes nothing, and beyond a bound the newest work is left out."""

    def __init__(self, clicks_waiting: Callable[[], int] = lambda: 0) -> None:
        self._clicks_waiting = clicks_waiting
        self._refusals: deque[Work] = deque()
        self._waiting: deque[Work] = deque()
        self._hands: set[asyncio.Task[None]] = set()
        self._left_out = 0

    @property
    def is_done(self) -> bool:
        """Whether nothing waits and nothing is under way."""
        return not self._hands

    def add(self, work: Work) -> None:
        """Do this after what was added before."""
        if len(self._waiting) >= _MOST:
            work.close()
            self._left_out += 1
            return
        self._waiting.append(work)
        self._take_a_hand()

    def add_refusal(self, work: Work) -> None:
        """Do this before all else, at once and never left out: who is not told believes to have answered."""
        self._refusals.append(work)
        self._take_a_hand()

    def _take_a_hand(self) -> None:
        if len(self._hands) < _HANDS:
            hand = asyncio.get_running_loop().create_task(self._work())
            self._hands.add(hand)
            hand.add_done_callback(self._hands.discard)

    async def finish(self, within: float) -> None:
        """Wait until all is done, but not longer than `within` seconds; what is left then is left out."""
        if self._hands:
            await asyncio.wait(self._hands, timeout=within)
        for hand in self._hands:
            hand.cancel()
        for left in (self._refusals, self._waiting):
            while left:
                left.popleft().close()
                self._left_out += 1
        self._tell_left_out()

    async def _work(self) -> None:
        while self._refusals or self._waiting:
            is_refusal = bool(self._refusals)
            try:
                await (self._refusals or self._waiting).popleft()
            except Exception as error:  # best effort by contract; the answer itself is stored
                log.warning("what follows an acknowledgement failed", extra={"error": type(error).__name__})
            if not is_refusal and self._clicks_waiting() >= _MANY:
                await asyncio.sleep(_BREATH)
        self._tell_left_out()

    def _tell_left_out(self) -> None:
        if self._left_out:
            log.warning("private answers were left out", extra={"count": self._left_out})
            self._left_out = 0
