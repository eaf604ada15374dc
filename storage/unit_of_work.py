"""One transaction over all tables, and the store that begins it."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection

from bot.domain.ids import PartnershipId
from bot.services.ports import Vault
from storage.actions import SqlActions
from storage.ahead import Ahead
from storage.alerts import SqlAlerts
from storage.answers import SqlAnswers
from storage.claiming import Pace
from storage.engine import Database
from storage.escalations import SqlEscalations
from storage.installations import SqlInstallations
from storage.milestones import SqlMilestones
from storage.notebook import SqlNotebook
from storage.outbox import SqlOutbox
from storage.partnerships import SqlPartnerships
from storage.pending import Pending
from storage.people import SqlPeople
from storage.publications import SqlPublications
from storage.rounds import SqlRounds
from storage.schedule import SqlSchedule
from storage.tables import metadata


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlTransaction:
    """bot.services.ports.Transaction over one connection."""

    partnerships: SqlPartnerships
    people: SqlPeople
    rounds: SqlRounds
    answers: SqlAnswers
    publications: SqlPublications
    outbox: SqlOutbox
    schedule: SqlSchedule
    notebook: SqlNotebook
    alerts: SqlAlerts
    milestones: SqlMilestones
    escalations: SqlEscalations
    actions: SqlActions
    installations: SqlInstallations

    ahead: Ahead | None

    def prefetch(self, ids: Collection[PartnershipId]) -> None:
        """Read at once what work on many partnerships asks for; they stay as they are until the transaction ends."""
        if self.ahead is not None:
            self.ahead.expect(ids)
        self.partnerships.prefetch(ids)
        self.rounds.prefetch(ids)


class SqlStore:
    """bot.services.ports.Store over a database."""

    def __init__(self, database: Database, vault: Vault, pace: Pace | None = None) -> None:
        self._database = database
        self._vault = vault
        self._pace = pace or Pace()

    @contextmanager
    def write(self) -> Iterator[SqlTransaction]:
        """A transaction that commits at the end of the block, or not at all."""
        with self._database.writing() as connection:
            pending, ahead = Pending(connection), Ahead(connection)
            try:
                yield self._over(connection, ahead)
                pending.write()
            finally:
                pending.forget()
                ahead.forget()

    @contextmanager
    def read(self) -> Iterator[SqlTransaction]:
        """A transaction that never writes."""
        with self._database.reading() as connection:
            yield self._over(connection)

    @property
    def lets_two_write(self) -> bool:
        """Whether one transaction writes while another does."""
        return not self._database.is_sqlite

    def tidy(self) -> int:
        """Clear away what deleted and rewritten answers leave behind."""
        return self._database.tidy()

    def _over(self, connection: Connection, ahead: Ahead | None = None) -> SqlTransaction:
        return SqlTransaction(
            partnerships=SqlPartnerships(connection, locks=ahead is not None),
            people=SqlPeople(connection, self._vault),
            rounds=SqlRounds(connection),
            answers=SqlAnswers(connection, self._vault),
            publications=SqlPublications(connection),
            outbox=SqlOutbox(connection, self._pace),
            schedule=SqlSchedule(connection),
            notebook=SqlNotebook(connection, self._vault),
            alerts=SqlAlerts(connection),
            milestones=SqlMilestones(connection),
            escalations=SqlEscalations(connection),
            actions=SqlActions(connection),
            installations=SqlInstallations(connection, self._vault),
            ahead=ahead,
        )


__all__ = ["SqlStore", "SqlTransaction", "metadata"]
