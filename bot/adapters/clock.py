"""The only readers of the clock."""

import datetime as dt


class SystemClock:
    """The real time is also the product's time."""

    def now(self) -> dt.datetime:
        """The product's time, aware UTC."""
        return dt.datetime.now(dt.UTC)

    def real(self) -> dt.datetime:
        """The real time, aware UTC."""
        return dt.datetime.now(dt.UTC)


class MovableClock(SystemClock):
    """A product's time that stands apart from the real one and goes on with it; it can only be moved forward."""

    def __init__(self, start: dt.datetime) -> None:
        self._apart = start - super().now()

    def now(self) -> dt.datetime:
        """The product's time, aware UTC."""
        return super().now() + self._apart

    def move_to(self, moment: dt.datetime) -> None:
        """Set the product's time to a later moment; an earlier one changes nothing."""
        self._apart = max(self._apart, moment - super().now())
