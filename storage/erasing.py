"""Deleting a partnership with everything that belongs to it, whatever table it stands in."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Connection, Table, delete, select

from bot.domain.ids import PartnershipId
from bot.domain.partnership import State
from storage.tables import (
    channel_profiles,
    drafts,
    metadata,
    organisations,
    partnerships,
    publications,
    rounds,
    wanted_rosters,
)

_OF_RESULTS = frozenset({partnerships, organisations, rounds, publications})
"""What published results need to be read; none of it says anything about a single person."""


def erase(connection: Connection, partnership_id: PartnershipId, *, results_stay: bool) -> None:
    """Delete a partnership; with `results_stay`, everything but what it published."""
    its = partnerships.c.id == partnership_id
    home = connection.execute(select(partnerships.c.home_team_id, partnerships.c.channel_id).where(its)).one()
    for table in reversed(metadata.sorted_tables):  # what refers to others goes before them
        if results_stay and table in _OF_RESULTS:
            continue
        for condition in _of(table, partnership_id):
            connection.execute(delete(table).where(condition))
    others = select(partnerships.c.id).where(
        partnerships.c.home_team_id == home.home_team_id,
        partnerships.c.channel_id == home.channel_id,
        partnerships.c.state != State.ENDED,
        partnerships.c.id != partnership_id,
    )
    if connection.execute(others).first() is None:
        place = f"{home.home_team_id}/{home.channel_id}"
        connection.execute(delete(channel_profiles).where(channel_profiles.c.place == place))
        connection.execute(delete(drafts).where(drafts.c.channel_id == home.channel_id))
        wanted = (wanted_rosters.c.team_id == home.home_team_id, wanted_rosters.c.channel_id == home.channel_id)
        connection.execute(delete(wanted_rosters).where(*wanted))


def _of(table: Table, partnership_id: PartnershipId) -> Iterator[ColumnElement[bool]]:
    """The rows of a table that belong to a partnership: they name it, or something that does."""
    if table is partnerships:
        yield table.c.id == partnership_id
    elif "partnership_id" in table.c:
        yield table.c.partnership_id == partnership_id
    else:
        for key in table.foreign_keys:
            parent = key.column.table
            if "partnership_id" in parent.c:
                yield key.parent.in_(select(key.column).where(parent.c.partnership_id == partnership_id))
