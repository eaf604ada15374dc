"""The real process, `python -m bot run`, against the Slack double, with a pulse that is open by the real clock."""

import datetime as dt
import http.client
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import time
from typing import Any

from sqlalchemy import select, update

from bot.config import VARIABLES
from bot.domain.ids import DeliveryKey, UserId
from bot.domain.outbox import MessageKind, Outgoing
from bot.domain.rounds import Round
from storage.engine import Database
from storage.tables import answers, due_work, outbox, rounds
from tests.builders import EXT, HOME, SECRET, Unblurred, add_partnership, person
from tests.journeys.open_pulse import begin, newest_round, stage_of
from tests.journeys.world import SIGNING_SECRET, Journey, free_port, journey, people_of_northfield
from tests.slack_double import form_body, sign

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 30.0  # seconds, for what takes one
A_DAY = dt.timedelta(days=1)

Vote = tuple[str, int]
"""A person and the place of a question; each clicks once."""


@contextmanager
def open_until_tomorrow(database: Database, each: int) -> Iterator[Journey]:
    """A pulse with so many people on each side, posted, and open by the real clock too."""
    with journey(database, "http", Unblurred()) as on:
        people_of_northfield(on.slack, each)
        begin(on, add_partnership(stage_of(on), each=each))
        tomorrow = dt.datetime.now(dt.UTC) + A_DAY
        with database.writing() as connection:
            connection.execute(update(rounds).values(remind_at=tomorrow, closes_at=tomorrow))
            connection.execute(update(due_work).values(due_at=tomorrow))
        yield on


@dataclass(slots=True, kw_only=True)
class Replica:
    """One process of the bot."""

    process: subprocess.Popen[str]
    port: int
    metrics_port: int

    def asks(self, path: str, port: int | None = None) -> tuple[int, str]:
        """What it answers to a GET; status 0 when nobody listens."""
        connection = http.client.HTTPConnection("127.0.0.1", port or self.metrics_port, timeout=5)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except OSError:
            return 0, ""
        finally:
            connection.close()

    def is_ready(self) -> bool:
        """Whether a proxy would send it requests."""
        return self.asks("/readyz", self.port)[0] == 200

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop, and wait for its exit status."""
        self.process.send_signal(how)
        return self.process.wait(PATIENCE)


@contextmanager
def replica(on: Journey, database: Database, folder: Path = ROOT, **changes: str) -> Iterator[Replica]:
    """A process in HTTP mode over the journey's Slack and a database; killed with the block if it still runs."""
    port, metrics_port = int(changes.get("PORT", free_port())), free_port()
    env = {
        **{name: value for name, value in os.environ.items() if name not in VARIABLES},
        "SLACK_BOT_TOKEN": on.slack.token,
        "SLACK_APP_TOKEN": "",
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "SLACK_API_URL": on.slack.url,
        "PULSE_SECRET_KEY": SECRET,
        "DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
        "PORT": str(port),
        "METRICS_LISTEN": str(metrics_port),
        "DRAIN_SECONDS": "1",
        **changes,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "run"],
        cwd=folder,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    made = Replica(process=process, port=port, metrics_port=metrics_port)
    try:
        assert process.stdout is not None
        assert "is running" in process.stdout.readline(), process.stderr and process.stderr.read()
        yield made
    finally:
        process.kill()
        process.communicate()


