"""Questions about one partnership, asked for many at once where work on many of them is due.

Building a statement takes longer than the database needs to answer it, so each question is built once. A tick asks it
once for all the partnerships that it works on, when the first of them needs the answer. What was read ahead counts
until the transaction writes to its table; from then on each partnership is asked for alone.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, Select, Table, bindparam, event

from bot.domain.ids import PartnershipId
from storage.among import among
from storage.pending import write_pending_of

_NAME = "ahead"


class Question:
    """Rows of `table` that belong to a partnership: those of `query` with its id in the column `of`."""

    def __init__(self, table: Table, query: Select[Any], of: ColumnElement[str] | None = None) -> None:
        column = table.c.partnership_id if of is None else of
        self.table = table
        self.of_one = query.where(column == bindparam("of"))
        self._column, self._any = column, query.add_columns(column.label("asked_of"))

    def of_many(self, connection: Connection, ids: Collection[PartnershipId]) -> Select[Any]:
        """The rows of many, each with the id as its last value."""
        return self._any.where(among(connection, self._column, ids))


class Ahead:
    """What one transaction reads ahead, and for which partnerships."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._expected: frozenset[PartnershipId] = frozenset()
        self._read: dict[Question, dict[PartnershipId, list[Row[Any]]]] = {}
        self._written: set[Table] = set()
        connection.info[_NAME] = self

    def expect(self, ids: Collection[PartnershipId]) -> None:
        """Answer from now on for all of these what is asked about one of them."""
        self._expected = frozenset(ids) if len(ids) > 1 else frozenset()

    def answers(self, question: Question, partnership_id: PartnershipId) -> Sequence[Row[Any]] | None:
        """The rows of one partnership; None if it has to be asked for alone."""
        write_pending_of(self._connection, question.table)
        if partnership_id not in self._expected or question.table in self._written:
            return None
        if question not in self._read:
            found = self._read[question] = {}
            for row in self._connection.execute(question.of_many(self._connection, self._expected)).all():
                found.setdefault(row.asked_of, []).append(row)
        return self._read[question].get(partnership_id, [])

    def is_executed(self, statement: str) -> None:
        """Forget what a statement may change: all that it names, unless it only reads."""
        if not statement.startswith("SELECT"):
            changed = {question for question in self._read if question.table.name in statement}
            self._written |= {question.table for question in changed}
            for question in changed:
                del self._read[question]

    def forget(self) -> None:
        """Read ahead no more."""
        self._connection.info.pop(_NAME, None)


def ask(connection: Connection, question: Question, partnership_id: PartnershipId) -> Sequence[Row[Any]]:
    """The rows of a partnership, in the order of the query."""
    ahead: Ahead | None = connection.info.get(_NAME)
    found = None if ahead is None else ahead.answers(question, partnership_id)
    return connection.execute(question.of_one, {"of": partnership_id}).all() if found is None else found


def notice_writing(engine: Engine) -> None:
    """Let nobody find what was read before it was changed."""

    @event.listens_for(engine, "before_cursor_execute")
    def _notice(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        ahead: Ahead | None = connection.info.get(_NAME)
        if ahead is not None:
            ahead.is_executed(statement)
