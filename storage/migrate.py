"""Bringing a database to the newest migration, from any earlier one or from nothing."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from storage.engine import Database

_FOLDER = Path(__file__).with_name("migrations")
_ONE_AT_A_TIME = 7_150_316  # the advisory lock that replicas take when they start together


def migrate(database: Database) -> None:
    """Run what is missing; safe when several replicas start at once. Raises OSError when the database is away."""
    if (trouble := database.trouble()) is not None:
        raise OSError(f"The database does not answer ({trouble}); check DATABASE_URL")
    with database.writing() as connection:
        if not database.is_sqlite:
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_ONE_AT_A_TIME})"))
        command.upgrade(_config(connection), "head")


def pending(database: Database) -> bool:
    """Whether the database misses a migration that this code needs."""
    with database.reading() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    return current != ScriptDirectory(str(_FOLDER)).get_current_head()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["connection"] = connection
    return config
