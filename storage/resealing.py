"""Sealing everything anew after PULSE_SECRET_KEY was replaced: in slices, while the bot runs, as often as one likes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy import Column, LargeBinary, Table, select, tuple_, update

from bot.domain.errors import Unavailable
from storage.engine import Database
from storage.unit_of_work import metadata

_SLICE = 200  # rows of one transaction: some milliseconds in which other writers wait


class Sealer(Protocol):
    """What resealing needs of the vault."""

    def is_newest(self, sealed: bytes) -> bool: ...
    def resealed(self, sealed: bytes) -> bytes: ...


@dataclass(slots=True, kw_only=True)
class Tally:
    """How many sealed values there are: with the newest key before, sealed anew now, and opened by no key."""

    newest: int = 0
    resealed: int = 0
    lost: dict[str, int] = field(default_factory=dict)


def sealed_columns() -> Iterator[tuple[Table, Column[Any]]]:
    """Every column that holds something sealed."""
    for table in metadata.sorted_tables:
        yield from ((table, column) for column in table.c if isinstance(column.type, LargeBinary))


def reseal(database: Database, vault: Sealer, progress: Callable[[str, int], None] = lambda table, rows: None) -> Tally:
    """Seal with the newest key what is sealed with an older one.

    It can be stopped and begun again. What somebody changes meanwhile stays as they leave it: a value is replaced only
    where it still is the one that was read.
    """
    tally = Tally()
    for table, column in sealed_columns():
        for rows in _slices(database, table, column):
            changed = _judge(table, rows, vault, tally)
            if changed:
                with database.writing() as connection:
                    for key, sealed, anew in changed:
                        same = (
                            *(c == value for c, value in zip(table.primary_key, key, strict=True)),
                            column == sealed,
                        )
                        connection.execute(update(table).where(*same).values({column: anew}))
            progress(table.name, len(rows))
    return tally


def survey(database: Database, vault: Sealer) -> Tally:
    """Count without changing anything: `resealed` is how many would be."""
    tally = Tally()
    for table, column in sealed_columns():
        for rows in _slices(database, table, column):
            _judge(table, rows, vault, tally)
    return tally


Row = tuple[tuple[Any, ...], bytes]


def _slices(database: Database, table: Table, column: Column[Any]) -> Iterator[list[Row]]:
    """The keys and sealed values of a table in the order of its key, some at a time."""
    keys = tuple(table.primary_key)
    query = select(*keys, column).order_by(*keys).limit(_SLICE)
    after: tuple[Any, ...] | None = None
    while True:
        with database.reading() as connection:
            following = query if after is None else query.where(tuple_(*keys) > tuple_(*after))
            rows = [(tuple(row[:-1]), bytes(row[-1])) for row in connection.execute(following)]
        if not rows:
            return
        yield rows
        after = rows[-1][0]


def _judge(table: Table, rows: list[Row], vault: Sealer, tally: Tally) -> list[tuple[tuple[Any, ...], bytes, bytes]]:
    """What of these rows is to be replaced, and by what."""
    changed = []
    for key, sealed in rows:
        if vault.is_newest(sealed):
            tally.newest += 1
            continue
        try:
            changed.append((key, sealed, vault.resealed(sealed)))
            tally.resealed += 1
        except Unavailable:
            tally.lost[table.name] = tally.lost.get(table.name, 0) + 1
    return changed
