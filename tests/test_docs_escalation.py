"""docs/escalation.md says what the code does: the diagram, the usual route map, the buttons, the times."""

import re
from pathlib import Path

from bot.domain.escalation import KEPT_FOR, diagram
from bot.domain.route_map import DAY_BEGINS, DAY_ENDS, DEFAULT
from bot.services.escalation_moves import SNOOZES
from bot.views.escalation_messages import BUTTONS

PAGE = (Path(__file__).parent.parent / "docs/escalation.md").read_text(encoding="utf-8")


def test_the_diagram_is_drawn_from_the_table() -> None:
    assert f"```mermaid\n{diagram()}\n```" in PAGE


def test_the_usual_route_map_is_told_as_it_is() -> None:
    told = re.findall(r"^\| ([a-z ]+) \| (\d+) \| the", PAGE, re.MULTILINE)
    assert told == [(each.level.called, str(each.working_days)) for each in DEFAULT]


def test_every_button_is_explained_and_no_other() -> None:
    table = PAGE[PAGE.index("| button |") :].partition("\n\n")[0]
    assert re.findall(r"^\| ([A-Z][^|]+) \|", table, re.MULTILINE) == list(BUTTONS.values())


def test_the_times_are_those_of_the_code() -> None:
    assert f"from {DAY_BEGINS.hour}:00 to {DAY_ENDS.hour}:00" in PAGE
    assert f"for {SNOOZES[0]} to {SNOOZES[-1]} working days" in PAGE
    assert f"deleted after {KEPT_FOR.days * 12 // 365} months" in PAGE
