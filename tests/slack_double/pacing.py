"""How often Slack lets an app call: token buckets on the double's clock, with Slack's tiers.

https://docs.slack.dev/apis/web-api/rate-limits: each method of a tier may be called so often a minute per workspace;
`chat.postMessage` about once a second per channel with short bursts, several hundred times a minute per workspace.
"""

import math
from dataclasses import dataclass
from datetime import datetime

from .clock import Clock
from .refusals import ratelimited

TIER_1, TIER_2, TIER_3, TIER_4 = 1, 20, 50, 100
POSTS_PER_WORKSPACE = 300  # "several hundred messages per minute"
POST_BURST = 3  # Slack gives no number for "short bursts"; a strict one finds a sender that does not pace itself


@dataclass(slots=True)
class _Bucket:
    """Calls left, refilled evenly over time up to `size`."""

    size: float
    per_second: float
    left: float
    at: datetime

    def wait(self, now: datetime) -> float:
        """Refill, and tell the seconds until one call is allowed (0: now)."""
        self.left = min(self.size, self.left + (now - self.at).total_seconds() * self.per_second)
        self.at = now
        return 0.0 if self.left >= 1 else (1 - self.left) / self.per_second


class Pacing:
    """Refuses calls that come too fast; a refused call costs nothing. `burst` posts of a workspace may come at once."""

    def __init__(self, clock: Clock, burst: int = POSTS_PER_WORKSPACE) -> None:
        self._clock = clock
        self._burst = burst
        self._buckets: dict[tuple[str, ...], _Bucket] = {}

    def admit(self, method: str, per_minute: int | None, channel: str | None = None) -> None:
        """Count one call, or raise the 429. `per_minute` None: a method without a published limit."""
        wanted: list[_Bucket] = []
        if method == "chat.postMessage":
            wanted.append(self._bucket((method, channel or ""), POST_BURST, 1.0))
            wanted.append(self._bucket((method,), self._burst, POSTS_PER_WORKSPACE / 60))
        elif per_minute is not None:
            wanted.append(self._bucket((method,), per_minute, per_minute / 60))
        wait = max((bucket.wait(self._clock.now()) for bucket in wanted), default=0.0)
        if wait > 0:
            raise ratelimited(max(1, math.ceil(wait)))
        for bucket in wanted:
            bucket.left -= 1

    def _bucket(self, key: tuple[str, ...], size: int, per_second: float) -> _Bucket:
        return self._buckets.setdefault(key, _Bucket(size=size, per_second=per_second, left=size, at=self._clock.now()))
