"""What was released, once and for ever."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, literal, select

from bot.domain.ids import PartnershipId
from bot.services.ports import Published
from storage.ahead import Question, ask
from storage.tables import EPOCH, Instant, partnerships, publications

RECENT = 32

_ONE = select(publications.c.body).where(
    publications.c.partnership_id == bindparam("of"), publications.c.subject == bindparam("about")
)

_EARLIER = publications.alias("earlier")
_SINCE = (
    select(_EARLIER.c.published_at)
    .where(_EARLIER.c.partnership_id == partnerships.c.id)
    .order_by(_EARLIER.c.published_at.desc())
    .offset(RECENT - 1)
    .limit(1)
    .scalar_subquery()
)
_RECENT = Question(
    publications,
    select(publications)
    .join(partnerships, partnerships.c.id == publications.c.partnership_id)
    .where(publications.c.published_at >= func.coalesce(_SINCE, literal(EPOCH, Instant)))
    .order_by(publications.c.published_at, publications.c.subject),
    partnerships.c.id,
)


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
        found = self._connection.execute(_ONE, {"of": partnership_id, "about": subject}).scalar_one_or_none()
        return None if found is None else dict(found)

    def all_of(self, partnership_id: PartnershipId) -> tuple[Published, ...]:
        """All that was released of a partnership, oldest first."""
        query = select(publications).where(publications.c.partnership_id == partnership_id)
        rows = self._connection.execute(query.order_by(publications.c.published_at, publications.c.subject))
        return tuple(Published(subject=row.subject, body=dict(row.body), at=row.published_at) for row in rows)

    def recent(self, partnership_id: PartnershipId) -> dict[str, dict[str, Any]]:
        """The bodies of what was released last (`RECENT` of rounds and blocks together), by subject, oldest first."""
        return {row.subject: dict(row.body) for row in ask(self._connection, _RECENT, partnership_id)}

    def latest(self, partnership_id: PartnershipId, count: int) -> tuple[dict[str, Any], ...]:
        """Bodies of the latest rounds, oldest first."""
        query = (
            select(publications.c.body)
            .where(publications.c.partnership_id == partnership_id, publications.c.subject.like("round:%"))
            .order_by(publications.c.published_at.desc())
            .limit(count)
        )
        return tuple(dict(row.body) for row in reversed(self._connection.execute(query).all()))
