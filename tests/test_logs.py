"""What the logs say: references, kinds, counts and places; never what a person said or what an error quotes."""

import datetime as dt
import io
import json
import logging
import os
import re
import subprocess
import sys
import urllib.error
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import SQLAlchemyError

from bot.domain.rounds import Click
from bot.logs import JsonFormatter, LineFormatter
from bot.services import comments, rounds
from schedules.tick import tick
from storage.engine import Database
from tests.builders import CHANNEL, HOME, add_partnership, person, stage
from tests.journeys.world import journey, people_of_northfield
from tests.services.stories import open_round

ROOT = Path(__file__).parent.parent
SAID = "Nobody listens to us."


@pytest.fixture(params=[LineFormatter])
def lines(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """All that is logged, down to the smallest, as it would be written."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(request.param())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


def test_values_stand_behind_the_message_in_one_order(lines: io.StringIO) -> None:
    logging.getLogger("pulse").warning("a round was closed", extra={"round": "r-1", "count": 3})
    assert lines.getvalue().rstrip().endswith("WARNING pulse a round was closed count=3 round=r-1")


def test_an_error_is_told_by_type_and_place_and_never_by_its_text(lines: io.StringIO) -> None:
    try:
        try:
            raise KeyError(SAID)
        except KeyError as cause:
            raise ValueError(SAID) from cause
    except ValueError as error:
        logging.getLogger("pulse").error("it failed", exc_info=error)
    written = lines.getvalue()
    assert SAID not in written
    assert written.index("builtins.ValueError") < written.index("builtins.KeyError")
    assert "test_logs.py" in written


as_json = pytest.mark.parametrize("lines", [JsonFormatter], indirect=True)
in_both_forms = pytest.mark.parametrize("lines", [LineFormatter, JsonFormatter], indirect=True)


@as_json
def test_as_json_every_line_is_one_object_with_the_same_values(lines: io.StringIO) -> None:
    logging.getLogger("pulse").warning("a round was %s", "closed", extra={"round": "r-1", "count": 3})
    written = json.loads(lines.getvalue())
    assert dt.datetime.fromisoformat(written.pop("time")).tzinfo is dt.UTC
    assert written == {
        "level": "WARNING",
        "logger": "pulse",
        "message": "a round was closed",
        "round": "r-1",
        "count": 3,
    }


@as_json
def test_as_json_a_value_can_neither_break_the_line_nor_replace_what_the_line_is(lines: io.StringIO) -> None:
    odd = {"kind": 'a"\n{', "level": "forged", "at": dt.date(2026, 5, 12)}
    logging.getLogger("pulse").info("odd", extra=odd)
    (line,) = lines.getvalue().splitlines()
    written = json.loads(line)
    assert (written["level"], written["kind"], written["at"]) == ("INFO", 'a"\n{', "2026-05-12")


@as_json
def test_as_json_an_error_is_told_by_type_and_place_and_never_by_its_text(lines: io.StringIO) -> None:
    try:
        raise ValueError(SAID)
    except ValueError as error:
        logging.getLogger("pulse").error("it failed", exc_info=error)
    assert SAID not in lines.getvalue()
    first, second = json.loads(lines.getvalue())["error"]
    assert first == "builtins.ValueError"
    assert "test_logs.py" in second


@pytest.mark.parametrize(("setting", "is_json"), [("json", True), ("text", False), ("", False)])
def test_the_setting_decides_the_form(setting: str, is_json: bool) -> None:
    program = "from bot.cli import main; import logging; main(['new-key']); logging.getLogger('pulse').warning('hm')"
    ran = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PULSE_LOGS": setting},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert ran.stderr.startswith("{") is is_json


@in_both_forms
def test_what_the_database_refuses_is_not_repeated(database: Database, lines: io.StringIO) -> None:
    """A database quotes the row that it refuses, and parameters are answers."""
    with stage(database) as on:
        made = add_partnership(on)
        open_round(on, made)
        with on.ports.store.read() as tx:
            asked = tx.rounds.current(made.id)
        assert asked is not None
        with database.writing() as connection:
            connection.exec_driver_sql("ALTER TABLE comments RENAME TO gone")
        with pytest.raises(SQLAlchemyError) as failed:
            comments.write(on.ports, HOME, CHANNEL, person(3), asked.id, SAID)
        logging.getLogger("pulse").error("a comment could not be stored", exc_info=failed.value)
    assert "sqlalchemy.exc." in lines.getvalue()
    assert SAID not in str(failed.value)
    assert not re.search(r"U0H03|[0-9a-f]{64}", lines.getvalue())


@in_both_forms
def test_an_answer_that_cannot_be_stored_is_logged_without_it(database: Database, lines: io.StringIO) -> None:
    refused = (
        "CREATE TRIGGER no_one BEFORE INSERT ON answers BEGIN SELECT RAISE(ABORT, 'no'); END"
        if database.is_sqlite
        else "ALTER TABLE answers ADD CONSTRAINT no_one CHECK (score > 5)"
    )
    with stage(database) as on:
        made = add_partnership(on)
        open_round(on, made)
        with on.ports.store.read() as tx:
            asked = tx.rounds.current(made.id)
        assert asked is not None
        with database.writing() as connection:
            connection.exec_driver_sql(refused)
        click = Click(
            round_id=asked.id,
            item_id=asked.items[0],
            score=2,
            person=person(3),
            channel_id=CHANNEL,
            at=on.clock.now(),
        )
        with pytest.raises(Exception, match="not saved"):
            on.writer.store(click)
    written = lines.getvalue()
    assert "an answer could not be stored" in written
    assert asked.id in written
    assert not re.search(r"U0H03|score|[0-9a-f]{64}", written)


def test_work_that_fails_is_logged_by_kind_and_partnership(sqlite: Database, lines: io.StringIO) -> None:
    with stage(sqlite) as on:
        made = add_partnership(on)
        with on.ports.store.write() as tx:
            rounds.plan(tx, on.ports, made, on.clock.now().replace(hour=0))
        with sqlite.writing() as connection:
            connection.exec_driver_sql("UPDATE partnerships SET timezone = 'Nowhere/Atlantis'")
        tick(on.ports)
    assert f"due work failed kind=open partnership={made.id}" in lines.getvalue()
    assert "Atlantis" not in lines.getvalue()


def test_the_reference_that_a_person_is_given_stands_in_the_log(sqlite: Database, lines: io.StringIO) -> None:
    with journey(sqlite, "http") as j:
        people_of_northfield(j.slack)
        on = stage(sqlite)
        on.clock.at = j.clock.at
        add_partnership(on)
        with sqlite.writing() as connection:
            connection.exec_driver_sql("ALTER TABLE rounds RENAME TO gone")
        with pytest.raises(urllib.error.HTTPError):
            j.command("U0H01", "results")
        j.settle()
        told = re.search(r"\(ref (\w+)\)", j.said("U0H01"))
    assert told is not None
    assert f"a handler failed reference={told[1]} " in lines.getvalue()
