"""Milestones, words for them, and thanks. Unsigned thanks have no author here: only the organisation and the day."""

import datetime as dt
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Date,
    ForeignKey,
    Row,
    String,
    Table,
    UniqueConstraint,
    and_,
    delete,
    exists,
    insert,
    or_,
    select,
)

from bot.domain.ids import MilestoneId, PartnershipId, TeamId, UserId
from bot.domain.milestones import Fate, Milestone, MilestoneKind, Plan, Word
from bot.domain.people import Person
from bot.domain.thanks import Behaviour, Thanks
from storage.ahead import Question, ask
from storage.tables import ID, SLACK_ID, metadata
from storage.upsert import put

milestones = Table(
    "milestones",
    metadata,
    Column("id", ID, primary_key=True),
    Column("partnership_id", ID, ForeignKey("partnerships.id"), nullable=False),
    Column("title", String(200), nullable=False),
    Column("day", Date, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("phase_before", String(100), nullable=False),
    Column("phase_after", String(100), nullable=False),
    Column("fate", String(16), nullable=False),
    Column("told_on", Date),
    Column("agreed", JSON, nullable=False),
    UniqueConstraint("partnership_id", "told_on"),  # one a day, whichever replica is first
)

milestone_words = Table(
    "milestone_words",
    metadata,
    Column("milestone_id", ID, ForeignKey("milestones.id"), primary_key=True),
    Column("team_id", SLACK_ID, primary_key=True),
    Column("user_id", SLACK_ID, primary_key=True),
    Column("text", String(1000), nullable=False),
)

thanks = Table(
    "thanks",
    metadata,
    Column("id", ID, primary_key=True),
    Column("partnership_id", ID, ForeignKey("partnerships.id"), nullable=False, index=True),
    Column("author_team_id", SLACK_ID),
    Column("author_user_id", SLACK_ID),
    Column("organisation_id", ID),
    Column("thanked_team_id", SLACK_ID, nullable=False),
    Column("thanked_user_id", SLACK_ID, nullable=False),
    Column("text", String(1000), nullable=False),
    Column("behaviour", String(32)),
    Column("said_on", Date, nullable=False, index=True),
    sqlite_with_rowid=False,  # no order of insertion, which would tell who wrote unsigned thanks next to signed ones
)


_COMING = Question(
    milestones,
    select(milestones)
    .where(milestones.c.fate == Fate.COMING)
    .order_by(milestones.c.day, milestones.c.title, milestones.c.id),
)


class SqlMilestones:
    """bot.services.ports.Milestones over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, milestone: Milestone) -> None:
        """Keep a milestone; replaces its earlier state."""
        row = {
            "id": milestone.id,
            "partnership_id": milestone.partnership_id,
            "title": milestone.plan.title,
            "day": milestone.plan.on,
            "kind": milestone.plan.kind,
            "phase_before": milestone.plan.before,
            "phase_after": milestone.plan.after,
            "fate": milestone.fate,
            "told_on": milestone.told_on,
            "agreed": sorted(milestone.agreed),
        }
        put(self._connection, milestones, row, [milestones.c.id])

    def get(self, milestone_id: MilestoneId, *, lock: bool = False) -> Milestone | None:
        """A milestone, whatever became of it; locked, nobody else changes it until the transaction ends."""
        query = select(milestones).where(milestones.c.id == milestone_id)
        row = self._connection.execute(query.with_for_update() if lock else query).first()
        return None if row is None else _milestone(row)

    def coming(self, partnership_id: PartnershipId) -> tuple[Milestone, ...]:
        """Those not told yet, the earliest first."""
        return tuple(map(_milestone, ask(self._connection, _COMING, partnership_id)))

    def told_on(self, partnership_id: PartnershipId, day: dt.date) -> bool:
        """Whether the partnership was told of one on this local day."""
        told = exists().where(milestones.c.partnership_id == partnership_id, milestones.c.told_on == day)
        return bool(self._connection.execute(select(told)).scalar_one())

    def remove(self, milestone_id: MilestoneId) -> None:
        """Forget a milestone and the words for it."""
        self._connection.execute(delete(milestone_words).where(milestone_words.c.milestone_id == milestone_id))
        self._connection.execute(delete(milestones).where(milestones.c.id == milestone_id))

    def put_word(self, word: Word) -> None:
        """Keep somebody's word for a milestone; replaces the earlier one, and an empty text removes it."""
        key = {
            "milestone_id": word.milestone_id,
            "team_id": word.person.team_id,
            "user_id": word.person.user_id,
        }
        if word.text:
            columns = [milestone_words.c[name] for name in key]
            put(self._connection, milestone_words, {**key, "text": word.text}, columns)
        else:
            mine = [milestone_words.c[name] == value for name, value in key.items()]
            self._connection.execute(delete(milestone_words).where(*mine))

    def words(self, milestone_id: MilestoneId) -> tuple[Word, ...]:
        """The words for a milestone, in a stable order."""
        query = (
            select(milestone_words)
            .where(milestone_words.c.milestone_id == milestone_id)
            .order_by(milestone_words.c.team_id, milestone_words.c.user_id)
        )
        return tuple(
            Word(milestone_id=row.milestone_id, person=Person(team_id=row.team_id, user_id=row.user_id), text=row.text)
            for row in self._connection.execute(query)
        )

    def words_of(self, partnership_id: PartnershipId, person: Person) -> tuple[tuple[Milestone, Word], ...]:
        """The words of one person, with what they are for, the earliest first."""
        query = (
            select(milestones, milestone_words.c.text)
            .join(milestone_words, milestone_words.c.milestone_id == milestones.c.id)
            .where(
                milestones.c.partnership_id == partnership_id,
                milestone_words.c.team_id == person.team_id,
                milestone_words.c.user_id == person.user_id,
            )
            .order_by(milestones.c.day, milestones.c.id)
        )
        return tuple(
            (_milestone(row), Word(milestone_id=row.id, person=person, text=row.text))
            for row in self._connection.execute(query)
        )

    def add_thanks(self, new: Thanks) -> None:
        """Keep thanks."""
        row = {
            "id": new.id,
            "partnership_id": new.partnership_id,
            "author_team_id": new.author and new.author.team_id,
            "author_user_id": new.author and new.author.user_id,
            "organisation_id": new.organisation_id,
            "thanked_team_id": new.thanked.team_id,
            "thanked_user_id": new.thanked.user_id,
            "text": new.text,
            "behaviour": new.behaviour,
            "said_on": new.said_on,
        }
        self._connection.execute(insert(thanks), row)

    def thanks_of(self, partnership_id: PartnershipId, person: Person) -> tuple[Thanks, ...]:
        """Signed thanks that a person wrote, and all that the person received; in no telling order."""
        sides = [
            and_(thanks.c[f"{side}_team_id"] == person.team_id, thanks.c[f"{side}_user_id"] == person.user_id)
            for side in ("author", "thanked")
        ]
        query = (
            select(thanks)
            .where(thanks.c.partnership_id == partnership_id, or_(*sides))
            .order_by(thanks.c.said_on, thanks.c.id)
        )
        return tuple(_thanks(row) for row in self._connection.execute(query))

    def forget_before(self, day: dt.date) -> int:
        """Delete thanks said and milestones dated before this day, with their words; returns of how many things."""
        old = milestones.c.day < day
        ids = select(milestones.c.id).where(old)
        self._connection.execute(delete(milestone_words).where(milestone_words.c.milestone_id.in_(ids)))
        said = self._connection.execute(delete(thanks).where(thanks.c.said_on < day).returning(thanks.c.id)).all()
        dated = self._connection.execute(delete(milestones).where(old).returning(milestones.c.id)).all()
        return len(said) + len(dated)


def _milestone(row: Row[Any]) -> Milestone:
    return Milestone(
        id=row.id,
        partnership_id=row.partnership_id,
        plan=Plan(
            title=row.title,
            on=row.day,
            kind=MilestoneKind(row.kind),
            before=row.phase_before,
            after=row.phase_after,
        ),
        fate=Fate(row.fate),
        told_on=row.told_on,
        agreed=frozenset(row.agreed),
    )


def _thanks(row: Row[Any]) -> Thanks:
    signed = row.author_user_id is not None
    return Thanks(
        id=row.id,
        partnership_id=row.partnership_id,
        author=Person(team_id=TeamId(row.author_team_id), user_id=UserId(row.author_user_id)) if signed else None,
        organisation_id=row.organisation_id,
        thanked=Person(team_id=row.thanked_team_id, user_id=row.thanked_user_id),
        text=row.text,
        behaviour=row.behaviour and Behaviour(row.behaviour),
        said_on=row.said_on,
    )
