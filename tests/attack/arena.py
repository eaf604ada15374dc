"""Where attacks on stored answers are tried: fresh databases of both kinds, for tests and for `make attack` alike."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from storage.engine import Database
from tests.conftest import migrated_file, postgres_database, postgres_server, sqlite_database


@dataclass(frozen=True, slots=True, kw_only=True)
class Arena:
    """Makes an empty, migrated database that is gone after the block."""

    template: Callable[[], Path]
    server: Callable[[], str]

    @contextmanager
    def sqlite(self) -> Iterator[Database]:
        """A file of one machine."""
        with tempfile.TemporaryDirectory() as folder:
            yield from sqlite_database(self.template(), Path(folder))

    @contextmanager
    def postgres(self) -> Iterator[Database]:
        """A database of many machines."""
        yield from postgres_database(self.server())

    @property
    def both(self) -> tuple[Callable[[], AbstractContextManager[Database]], ...]:
        """One of each kind."""
        return self.sqlite, self.postgres


@contextmanager
def arena() -> Iterator[Arena]:
    """An arena outside the tests: what it needs is made when an attack first asks for it."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        template = cache(lambda: migrated_file(folder))
        server = cache(lambda: stack.enter_context(contextmanager(postgres_server)()))
        yield Arena(template=template, server=server)
