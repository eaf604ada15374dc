"""Fuzzing the door: `python -m tests.attack.fuzz --inputs 1000000`.

What Slack did not sign, or nobody can read, must change nothing; whatever it signed must be answered: no 500, no
exception, no error in the log. Most inputs meet the edge and what looks into a request before any listener does, which
takes a fifth of a millisecond; a share goes through the whole product. Real requests, recorded in other tests
(recording.py), are bent; what once broke the door is kept in corpus/broke.jsonl and tried first, always.
"""

import argparse
import asyncio
import json
import logging
import random
import sqlite3
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from handlers.http import web_app
from storage.engine import Database
from tests.attack.arena import arena
from tests.attack.inputs import NOW, SECRET, Input, Inputs, Json
from tests.attack.scene import Watched, broke, looked_into, requests, running
from tests.bench.sink import Sink, open_sink
from tests.builders import Stage, stage

WHOLE_MOST = 20_000
"""So many inputs go through the whole product, or a tenth if that is less; they cost ten times as much."""
BATCH = 500
"""Inputs for one database; then a fresh one, for some of them end or forget what the next ones are about."""

ENOUGH = 1_000
"""After so many breaks the door is open beyond doubt, and more inputs would tell nothing new."""

Databases = Callable[[], AbstractContextManager[Database]]
Door = Callable[[Request], Awaitable[Response]]


@dataclass(slots=True)
class Found:
    """How inputs were answered, and which of them broke something."""

    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    crashes: list[tuple[str, Input]] = field(default_factory=list)
    accepted: list[tuple[str, Input]] = field(default_factory=list)
    whole: int = 0

    @property
    def tries(self) -> int:
        """How many inputs."""
        return self.answers.total()

    @property
    def breaks(self) -> int:
        """How many of them broke something."""
        return len(self.crashes) + len(self.accepted)

    @property
    def is_enough(self) -> bool:
        """Whether it is of no use to go on."""
        return self.breaks >= ENOUGH

    @property
    def note(self) -> str:
        """How they were answered, in a few words."""
        taken = sum(count for (_, status), count in self.answers.items() if status == 200)
        broken = f"{len(self.crashes)} crashes, {len(self.accepted)} accepted"
        return f"{broken}; {self.whole:,} through the whole bot; {taken:,} signed and readable, all others refused"


