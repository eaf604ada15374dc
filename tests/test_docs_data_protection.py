"""docs/data-protection.md: every length is the code's, every table has a row, and what it names exists."""

import datetime as dt
import re

import pytest

from bot.cli import main
from bot.domain import escalation, thanks
from bot.domain.own_data import BACKUPS_KEPT_FOR
from handlers.registry import verbs
from storage.engine import Database
from storage.unit_of_work import metadata
from tests.builders import stage
from tests.handlers.apps import deps_of
from tests.manifest.listening import ROOT
from tests.retention import BEGIN, END, PAGE, ROWS, in_words, table

TEXT = PAGE.read_text(encoding="utf-8")
ASSESSMENT = (ROOT / "docs/impact-assessment.md").read_text(encoding="utf-8")
BOTH = pytest.mark.parametrize("page", [TEXT, ASSESSMENT], ids=["record", "assessment"])


def test_the_table_is_made_from_the_code() -> None:
    """After a change: python -m tests.retention."""
    assert BEGIN + table() + END in TEXT


def test_every_table_of_the_database_is_in_one_row() -> None:
    assert sorted(name for row in ROWS for name in row.tables) == sorted(metadata.tables)


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (dt.timedelta(days=30), "30 days"),
        (dt.timedelta(days=1), "1 day"),
        (dt.timedelta(minutes=10), "10 minutes"),
        (dt.timedelta(seconds=10), "10 seconds"),
        (dt.timedelta(days=729), "729 days"),
        (thanks.KEPT_FOR, "24 months"),
        (escalation.KEPT_FOR, "24 months"),
    ],
)
def test_lengths_are_said_as_people_say_them(length: dt.timedelta, words: str) -> None:
    assert in_words(length) == words


def test_backups_are_kept_as_long_as_the_guide_for_operators_keeps_them() -> None:
    told = re.search(r"backups until they are (\d+) days old", TEXT)
    assert told is not None
    assert int(told[1]) == BACKUPS_KEPT_FOR.days
    operations = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    assert {int(each) + 1 for each in re.findall(r"-mtime \+(\d+)", operations)} == {int(told[1])}


@BOTH
def test_what_the_pages_point_to_exists(page: str) -> None:
    for file, place in re.findall(r"\]\(([\w./-]*)(#[\w-]+)?\)", page):
        target = (ROOT / "docs" / file).read_text(encoding="utf-8")
        headings = [
            re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in re.findall("^#+ (.+)", target, re.M)
        ]
        assert not place or place[1:] in headings


def test_every_slash_command_that_is_named_is_offered(sqlite: Database) -> None:
    with stage(sqlite) as on:
        offered = {verb.name for verb in verbs(deps_of(on.ports))}
    named = set(re.findall(r"`/pulse ([a-z-]+)`", TEXT))
    assert {"my-data", "forget-me"} <= named <= offered


@pytest.mark.parametrize("command", sorted(set(re.findall(r"`python -m bot ([a-z-]+)", TEXT))))
def test_every_command_line_that_is_named_exists(command: str) -> None:
    with pytest.raises(SystemExit) as left:
        main([command, "--help"])
    assert left.value.code == 0
