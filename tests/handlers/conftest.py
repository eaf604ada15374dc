"""Two partnerships, made once and cloned for each test that asks for something in them."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from handlers.registry import register_all
from storage.engine import Database
from tests.builders import CHANNEL, stage
from tests.conftest import sqlite_database
from tests.handlers.apps import bolt_app, deps_of
from tests.handlers.asking import Asking
from tests.handlers.two_partnerships import ELSEWHERE, STANDINGS, two_partnerships
from tests.slack_double import SlackDouble


@pytest.fixture(scope="session")
def peopled(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A database with both partnerships, and the ids of what is in the first one."""
    path = tmp_path_factory.mktemp("two-partnerships") / "pulse.db"
    shutil.copy(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    with stage(database) as on:
        ids = two_partnerships(on)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path, ids


@pytest.fixture
def people_there(peopled: tuple[Path, dict[str, str]], tmp_path: Path) -> Iterator[Database]:
    """A clone of it."""
    yield from sqlite_database(peopled[0], tmp_path)


@pytest.fixture
def asking(peopled: tuple[Path, dict[str, str]], people_there: Database) -> Iterator[Asking]:
    """The app over it, with everybody in Slack."""
    everybody = (*STANDINGS, *ELSEWHERE)
    with stage(people_there) as on, SlackDouble() as slack:
        for who in everybody:
            slack.world.add_user(who.user_id, team_id=who.team_id)
        slack.world.add_channel(CHANNEL, members=[each.user_id for each in everybody])
        deps = deps_of(on.ports, slack)
        app = bolt_app(slack, deps)
        register_all(app, deps)
        yield Asking(on=on, slack=slack, app=app, deps=deps, ids=peopled[1])