def fuzz(tries: int, databases: Databases, seed: int = 1) -> Found:
    """What is kept, and then so many inputs by chance: always the same for a seed, but for ids that are drawn anew."""
    found = Found()
    whole = min(tries // 10, WHOLE_MOST)
    with open_sink() as slack, _errors() as errors:
        for number in range(0, whole, BATCH):
            if found.is_enough:
                break
            chance = random.Random(f"{seed}/whole/{number}")
            with databases() as database, stage(database) as on:
                asyncio.run(_through_the_bot(on, slack, chance, min(BATCH, whole - number), found, errors))
        asyncio.run(_at_the_edge(slack.origin, random.Random(f"{seed}/edge"), tries - whole, found, errors))
    return found


async def _through_the_bot(
    on: Stage, slack: Sink, chance: random.Random, tries: int, found: Found, errors: list[str]
) -> None:
    """Try inputs on a bot with everything in it, and look after each whether it changed what it had no right to."""
    async with running(on, slack) as (bolt, place):
        door = door_of(bolt)
        source = Inputs(chance, requests(place, slack.origin), place)
        with closing(_looking(on.database)) as eye:
            for number, kept in enumerate([*broke(place, slack.origin), *[None] * tries]):
                tried = kept or (source.bent() if number % 4 else source.next())
                before = _version(eye)
                status = await _knock(door, tried, bolt, found, errors)
                if status >= 400 and _version(eye) != before:
                    found.accepted.append((f"refused with {status}, and something was stored", tried))
                found.whole += 1
                if found.is_enough:
                    break


async def _at_the_edge(origin: str, chance: random.Random, tries: int, found: Found, errors: list[str]) -> None:
    """Try inputs on the edge and on what the gate reads of a request, with nobody behind."""
    place = {"channel": "C0EAST"}
    bolt = Watched(looked_into)
    door = door_of(bolt)
    source = Inputs(chance, requests(place, origin), place)
    for _ in range(tries):
        if found.is_enough:
            break
        await _knock(door, source.next(), bolt, found, errors)


def door_of(bolt: Watched) -> Door:
    """The edge itself, without the routes of a web application around it."""
    web = web_app(bolt, SECRET, lambda: float(NOW))  # type: ignore[arg-type]  # all that the edge asks of Bolt
    door: Door = web.routes[0].endpoint  # type: ignore[attr-defined]  # a Route; the list is of what it derives from
    return door


async def _knock(door: Door, tried: Input, bolt: Watched, found: Found, errors: list[str]) -> int:
    """Send an input, and judge how it was answered."""
    raw = [(name.encode(), each if isinstance(each, bytes) else each.encode("latin-1")) for name, each in tried.headers]

    async def receive() -> Json:
        return {"type": "http.request", "body": tried.body, "more_body": False}

    before = bolt.reached
    try:
        status = (await door(Request({"type": "http", "method": "POST", "headers": raw}, receive))).status_code
    except Exception as error:  # the search is for these
        status = 0
        found.crashes.append((f"{type(error).__name__} escaped", tried))
    found.answers[tried.family, status] += 1
    if status >= 500:
        found.crashes.append((f"answered with {status}", tried))
    elif errors:
        found.crashes.append((f"logged: {errors[0]}", tried))
    errors.clear()
    if not tried.signed and (bolt.reached > before or status not in (401, 413)):
        found.accepted.append((f"unsigned, and answered with {status}", tried))
    return status


@contextmanager
def _errors() -> Iterator[list[str]]:
    """The errors that are logged meanwhile, and what went wrong after an acknowledgement; nothing is printed."""
    heard: list[str] = []

    class Listening(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.levelno >= logging.ERROR or record.name == "handlers.afterwards":
                heard.append(record.getMessage())

    root, handler = logging.getLogger(), Listening()
    others, disabled = root.handlers, logging.root.manager.disable
    root.handlers = [handler]
    logging.disable(logging.NOTSET)
    try:
        yield heard
    finally:
        root.handlers = others
        logging.disable(disabled)


def _looking(database: Database) -> sqlite3.Connection:
    """A second pair of eyes on a SQLite file."""
    return sqlite3.connect(str(database.engine.url.database), isolation_level=None)


def _version(eye: sqlite3.Connection) -> int:
    """A number that another one replaces whenever anything is stored (https://sqlite.org/pragma.html#pragma_data_version)."""
    version: int = eye.execute("PRAGMA data_version").fetchone()[0]
    return version


def _line(why: str, tried: Input) -> str:
    """An input as a line of corpus/broke.jsonl; ids of the moment are put in by hand, as {r-} and so on."""
    kept: dict[str, Any] = {"why": why, "type": dict(tried.headers).get("content-type", "")}
    return json.dumps(kept | {"body": tried.body.decode("utf-8", "backslashreplace")[:4_000]}, default=repr)


def main() -> int:
    """Fuzz, and print what was found; 1 if anything broke."""
    reader = argparse.ArgumentParser(prog="python -m tests.attack.fuzz", description=__doc__)
    reader.add_argument("--inputs", type=int, default=1_000_000)
    reader.add_argument("--seed", type=int, default=1)
    asked = reader.parse_args()
    with arena() as on:
        found = fuzz(asked.inputs, on.sqlite, seed=asked.seed)
    sys.stdout.write(f"{found.tries:,} inputs, {found.breaks:,} breaks\n{found.note}\n")
    for (family, status), count in sorted(found.answers.items()):
        sys.stdout.write(f"  {family:<10} {status} {count:>9,}\n")
    for why, tried in [*found.crashes, *found.accepted][:20]:
        sys.stdout.write(_line(why, tried) + "\n")
    return 1 if found.breaks else 0


if __name__ == "__main__":
    sys.exit(main())
