"""INSERT ... ON CONFLICT in the dialect of the connection; both databases know it, SQLAlchemy names it twice.

Building such a statement takes longer than the database needs to carry it out, so each is built once.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Any

from sqlalchemy import Column, Connection, Table


def insert_new(connection: Connection, table: Table, row: Mapping[str, Any], key: Sequence[Column[Any]]) -> bool:
    """Insert a row; False, and nothing is written, if its key is taken."""
    statement = _inserting(connection.dialect.name, table, tuple(key)).returning(*key)
    return connection.execute(statement, row).first() is not None  # psycopg gives no count of rows here


def put(connection: Connection, table: Table, row: Mapping[str, Any], key: Sequence[Column[Any]]) -> None:
    """Insert a row, or replace the values of the one that has its key."""
    names = {column.key for column in key}
    rest = tuple(name for name in row if name not in names)
    connection.execute(_replacing(connection.dialect.name, table, tuple(key), rest), row)


@cache
def _inserting(dialect: str, table: Table, key: tuple[Column[Any], ...]) -> Any:
    return _insert(dialect, table).on_conflict_do_nothing(index_elements=key)


@cache
def _replacing(dialect: str, table: Table, key: tuple[Column[Any], ...], changed: tuple[str, ...]) -> Any:
    statement = _insert(dialect, table)
    return statement.on_conflict_do_update(
        index_elements=key, set_={name: statement.excluded[name] for name in changed}
    )


def _insert(dialect: str, table: Table) -> Any:
    return import_module(f"sqlalchemy.dialects.{dialect}").insert(table)  # the other one takes time to load
