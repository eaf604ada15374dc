"""Bringing a database to the newest migration, from any earlier one or from nothing.

Alembic is loaded only where something is missing: it takes as long to load as everything else that storage needs.
"""

from pathlib import Path

from sqlalchemy import inspect, text

from storage.engine import Database

_FOLDER = Path(__file__).with_name("migrations")
_ONE_AT_A_TIME = 7_150_316  # the advisory lock that replicas take when they start together


def migrate(database: Database) -> None:
    """Run what is missing; safe when several replicas start at once. Raises OSError when the database is away."""
    if (trouble := database.trouble()) is not None:
        raise OSError(f"The database does not answer ({trouble}); check DATABASE_URL")
    if not pending(database):
        return
    from alembic import command
    from alembic.config import Config

    with database.writing() as connection:
        if not database.is_sqlite:
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_ONE_AT_A_TIME})"))
        config = Config()
        config.set_main_option("script_location", str(_FOLDER))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def pending(database: Database) -> bool:
    """Whether the database misses a migration that this code needs; one that is ahead works with older code too."""
    with database.reading() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return True
        current = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return current is None or not current.isdecimal() or current < newest()  # another program's are not numbers


def newest() -> str:
    """The number of the newest migration."""
    return max(path.name[:4] for path in (_FOLDER / "versions").glob("[0-9]*.py"))
