"""Opening the database, and the order in which writers take their turns on SQLite."""

import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from storage.ahead import notice_writing
from storage.pending import write_before_reading
from storage.tables import stored_json

WRITES = "pulse_writes"
BUSY_FOR = 2.0
"""Seconds that a statement waits for a lock; no wait of an answer may exceed 2.5 s."""


_OF_BOTH: Mapping[str, Any] = {
    "hide_parameters": True,  # errors are logged, and parameters are answers
    "json_serializer": stored_json,
    "json_deserializer": orjson.loads,
}


class Turns:
    """A lock for the one writer that SQLite allows: answers enter first, everybody else in order of waiting."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._busy = False
        self._answers_waiting = 0

    @contextmanager
    def take(self, *, answers: bool) -> Iterator[None]:
        """Hold the turn to write; `answers` steps in front of all that are not."""
        with self._condition:
            self._answers_waiting += answers
            self._condition.wait_for(lambda: not self._busy and (answers or not self._answers_waiting))
            self._answers_waiting -= answers
            self._busy = True
        try:
            yield
        finally:
            with self._condition:
                self._busy = False
                self._condition.notify_all()


class Database:
    """An engine with its transactions: SQLite (WAL, synchronous=FULL) or PostgreSQL (psycopg 3)."""

    def __init__(self, url: str) -> None:
        """Open `url` ("sqlite:///PATH", "postgresql://..."). Raises ValueError with the reason."""
        try:
            parsed = make_url(url)
        except (ArgumentError, ValueError) as error:
            raise ValueError("it is not a database address such as sqlite:///data/pulse.db") from error
        backend = parsed.get_backend_name()
        if backend not in ("sqlite", "postgresql"):
            raise ValueError(f"{backend} is not supported; use sqlite:///PATH or postgresql://...")
        self.is_sqlite = backend == "sqlite"
        self._turns = Turns()
        self._for_answers: Connection | None = None
        if self.is_sqlite:
            if parsed.database:
                Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
            self.engine = create_engine(
                parsed, connect_args={"timeout": BUSY_FOR, "check_same_thread": False}, **_OF_BOTH
            )
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
        else:
            self.engine = create_engine(
                parsed.set(drivername="postgresql+psycopg"),
                pool_size=16,
                max_overflow=8,
                pool_pre_ping=True,
                pool_timeout=BUSY_FOR,
                connect_args={"connect_timeout": 2},
                **_OF_BOTH,
            )
            self.engine.dialect.use_insertmanyvalues_wo_returning = True  # many rows travel in one statement
        write_before_reading(self.engine)
        notice_writing(self.engine)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection in a transaction that commits at the end of the block, or not at all."""
        with self._turn(answers=False), _begun(self.engine, writes=True) as connection:
            yield connection

    @contextmanager
    def writing_answers(self) -> Iterator[Connection]:
        """The same for the one thread that stores answers: in front of all others, on a connection that it keeps."""
        with self._turn(answers=True):
            if self._for_answers is None:
                self._for_answers = self.engine.connect().execution_options(**{WRITES: True})
            try:
                with self._for_answers.begin():
                    yield self._for_answers
            except Exception:
                self._let_go()
                raise

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one moment of the database."""
        with _begun(self.engine, writes=False) as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A connection that sees one moment of the database however many statements it reads with."""
        with self.engine.connect() as connection:
            if not self.is_sqlite:  # SQLite's transactions do so anyway
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                yield connection

    def tidy(self) -> int:
        """Clear away what deleted and rewritten answers leave behind, which tells in which order people answered.

        On PostgreSQL dead rows, except those that somebody's transaction may still see: the next pass takes them. On
        SQLite the journal; pages are overwritten as rows are deleted (secure_delete). Returns 1: one thing was done.
        """
        with self._turn(answers=False), self.engine.connect() as connection:
            if self.is_sqlite:
                connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
            else:
                alone = connection.execution_options(isolation_level="AUTOCOMMIT")  # VACUUM takes no transaction
                alone.exec_driver_sql("VACUUM (SKIP_LOCKED) answers, comments")
        return 1

    def trouble(self) -> str | None:
        """Why the database does not answer; None when it does."""
        try:
            with self.reading() as connection:
                connection.exec_driver_sql("SELECT 1")
        except SQLAlchemyError as error:
            return type(error).__name__
        return None

    def close(self) -> None:
        """Give all connections back."""
        self._let_go()
        self.engine.dispose()

    def _turn(self, *, answers: bool) -> AbstractContextManager[None]:
        return self._turns.take(answers=answers) if self.is_sqlite else nullcontext()

    def _let_go(self) -> None:
        """Give the connection for answers back; one that may be broken is never used again."""
        kept, self._for_answers = self._for_answers, None
        if kept is not None:
            kept.close()


@contextmanager
def _begun(engine: Engine, *, writes: bool) -> Iterator[Connection]:
    with engine.connect() as connection:
        connection.execution_options(**{WRITES: writes})
        with connection.begin():
            yield connection


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # transactions begin in _begin_sqlite, not behind our back
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
