"""docs/operations.md explains every metric there is, and no other. Its commands run in operations/test_backup.py."""

import re
from pathlib import Path

import pytest

from bot.adapters.prometheus_meter import PrometheusMeter
from bot.cli import main
from bot.services.ports import Backlog
from tests.builders import TUESDAY

PAGE = (Path(__file__).parent.parent / "docs/operations.md").read_text(encoding="utf-8")


def test_every_metric_is_explained_and_no_other() -> None:
    text = PrometheusMeter().text(Backlog(due=0, oldest_due_at=None, oldest_work_at=None), TUESDAY, 0).decode()
    there = set(re.findall(r"^# TYPE (pulse_\w+) (?:counter|gauge|histogram)$", text, re.MULTILINE))
    there -= {each for each in there if each.endswith("_created")}
    assert set(re.findall(r"^\| `(pulse_\w+)", PAGE, re.MULTILINE)) == there


def test_every_metric_has_a_meaning_and_says_when_to_alert() -> None:
    rows = [line.strip("|").split("|") for line in PAGE.splitlines() if line.startswith("| `pulse_")]
    assert len(rows) > 10
    assert all(len(row) == 3 and all(cell.strip() for cell in row) for row in rows)


@pytest.mark.parametrize("command", sorted(set(re.findall(r"python -m bot ([a-z-]+)", PAGE))))
def test_every_command_of_the_guide_exists(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main([command, "--help"])
    assert left.value.code == 0
    assert capsys.readouterr().out
