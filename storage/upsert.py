"""INSERT ... ON CONFLICT in the dialect of the connection; both databases know it, SQLAlchemy names it twice."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def dialect_insert(connection: Connection, table: Table) -> Any:
    """The INSERT of the connection's dialect."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def insert_new(connection: Connection, table: Table, row: Mapping[str, Any], key: Sequence[Column[Any]]) -> bool:
    """Insert a row; False, and nothing is written, if its key is taken."""
    statement = dialect_insert(connection, table).values(**row).on_conflict_do_nothing(index_elements=key)
    return connection.execute(statement.returning(*key)).first() is not None  # psycopg gives no count of rows here


def put(connection: Connection, table: Table, row: Mapping[str, Any], key: Sequence[Column[Any]]) -> None:
    """Insert a row, or replace the values of the one that has its key."""
    names = {column.name for column in key}
    statement = dialect_insert(connection, table).values(**row)
    changed = {name: statement.excluded[name] for name in row if name not in names}
    connection.execute(statement.on_conflict_do_update(index_elements=key, set_=changed))
