"""The README lists what `/pulse` can do: every verb, and no other."""

import re

from handlers.registry import verbs
from storage.engine import Database
from tests.builders import stage
from tests.handlers.apps import deps_of
from tests.manifest.listening import ROOT

ROW = re.compile(r"^\|\s*`/pulse ([a-z-]+)[^`]*`", re.MULTILINE)


def test_the_readme_lists_every_verb_and_no_other(sqlite: Database) -> None:
    with stage(sqlite) as on:
        offered = sorted(verb.name for verb in verbs(deps_of(on.ports)))
    assert sorted(ROW.findall((ROOT / "README.md").read_text(encoding="utf-8"))) == offered
