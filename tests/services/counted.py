"""A store that counts how often it is read; it can be away, or hang until it may go on."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from storage.unit_of_work import SqlStore, SqlTransaction
from tests.builders import Stage


@dataclass(slots=True)
class Counting:
    """bot.services.ports.Store over the real one."""

    store: SqlStore
    reads: int = 0
    is_away: bool = False
    goes_on: threading.Event = field(default_factory=threading.Event)
    was_waited_for: bool = False

    @contextmanager
    def read(self) -> Iterator[SqlTransaction]:
        """A transaction that never writes."""
        self.reads += 1
        if self.is_away:
            raise OSError("away")
        self.was_waited_for = self.was_waited_for or not self.goes_on.wait(2)
        with self.store.read() as tx:
            yield tx

    @contextmanager
    def write(self) -> Iterator[SqlTransaction]:
        """A transaction that commits."""
        with self.store.write() as tx:
            yield tx

    @property
    def lets_two_write(self) -> bool:
        """As the store behind does."""
        return self.store.lets_two_write

    def tidy(self) -> int:
        """Clear away what deleted and rewritten answers leave behind."""
        return self.store.tidy()


def counting(on: Stage) -> Counting:
    """The stage's store, counted."""
    assert isinstance(on.ports.store, SqlStore)
    counted = Counting(on.ports.store)
    counted.goes_on.set()
    return counted
