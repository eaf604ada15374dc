"""Rows that a transaction will write, gathered so that many go to the database at once.

A tick opens thousands of rounds, and a statement for every row took nine tenths of its time (docs/performance.md).
Nobody can miss what is gathered: it is written before the next statement of the same connection, whatever that is.
"""

from collections.abc import Hashable, Mapping
from typing import Any

from sqlalchemy import Connection, Engine, Executable, event

_NAME = "pending"


class Pending:
    """The rows of one transaction, by statement; each statement is executed once for all its rows, in their order."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: dict[Executable, dict[Hashable, Mapping[str, Any]]] = {}
        connection.info[_NAME] = self

    def add(self, statement: Executable, row: Mapping[str, Any], key: Hashable = None) -> None:
        """Execute the statement with this row later; of rows with the same key the last counts."""
        rows = self._rows.setdefault(statement, {})
        rows[len(rows) if key is None else key] = row

    def write(self) -> None:
        """Write what was gathered."""
        gathered, self._rows = self._rows, {}
        for statement, rows in gathered.items():
            self._connection.execute(statement, list(rows.values()))

    def forget(self) -> None:
        """Gather no more; what was gathered and not written is lost with its transaction."""
        self._connection.info.pop(_NAME, None)


def later(connection: Connection, statement: Executable, row: Mapping[str, Any], key: Hashable = None) -> None:
    """Execute a statement with a row: with others of its transaction, or at once where nobody gathers."""
    pending = connection.info.get(_NAME)
    if pending is None:
        connection.execute(statement, row)
    else:
        pending.add(statement, row, key)


def write_before_reading(engine: Engine) -> None:
    """Let every statement of an engine find what its transaction has gathered."""

    @event.listens_for(engine, "before_cursor_execute")
    def _write(connection: Connection, *_: Any) -> None:
        pending = connection.info.get(_NAME)
        if pending is not None:
            pending.write()
