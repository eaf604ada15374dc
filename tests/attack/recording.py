"""Real requests for the fuzzer to begin from, as people and Slack make them in other tests.

`pytest -p tests.attack.recording tests/journeys tests/handlers` writes corpus/requests.jsonl anew: one of each kind.
"""

import json
import re
from collections.abc import Callable, Iterable
from functools import wraps
from pathlib import Path
from typing import Any

import pytest

from tests.slack_double.events import Events
from tests.slack_double.payloads import Person

Json = dict[str, Any]
REQUESTS = Path(__file__).parent / "corpus" / "requests.jsonl"
_OWN_ID = re.compile(r"\b(a|draft|e|m|org|p|r|t)-[a-z2-7]{20}\b")
_ORIGIN = re.compile(r"http://127\.0\.0\.1:\d+")


def kind_of(body: Json) -> str:
    """What a request is, as far as listeners tell requests apart."""
    match body:
        case {"command": command, "text": text}:
            return f"command {command} {str(text).partition(' ')[0]}".strip()
        case {"event": {"type": kind}}:
            return f"event {kind}"
        case {"actions": [{"action_id": action}, *_]}:
            return "button " + re.sub(r"\d", "1", str(action))
        case {"type": "view_submission", "view": {"callback_id": callback}}:
            return f"form {callback}"
        case _:
            return "something else"


def with_ids(line: str, ids: dict[str, str], origin: str) -> Json:
    """A recorded request as if it were about another place and by its people; `ids` by what they begin with.

    The place is that of tests.handlers.test_isolation: the people are U0S01 and so on, all of one workspace.
    """
    text = line.replace("{origin}", origin).replace("C0NORTH", ids["channel"]).replace("T0EXT", "T0HOME")
    text = re.sub(r"U0[HE](\d\d)", r"U0S\1", text)
    body: Json = json.loads(re.sub(r"\{(\w+)-\}", lambda found: ids.get(found[1], found[0]), text))
    return body


class _Recorder:
    def __init__(self) -> None:
        self._lines: dict[str, str] = {}

    def wrap(self, make: Callable[..., Json]) -> Callable[..., Json]:
        @wraps(make)
        def made(*args: Any, **named: Any) -> Json:
            body = make(*args, **named)
            self._keep(_short(body))
            return body

        return made

    def _keep(self, body: Json) -> None:
        line = _OWN_ID.sub(r"{\1-}", _ORIGIN.sub("{origin}", json.dumps(body, ensure_ascii=False)))
        kept = self._lines.setdefault(kind_of(body), line)
        if len(line) < len(kept):
            self._lines[kind_of(body)] = line

    def lines(self) -> Iterable[str]:
        return (self._lines[kind] for kind in sorted(self._lines))


def _short(body: Json) -> Json:
    """Without the message or the screen around a button: they are long, and nobody reads them."""
    short = {name: value for name, value in body.items() if name != "message"}
    if "actions" in short and "view" in short:
        short["view"] = {name: value for name, value in short["view"].items() if name != "blocks"}
    return short


_RECORDER = _Recorder()


def pytest_configure() -> None:
    """Listen in on the double."""
    for owner, name in ((Person, "clicks"), (Person, "submits"), (Person, "commands"), (Events, "callback")):
        setattr(owner, name, _RECORDER.wrap(getattr(owner, name)))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """Write what was heard."""
    REQUESTS.write_text("".join(f"{line}\n" for line in _RECORDER.lines()), encoding="utf-8")
