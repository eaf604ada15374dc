"""The database gone for a moment under load, in small: the whole one is `make bench`."""

from pathlib import Path
from typing import Any

import pytest

from tests.bench.away import LONGEST_WAIT, away, full, locked
from tests.bench.processes import postgres


def test_while_postgresql_is_stopped_each_click_is_stored_or_its_person_told_and_the_bot_recovers() -> None:
    with postgres() as server:
        story = away(server.create(), server.stopped, seconds=2, rate=60, around=3)
    assert (story.broken, story.unanswered, story.was_unready) == (0, 0, True), story
    assert story.recovery < float("inf"), "how soon is for the bench to say"


@pytest.mark.parametrize(("leave", "variant"), [(locked, "whole"), (full, "can-be-full")])
def test_while_sqlite_cannot_write_each_click_is_stored_or_its_person_told_and_the_bot_recovers(
    tmp_path: Path, leave: Any, variant: str
) -> None:
    path = tmp_path / "pulse.db"
    story = away(f"sqlite:///{path}", lambda: leave(path), seconds=3, rate=100, variant=variant, around=2.5)
    assert story.is_good, story


def test_a_bot_that_tells_nobody_breaks_its_word(tmp_path: Path) -> None:
    path = tmp_path / "pulse.db"
    story = away(f"sqlite:///{path}", lambda: locked(path), seconds=3, rate=100, variant="tells-nobody", around=1)
    assert story.broken > 0


def test_a_bot_that_does_not_look_after_those_who_wait_lets_slack_give_up(tmp_path: Path) -> None:
    path = tmp_path / "pulse.db"
    story = away(f"sqlite:///{path}", lambda: locked(path), seconds=5, rate=100, variant="waits-on", around=1)
    assert story.worst > LONGEST_WAIT
