"""Whatever goes wrong, no token, secret or key is in a log, an error, a message or an answer."""

import io
import logging
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from bot.logs import JsonFormatter, LineFormatter
from storage.engine import Database
from tests.builders import SECRET
from tests.journeys.database_away import is_unreachable
from tests.journeys.open_pulse import click, open_pulse
from tests.journeys.world import CHANNEL, SIGNING_SECRET, Journey
from tests.slack_double import SlackDouble, form_body, sign

SECRETS = (SlackDouble.token, SIGNING_SECRET, SECRET)


def test_nothing_secret_is_told_when_things_go_wrong(database: Database) -> None:
    with everything_logged() as written, open_pulse(database) as on:
        told = [what_the_door_says(on)]
        slack_fails_in_every_way(on)
        the_database_is_away(on, database)
        the_token_ends(on)
        told += [written.getvalue(), on.product.meter.text(None, on.clock.now(), 0).decode(), repr(on.product)]
        told += [str(each) for channel in on.slack.world.channels.values() for each in channel.messages]
        told += [str(on.slack.world.stacks), str(on.slack.world.homes)]
    assert written.getvalue().count("\n") > 10
    assert [secret for secret in SECRETS if any(secret in each for each in told)] == []


def what_the_door_says(on: Journey) -> str:
    """Answers to requests that are forged, old, too large, unreadable and odd; and to whoever looks at the health."""
    body = form_body(click(on, "U0H03", "answer_1_4"))
    right = sign(body, SIGNING_SECRET, time.time())
    odd = form_body({**click(on, "U0H03", "more"), "actions": 5})
    said = [
        answered(on, body, sign(body, "another secret", time.time())),
        answered(on, body, sign(body, SIGNING_SECRET, time.time() - 400)),
        answered(on, "x" * 1_000_001, right),
        answered(on, "payload=%", sign("payload=%", SIGNING_SECRET, time.time())),
        answered(on, odd, sign(odd, SIGNING_SECRET, time.time())),
    ]
    assert [each[:3] for each in said] == ["401", "401", "413", "400", "400"]
    for path in ("/readyz", "/healthz"):
        with urllib.request.urlopen(f"http://127.0.0.1:{on.port}{path}", timeout=5) as answer:
            said.append(answer.read().decode())
    return "\n".join(said)


def answered(on: Journey, body: str, headers: dict[str, str]) -> str:
    """All that a refused request gets back."""
    request = urllib.request.Request(f"http://127.0.0.1:{on.port}/slack/events", body.encode(), headers)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=5)
    with refused.value as answer:
        return f"{answer.code} {answer.headers} {answer.read().decode()}"


def slack_fails_in_every_way(on: Journey) -> None:
    """A view is refused, a reply is lost, a server is broken, a post is refused for ever."""
    for error, status in (("fatal_error", 500), ("invalid_auth", 200), ("exchanged_trigger_id", 200)):
        on.slack.faults.fail_next("views.open", error, status=status)
        with suppress(urllib.error.HTTPError):
            on.click("U0H03", "more", on.pulse())
    on.click("U0H03", "escalate", on.pulse())
    assert on.submit("U0H03", {"what": "The rota moved."}) == {}
    assert on.submit("U0H03") == {}
    for method, error in (("conversations.open", "user_not_found"), ("chat.postMessage", "invalid_auth")):
        on.slack.faults.fail_next(method, error, times=2)
        on.work()
    on.slack.faults.lose_replies(next_calls=2, method="chat.postMessage")
    on.pass_time(hours=1)
    on.slack.faults.fail_next("conversations.members", "internal_error", status=500, times=4)
    on.send("events_api", on.slack.events.member_left_channel(CHANNEL, "U0E10"))
    on.pass_time(hours=1)


def the_database_is_away(on: Journey, database: Database) -> None:
    """Somebody is told a reference number, which the log has too."""
    late = click(on, "U0E03", "answer_1_1")
    with is_unreachable(database):
        on.send("interactive", late)
    assert "(ref " in on.said("U0E03")


def the_token_ends(on: Journey) -> None:
    """Slack takes nothing any more."""
    on.slack.world.tokens[on.slack.token].revoked = True
    with suppress(urllib.error.HTTPError):
        on.click("U0H04", "more", on.pulse())
    on.pass_time(days=7)


@contextmanager
def everything_logged() -> Iterator[io.StringIO]:
    """What is logged by anybody, in both forms of the product's logs."""
    written = io.StringIO()
    handlers = [logging.StreamHandler(written) for _ in range(2)]
    for handler, form in zip(handlers, (LineFormatter(), JsonFormatter()), strict=True):
        handler.setFormatter(form)
    root = logging.getLogger()
    level = root.level
    root.handlers += handlers
    root.setLevel(logging.INFO)
    try:
        yield written
    finally:
        root.handlers = [each for each in root.handlers if each not in handlers]
        root.setLevel(level)
