"""Attacks at the door: requests that Slack did not sign, or signed long ago, and ids of another partnership."""

import hashlib
import random
from contextlib import contextmanager
from urllib.parse import urlencode

from bot.views.ids import Action, Callback, pack
from handlers import gate, http
from tests.attack.arena import Arena
from tests.attack.defences import without
from tests.attack.fuzz import fuzz
from tests.attack.registry import Attack, Effort, Outcome
from tests.attack.rounds import any_installation
from tests.builders import HOME
from tests.handlers.test_http_edge import COMMAND, FORM, HEARD, NOW, post, signed
from tests.handlers.test_isolation import BUTTONS, FORMS, ITS_CHANNEL, PLANTED, Both, in_two_workspaces, seen

QUICK = frozenset({Action.MORE, Action.ESCALATE, Callback.THANK})
"""What is tried where there is little time."""


def forged_and_replayed(_arena: Arena, effort: Effort) -> Outcome:
    """Requests with signatures that are guessed, borrowed from another body, old, or there twice."""
    dice = random.Random(9)
    tries = 500 if effort is Effort.FULL else 30
    HEARD.clear()
    for number in range(tries):
        own = signed(COMMAND)
        other = urlencode({"command": "/pulse", "text": f"end {number}", "team_id": HOME, "user_id": "U1"}).encode()
        guessed = "v0=" + hashlib.sha256(dice.randbytes(8)).hexdigest()
        for body, headers in (
            (other, own),
            (COMMAND, {**own, "X-Slack-Signature": guessed}),
            (COMMAND, signed(COMMAND, secret="another-secret")),
            (COMMAND, signed(COMMAND, at=NOW - 301 - dice.randint(0, 10**6))),
            (COMMAND, signed(COMMAND, at=NOW + 301 + dice.randint(0, 10**6))),
            (COMMAND, {**own, "X-Slack-Request-Timestamp": str(int(NOW) - 1)}),
            (COMMAND, {}),
        ):
            post(body, headers, FORM)
    heard = len(HEARD)
    HEARD.clear()
    return Outcome(tries=7 * tries, breaks=heard, note="guessed, borrowed, old, early and missing signatures")


def foreign_ids(arena: Arena, effort: Effort) -> Outcome:
    """Every button and form with all ids of another workspace's partnership in its hidden fields."""
    tries = breaks = 0
    buttons = [each for each in BUTTONS if effort is Effort.FULL or each[1] in QUICK]
    forms = [each for each in FORMS if effort is Effort.FULL or each[1] in QUICK]
    with arena.sqlite() as database, contextmanager(in_two_workspaces)(database) as both:
        for who, action in buttons:
            before = _of_the_other(both)
            answers = [
                both.clicks(HOME, who, action, value, channel)
                for value in both.ids.values()
                for channel in ("C0NORTH", ITS_CHANNEL)
            ]
            tries += len(answers)
            breaks += _of_the_other(both) != before or PLANTED in seen(both, answers, who)
        for who, callback in forms:
            before = _of_the_other(both)
            hidden = pack(**both.ids, seal="0", number="1", move="acknowledge")
            answers = [both.submits(HOME, who, callback, hidden, {})]
            tries += 1
            breaks += _of_the_other(both) != before or PLANTED in seen(both, answers, who)
    return Outcome(tries=tries, breaks=breaks, note="every button and form, through the wrong workspace's installation")


def anything(arena: Arena, effort: Effort) -> Outcome:
    """A million inputs by chance, most of them real requests that were bent (tests.attack.fuzz)."""
    found = fuzz(1_000_000 if effort is Effort.FULL else 3_000, arena.sqlite)
    return Outcome(tries=found.tries, breaks=found.breaks, note=found.note)


def _of_the_other(both: Both) -> set[str]:
    """All rows that have to do with the other workspace's partnership; people may change and forget their own."""
    return {row for row in both.rows() if any(each in row for each in both.ids.values())}


unsigned = without(
    http, ('if not hmac.compare_digest(expected.encode(), signatures[0].encode("utf-8", "replace")):', "if False:")
)
"""Whoever finds the address is taken for Slack."""

ATTACKS = (
    Attack(
        name="forged and replayed requests",
        run=forged_and_replayed,
        defences={
            "the signature": unsigned,
            "the window of five minutes": without(http, ("abs(now - int(stamps[0])) > _WINDOW", "False")),
        },
    ),
    Attack(
        name="anything at all, sent to the door",
        run=anything,
        defences={
            "the signature": unsigned,
            "the shape of a request": without(gate, ("if not is_as_documented(req.body, req.context):", "if False:")),
        },
    ),
    Attack(
        name="foreign ids in hidden fields, wrong workspace",
        run=foreign_ids,
        defences={
            "a partnership belongs to its installation": any_installation,
        },
    ),
)
