"""Drift alerts and what became of them, lines for the digest, and what the detector remembers."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Date,
    ForeignKey,
    Index,
    Integer,
    Row,
    Select,
    String,
    Table,
    insert,
    select,
    update,
)

from bot.domain.alert_release import ReleasedAlert, Size
from bot.domain.alerts import Noticed, NoticedKind, OwnedAlert
from bot.domain.anonymity import Band, Scope
from bot.domain.ids import AlertId, PartnershipId
from bot.domain.people import Person
from storage.ahead import Question, ask
from storage.tables import ID, SLACK_ID, Instant, metadata
from storage.upsert import put

drift_states = Table(
    "drift_states",
    metadata,
    Column("partnership_id", ID, ForeignKey("partnerships.id"), primary_key=True),
    Column("state", JSON, nullable=False),
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", ID, primary_key=True),
    Column("partnership_id", ID, ForeignKey("partnerships.id"), nullable=False),
    Column("round_id", ID, ForeignKey("rounds.id"), nullable=False),
    Column("dimension", String(32), nullable=False),
    Column("scope", String(100), nullable=False),
    Column("size", String(16), nullable=False),
    Column("people", Integer),
    Column("unchanged", JSON, nullable=False),
    Column("since_block", Integer, nullable=False),
    Column("since_on", Date, nullable=False),
    Column("block", Integer, nullable=False),
    Column("raised_at", Instant, nullable=False),
    Column("told_at", Instant),
    Column("owner_team_id", SLACK_ID),
    Column("owner_user_id", SLACK_ID),
    Column("climbed_at", Instant),
    Column("recovered_at", Instant),
    Index("ix_alerts_partnership_id_raised_at", "partnership_id", "raised_at"),
)

drift_notices = Table(
    "drift_notices",
    metadata,
    Column("partnership_id", ID, ForeignKey("partnerships.id"), primary_key=True),
    Column("noticed_at", Instant, primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("dimension", String(32), primary_key=True),
)


_STATE = Question(drift_states, select(drift_states.c.state))
_OPEN = Question(
    alerts, select(alerts).where(alerts.c.recovered_at.is_(None)).order_by(alerts.c.raised_at, alerts.c.dimension)
)
_NOTICES = Question(
    drift_notices,
    select(drift_notices).order_by(drift_notices.c.noticed_at, drift_notices.c.kind, drift_notices.c.dimension),
)


class SqlAlerts:
    """bot.services.ports.Alerts over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def detector_state(self, partnership_id: PartnershipId) -> dict[str, Any]:
        """What the detector remembers of a partnership; empty before the first time."""
        return next((dict(row.state) for row in ask(self._connection, _STATE, partnership_id)), {})

    def keep_detector_state(self, partnership_id: PartnershipId, state: Mapping[str, Any]) -> None:
        """Keep what the detector remembers, in place of what it remembered before."""
        row = {"partnership_id": partnership_id, "state": dict(state)}
        put(self._connection, drift_states, row, [drift_states.c.partnership_id])

    def add(self, alert: OwnedAlert) -> None:
        """Add an alert."""
        self._connection.execute(insert(alerts), _row(alert))

    def save(self, alert: OwnedAlert) -> None:
        """Write a changed alert."""
        self._connection.execute(update(alerts).where(alerts.c.id == alert.id).values(**_row(alert)))

    def get(self, alert_id: AlertId) -> OwnedAlert | None:
        """The alert, if there is one."""
        found = self._found(select(alerts).where(alerts.c.id == alert_id))
        return found[0] if found else None

    def open_of(self, partnership_id: PartnershipId) -> tuple[OwnedAlert, ...]:
        """Alerts that have not recovered, oldest first."""
        return tuple(map(_alert, ask(self._connection, _OPEN, partnership_id)))

    def owned_by(self, partnership_id: PartnershipId, person: Person) -> tuple[OwnedAlert, ...]:
        """Alerts that a person has taken and has, oldest first."""
        own = (alerts.c.owner_team_id == person.team_id, alerts.c.owner_user_id == person.user_id)
        query = select(alerts).where(alerts.c.partnership_id == partnership_id, *own)
        return self._found(query.order_by(alerts.c.raised_at, alerts.c.dimension))

    def add_notice(self, partnership_id: PartnershipId, noticed: Noticed) -> None:
        """Keep a line for the digest."""
        row = {
            "partnership_id": partnership_id,
            "noticed_at": noticed.at,
            "kind": noticed.kind,
            "dimension": noticed.dimension or "",
        }
        self._connection.execute(insert(drift_notices), row)

    def notices_since(self, partnership_id: PartnershipId, at: dt.datetime) -> tuple[Noticed, ...]:
        """Lines for the digest that were noticed at this time or later, oldest first."""
        return tuple(
            Noticed(kind=NoticedKind(row.kind), dimension=row.dimension or None, at=row.noticed_at)
            for row in ask(self._connection, _NOTICES, partnership_id)
            if row.noticed_at >= at
        )

    def _found(self, query: Select[Any]) -> tuple[OwnedAlert, ...]:
        return tuple(_alert(row) for row in self._connection.execute(query))


def _row(alert: OwnedAlert) -> dict[str, Any]:
    released, owner = alert.released, alert.owner
    return {
        "id": alert.id,
        "partnership_id": alert.partnership_id,
        "round_id": alert.round_id,
        "dimension": released.dimension,
        "scope": released.scope,
        "size": released.size,
        "people": released.people and released.people.low,
        "unchanged": list(released.unchanged),
        "since_block": alert.since_block,
        "since_on": alert.since_on,
        "block": alert.block,
        "raised_at": alert.raised_at,
        "told_at": alert.told_at,
        "owner_team_id": owner and owner.team_id,
        "owner_user_id": owner and owner.user_id,
        "climbed_at": alert.climbed_at,
        "recovered_at": alert.recovered_at,
    }


def _alert(row: Row[Any]) -> OwnedAlert:
    return OwnedAlert(
        id=row.id,
        partnership_id=row.partnership_id,
        round_id=row.round_id,
        released=ReleasedAlert(
            dimension=row.dimension,
            scope=Scope(row.scope),
            size=Size(row.size),
            people=None if row.people is None else Band(low=row.people, is_last=True),
            unchanged=tuple(Scope(each) for each in row.unchanged),
        ),
        since_block=row.since_block,
        since_on=row.since_on,
        block=row.block,
        raised_at=row.raised_at,
        told_at=row.told_at,
        owner=row.owner_user_id and Person(team_id=row.owner_team_id, user_id=row.owner_user_id),
        climbed_at=row.climbed_at,
        recovered_at=row.recovered_at,
    )
