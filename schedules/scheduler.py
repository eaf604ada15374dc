"""The clockwork of one replica: a few interval jobs in APScheduler's memory; what is due stands in the database."""

import logging
import threading
from collections.abc import Callable

from apscheduler.schedulers.background import BackgroundScheduler

from bot.services import life
from bot.services.ports import Directory, Messenger, Ports
from schedules.delivery import deliver
from schedules.rosters import read_rosters
from schedules.tick import tick

log = logging.getLogger(__name__)

TICK_EVERY = 5.0
DELIVER_EVERY = 1.0
READ_ROSTERS_EVERY = 3.0
FORGET_EVERY = 3600.0
TIDY_EVERY = 600.0


class Clockwork:
    """The jobs of one replica; `start()` and `stop()`, which lets running jobs finish."""

    def __init__(self, ports: Ports, messenger: Messenger, directory: Directory) -> None:
        self._stopping = threading.Event()
        self._scheduler = BackgroundScheduler(
            timezone="UTC", job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )
        self._ports = ports
        self._every(TICK_EVERY, self._tick, "tick")
        self._every(DELIVER_EVERY, lambda: deliver(ports, messenger, self._stopping), "delivery")
        self._every(FORGET_EVERY, lambda: life.forget_expired(ports), "forgetting")
        self._every(TIDY_EVERY, ports.store.tidy, "tidying")
        self._every(READ_ROSTERS_EVERY, lambda: read_rosters(ports, directory, self._stopping), "rosters")

    @property
    def jobs(self) -> tuple[str, ...]:
        """What it does again and again."""
        return tuple(each.id for each in self._scheduler.get_jobs())

    def start(self) -> None:
        """Begin."""
        self._scheduler.start()

    def finish(self) -> None:
        """Begin nothing new, and give back what was taken and not begun; does not wait."""
        self._stopping.set()

    def stop(self) -> None:
        """Finish what runs, begin nothing new, and wait for that."""
        self._stopping.set()
        self._scheduler.shutdown(wait=True)

    def _tick(self) -> int:
        begun = self._ports.clock.real()
        done = tick(self._ports, self._stopping)
        self._ports.meter.ticked((self._ports.clock.real() - begun).total_seconds())
        return done

    def _every(self, seconds: float, work: Callable[[], int], name: str) -> None:
        def job() -> None:
            try:
                work()
            except Exception as error:  # the database or Slack is away: the next pass tries again
                log.error("a scheduled job failed", exc_info=error, extra={"job": name})
                self._ports.meter.job_failed(name)

        self._scheduler.add_job(job, "interval", seconds=seconds, id=name)
