"""The migrations make the tables that the code speaks of, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from storage import migrate as migrate_module
from storage.engine import Database
from storage.migrate import migrate, newest, pending
from storage.unit_of_work import metadata


def test_the_migrations_and_the_tables_agree(database: Database) -> None:
    with database.reading() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    assert differences == []


def test_migrating_again_changes_nothing(database: Database) -> None:
    assert not pending(database)
    migrate(database)
    assert not pending(database)


def test_the_newest_number_is_the_head_of_the_migrations() -> None:
    folder = Path(migrate_module.__file__).with_name("migrations")
    assert newest() == ScriptDirectory(str(folder)).get_current_head()


def test_an_older_program_starts_on_a_newer_database(database: Database) -> None:
    """While replicas are replaced one after the other, the old ones go on."""
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    assert not pending(database)
    migrate(database)


def test_an_empty_database_says_that_it_is_behind(tmp_path: object) -> None:
    empty = Database(f"sqlite:///{tmp_path}/empty.db")
    assert pending(empty)
    empty.close()


def test_a_database_of_another_program_is_not_taken_for_a_newer_one(database: Database) -> None:
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'ab12cd34'")
    assert pending(database)
    with pytest.raises(CommandError):
        migrate(database)


def test_replicas_that_start_together_migrate_one_after_another(postgres: Database) -> None:
    with postgres.writing() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    with ThreadPoolExecutor(3) as replicas:
        for each in [replicas.submit(migrate, postgres) for _ in range(3)]:
            each.result()
    assert not pending(postgres)
