"""The pinned requirements, as `make pins` writes them: name, version and hashes of every library."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
RUNS, CHECKS = ROOT / "requirements.txt", ROOT / "requirements-dev.txt"

_PIN = re.compile(r"^(?P<name>[a-z0-9][a-z0-9.-]*)==(?P<version>[^\s;\\]+)(?: ;[^\\]+)?")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One library at one version, and the files of it that may be installed."""

    name: str
    version: str
    hashes: tuple[str, ...]


def pins(path: Path) -> dict[str, Pin]:
    """What a file of requirements pins, by name. Raises ValueError for a line that is no pin."""
    found = {}
    for line in path.read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
        if not line or line.startswith("#"):
            continue
        pin = _PIN.match(line)
        if pin is None:
            raise ValueError(f"not a pinned library: {line}")
        found[pin["name"]] = Pin(name=pin["name"], version=pin["version"], hashes=tuple(_HASH.findall(line)))
    return found
