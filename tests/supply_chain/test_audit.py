"""The audit finds what the database knows of the pinned versions, and nothing else."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.supply_chain.audit import is_affected, main
from tests.supply_chain.pins import RUNS, pins

STARLETTE = pins(RUNS)["starlette"]
Json = dict[str, Any]


def record(*events: Json, name: str = "starlette", **more: Any) -> Json:
    """A record in the form of OSV (https://ossf.github.io/osv-schema/)."""
    span = {"type": "ECOSYSTEM", "events": list(events)}
    affected = {"package": {"ecosystem": "PyPI", "name": name}, "ranges": [span]}
    return {"id": "PLANTED-1", "modified": "2026-05-12T00:00:00Z", "affected": [affected], **more}


PLANTED = record({"introduced": "0"}, {"fixed": "99"}, aliases=["CVE-2026-0001"])
ELSEWHERE = record({"introduced": "0"}, name="no-library-of-ours")


def written(folder: Path, *known: Json) -> str:
    for number, each in enumerate(known):
        (folder / f"{number}.json").write_text(json.dumps(each), encoding="utf-8")
    return str(folder)


def test_a_planted_record_is_found_and_fails_the_audit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([written(tmp_path, PLANTED, ELSEWHERE)]) == 1
    told = capsys.readouterr().out
    assert f"starlette {STARLETTE.version}: PLANTED-1, CVE-2026-0001 (mended in 99)" in told
    assert "2 records, the newest of 2026-05-12" in told


def test_the_archive_is_read_as_osv_publishes_it(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("PLANTED-1.json", json.dumps(PLANTED))
    assert main([str(tmp_path)]) == 1


@pytest.mark.parametrize(
    "known",
    [
        ELSEWHERE,
        record({"introduced": "0"}, {"fixed": "0.1"}),
        {**PLANTED, "withdrawn": "2026-05-13T00:00:00Z"},
        record({"introduced": "0"}, name="starlette-admin"),
    ],
)
def test_what_does_not_concern_the_pins_passes(known: Json, tmp_path: Path) -> None:
    assert main([written(tmp_path, known)]) == 0


def test_a_record_of_another_registry_is_not_ours(tmp_path: Path) -> None:
    other = json.loads(json.dumps(PLANTED).replace("PyPI", "npm"))
    assert main([written(tmp_path, other, ELSEWHERE)]) == 0


@pytest.mark.parametrize("known", [[], [json.loads(json.dumps(PLANTED).replace("PyPI", "npm"))]])
def test_a_folder_without_records_of_python_packages_does_not_pass(known: list[Json], tmp_path: Path) -> None:
    """An empty or wrong folder must not look like a clean bill."""
    assert main([written(tmp_path, *known)]) == 2


def test_names_are_compared_as_the_registry_compares_them(tmp_path: Path) -> None:
    assert main([written(tmp_path, record({"introduced": "0"}, name="Slack_SDK"))]) == 1


TWICE = [{"introduced": "1.0"}, {"fixed": "1.2"}, {"introduced": "2.0"}, {"last_affected": "2.3"}]


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        *(("0.9", False), ("1.0rc1", False), ("1.0", True), ("1.1.9", True), ("1.2", False), ("1.10", False)),
        *(("2.0", True), ("2.3", True), ("2.3.1", False), ("2.10", False)),
    ],
)
@pytest.mark.parametrize("events", [TWICE, TWICE[::-1]])
def test_a_version_is_inside_or_outside_of_the_ranges(version: str, expected: bool, events: list[Json]) -> None:
    assert is_affected(version, {"ranges": [{"type": "ECOSYSTEM", "events": events}]}) is expected


@pytest.mark.parametrize(("version", "expected"), [("1.0", True), ("1.0.0", True), ("1.1", False)])
def test_a_listed_version_is_affected_whatever_the_ranges_say(version: str, expected: bool) -> None:
    commits = {"type": "GIT", "events": [{"introduced": "0"}, {"fixed": "8f14e45fceea167a"}]}
    assert is_affected(version, {"versions": ["1.0", "not-a-version"], "ranges": [commits]}) is expected


@pytest.mark.parametrize(("listed", "expected"), [([], True), (["1.0"], False)])
def test_a_range_that_cannot_be_read_is_looked_at_by_a_person_unless_all_is_listed(
    listed: list[str], expected: bool
) -> None:
    odd = {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "one-point-two"}]}
    assert is_affected("1.1", {"versions": listed, "ranges": [odd]}) is expected
