"""What import-linter cannot see: who builds clients, who reads the clock, what is heard, how long a module is."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.domain.escalation import Move
from bot.views import ids
from bot.views.ids import Action, Callback, answer_action, escalation_action
from storage.engine import Database
from tests.builders import stage
from tests.manifest.listening import listening

ROOT = Path(__file__).parent.parent
FOLDERS = ("bot", "handlers", "schedules", "storage")
MODULES = {
    str(path.relative_to(ROOT)): path
    for folder in FOLDERS
    for path in sorted((ROOT / folder).rglob("*.py"))
    if "versions" not in path.parts
}
LONGEST = 300

CLIENTS = {"WebClient", "AsyncWebClient", "WebhookClient", "AsyncWebhookClient", "SocketModeClient", "AsyncApp"}
BUILDS = {"bot/adapters/slack_clients.py": {"WebClient", "AsyncWebClient"}, "bot/app.py": {"AsyncApp"}}

CLOCKS = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "time.time",
    "time.time_ns",
    "time.monotonic",
    "time.perf_counter",
    "time.sleep",
}
READ_THE_CLOCK = {
    "bot/adapters/clock.py": {"datetime.now"},
    "bot/listening.py": {"time.time"},  # signatures are checked against the real time
    "handlers/edge.py": {"time.perf_counter"},  # how long Slack waited for its answer
    "bot/cli.py": {"time.sleep"},  # Slack asked a person at a terminal to wait
    "storage/answer_writer.py": {"time.monotonic"},  # how long a click has waited
    "bot/adapters/stand_in.py": {"time.monotonic", "time.sleep"},  # waits for another process to start
}

every_module = pytest.mark.parametrize("module", MODULES)


def names_in(module: str) -> Iterator[str]:
    """The last two parts of every dotted name ("dt.datetime.now" -> "datetime.now"), and every plain call."""
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute):
            owner = node.value
            before = owner.attr if isinstance(owner, ast.Attribute) else owner.id if isinstance(owner, ast.Name) else ""
            yield f"{before}.{node.attr}"


def called_in(module: str) -> Iterator[str]:
    """What a module calls, by the last part of its name."""
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


@every_module
def test_clients_of_slack_are_built_in_one_place_only(module: str) -> None:
    assert CLIENTS & set(called_in(module)) == BUILDS.get(module, set())


@every_module
def test_only_the_clock_reads_the_clock(module: str) -> None:
    assert CLOCKS & set(names_in(module)) <= READ_THE_CLOCK.get(module, set())


@every_module
def test_no_module_takes_a_clock_by_its_bare_name(module: str) -> None:
    """`from time import monotonic` would hide from the test above."""
    imported = {
        f"{node.module}.{each.name}"
        for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module in ("time", "datetime")
        for each in node.names
    }
    assert imported == set()


@every_module
def test_a_module_is_short_enough_to_be_read_at_once(module: str) -> None:
    assert len(MODULES[module].read_text(encoding="utf-8").splitlines()) <= LONGEST


@every_module
def test_a_module_says_in_one_line_what_it_is_for(module: str) -> None:
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    assert not tree.body or ast.get_docstring(tree)


def heard(sqlite: Database) -> list[str]:
    """What buttons and modals the code listens to, as it was given to Bolt."""
    with stage(sqlite) as on:
        return listening(on).interactions


def is_heard(interactions: list[str], written: str) -> bool:
    """Whether an id, or a pattern that it matches, is listened to."""
    patterns = [re.match(r"re\.compile\('(.*)'\)", each) for each in interactions]
    return written in interactions or any(
        each and re.search(each[1].replace("\\\\", "\\"), written) for each in patterns
    )


@pytest.mark.parametrize("action", Action)
def test_every_button_is_listened_to(sqlite: Database, action: Action) -> None:
    as_sent = f"{action}_1_5" if action is Action.TEST_ANSWER else action.value
    assert is_heard(heard(sqlite), as_sent)


@pytest.mark.parametrize("score", range(6))
def test_every_answer_is_listened_to(sqlite: Database, score: int) -> None:
    assert is_heard(heard(sqlite), answer_action(3, score))


@pytest.mark.parametrize("callback", Callback)
def test_every_modal_is_listened_to(sqlite: Database, callback: Callback) -> None:
    assert is_heard(heard(sqlite), callback.value)


def test_nothing_is_listened_to_that_no_view_draws_and_nothing_twice(sqlite: Database) -> None:
    interactions = heard(sqlite)
    assert len(set(interactions)) == len(interactions)
    written = {each.value for each in (*Action, *Callback)} | {escalation_action(each) for each in Move}
    patterns = {str(each) for each in vars(ids).values() if isinstance(each, re.Pattern)}
    assert set(interactions) - written - patterns == set()


def test_no_two_ids_are_the_same() -> None:
    values = [each.value for each in (*Action, *Callback)]
    assert len(set(values)) == len(values)
    assert not any(ids.ANSWER_PATTERN.match(each) for each in values)


def test_the_answer_button_is_listened_to_before_everything_else(sqlite: Database) -> None:
    assert heard(sqlite)[0] == str(ids.ANSWER_PATTERN)
