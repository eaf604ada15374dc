"""docs/over-the-years.md promises one sentence of behaviour for each thing that happens, and a test for each."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/over-the-years.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("| ")]
BEHAVIOURS = [row for row in ROWS if row[0] != "What happens"]


def test_every_behaviour_names_a_test_that_exists() -> None:
    sources = (path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    known = {name for source in sources for name in re.findall(r"^(?:async )?def (test_\w+)", source, re.MULTILINE)}
    named = {row[2].strip("`") for row in BEHAVIOURS}
    assert len(named) == len(BEHAVIOURS)
    assert named - known == set()


def test_every_behaviour_is_one_sentence() -> None:
    assert BEHAVIOURS
    assert [row for row in BEHAVIOURS if len(row) != 3 or not row[1].endswith(".") or ". " in row[1]] == []
