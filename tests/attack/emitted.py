"""Secrets planted in people's answers and comments, looked for in every byte that the running bot emits."""

import contextlib
import io
import json
import logging
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError

import pytest

from bot import logs
from bot.adapters import textblob_sentiment
from bot.adapters.export_files import as_csv, as_json
from bot.domain.anonymity import BOTTOM, TOP
from bot.domain.ids import ChannelId
from bot.logs import JsonFormatter, LineFormatter
from bot.services import comments, release
from bot.services.export import export
from storage import answer_batch
from tests.attack.arena import Arena
from tests.attack.defences import without
from tests.attack.registry import Attack, Effort, Outcome
from tests.attack.stored import unsealed
from tests.journeys.open_pulse import click, newest_round, open_pulse, person_of
from tests.journeys.world import CHANNEL, Journey
from tests.slack_double.calls import Recorded

HIDDEN, QUOTABLE = "kingfisher", "marmalade"
"""Words that stand in nobody's text but those of the plan: not to be quoted, and to be quoted."""

ANSWERING = [f"U0{side}{number:02}" for side in "HE" for number in range(3, 11)]
"""Neither leads nor seniors: no screen has a reason to name them."""

ONE_ID = re.compile(r"U0[HE](?:0[3-9]|10)")
A_PSEUDONYM = re.compile(r"[0-9a-f]{64}")
TO_ITS_AUTHOR = frozenset({"response_url", "views.open", "views.update", "views.push"})
SCALE = f"{TOP.text}, or {BOTTOM.text}"  # how a picture's words end, whatever it shows
CHUNKS = frozenset({b"IHDR", b"PLTE", b"tRNS", b"pHYs", b"gAMA", b"sRGB", b"IDAT", b"IEND"})  # PNG, none holds a text

stumbles = without(
    textblob_sentiment, ("words = plain(text)\n        shares", "raise ValueError(text)\n        shares")
)
"""The reader of comments fails, and its error holds what somebody wrote."""


def planted_secrets(arena: Arena, effort: Effort) -> Outcome:
    """Four weeks with comments and mistakes; then calls, logs, metrics, standard error and files are read."""
    with arena.sqlite() as database, _listening() as written, open_pulse(database) as on:
        for week in range(1, 5):
            _a_week(on, week, by_click=week <= 2 or effort is Effort.FULL)
        for user in ("U0H01", "U0E02", "U0H05"):
            on.click(user, "more", on.slack.messages(CHANNEL)[-1])
            on.submit(user, {"choice": "results"})
            on.send("events_api", on.slack.events.app_home_opened(user))
        metrics = on.product.meter.text(None, on.clock.now(), 0).decode()
        calls = list(on.slack.calls)
        pictures = [each.content or b"" for each in on.slack.world.files.values()]
        taken = export(on.product.ports, ChannelId(CHANNEL))
        path = Path(str(database.engine.url.database))
        on_disk = b"".join(each.read_bytes() for each in path.parent.iterdir() if each.is_file())
        released = _released(on)
    lines = [*written.getvalue().splitlines(), *metrics.splitlines()]
    exports = [as_json(taken), as_csv(taken)]
    found = [
        *(_what_is_wrong_with(each) for each in calls),
        *(bool(_decimals(json.dumps(each.args)) - released) for each in calls if each.method == "chat.postMessage"),
        *(_is_about_people(line) for line in lines),
        HIDDEN.encode() in on_disk,  # what was quoted is published, and kept as it was
        *(not _is_silent(each) for each in pictures),
        *(HIDDEN in each or _names_somebody(each) or bool(_decimals(each) - released) for each in exports),
        not pictures or not released,
        not any("Traceback" in line or "ValueError" in line for line in lines),
        not any(QUOTABLE in json.dumps(each.args) for each in calls if each.method == "chat.postMessage"),
    ]
    return Outcome(tries=len(found), breaks=sum(found), note="calls of Slack, logs, metrics, errors, pictures, exports")


