"""Thousands of partnerships, copied inside the database from one that the services set up."""

from collections.abc import Iterator

from sqlalchemy import JSON, Table

from bot.domain.ids import PartnershipId
from storage.engine import Database
from storage.tables import (
    answers,
    due_work,
    holders,
    members,
    organisations,
    outbox,
    partnerships,
    publications,
    rounds,
)

_COPIED = (partnerships, organisations, members, holders, due_work, rounds, answers, publications, outbox)
_NAMES = frozenset({"id", "partnership_id", "organisation_id", "channel_id", "round_id"})
_YEARS = 104  # weeks


def multiply(database: Database, like: PartnershipId, count: int) -> None:
    """Make `count` copies of a partnership with all that belongs to it, each in a channel of its own.

    Their first pulses lie up to two years apart. PostgreSQL is left as months of life would have left it: vacuumed, and
    with nothing of the copying still to be written, which else went on beside whatever is measured.
    """
    with database.writing() as connection:
        connection.exec_driver_sql("CREATE TEMPORARY TABLE copies (place integer)")
        numbers = ", ".join(f"({number})" for number in range(count))
        connection.exec_driver_sql(f"INSERT INTO copies VALUES {numbers}")  # noqa: S608 - numbers
        for table in _COPIED:
            own = "id" if table is partnerships else "partnership_id"
            names = ", ".join(f'"{column.name}"' for column in table.c if column.name != "seq")
            values = ", ".join(_values(table, database.is_sqlite))
            connection.exec_driver_sql(
                f"INSERT INTO {table.name} ({names}) SELECT {values} "  # noqa: S608 - names of ours
                f"FROM copies CROSS JOIN {table.name} AS source WHERE source.{own} = '{like}'"
            )
        connection.exec_driver_sql("DROP TABLE copies")
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for settled in ("ANALYZE",) if database.is_sqlite else ("VACUUM ANALYZE", "CHECKPOINT"):
            connection.exec_driver_sql(settled)


def _values(table: Table, is_sqlite: bool) -> Iterator[str]:
    prefix = "printf('%05d-', place)" if is_sqlite else "to_char(place, 'FM00000-')"
    for column in table.c:
        source = f'source."{column.name}"'
        if column.name == "seq":
            continue
        if column.name in _NAMES:
            yield f"{prefix} || {source}"
        elif isinstance(column.type, JSON):
            text = source if is_sqlite else f"{source}::text"
            replaced = f"replace({text}, 'org-', {prefix} || 'org-')"
            yield replaced if is_sqlite else f"{replaced}::json"
        elif column.name in ("key", "subject"):  # both name the round that they are about
            yield f"replace({source}, 'r-', {prefix} || 'r-')"
        elif column.name == "anchor_on":
            days = f"(7 * mod(place, {_YEARS}))"
            yield f"date({source}, '-' || {days} || ' days')" if is_sqlite else f"{source} - {days}"
        else:
            yield source
