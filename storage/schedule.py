"""Work that falls due: one row for each partnership, kind and subject."""

import datetime as dt
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, delete, func, select, update

from bot.domain.ids import ChannelId, PartnershipId, TeamId
from bot.services.ports import Due, DueKind
from storage.among import among
from storage.bulk import Bulk, Verb
from storage.pending import later
from storage.tables import Instant, due_work, partnerships, wanted_rosters
from storage.upsert import insert_new

_FREE = (
    select(partnerships.c.id)
    .join(due_work, due_work.c.partnership_id == partnerships.c.id)
    .where(due_work.c.due_at <= bindparam("now", type_=Instant))
    .order_by(due_work.c.due_at)
    .limit(bindparam("most"))
    .with_for_update(of=partnerships, key_share=True, skip_locked=True)
)
_KEY = ("partnership_id", "kind", "subject")
_PUT = Bulk(Verb.PUT, due_work, (*_KEY, "due_at", "scheduled_on", "round_id"), _KEY)
_DONE = Bulk(Verb.REMOVE, due_work, _KEY, _KEY)


class SqlSchedule:
    """bot.services.ports.Schedule over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, due: Due) -> None:
        """Set the time of a kind of work; replaces the row of the same partnership, kind and subject."""
        row = {
            "partnership_id": due.partnership_id,
            "kind": due.kind,
            "subject": due.subject,
            "due_at": due.due_at,
            "scheduled_on": due.scheduled_on,
            "round_id": due.round_id,
        }
        later(self._connection, _PUT, row)

    def done(self, due: Due) -> None:
        """Forget one piece of work."""
        later(self._connection, _DONE, {"partnership_id": due.partnership_id, "kind": due.kind, "subject": due.subject})

    def drop(self, partnership_id: PartnershipId, *kinds: DueKind, subject: str | None = None) -> None:
        """Forget kinds of work, of one subject or of all."""
        dropped = delete(due_work).where(due_work.c.partnership_id == partnership_id, due_work.c.kind.in_(kinds))
        self._connection.execute(dropped if subject is None else dropped.where(due_work.c.subject == subject))

    def get(self, partnership_id: PartnershipId, kind: DueKind, subject: str = "") -> Due | None:
        """When a kind of work is due."""
        query = select(due_work).where(
            due_work.c.partnership_id == partnership_id, due_work.c.kind == kind, due_work.c.subject == subject
        )
        row = self._connection.execute(query).first()
        return None if row is None else _due(row)

    def claim(self, now: dt.datetime, limit: int) -> tuple[Due, ...]:
        """Work that is due, of partnerships that nobody else changes now; they stay locked until the transaction ends.

        Whoever changes a partnership's work holds the partnership, so its rows are read once it is held. What others
        hold counts towards no limit: several may work off one long list.
        """
        held = set(self._connection.execute(_FREE, {"now": now, "most": limit}).scalars())
        query = (
            select(due_work)
            .where(due_work.c.due_at <= now, among(self._connection, due_work.c.partnership_id, held))
            .order_by(due_work.c.due_at, due_work.c.partnership_id, due_work.c.kind, due_work.c.subject)
        )
        return tuple(map(_due, self._connection.execute(query).all()))

    def postpone(self, due: Due, until: dt.datetime) -> None:
        """Try a piece of work again later, unless somebody has changed or done it meanwhile."""
        same = (
            due_work.c.partnership_id == due.partnership_id,
            due_work.c.kind == due.kind,
            due_work.c.subject == due.subject,
            due_work.c.due_at == due.due_at,
        )
        self._connection.execute(update(due_work).where(*same).values(due_at=until))

    def next_at(self) -> dt.datetime | None:
        """When the next work falls due."""
        due: dt.datetime | None = self._connection.execute(select(func.min(due_work.c.due_at))).scalar_one()
        return due

    def roster_wanted(self, channel_id: ChannelId, team_id: TeamId, at: dt.datetime) -> None:
        """Ask for a channel's roster to be read again from Slack; of two times the earlier counts."""
        row = {"team_id": team_id, "channel_id": channel_id, "due_at": at}
        key = [wanted_rosters.c.team_id, wanted_rosters.c.channel_id]
        if not insert_new(self._connection, wanted_rosters, row, key):
            later = (*_roster_of(channel_id, team_id), wanted_rosters.c.due_at > at)
            self._connection.execute(update(wanted_rosters).where(*later).values(due_at=at))

    def roster_settled(self, channel_id: ChannelId, team_id: TeamId, at: dt.datetime) -> None:
        """Forget that a roster is wanted at this time; if it has been asked for anew since, it stays wanted."""
        wanted = (*_roster_of(channel_id, team_id), wanted_rosters.c.due_at == at)
        self._connection.execute(delete(wanted_rosters).where(*wanted))

    def claim_rosters(self, now: dt.datetime, limit: int) -> tuple[tuple[TeamId, ChannelId], ...]:
        """Take the channels whose roster is wanted; the rows are gone when the transaction commits."""
        query = (
            select(wanted_rosters.c.team_id, wanted_rosters.c.channel_id)
            .where(wanted_rosters.c.due_at <= now)
            .order_by(wanted_rosters.c.due_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        taken = tuple((row.team_id, row.channel_id) for row in self._connection.execute(query))
        for team_id, channel_id in taken:
            self._connection.execute(delete(wanted_rosters).where(*_roster_of(channel_id, team_id)))
        return taken


def _roster_of(channel_id: ChannelId, team_id: TeamId) -> tuple[ColumnElement[bool], ...]:
    return wanted_rosters.c.team_id == team_id, wanted_rosters.c.channel_id == channel_id


def _due(row: Row[Any]) -> Due:
    return Due(
        partnership_id=row.partnership_id,
        kind=DueKind(row.kind),
        subject=row.subject,
        due_at=row.due_at,
        scheduled_on=row.scheduled_on,
        round_id=row.round_id,
    )
