"""The whole database into an empty one, of either kind: one moment of it, in slices, all or nothing.

Rows are read in the order of their keys. An answer's key begins with its round and goes on with a pseudonym that is
drawn by lot, so the new rows lie in an order that has nothing to do with when people answered.
"""

from collections.abc import Callable

from sqlalchemy import Connection, Table, func, insert, select, text
from sqlalchemy.exc import DataError

from bot.domain.errors import BadInput
from storage.engine import Database
from storage.migrate import migrate, pending
from storage.tables import metadata

_SLICE = 2_000  # rows in memory at a time


def copy_database(source: Database, target: Database, say: Callable[[str], None] = lambda line: None) -> dict[str, int]:
    """Copy every table; returns how many rows each has. Raises BadInput with the reason, and then nothing is copied."""
    if pending(source):
        raise BadInput("The database to copy misses a migration. Please run `python -m bot migrate` first.")
    migrate(target)
    copied: dict[str, int] = {}
    with source.snapshot() as old, target.writing() as new:
        _refuse_unless_empty(new)
        for table in metadata.sorted_tables:
            _copy_table(old, new, table)
            copied[table.name] = _compare(old, new, table)
            _continue_numbers(new, table)
            say(f"{table.name}: {copied[table.name]}")
    return copied


def _refuse_unless_empty(new: Connection) -> None:
    for table in metadata.sorted_tables:
        if new.execute(select(1).select_from(table).limit(1)).first() is not None:
            raise BadInput(f"The new database is not empty: it has rows in {table.name}. Nothing was copied.")


def _copy_table(old: Connection, new: Connection, table: Table) -> None:
    query = select(table).order_by(*table.primary_key.columns)
    names = table.columns.keys()  # a column may bear another name in the database
    with old.execution_options(yield_per=_SLICE).execute(query) as rows:
        for part in rows.partitions():
            try:
                new.execute(insert(table), [dict(zip(names, row, strict=True)) for row in part])
            except DataError as error:  # PostgreSQL is stricter about lengths and about the character NUL
                raise BadInput(
                    f"A row of {table.name} cannot be stored in the new database ({type(error.orig).__name__}). "
                    "Nothing was copied."
                ) from error


def _compare(old: Connection, new: Connection, table: Table) -> int:
    count = select(func.count()).select_from(table)
    had, has = old.execute(count).scalar_one(), new.execute(count).scalar_one()
    if had != has:
        raise BadInput(f"Of {had} rows of {table.name} only {has} arrived. Nothing was copied.")
    return int(has)


def _continue_numbers(new: Connection, table: Table) -> None:
    """Let numbers that the database gives go on after the highest; SQLite does so by itself."""
    numbered = table.autoincrement_column
    if numbered is None or new.dialect.name != "postgresql":
        return
    highest = new.execute(select(func.max(numbered))).scalar_one()
    if highest is not None:
        name = {"table": table.name, "column": numbered.name, "highest": highest}
        new.execute(text("SELECT setval(pg_get_serial_sequence(:table, :column), :highest)"), name)
