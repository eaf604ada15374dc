"""The whole bot against the strict Slack double: real payloads in, what people see out, in both modes."""

import asyncio
import datetime as dt
import json
import random
import socket
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlencode

import yaml
from slack_bolt.async_app import AsyncApp

from bot.app import Product, bolt_app, build, listen
from bot.config import Address, Settings
from bot.manifest import manifest_text
from handlers.deps import Deps
from schedules.delivery import drain
from schedules.rosters import read_rosters
from storage.claiming import AT_ONCE
from storage.engine import Database
from tests.builders import SECRET, StoppedClock
from tests.slack_double import Message, SlackDouble, World, form_body, sign

Json = dict[str, Any]
Kind = Literal["events_api", "interactive", "slash_commands"]
SIGNING_SECRET = "signing-secret"
CHANNEL = "C0NORTH"
MODES = ("http", "socket")


@dataclass(slots=True, kw_only=True)
class Journey:
    """A running bot with its Slack and its clock."""

    slack: SlackDouble
    product: Product
    clock: StoppedClock
    mode: str
    app: AsyncApp
    deps: Deps
    port: int = 0

    def send(self, kind: Kind, payload: Json) -> Json:
        """Deliver a payload as Slack does; returns what the bot acknowledged with, once everything after it is done."""
        answer = self._by_http(kind, payload) if self.mode == "http" else self.slack.deliver(kind, payload)
        self.settle()
        return dict(answer or {})

    def click(self, user: str, action_id: str, on: Message | Json, value: str | None = None) -> Json:
        """A person clicks a button."""
        return self.send("interactive", self.slack.person(user).clicks(action_id, on=on, value=value))

    def submit(self, user: str, filled: Mapping[str, Any] | None = None) -> dict[str, str]:
        """A person submits the modal on top; returns the errors shown beside its fields."""
        submission = self.slack.person(user).submits(self.view(user), filled or {})
        return self.slack.acknowledge(submission, self.send("interactive", submission))

    def command(self, user: str, text: str) -> Json:
        """A person of the host's workspace types `/pulse ...`."""
        return self.send("slash_commands", self.slack.person(user).commands("/pulse", text, channel=CHANNEL))

    def view(self, user: str) -> Json:
        """The modal on top of a person's screen."""
        return self.slack.views_of(user)[-1]

    def said(self, user: str) -> str:
        """The newest private message a person sees."""
        return self.slack.ephemerals(user)[-1].text

    def posts(self) -> list[str]:
        """Texts of the channel, oldest first."""
        return [each.text for each in self.slack.messages(CHANNEL)]

    def pulse(self) -> Message:
        """The newest message of the channel that can be answered."""
        return next(each for each in reversed(self.slack.messages(CHANNEL)) if "one click each" in each.text)

    def answer(self, user: str, *scores: int) -> None:
        """A person answers the questions of the newest pulse in their order; 0 is "Can't say"."""
        for place, score in enumerate(scores, 1):
            self.click(user, f"answer_{place}_{score}", self.pulse())

    def settle(self) -> None:
        """Wait until nothing of the bot's is under way after an acknowledgement."""
        until = time.monotonic() + 5
        while not self.deps.after.is_done and time.monotonic() < until:
            threading.Event().wait(0.005)

    def pass_time(self, **by: float) -> None:
        """Let time pass, then let the bot do what is due."""
        self.clock.move(**by)
        self.slack.clock.advance(dt.timedelta(**by))
        self.work()

    def work(self) -> None:
        """Read rosters that are wanted, do due work, send messages."""
        read_rosters(self.product.ports, self.product.directory)
        drain(self.product.ports, self.product.messenger)

    def _by_http(self, kind: Kind, payload: Json) -> Json:
        if kind == "events_api":
            body, content_type = json.dumps(payload), "application/json"
        elif kind == "interactive":
            body, content_type = form_body(payload), "application/x-www-form-urlencoded"
        else:
            body, content_type = urlencode(payload), "application/x-www-form-urlencoded"
        headers = {**sign(body, SIGNING_SECRET, time.time()), "content-type": content_type}
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/slack/events", data=body.encode(), headers=headers
        )
        with urllib.request.urlopen(request, timeout=5) as answer:
            text = answer.read().decode()
        read: Json = json.loads(text) if text.startswith("{") else {}
        return read


def scopes_of_the_manifest() -> frozenset[str]:
    """What app.yaml asks for: the bot is granted no more."""
    return frozenset(yaml.safe_load(manifest_text(None))["oauth_config"]["scopes"]["bot"])


@contextmanager
def journey(database: Database, mode: str, randomness: random.Random | None = None) -> Iterator[Journey]:
    """A bot that listens in the mode, over a migrated database; ends with the block."""
    clock = StoppedClock()
    with SlackDouble(scopes=scopes_of_the_manifest()) as slack:
        settings = Settings(
            bot_token=slack.token,
            app_token=slack.app_token if mode == "socket" else "",
            signing_secret=SIGNING_SECRET,
            port=free_port(),
            api_url=slack.url,
            database_url=database.engine.url.render_as_string(hide_password=False),
            secret_key=SECRET,
            operator="Northfield Council",
            metrics_listen=Address(host="127.0.0.1", port=free_port()),
        )
        product = build(settings, clock=clock, pace=AT_ONCE, randomness=randomness)
        app, deps = bolt_app(product)
        product.writer.start()
        with listening(product, app):
            yield Journey(slack=slack, product=product, clock=clock, mode=mode, app=app, deps=deps, port=settings.port)
        deps.threads.shutdown(wait=True)
        product.writer.stop()
        product.database.close()


@contextmanager
def listening(product: Product, app: AsyncApp) -> Iterator[None]:
    """Take what Slack sends in a thread of its own, until the block ends."""
    loop = asyncio.new_event_loop()
    stopping = asyncio.Event()
    ready = threading.Event()
    failed: list[BaseException] = []

    def run() -> None:
        asyncio.set_event_loop(loop)
        try:
            loop.run_until_complete(listen(product, app, stopping, ready.set))
        except BaseException as error:  # told to the test below
            failed.append(error)
            ready.set()
        finally:
            loop.run_until_complete(product.private_answers.close())

    thread = threading.Thread(target=run, name="listening")
    thread.start()
    assert ready.wait(10)
    assert not failed, failed
    try:
        yield
    finally:
        loop.call_soon_threadsafe(stopping.set)
        thread.join(timeout=10)
        loop.close()


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def people_of_northfield(slack: SlackDouble, each: int = 10) -> None:
    """The council's people at home, the builder's in their own workspace, all in one shared channel."""
    members = []
    for number in range(1, each + 1):
        home, ext = f"U0H{number:02}", f"U0E{number:02}"
        slack.world.add_user(home, real_name=f"Harper Number{number}", email=f"h{number}@northfield.gov.uk")
        slack.world.add_user(ext, team_id=World.EXT, real_name=f"Emery Number{number}", email=None)
        members += [home, ext]
    slack.world.add_channel(CHANNEL, name="northfield-schools", members=members, is_ext_shared=True)
