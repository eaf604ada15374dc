"""Answers and comments: no time, no order, no name."""

import random
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    String,
    Table,
    bindparam,
    cast,
    delete,
    distinct,
    exists,
    func,
    insert,
    select,
)

from bot.domain.drift_alerts import Answer as Comparable
from bot.domain.errors import Unavailable
from bot.domain.ids import PartnershipId, Pseudonym, RoundId
from bot.domain.promise import Promise
from bot.domain.responses import Answer
from bot.domain.rounds import OwnAnswer
from bot.domain.sentiment import Mood, Sentiment
from bot.services.ports import KeptComment, PastAnswer, Vault
from storage.tables import answers, comments, rounds
from storage.upsert import put

_OF_THE_PAST = (
    rounds.c.id == answers.c.round_id,
    rounds.c.partnership_id == bindparam("of"),
    rounds.c.week >= bindparam("first_week"),
    answers.c.score.is_not(None),
)
_ANSWERED = (rounds.c.week, answers.c.pseudonym, answers.c.score, answers.c.organisation_id, answers.c.dimension)
_PAST = select(*_ANSWERED, answers.c.counts).where(*_OF_THE_PAST)
# One row with a text for each column: a thousand rows take more than twice as long, most of it in the interpreter.
_COUNTED_PAST = select(*(func.aggregate_strings(cast(each, String), ",") for each in _ANSWERED)).where(
    *_OF_THE_PAST, answers.c.organisation_id.is_not(None), answers.c.counts
)


