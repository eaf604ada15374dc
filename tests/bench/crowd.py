"""Thousands of partnerships, copied from one that the services set up, for benches of work that falls due."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Table, insert, select

from bot.domain.ids import PartnershipId
from storage.engine import Database
from storage.tables import due_work, holders, members, organisations, partnerships

_COPIED = (partnerships, organisations, members, holders, due_work)
_NAMES = ("id", "partnership_id", "organisation_id", "channel_id", "round_id")
_AT_ONCE = 20_000


def multiply(database: Database, like: PartnershipId, count: int) -> None:
    """Make `count` copies of a partnership, each in a channel of its own, with what is due.

    Their first pulses lie up to two years apart, so that no calculation of a calendar serves two of them.
    """
    with database.writing() as connection:
        for table in _COPIED:
            own = table.c.id if table is partnerships else table.c.partnership_id
            originals = [dict(row) for row in connection.execute(select(table).where(own == like)).mappings()]
            rows = []
            for row in _copies(table, originals, count):
                rows.append(row)
                if len(rows) == _AT_ONCE:
                    connection.execute(insert(table), rows)
                    rows = []
            if rows:
                connection.execute(insert(table), rows)
        if not database.is_sqlite:
            connection.exec_driver_sql("ANALYZE")


def _copies(table: Table, originals: list[dict[str, Any]], count: int) -> Iterator[Mapping[str, Any]]:
    named = [name for name in _NAMES if name in table.c]
    for number in range(count):
        for row in originals:
            copy = row | {name: f"{row[name]}-{number:05}" for name in named if row[name] is not None}
            if table is partnerships:
                copy["anchor_on"] -= (number % 104) * dt.timedelta(weeks=1)
            yield copy
