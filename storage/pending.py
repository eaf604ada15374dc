"""Rows that a transaction will write, gathered so that many go to the database at once.

A tick opens thousands of rounds, and a statement for every row took nine tenths of its time (docs/performance.md).
Nobody can miss what is gathered: it is written before the next statement of the same connection, whatever that is.
"""

from collections.abc import Hashable
from typing import Any

from sqlalchemy import Connection, Engine, Table, event

from storage.bulk import Bulk, Row, Verb, write

_NAME = "pending"


class Pending:
    """The rows of one transaction, by statement; each statement is executed once for all its rows."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._added: dict[Bulk, list[Row]] = {}
        self._decided: dict[Bulk | Table, dict[Hashable, tuple[Bulk, Row]]] = {}
        connection.info[_NAME] = self

    def add(self, bulk: Bulk, row: Row) -> None:
        """Write a row later. Of those that are put, removed or changed under the same key the last counts."""
        if not bulk.lets_the_last_count:
            self._added.setdefault(bulk, []).append(row)
            return
        # What is put or removed is decided alone by whichever comes last; changes of a row are another matter.
        of = self._decided.setdefault(bulk if bulk.verb is Verb.CHANGE else bulk.table, {})
        of[bulk.key_of(row)] = (bulk, row)

    def write(self) -> None:
        """Write what was gathered."""
        rows, self._added = self._added, {}
        decided, self._decided = self._decided, {}
        for bulk, row in (each for of in decided.values() for each in of.values()):
            rows.setdefault(bulk, []).append(row)
        for bulk, its_rows in rows.items():
            write(self._connection, bulk, its_rows)

    def concerns(self, table: Table) -> bool:
        """Whether rows of a table wait to be written."""
        return any(bulk.table is table for bulk in self._added) or any(
            of is table or (isinstance(of, Bulk) and of.table is table) for of in self._decided
        )

    def forget(self) -> None:
        """Gather no more; what was gathered and not written is lost with its transaction."""
        self._connection.info.pop(_NAME, None)


def later(connection: Connection, bulk: Bulk, row: Row) -> None:
    """Write a row: with others of its transaction, or at once where nobody gathers."""
    pending = connection.info.get(_NAME)
    if pending is None:
        write(connection, bulk, [row])
    else:
        pending.add(bulk, row)


def write_pending_of(connection: Connection, table: Table) -> None:
    """Write what is gathered if rows of this table are among it."""
    pending: Pending | None = connection.info.get(_NAME)
    if pending is not None and pending.concerns(table):
        pending.write()


def write_before_reading(engine: Engine) -> None:
    """Let every statement of an engine find what its transaction has gathered."""

    @event.listens_for(engine, "before_cursor_execute")
    def _write(connection: Connection, *_: Any) -> None:
        pending = connection.info.get(_NAME)
        if pending is not None:
            pending.write()
