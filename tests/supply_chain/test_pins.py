"""What is installed is what was pinned: every file by its hash, and from whatever registry people use."""

import re
from pathlib import Path

import pytest

from tests.supply_chain.pins import CHECKS, ROOT, RUNS, Pin, pins

BOTH = pytest.mark.parametrize("path", [RUNS, CHECKS], ids=lambda path: path.name)


@BOTH
def test_every_library_is_pinned_with_hashes(path: Path) -> None:
    found = pins(path)
    assert len(found) > 40
    assert [each.name for each in found.values() if not each.hashes] == []


@BOTH
def test_nothing_but_pins_and_hashes_stands_in_the_file(path: Path) -> None:
    """No address of a registry, no option that weakens the hashes, no line without a hash."""
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"://|^\s*-(?!-hash)", text, re.MULTILINE)


def test_what_checks_checks_what_runs() -> None:
    checks = pins(CHECKS)
    assert {name: checks[name] for name in pins(RUNS)} == pins(RUNS)


@pytest.mark.parametrize("line", ["six", "six>=1", "six @ https://files.example/six.whl", "-e ."])
def test_a_line_that_is_no_pin_is_refused(line: str, tmp_path: Path) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text(f"{line}\n", encoding="utf-8")
    with pytest.raises(ValueError, match="not a pinned library"):
        pins(path)


def test_a_pin_is_read_with_its_hashes(tmp_path: Path) -> None:
    path = tmp_path / "requirements.txt"
    marked = (
        f"uvloop==0.23.0 ; sys_platform != 'win32' \\\n    --hash=sha256:{'a' * 64} \\\n    --hash=sha256:{'b' * 64}\n"
    )
    path.write_text(marked, encoding="utf-8")
    assert pins(path) == {"uvloop": Pin(name="uvloop", version="0.23.0", hashes=("a" * 64, "b" * 64))}


@pytest.mark.parametrize(("place", "file"), [("Makefile", "requirements-dev.txt"), ("Dockerfile", "requirements.txt")])
def test_whatever_installs_insists_on_the_hashes(place: str, file: str) -> None:
    text = (ROOT / place).read_text(encoding="utf-8").replace("\\\n", " ")
    installs = re.findall(r"pip install[^\n&]*", text)
    assert len(installs) == 1
    assert re.search(rf"--require-hashes\s+-r {re.escape(file)}", installs[0])
