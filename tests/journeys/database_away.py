"""Ways in which a database can be away for a while."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from sqlalchemy import create_engine

from storage.engine import Database

Away = Callable[[Database], AbstractContextManager[None]]


@contextmanager
def is_unreachable(database: Database) -> Iterator[None]:
    """PostgreSQL ends all connections and takes no new ones; in SQLite's file the table cannot be found."""
    if database.is_sqlite:
        with database.writing() as connection:
            connection.exec_driver_sql("ALTER TABLE answers RENAME TO lost")
        yield
        with database.writing() as connection:
            connection.exec_driver_sql("ALTER TABLE lost RENAME TO answers")
        return
    url = database.engine.url
    server = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql(f'ALTER DATABASE "{url.database}" ALLOW_CONNECTIONS false')
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (str(url.database),)
        )
        try:
            yield
        finally:
            connection.exec_driver_sql(f'ALTER DATABASE "{url.database}" ALLOW_CONNECTIONS true')
    server.dispose()


@contextmanager
def hangs(database: Database) -> Iterator[None]:
    """Somebody else holds what a writer needs, and does not let go."""
    if database.is_sqlite:
        other = sqlite3.connect(str(database.engine.url.database), isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        try:
            yield
        finally:
            other.execute("ROLLBACK")
            other.close()
        return
    with database.engine.begin() as connection:
        connection.exec_driver_sql("LOCK TABLE answers IN ACCESS EXCLUSIVE MODE")
        yield
