"""The clockwork of one replica: it starts, does its work, survives failures, and ends cleanly."""

import re
import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.adapters.prometheus_meter import PrometheusMeter
from bot.domain.ids import ChannelId, DeliveryKey, MessageTs, TeamId, UserId
from bot.domain.outbox import Delivered, MessageKind, Outcome, Outgoing
from bot.domain.people import Profile
from bot.services.ports import Ports
from schedules.rosters import read_rosters
from schedules.scheduler import DELIVER_EVERY, Clockwork
from storage.engine import Database
from storage.unit_of_work import SqlStore
from tests.builders import CHANNEL, HOME, TUESDAY, stage
from tests.services.stories import wanted

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


def test_a_failing_job_is_counted_and_the_passes_over_due_work_are_timed(sqlite: Database) -> None:
    meter = PrometheusMeter()
    with stage(sqlite) as on:
        put_a_message(on.ports)
        postman = Postman()
        ports = replace(on.ports, store=FailsAtFirst(sqlite, on.vault), meter=meter)
        clockwork = Clockwork(ports, postman, Nobody())
        clockwork.start()
        assert postman.delivered.wait(PATIENCE)
        clockwork.stop()
    text = meter.text(None, TUESDAY, 0).decode()
    failed = [float(each) for each in re.findall(r'^pulse_jobs_failed_total{job="\w+"} (\S+)$', text, re.MULTILINE)]
    assert sum(failed) == 1


def test_a_clockwork_that_finishes_begins_nothing_new(sqlite: Database) -> None:
    with stage(sqlite) as on:
        clockwork = Clockwork(on.ports, postman := Postman(), Nobody())
        clockwork.finish()
        put_a_message(on.ports)
        clockwork.start()
        assert not postman.delivered.wait(2 * DELIVER_EVERY)
        clockwork.stop()


def test_channels_whose_roster_was_claimed_and_not_read_are_wanted_again_at_once(sqlite: Database) -> None:
    stopping = threading.Event()
    stopping.set()
    with stage(sqlite) as on:
        with on.ports.store.write() as tx:
            tx.schedule.roster_wanted(CHANNEL, HOME, on.clock.now())
        assert read_rosters(on.ports, Nobody(), stopping) == 1
        assert wanted(on) == {(HOME, CHANNEL)}


def test_a_clockwork_that_stops_at_once_has_sent_nothing(sqlite: Database) -> None:
    with stage(sqlite) as on:
        put_a_message(on.ports)
        postman = Postman()
        clockwork = Clockwork(on.ports, postman, Nobody())
        clockwork.start()
        clockwork.stop()
        assert not postman.delivered.is_set()
