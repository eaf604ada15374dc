"""What was released, once and for ever."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert, select

from bot.domain.ids import PartnershipId
from bot.services.ports import Published
from storage.tables import publications


class SqlPublications:
    """bot.services.ports.Publications over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, partnership_id: PartnershipId, subject: str, body: Mapping[str, Any], at: dt.datetime) -> None:
        """Keep what was released; a second release of the same subject fails (its key is taken)."""
        row = {"partnership_id": partnership_id, "subject": subject, "body": dict(body), "published_at": at}
        self._connection.execute(insert(publications), row)

    def get(self, partnership_id: PartnershipId, subject: str) -> dict[str, Any] | None:
        """What was released for a subject."""
        query = select(publications.c.body).where(
            publications.c.partnership_id == partnership_id, publications.c.subject == subject
        )
        found = self._connection.execute(query).scalar_one_or_none()
        return None if found is None else dict(found)

    def all_of(self, partnership_id: PartnershipId) -> tuple[Published, ...]:
        """All that was released of a partnership, oldest first."""
        query = select(publications).where(publications.c.partnership_id == partnership_id)
        rows = self._connection.execute(query.order_by(publications.c.published_at, publications.c.subject))
        return tuple(Published(subject=row.subject, body=dict(row.body), at=row.published_at) for row in rows)

    def latest(self, partnership_id: PartnershipId, count: int) -> tuple[dict[str, Any], ...]:
        """Bodies of the latest rounds, oldest first."""
        query = (
            select(publications.c.body)
            .where(publications.c.partnership_id == partnership_id, publications.c.subject.like("round:%"))
            .order_by(publications.c.published_at.desc())
            .limit(count)
        )
        return tuple(dict(row.body) for row in reversed(self._connection.execute(query).all()))
