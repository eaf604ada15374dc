"""Agreed actions."""

import datetime as dt
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Date,
    ForeignKey,
    Index,
    Row,
    String,
    Table,
    delete,
    insert,
    select,
    update,
)

from bot.domain.actions import AgreedAction
from bot.domain.ids import ActionId, PartnershipId
from bot.domain.people import Person
from storage.ahead import Question, ask
from storage.tables import ID, metadata

actions = Table(
    "actions",
    metadata,
    Column("id", ID, primary_key=True),
    Column("partnership_id", ID, ForeignKey("partnerships.id"), nullable=False),
    Column("text", String(300), nullable=False),
    Column("owners", JSON, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("agreed_on", Date, nullable=False),
    Column("done_on", Date),
    Index("ix_actions_open", "partnership_id", "due_on"),
)


_OPEN = Question(actions, select(actions).where(actions.c.done_on.is_(None)).order_by(actions.c.due_on, actions.c.id))


class SqlActions:
    """bot.services.ports.Actions over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, action: AgreedAction) -> None:
        """Keep an action."""
        self._connection.execute(insert(actions), _row(action))

    def get(self, action_id: ActionId) -> AgreedAction | None:
        """The action with this id."""
        row = self._connection.execute(select(actions).where(actions.c.id == action_id)).first()
        return None if row is None else _action(row)

    def save(self, action: AgreedAction) -> None:
        """Write a changed action."""
        self._connection.execute(update(actions).where(actions.c.id == action.id).values(**_row(action)))

    def of_partnership(self, partnership_id: PartnershipId) -> tuple[AgreedAction, ...]:
        """All that are kept, the earliest first."""
        query = select(actions).where(actions.c.partnership_id == partnership_id)
        return tuple(map(_action, self._connection.execute(query.order_by(actions.c.due_on, actions.c.id))))

    def forget_before(self, day: dt.date) -> int:
        """Delete those that were due before this day; returns how many."""
        return self._connection.execute(delete(actions).where(actions.c.due_on < day)).rowcount

    def open_of(self, partnership_id: PartnershipId) -> tuple[AgreedAction, ...]:
        """Those that are not done, the earliest first."""
        return tuple(map(_action, ask(self._connection, _OPEN, partnership_id)))


def _row(action: AgreedAction) -> dict[str, Any]:
    return {
        "id": action.id,
        "partnership_id": action.partnership_id,
        "text": action.text,
        "owners": {organisation: [each.team_id, each.user_id] for organisation, each in action.owners.items()},
        "due_on": action.due_on,
        "agreed_on": action.agreed_on,
        "done_on": action.done_on,
    }


def _action(row: Row[Any]) -> AgreedAction:
    return AgreedAction(
        id=row.id,
        partnership_id=row.partnership_id,
        text=row.text,
        owners={organisation: Person(team_id=team, user_id=user) for organisation, (team, user) in row.owners.items()},
        due_on=row.due_on,
        agreed_on=row.agreed_on,
        done_on=row.done_on,
    )
