"""The double's own clock: it moves only when a test moves it, so no test waits for a trigger to expire."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 5, 11, 9, 0, tzinfo=UTC)


class Clock:
    """A point in time (aware, UTC) that tests move forward."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start

    def now(self) -> datetime:
        """The double's present."""
        return self._now

    def advance(self, by: timedelta | float) -> None:
        """Move forward by a timedelta or by seconds."""
        step = by if isinstance(by, timedelta) else timedelta(seconds=by)
        assert step >= timedelta(0), "time does not run backwards"
        self._now += step
