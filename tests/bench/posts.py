"""Messages on their way to Slack: as fast as its limits allow, and once each however often workers die."""

import datetime as dt
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import func, select

from bot.domain.ids import ChannelId, DeliveryKey, TeamId
from bot.domain.outbox import MessageKind, Outgoing
from storage.claiming import AT_ONCE
from storage.engine import Database
from storage.migrate import migrate
from storage.outbox import SqlOutbox
from storage.tables import outbox
from tests.bench.kills import KINDS
from tests.bench.processes import empty_database
from tests.bench.results import Result
from tests.bench.sink import Slowly, open_sink
from tests.bench.worker import QuickClock, Workers
from tests.slack_double import Clock, SlackDouble
from tests.slack_double.pacing import POSTS_PER_WORKSPACE

BURST = 5  # posts of one workspace that may come at once: a second's
_LONG_AGO = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
_SPEED = 20.0  # the clock of leases, so that what a killed worker had is free after 3 s instead of 60
_KILL_EVERY = 1.5
_LOST = 0.02
_GIVE_UP_AFTER = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Throughput:
    """How long it took from the first post to the last one, what the limits allow, and how often Slack said 429."""

    seconds: float
    allowed: float
    posted: int
    refused: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """What stands in Slack of the messages that were to arrive."""

    wanted: int
    duplicates: int
    missing: int
    out_of_order: int
    kills: int
    lost_replies: int


def within_limits(*, workspaces: int = 20, each: int = 500, channels: int = 25) -> list[Result]:
    """Many messages in many workspaces, all due at once, on both databases; the clock is the real one."""
    results = []
    for kind in KINDS:
        with empty_database(kind) as url:
            found = throughput(url, workspaces=workspaces, each=each, channels=channels)
        ratio = found.seconds / found.allowed
        results.append(
            Result(
                name=f"{workspaces * each:,} messages in {workspaces} workspaces within Slack's limits, {kind}",
                value=found.seconds,
                unit="s",
                reference=found.allowed,
                bar="<= 1.05 x the time the limits allow, no 429",
                ok=ratio <= 1.05 and found.refused == 0 and found.posted == workspaces * each,
                more={"posted": found.posted, "429": found.refused},
            )
        )
    return results


def workers_killed(*, messages: int = 3_000) -> list[Result]:
    """Two workers, one of them killed every 1.5 s, against the strict double that loses replies."""
    results = []
    for kind in KINDS:
        with empty_database(kind) as url:
            found = kill_workers(url, messages=messages)
        with empty_database(kind) as url:
            naive = kill_workers(url, messages=messages, variant="posts on doubt")
        results.append(
            Result(
                name=f"delivery killed every {_KILL_EVERY} s, {_LOST:.0%} of replies lost, {kind}: duplicates, missing",
                value=found.duplicates + found.missing,
                unit="messages",
                bar="0; posting again on doubt, the same test reports duplicates",
                ok=found.duplicates + found.missing + found.out_of_order == 0 and naive.duplicates > 0,
                more={
                    "messages": found.wanted,
                    "duplicates": found.duplicates,
                    "missing": found.missing,
                    "out of order": found.out_of_order,
                    "kills": found.kills,
                    "replies lost": found.lost_replies,
                    "duplicates when posting again on doubt": naive.duplicates,
                },
            )
        )
    return results


def throughput(url: str, *, workspaces: int, each: int, channels: int, variant: str = "whole") -> Throughput:
    """Deliver `each` messages in every workspace, spread over its channels, with the pace of production."""
    slowly = Slowly(burst=BURST)
    names = [(f"W{number:02}", number) for number in range(workspaces)]
    with _outbox(url) as database, open_sink(slowly) as sink:
        _fill(
            database,
            [_message(team, f"{team}-{number % channels}", number) for number in range(each) for team, _ in names],
        )
        workers = Workers(url, f"{sink.origin}/api/", QuickClock(1.0, time.time()), variant)
        _until_delivered(database, workers)
    return Throughput(
        seconds=slowly.posted_at[-1] - slowly.posted_at[0],
        allowed=(each - BURST) * 60 / POSTS_PER_WORKSPACE,
        posted=len(slowly.posted_at),
        refused=slowly.refused,
    )


def kill_workers(url: str, *, messages: int, channels: int = 100, variant: str = "unpaced") -> Arrivals:
    """Deliver to the strict double; leases run on a quick clock, and channels have no pace, so that kills hit often."""
    clock = QuickClock(_SPEED, time.time())
    team = TeamId("T0HOME")
    with _outbox(url) as database, SlackDouble(clock=_Following(clock)) as slack:
        for number in range(channels):
            slack.world.add_channel(f"C{number}", members=[])
        slack.faults.lose_replies(p=_LOST, dice=random.Random(1))
        _fill(database, [_message(team, f"C{number % channels}", number) for number in range(messages)])
        workers = Workers(url, slack.url, clock, variant)
        kills = _until_delivered(database, workers, workers=2, kill_every=_KILL_EVERY)
        said = [[int(each.text.split()[1]) for each in slack.messages(f"C{number}")] for number in range(channels)]
        lost = sum(each.reply_lost for each in slack.calls)
    arrived = Counter(number for channel in said for number in channel)
    return Arrivals(
        wanted=messages,
        duplicates=sum(arrived.values()) - len(arrived),
        missing=messages - len(arrived),
        out_of_order=sum(list(dict.fromkeys(channel)) != sorted(set(channel)) for channel in said),
        kills=kills,
        lost_replies=lost,
    )


class _Following(Clock):
    """The double's clock, that goes with the workers'."""

    def __init__(self, clock: QuickClock) -> None:
        super().__init__()
        self._clock = clock

    def now(self) -> dt.datetime:
        """The workers' time."""
        return self._clock.now()


@contextmanager
def _outbox(url: str) -> Iterator[Database]:
    database = Database(url)
    migrate(database)
    yield database
    database.close()


def _message(team: str, channel: str, number: int) -> Outgoing:
    return Outgoing(
        key=DeliveryKey(f"reminder:{team}:{number}"),
        kind=MessageKind.REMINDER,
        team_id=TeamId(team),
        channel_id=ChannelId(channel),
        body={"number": number, "closes_at": _LONG_AGO.isoformat(), "timezone": "Europe/London"},
        due_at=_LONG_AGO,
    )


def _fill(database: Database, messages: list[Outgoing]) -> None:
    with database.writing() as connection:
        box = SqlOutbox(connection, AT_ONCE)
        for each in messages:
            box.add(each)


def _until_delivered(database: Database, running: Workers, *, workers: int = 1, kill_every: float = 0.0) -> int:
    """Let workers deliver until nothing is left; returns how many of them were killed meanwhile."""
    left = select(func.count()).select_from(outbox).where(outbox.c.state.in_(("waiting", "sending")))
    kills, until = 0, time.monotonic() + _GIVE_UP_AFTER
    for _ in range(workers):
        running.start()
    kill_at = time.monotonic() + kill_every
    try:
        while time.monotonic() < until:
            with database.reading() as connection:
                if not connection.execute(left).scalar_one():
                    break
            if kill_every and time.monotonic() >= kill_at:
                running.kill()
                running.start()
                kills, kill_at = kills + 1, kill_at + kill_every
            time.sleep(0.1)
    finally:
        running.kill_all()
    return kills
