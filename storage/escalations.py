"""The route map and escalations with their history."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    Row,
    SmallInteger,
    String,
    Table,
    delete,
    insert,
    select,
    update,
)

from bot.domain.escalation import Escalation, Event, Move, State, Words
from bot.domain.ids import EscalationId, OrganisationId, PartnershipId, TeamId, UserId
from bot.domain.people import Person
from bot.domain.route_map import Lane, Level, Owner, Rung, Seat, Step
from storage.ahead import Question, ask
from storage.tables import ID, SLACK_ID, Instant, metadata, outbox
from storage.upsert import put

route_maps = Table(
    "route_maps",
    metadata,
    Column("partnership_id", ID, ForeignKey("partnerships.id"), primary_key=True),
    Column("rungs", JSON, nullable=False),
)

escalations = Table(
    "escalations",
    metadata,
    Column("id", ID, primary_key=True),
    Column("partnership_id", ID, ForeignKey("partnerships.id"), nullable=False),
    Column("team_id", SLACK_ID, nullable=False),
    Column("user_id", SLACK_ID, nullable=False),
    Column("words", JSON, nullable=False),
    Column("lane", String(16), nullable=False),
    Column("route", JSON, nullable=False),
    Column("opened_at", Instant, nullable=False, index=True),
    Column("state", String(16), nullable=False),
    Column("step", SmallInteger, nullable=False),
    Column("owners", JSON, nullable=False),
    Column("told", JSON, nullable=False),
    Column("deadline_at", Instant),
    Column("agreed", JSON, nullable=False),
    Column("may_snooze", Boolean, nullable=False),
    Column("outcome", String(3000), nullable=False),
    Column("number", Integer, nullable=False),
    Index("ix_escalations_open", "partnership_id", "state"),
)

escalation_events = Table(
    "escalation_events",
    metadata,
    Column("escalation_id", ID, ForeignKey("escalations.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("move", String(16), nullable=False),
    Column("at", Instant, nullable=False),
    Column("step", SmallInteger, nullable=False),
    Column("actor", JSON(none_as_null=True)),
    Column("text", String(3000), nullable=False),
    Column("to_person", JSON(none_as_null=True)),
)


_OPEN = Question(
    escalations,
    select(escalations)
    .where(escalations.c.state != State.RESOLVED)
    .order_by(escalations.c.opened_at, escalations.c.id),
)


class SqlEscalations:
    """bot.services.ports.Escalations over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def route_map(self, partnership_id: PartnershipId) -> tuple[Rung, ...] | None:
        """The partnership's own map; None where nothing was said, and the default holds."""
        query = select(route_maps.c.rungs).where(route_maps.c.partnership_id == partnership_id)
        rungs = self._connection.execute(query).scalar_one_or_none()
        return None if rungs is None else tuple(_rung(each) for each in rungs)

    def put_route_map(self, partnership_id: PartnershipId, rungs: Sequence[Rung]) -> None:
        """Keep the partnership's own map, in place of an earlier one."""
        stated = [
            [each.level, each.working_days, {of: _said(person) for of, person in each.owners.items()}] for each in rungs
        ]
        row = {"partnership_id": partnership_id, "rungs": stated}
        put(self._connection, route_maps, row, [route_maps.c.partnership_id])

    def add(self, opened: Escalation, event: Event) -> None:
        """Add a new escalation with the first event of its history."""
        fixed = {
            "id": opened.id,
            "partnership_id": opened.partnership_id,
            "team_id": opened.author.team_id,
            "user_id": opened.author.user_id,
            "words": [opened.words.what, opened.words.stake, opened.words.tried],
            "lane": opened.lane,
            "route": [
                [
                    each.level,
                    each.working_days,
                    [[seat.organisation_id, *map(_said, seat.people)] for seat in each.seats],
                ]
                for each in opened.route
            ],
            "opened_at": opened.opened_at,
        }
        self._connection.execute(insert(escalations), {**fixed, **_changing(opened)})
        self._connection.execute(insert(escalation_events), _event_row(opened.id, event))

    def get(self, escalation_id: EscalationId) -> Escalation | None:
        """The escalation, if there is one."""
        return next(iter(self._where(escalations.c.id == escalation_id)), None)

    def locked(self, escalation_id: EscalationId, *, wait: bool = True) -> Escalation | None:
        """The escalation, for nobody else to change until the transaction ends; without waiting None if it is held."""
        query = select(escalations).where(escalations.c.id == escalation_id).with_for_update(skip_locked=not wait)
        row = self._connection.execute(query).first()
        return None if row is None else _escalation(row)

    def save(self, changed: Escalation, event: Event) -> None:
        """Write down where it stands and add the event; the history is only ever added to."""
        kept = update(escalations).where(escalations.c.id == changed.id)
        self._connection.execute(kept.values(**_changing(changed)))
        self._connection.execute(insert(escalation_events), _event_row(changed.id, event))

    def history(self, escalation_id: EscalationId) -> tuple[Event, ...]:
        """All events, oldest first."""
        query = select(escalation_events).where(escalation_events.c.escalation_id == escalation_id)
        return tuple(_event(row) for row in self._connection.execute(query.order_by(escalation_events.c.number)))

    def open_in(self, partnership_id: PartnershipId) -> tuple[Escalation, ...]:
        """Those of a partnership that are not resolved, oldest first."""
        return tuple(map(_escalation, ask(self._connection, _OPEN, partnership_id)))

    def of_partnership(self, partnership_id: PartnershipId) -> tuple[Escalation, ...]:
        """All of a partnership, newest first."""
        return self._where(escalations.c.partnership_id == partnership_id)[::-1]

    def forget_before(self, at: dt.datetime) -> int:
        """Delete escalations opened before, with their history and their messages; returns how many."""
        query = select(escalations.c.id).where(escalations.c.opened_at < at)
        expired = list(self._connection.execute(query).scalars())
        for each in expired:
            self._connection.execute(delete(outbox).where(outbox.c.key.startswith(f"escalation:{each}:")))
            self._connection.execute(delete(escalation_events).where(escalation_events.c.escalation_id == each))
            self._connection.execute(delete(escalations).where(escalations.c.id == each))
        return len(expired)

    def _where(self, *conditions: Any) -> tuple[Escalation, ...]:
        query = select(escalations).where(*conditions).order_by(escalations.c.opened_at, escalations.c.id)
        return tuple(_escalation(row) for row in self._connection.execute(query))


