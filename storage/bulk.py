"""Many rows in one statement, written out from the tables.

SQLAlchemy takes each value of each row through its types and the driver by itself, and for rows by the thousand that
took longer than the database needed to write them (docs/performance.md). PostgreSQL gets all rows as one JSON text,
SQLite as one long list of values: while it works on them, threads that serve people have the interpreter.
"""

import datetime as dt
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from enum import Enum, auto
from typing import Any, TypeAlias

from sqlalchemy import JSON, Connection, Date, Dialect, Table

from storage.tables import Instant, stored_instant, stored_json

_VALUES_AT_MOST = 30_000  # SQLite takes 32,766 in a statement


Row: TypeAlias = Mapping[str, Any]


class Verb(Enum):
    """What is done with each row."""

    ADD = auto()
    ADD_NEW = auto()  # unless its key is taken
    PUT = auto()  # in place of the one that has its key
    CHANGE = auto()  # the columns that it names, of the one that has its key
    REMOVE = auto()  # the one that has its key


class Bulk:
    """A statement over rows that name these columns; `key` are those among them that tell one row from another.

    Made once for each place that writes: two are never equal.
    """

    def __init__(self, verb: Verb, table: Table, names: tuple[str, ...], key: tuple[str, ...] = ()) -> None:
        self.verb, self.table, self.names, self.key = verb, table, names, key
        self.lets_the_last_count = verb not in (Verb.ADD, Verb.ADD_NEW)
        """Whether of two rows with the same key the later one decides."""

    def values_of(self, row: Row) -> list[Any]:
        """The values of a row, in the order of its names."""
        return [row[name] for name in self.names]

    def key_of(self, row: Row) -> Hashable:
        """What rows have in common that are the same row."""
        return tuple([row[name] for name in self.key])


def write(connection: Connection, bulk: Bulk, rows: Sequence[Row]) -> None:
    """Execute the statement for all rows. Raises what the database raises; then none of them is written."""
    if rows:
        statements = _for_sqlite if connection.dialect.name == "sqlite" else _for_postgresql
        for statement, values in statements(bulk, rows, connection.dialect):
            connection.exec_driver_sql(statement, values)


_Statements = Iterator[tuple[str, tuple[Any, ...]]]


def _for_sqlite(bulk: Bulk, rows: Sequence[Row], dialect: Dialect) -> _Statements:
    types = [type(bulk.table.c[name].type) for name in bulk.names]
    written = [(place, _TO_SQLITE[each]) for place, each in enumerate(types) if each in _TO_SQLITE]
    quote = dialect.identifier_preparer.quote
    named = ", ".join(f"column{place} AS {quote(name)}" for place, name in enumerate(bulk.names, 1))
    one = f"({', '.join('?' * len(bulk.names))})"
    for some in _parts(rows, _VALUES_AT_MOST // len(bulk.names)):
        values: list[Any] = []
        for row in some:
            own = bulk.values_of(row)
            for place, write_out in written:
                own[place] = write_out(own[place])
            values += own
        given = f"(SELECT {named} FROM (VALUES {', '.join([one] * len(some))})) AS given"  # noqa: S608 - names of ours
        yield _statement(bulk, given, dialect), tuple(values)


def _for_postgresql(bulk: Bulk, rows: Sequence[Row], dialect: Dialect) -> _Statements:
    columns = [bulk.table.c[name] for name in bulk.names]
    instants = [column.key for column in columns if isinstance(column.type, Instant)]
    stated = [{**row, **{name: stored_instant(row[name]) for name in instants}} for row in rows]
    quote = dialect.identifier_preparer.quote
    typed = ", ".join(f"{quote(column.name)} {column.type.compile(dialect)}" for column in columns)
    yield _statement(bulk, f"json_to_recordset(%s::json) AS given({typed})", dialect), (stored_json(stated),)


def _statement(bulk: Bulk, given: str, dialect: Dialect) -> str:
    """The statement over the rows of `given`."""
    quote = dialect.identifier_preparer.quote
    table, key = quote(bulk.table.name), [quote(name) for name in bulk.key]
    rest = [quote(name) for name in bulk.names if name not in bulk.key]
    names = ", ".join(quote(name) for name in bulk.names)
    match bulk.verb:
        case Verb.CHANGE:
            changes = ", ".join(f"{name} = given.{name}" for name in rest)
            same = " AND ".join(f"{table}.{name} = given.{name}" for name in key)
            return f"UPDATE {table} SET {changes} FROM {given} WHERE {same}"  # noqa: S608 - names of ours
        case Verb.REMOVE:
            return f"DELETE FROM {table} WHERE ({names}) IN (SELECT {names} FROM {given})"  # noqa: S608 - names of ours
    insert = f"INSERT INTO {table} ({names}) SELECT {names} FROM {given} WHERE true"  # noqa: S608 - names of ours
    match bulk.verb:
        case Verb.ADD:
            return insert
        case Verb.ADD_NEW:
            return f"{insert} ON CONFLICT ({', '.join(key)}) DO NOTHING"
        case Verb.PUT:
            changes = ", ".join(f"{name} = excluded.{name}" for name in rest)
            return f"{insert} ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes}"


def _parts(rows: Sequence[Row], size: int) -> Iterator[Sequence[Row]]:
    return (rows[at : at + size] for at in range(0, len(rows), size))


def _day(value: dt.date | None) -> str | None:
    return None if value is None else value.isoformat()


_TO_SQLITE: Mapping[type, Callable[[Any], Any]] = {Instant: stored_instant, JSON: stored_json, Date: _day}
