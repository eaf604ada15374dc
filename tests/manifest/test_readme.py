"""The README lists what `/pulse` can do: every verb, and no other."""

import re

from handlers.deps import Deps
from handlers.registry import verbs
from storage.engine import Database
from tests.builders import HOME, stage
from tests.handlers.apps import post
from tests.manifest.listening import ROOT

ROW = re.compile(r"^\|\s*`/pulse ([a-z-]+)[^`]*`", re.MULTILINE)


def test_the_readme_lists_every_verb_and_no_other(sqlite: Database) -> None:
    with stage(sqlite) as on:
        offered = sorted(verb.name for verb in verbs(Deps(ports=on.ports, home_team_id=HOME, post=post)))
    assert sorted(ROW.findall((ROOT / "README.md").read_text(encoding="utf-8"))) == offered
