"""The clockwork of one replica: it starts, does its work, survives failures, and ends cleanly."""

import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.domain.ids import ChannelId, DeliveryKey, MessageTs, TeamId, UserId
from bot.domain.outbox import Delivered, MessageKind, Outcome, Outgoing
from bot.domain.people import Profile
from bot.services.ports import Ports
from schedules.scheduler import Clockwork
from storage.engine import Database
from storage.unit_of_work import SqlStore
from tests.builders import CHANNEL, HOME, TUESDAY, stage

PATIENCE = 10.0  # seconds; only a failing test waits so long


class Postman:
    """Delivers every message and tells those who wait for one."""

    def __init__(self) -> None:
        self.delivered = threading.Event()
        self.threads: set[str] = set()

    def send(self, message: Outgoing, drawn: Mapping[str, Any], edits: MessageTs | None) -> Outcome:
        """Delivered."""
        self.threads.add(threading.current_thread().name)
        self.delivered.set()
        return Delivered(channel_id=CHANNEL, ts=MessageTs("1.0"))

    def find(self, message: Outgoing, since: object) -> Outcome | None:
        """Nothing is ever in doubt here."""
        return None


class Nobody:
    """A directory of empty channels."""

    def members(self, team_id: TeamId, channel_id: ChannelId, known: Mapping[UserId, Profile]) -> tuple[Profile, ...]:
        """Nobody is there."""
        return ()


class FailsAtFirst(SqlStore):
    """A database that is away when it is first written to."""

    failures = 1

    def write(self) -> Any:
        """Away once, then there."""
        if self.failures:
            self.failures -= 1
            raise ConnectionError("the database is away")
        return super().write()


def put_a_message(ports: Ports) -> None:
    """One message that is due."""
    body = {"number": 1, "closes_at": TUESDAY.isoformat(), "timezone": "Europe/London"}
    with ports.store.write() as tx:
        tx.outbox.add(
            Outgoing(
                key=DeliveryKey("a"),
                kind=MessageKind.REMINDER,
                team_id=HOME,
                channel_id=CHANNEL,
                body=body,
                due_at=TUESDAY,
            )
        )


def test_the_clockwork_delivers_and_ends_with_all_its_threads(sqlite: Database) -> None:
    before = set(threading.enumerate())
    with stage(sqlite) as on:
        put_a_message(on.ports)
        postman = Postman()
        clockwork = Clockwork(on.ports, postman, Nobody())
        clockwork.start()
        assert postman.delivered.wait(PATIENCE)
        clockwork.stop()
    assert set(threading.enumerate()) <= before


def test_a_failing_job_does_not_end_the_clockwork(sqlite: Database) -> None:
    with stage(sqlite) as on:
        put_a_message(on.ports)
        postman = Postman()
        fragile = FailsAtFirst(sqlite, on.vault)
        clockwork = Clockwork(replace(on.ports, store=fragile), postman, Nobody())
        clockwork.start()
        assert postman.delivered.wait(PATIENCE)
        clockwork.stop()
        assert fragile.failures == 0


def test_a_clockwork_that_stops_at_once_has_sent_nothing(sqlite: Database) -> None:
    with stage(sqlite) as on:
        put_a_message(on.ports)
        postman = Postman()
        clockwork = Clockwork(on.ports, postman, Nobody())
        clockwork.start()
        clockwork.stop()
        assert not postman.delivered.is_set()