def _a_week(on: Journey, week: int, *, by_click: bool) -> None:
    """All answer and write, some to be quoted; somebody forges, a reader fails; the pulse closes, the next opens."""
    asked = newest_round(on)
    for user in ANSWERING:
        if by_click:
            on.answer(user, 1 + week % 5, 5, 0)
        words = f"{QUOTABLE if user.endswith('5') else HIDDEN} and trust"
        place = (on.product.ports, person_of(on, "U0H01").team_id, ChannelId(CHANNEL), person_of(on, user), asked.id)
        kept = comments.write(*place, words)
        comments.allow_quoting(*place, seal=kept.seal, allowed=QUOTABLE in words)
    on.send("interactive", click(on, "U0H07", "answer_1_4", value="nonsense|and|more"))
    on.click("U0H02", "comment", on.pulse())
    with stumbles(), pytest.raises(HTTPError):  # Slack tells the person that it did not work
        on.submit("U0H02", {"text": f"{HIDDEN} again"})
    for _ in range(7):
        on.pass_time(days=1)


def _released(on: Journey) -> set[str]:
    """All values that were published, as they are written."""
    with on.product.ports.store.read() as tx:
        (made,) = tx.partnerships.of_workspace(person_of(on, "U0H01").team_id)
        published = tx.publications.all_of(made.id)
    return {f"{each['tenths'] / 10:.1f}" for one in published for each in one.body["results"] if each.get("tenths")}


def _decimals(said: str) -> set[str]:
    """Numbers with a decimal: a mean that was not rounded would be one."""
    return set(re.findall(r"(?<![\d.])\d\.\d+(?![\d.])", said.replace(SCALE, "")))


def _is_silent(picture: bytes) -> bool:
    """Whether a picture is one, and holds nothing but points of colour."""
    at, found = 8, set()
    while at < len(picture):
        (length,) = struct.unpack_from(">I", picture, at)
        found.add(picture[at + 4 : at + 8])
        at += length + 12
    return picture.startswith(b"\x89PNG") and b"IEND" in found and found <= CHUNKS


@contextlib.contextmanager
def _listening() -> Iterator[io.StringIO]:
    """All that is logged by the product, in both of its forms, and all that is written to standard error."""
    written = io.StringIO()
    handlers = [logging.StreamHandler(written) for _ in range(2)]
    for handler, form in zip(handlers, (LineFormatter(), JsonFormatter()), strict=True):
        handler.setFormatter(form)
    root, disabled = logging.getLogger(), logging.root.manager.disable
    level = root.level
    logging.disable(logging.NOTSET)
    root.handlers += handlers
    root.setLevel(logging.INFO)
    try:
        with contextlib.redirect_stderr(written):
            yield written
    finally:
        root.handlers = [each for each in root.handlers if each not in handlers]
        root.setLevel(level)
        logging.disable(disabled)


def _what_is_wrong_with(call: Recorded) -> bool:
    """A text that was not to be quoted, one beside a score, or a member who has no reason to be named."""
    said = json.dumps(call.args, ensure_ascii=False)
    if call.method in TO_ITS_AUTHOR or call.method == "views.publish":
        return HIDDEN in said or (QUOTABLE in said and call.method == "views.publish")
    to_one = call.method == "chat.postEphemeral"
    quoted = QUOTABLE in said and re.search(r"\d\.\d", said.partition("metadata")[0]) is not None
    names = _names_somebody(_without_receiver(call)) and not to_one
    return HIDDEN in said or quoted or names


def _without_receiver(call: Recorded) -> str:
    """What a call says, without the person whom it is sent to."""
    said = {name: value for name, value in call.args.items() if name not in ("users", "user", "channel", "token")}
    return json.dumps(said, ensure_ascii=False)


def _names_somebody(said: str) -> bool:
    return ONE_ID.search(said) is not None or A_PSEUDONYM.search(said) is not None


def _is_about_people(line: str) -> bool:
    """A word that somebody wrote, or any member's id: logs and metrics have no reason to name one."""
    return any(word in line for word in (HIDDEN, QUOTABLE)) or _names_somebody(line)


ATTACKS = (
    Attack(
        name="planted secrets in all that is emitted",
        run=planted_secrets,
        defences={
            "quotes need leave": without(
                release, ("quotable=each.text if each.quotable else None,", "quotable=each.text,")
            ),
            "comments are sealed": unsealed,
            "logs hold nobody's id": without(
                answer_batch,
                (
                    "        with self._database.writing_answers() as connection:",
                    "        __import__('logging').getLogger('pulse').info('stored %s', clicks)\n"
                    "        with self._database.writing_answers() as connection:",
                ),
            ),
            "errors are logged without their texts": without(
                logs, ("{f' {code}' if code else ''}", "{f' {code}' if code else ''} {error}")
            ),
        },
    ),
)