class SqlAnswers:
    """bot.services.ports.Answers over one connection."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    def of_round(self, round_id: RoundId) -> tuple[Answer, ...]:
        """All answers of a round."""
        rows = self._connection.execute(select(answers).where(answers.c.round_id == round_id))
        return tuple(
            Answer(
                person=row.pseudonym,
                organisation=row.organisation_id,
                dimension=row.dimension,
                item=row.item_id,
                score=row.score,
                counts=row.counts,
            )
            for row in rows
        )

    def own(self, round_id: RoundId, pseudonym: Pseudonym) -> tuple[OwnAnswer, ...]:
        """What one person answered in a round."""
        query = select(answers.c.item_id, answers.c.score).where(
            answers.c.round_id == round_id, answers.c.pseudonym == pseudonym
        )
        return tuple(OwnAnswer(item_id=row.item_id, score=row.score) for row in self._connection.execute(query))

    def own_of_all(self, partnership_id: PartnershipId, pseudonym: Pseudonym) -> dict[RoundId, tuple[OwnAnswer, ...]]:
        """What one person answered, in every round of which answers are kept."""
        own: dict[RoundId, tuple[OwnAnswer, ...]] = {}
        for row in self._connection.execute(select(answers).where(*_own_rows(answers, partnership_id, pseudonym))):
            own[row.round_id] = (*own.get(row.round_id, ()), OwnAnswer(item_id=row.item_id, score=row.score))
        return own

    def own_comments(self, partnership_id: PartnershipId, pseudonym: Pseudonym) -> dict[RoundId, KeptComment]:
        """One person's comments, in every round of which comments are kept."""
        rows = self._connection.execute(select(comments).where(*_own_rows(comments, partnership_id, pseudonym)))
        return {row.round_id: self._comment(row) for row in rows}

    def forget(self, partnership_id: PartnershipId, pseudonym: Pseudonym) -> None:
        """Delete all answers and comments of one person."""
        for table in (answers, comments):
            self._connection.execute(delete(table).where(*_own_rows(table, partnership_id, pseudonym)))

    def people_in(self, round_id: RoundId) -> int:
        """How many distinct people have answered in a round."""
        query = select(func.count(distinct(answers.c.pseudonym))).where(answers.c.round_id == round_id)
        return int(self._connection.execute(query).scalar_one())

    def history(self, partnership_id: PartnershipId, first_week: int) -> tuple[PastAnswer, ...]:
        """All scored answers of a partnership from a week on."""
        past = {"of": partnership_id, "first_week": first_week}
        return tuple(PastAnswer(*row) for row in self._connection.execute(_PAST, past).all())

    def comparable(self, partnership_id: PartnershipId, first_week: int) -> list[Comparable]:
        """The same of people with an organisation, whose answers count, as drift compares them."""
        past = {"of": partnership_id, "first_week": first_week}
        columns = self._connection.execute(_COUNTED_PAST, past).one()
        if not columns[0]:  # no answer, no text
            return []
        weeks, people, scores, partners, dimensions = (column.split(",") for column in columns)
        return list(map(Comparable, map(int, weeks), people, map(int, scores), partners, dimensions))

    def forget_before(self, partnership_id: PartnershipId, week: int) -> None:
        """Delete answers and comments of rounds before this week."""
        old = select(rounds.c.id).where(rounds.c.partnership_id == partnership_id, rounds.c.week < week)
        for table in (answers, comments):
            self._connection.execute(delete(table).where(table.c.round_id.in_(old)))

    def forget_expired(self, week: int) -> int:
        """Delete what the round's own promise keeps no longer, also of ended partnerships; returns how many rounds."""
        held = exists().where(answers.c.round_id == rounds.c.id) | exists().where(comments.c.round_id == rounds.c.id)
        query = select(rounds.c.id, rounds.c.week, rounds.c.promise).where(rounds.c.week < week, held)
        old = [
            row.id
            for row in self._connection.execute(query)
            if row.week <= week - Promise.from_dict(row.promise).retention_weeks
        ]
        emptied: set[RoundId] = set()
        for table in (answers, comments):
            gone = delete(table).where(table.c.round_id.in_(old)).returning(table.c.round_id)
            emptied.update(self._connection.execute(gone).scalars())
        return len(emptied)

    def rewrite_shuffled(self, round_id: RoundId, randomness: random.Random) -> None:
        """Store the round's answers and comments again in random order."""
        for table in (answers, comments):
            taken = delete(table).where(table.c.round_id == round_id).returning(*table.c)
            rows = [dict(row) for row in self._connection.execute(taken).mappings()]
            if rows:
                randomness.shuffle(rows)
                self._connection.execute(insert(table), rows)

    def put_comment(self, partnership_id: PartnershipId, round_id: RoundId, comment: KeptComment) -> None:
        """Store a comment, in place of an earlier one of the same person."""
        row = {
            "round_id": round_id,
            "pseudonym": comment.pseudonym,
            "partnership_id": partnership_id,
            "organisation_id": comment.organisation_id,
            "counts": comment.counts,
            "sealed_text": self._vault.seal(comment.text),
            "quotable": comment.quotable,
            "sentiment": {
                "polarity": comment.sentiment.polarity,
                "label": comment.sentiment.label,
                "confidence": comment.sentiment.confidence,
                "themes": list(comment.sentiment.themes),
            },
        }
        put(self._connection, comments, row, [comments.c.round_id, comments.c.pseudonym])

    def remove_comment(self, round_id: RoundId, pseudonym: Pseudonym) -> None:
        """Delete a person's comment in a round."""
        self._connection.execute(
            delete(comments).where(comments.c.round_id == round_id, comments.c.pseudonym == pseudonym)
        )

    def comment(self, round_id: RoundId, pseudonym: Pseudonym) -> KeptComment | None:
        """A person's comment in a round."""
        found = self._comments(comments.c.round_id == round_id, comments.c.pseudonym == pseudonym)
        return found[0] if found else None

    def comments_of(self, round_ids: Sequence[RoundId]) -> tuple[KeptComment, ...]:
        """All comments of some rounds."""
        return self._comments(comments.c.round_id.in_(round_ids))

    def _comments(self, *conditions: object) -> tuple[KeptComment, ...]:
        rows = self._connection.execute(select(comments).where(*conditions))  # type: ignore[arg-type]  # conditions of one table
        return tuple(self._comment(row) for row in rows)

    def _comment(self, row: Row[Any]) -> KeptComment:
        text = self._opened(row.sealed_text)
        return KeptComment(
            pseudonym=row.pseudonym,
            organisation_id=row.organisation_id,
            counts=row.counts,
            text=text or "",
            quotable=row.quotable and text is not None,
            sentiment=Sentiment(
                polarity=row.sentiment["polarity"],
                label=Mood(row.sentiment["label"]),
                confidence=row.sentiment["confidence"],
                themes=tuple(row.sentiment["themes"]),
            ),
        )

    def _opened(self, sealed: bytes) -> str | None:
        """The words of a comment; None when the secret key was lost: its mood counts still, and it is never quoted."""
        try:
            return self._vault.open(sealed)
        except Unavailable:
            return None


def _own_rows(
    table: Table, partnership_id: PartnershipId, pseudonym: Pseudonym
) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """One person's rows in all rounds of a partnership: by the key, for there is no index of who answered."""
    its = select(rounds.c.id).where(rounds.c.partnership_id == partnership_id)
    return table.c.round_id.in_(its), table.c.pseudonym == pseudonym