@dataclass(slots=True, kw_only=True)
class Crowd:
    """People who click, each question once, over connections that are kept open; they note what Slack would see."""

    on: Journey
    send_to: Callable[[], int | None]
    people: list[str]
    score: Callable[[Vote], int] = lambda vote: 1 + hash_of(vote) % 5
    connect: Callable[[int], http.client.HTTPConnection] = lambda port: http.client.HTTPConnection(
        "127.0.0.1", port, timeout=10
    )
    acknowledged: dict[Vote, int] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    enough: threading.Event = field(default_factory=threading.Event)
    some: threading.Event = field(default_factory=threading.Event)

    def click(self, at_once: int = 8) -> list[threading.Thread]:
        """Begin to click, so many at the same time."""
        message = self.on.pulse()
        votes = [(user, place) for place in (1, 2, 3) for user in self.people]
        taken = iter(votes)
        lock = threading.Lock()

        def next_click() -> tuple[Vote, str] | None:
            with lock:
                vote = next(taken, None)
                if vote is None:
                    return None
                action = f"answer_{vote[1]}_{self.score(vote)}"
                return vote, form_body(self.on.slack.person(vote[0]).clicks(action, on=message))

        def clicker() -> None:
            connections: dict[int, http.client.HTTPConnection] = {}
            while not self.enough.is_set() and (click := next_click()) and (port := self.send_to()):
                connection = connections.setdefault(port, self.connect(port))
                self._post(connection, *click)
            for each in connections.values():
                each.close()

        threads = [threading.Thread(target=clicker) for _ in range(at_once)]
        for each in threads:
            each.start()
        return threads

    def _post(self, connection: http.client.HTTPConnection, vote: Vote, body: str) -> None:
        try:
            status = post(connection, body)
        except (OSError, http.client.HTTPException) as error:
            self.failed.append(type(error).__name__)
            connection.close()
            return
        if status == 200:
            self.acknowledged[vote] = self.score(vote)
        else:
            self.failed.append(str(status))
        if len(self.acknowledged) >= len(self.people) // 2:
            self.some.set()


def post(connection: http.client.HTTPConnection, body: str) -> int:
    """The status with which a signed click is answered."""
    headers = {**sign(body, SIGNING_SECRET, time()), "content-type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/slack/events", body=body, headers=headers)
    answer = connection.getresponse()
    answer.read()
    return answer.status


def hash_of(vote: Vote) -> int:
    """The same in every process."""
    return sum(map(ord, vote[0])) + vote[1]


def everybody(each: int) -> list[str]:
    """The people of both sides."""
    return [person(number, team).user_id for number in range(1, each + 1) for team in (HOME, EXT)]


def stored(on: Journey, database: Database, asked: Round | None = None) -> dict[Vote, int]:
    """What the database holds of the newest round, by person and question."""
    asked = asked or newest_round(on)
    ports = on.product.ports
    with ports.store.read() as tx:
        key = tx.partnerships.sealed_key(asked.partnership_id)
        people = [each.person for each in tx.people.roster(asked.partnership_id).members]
    names = {ports.vault.pseudonym(key, each): each.user_id for each in people}
    with database.reading() as connection:
        rows = connection.execute(select(answers.c.pseudonym, answers.c.item_id, answers.c.score)).all()
    return {(names[row.pseudonym], asked.items.index(row.item_id) + 1): row.score for row in rows}


def put_messages(on: Journey, count: int) -> None:
    """So many direct messages that are due; Slack's pace allows five a second."""
    now = on.clock.now()
    body = {"number": 1, "closes_at": now.isoformat(), "timezone": "Europe/London"}
    with on.product.ports.store.write() as tx:
        for number in range(1, count + 1):
            user = UserId(f"U0H{number:02}")
            key = DeliveryKey(f"word:{user}")
            tx.outbox.add(
                Outgoing(key=key, kind=MessageKind.REMINDER, team_id=HOME, user_id=user, body=body, due_at=now)
            )


def messages(database: Database) -> list[Mapping[str, Any]]:
    """The state and the lease of every direct message of `put_messages`."""
    query = select(outbox.c.state, outbox.c.leased_until).where(outbox.c.key.like("word:%"))
    with database.reading() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def eventually(is_so: Callable[[], bool]) -> bool:
    """Whether it becomes so in time."""
    pause = threading.Event()
    return any(is_so() or pause.wait(0.02) for _ in range(int(PATIENCE / 0.02)))
