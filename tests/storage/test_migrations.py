"""The migrations make the tables that the code speaks of, on both databases."""

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from storage.engine import Database
from storage.migrate import migrate, pending
from storage.unit_of_work import metadata


def test_the_migrations_and_the_tables_agree(database: Database) -> None:
    with database.reading() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    assert differences == []


def test_migrating_again_changes_nothing(database: Database) -> None:
    assert not pending(database)
    migrate(database)
    assert not pending(database)


def test_an_empty_database_says_that_it_is_behind(tmp_path: object) -> None:
    empty = Database(f"sqlite:///{tmp_path}/empty.db")
    assert pending(empty)
    empty.close()
