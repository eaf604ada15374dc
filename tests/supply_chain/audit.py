"""Known vulnerabilities of the pinned libraries, from a local copy of the OSV database: `make audit DB=folder`.

Nothing is asked of the network, so nobody learns what is installed. docs/operations.md says where the copy comes from.
"""

import argparse
import json
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from tests.supply_chain.pins import CHECKS, RUNS, Pin, pins

_ECOSYSTEM = "PyPI"
Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A pinned library that a record of the database names."""

    pin: Pin
    record: str
    also: tuple[str, ...]
    fixed_in: tuple[str, ...]

    def __str__(self) -> str:
        names = ", ".join((self.record, *self.also))
        mended = f"mended in {', '.join(self.fixed_in)}" if self.fixed_in else "not mended yet"
        return f"{self.pin.name} {self.pin.version}: {names} ({mended})"


def records(folder: Path) -> Iterator[Record]:
    """Every record below a folder: single JSON files, and the archives in which OSV publishes them."""
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".json":
            yield json.loads(path.read_bytes())
        elif path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    if name.endswith(".json"):
                        yield json.loads(archive.read(name))


def findings(pinned: Mapping[str, Pin], known: Iterable[Record]) -> list[Finding]:
    """What the records say of the pinned libraries; a record that was withdrawn says nothing."""
    found = []
    for record in known:
        for affected in record.get("affected") or () if not record.get("withdrawn") else ():
            package = affected.get("package") or {}
            pin = pinned.get(canonicalize_name(str(package.get("name", ""))))
            if pin is None or package.get("ecosystem") != _ECOSYSTEM or not is_affected(pin.version, affected):
                continue
            fixed = tuple(each["fixed"] for span in _spans(affected) for each in span["events"] if "fixed" in each)
            found.append(
                Finding(pin=pin, record=str(record["id"]), also=tuple(record.get("aliases") or ()), fixed_in=fixed)
            )
    return found


def is_affected(version: str, affected: Record) -> bool:
    """Whether a version is listed, or lies within a range (https://ossf.github.io/osv-schema/#evaluation)."""
    listed = affected.get("versions") or ()
    if any(_same(version, each) for each in listed):
        return True
    try:
        return any(_within(version, each["events"]) for each in _spans(affected))
    except InvalidVersion:  # written before PEP 440: then the list has all, or a person must look
        return not listed


def _spans(affected: Record) -> list[Record]:
    """The ranges of versions; those of GIT name commits."""
    return [each for each in affected.get("ranges") or () if each.get("type") == "ECOSYSTEM"]


def _same(version: str, listed: str) -> bool:
    try:
        return Version(version) == Version(listed)
    except InvalidVersion:
        return version == listed


def _within(version: str, events: Iterable[Mapping[str, str]]) -> bool:
    """Go through the events in the order of their versions; the last one that is reached decides."""
    asked = Version(version)
    inside = False
    for at, kind in sorted((_at(value), kind) for each in events for kind, value in each.items()):
        if kind == "introduced" and asked >= at:
            inside = True
        elif (kind in ("fixed", "limit") and asked >= at) or (kind == "last_affected" and asked > at):
            inside = False
    return inside


def _at(value: str) -> Version:
    """A version of an event; "0" is before all others, and "*" after."""
    return Version({"0": "0.dev0", "*": "99999!0"}.get(value, value))


def main(arguments: list[str] | None = None) -> int:
    """Print what is known; 1 if anything is, 2 if the folder holds no records of Python packages."""
    reader = argparse.ArgumentParser(prog="python -m tests.supply_chain.audit", description=__doc__)
    reader.add_argument("folder", type=Path, help="a folder with records of the OSV database, as JSON or as all.zip")
    folder: Path = reader.parse_args(arguments).folder
    known = [
        each
        for each in records(folder)
        if any((part.get("package") or {}).get("ecosystem") == _ECOSYSTEM for part in each.get("affected") or ())
    ]
    if not known:
        sys.stderr.write(f"There are no records of {_ECOSYSTEM} packages below {folder}.\n")
        return 2
    pinned = {**pins(CHECKS), **pins(RUNS)}
    found = findings(pinned, known)
    newest = max(str(each.get("modified", "")) for each in known)
    told = [f"{len(pinned)} libraries, {len(known)} records, the newest of {newest}: {len(found)} found", *found]
    sys.stdout.write("".join(f"{each}\n" for each in told))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