def _changing(escalation: Escalation) -> dict[str, Any]:
    return {
        "state": escalation.state,
        "step": escalation.step,
        "owners": [[each.organisation_id, _said(each.person)] for each in escalation.owners],
        "told": [_said(each) for each in escalation.told],
        "deadline_at": escalation.deadline_at,
        "agreed": list(escalation.agreed),
        "may_snooze": escalation.may_snooze,
        "outcome": escalation.outcome,
        "number": escalation.number,
    }


def _escalation(row: Row[Any]) -> Escalation:
    what, stake, tried = row.words
    return Escalation(
        id=row.id,
        partnership_id=row.partnership_id,
        author=Person(team_id=row.team_id, user_id=row.user_id),
        words=Words(what=what, stake=stake, tried=tried),
        lane=Lane(row.lane),
        route=tuple(_step(each) for each in row.route),
        opened_at=row.opened_at,
        state=State(row.state),
        step=row.step,
        owners=tuple(Owner(organisation_id=of, person=_person(person)) for of, person in row.owners),
        told=tuple(_person(each) for each in row.told),
        deadline_at=row.deadline_at,
        agreed=tuple(row.agreed),
        may_snooze=row.may_snooze,
        outcome=row.outcome,
        number=row.number,
    )


def _event_row(escalation_id: EscalationId, event: Event) -> dict[str, Any]:
    return {
        "escalation_id": escalation_id,
        "number": event.number,
        "move": event.move,
        "at": event.at,
        "step": event.step,
        "actor": _said(event.actor) if event.actor else None,
        "text": event.text,
        "to_person": _said(event.to) if event.to else None,
    }


def _event(row: Row[Any]) -> Event:
    return Event(
        number=row.number,
        move=Move(row.move),
        at=row.at,
        step=row.step,
        actor=_person(row.actor) if row.actor else None,
        text=row.text,
        to=_person(row.to_person) if row.to_person else None,
    )


def _rung(stated: Sequence[Any]) -> Rung:
    level, working_days, owners = stated
    named: Mapping[str, Sequence[str]] = owners
    people = {OrganisationId(of): _person(person) for of, person in named.items()}
    return Rung(level=Level(level), working_days=working_days, owners=people)


def _step(stated: Sequence[Any]) -> Step:
    level, working_days, seats = stated
    return Step(
        level=Level(level),
        working_days=working_days,
        seats=tuple(Seat(organisation_id=of, people=tuple(map(_person, people))) for of, *people in seats),
    )


def _said(person: Person) -> list[str]:
    return [person.team_id, person.user_id]


def _person(said: Sequence[str]) -> Person:
    return Person(team_id=TeamId(said[0]), user_id=UserId(said[1]))
