"""The search for drift in every partnership of a crowd, as its last close does it."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from sqlalchemy import delete, select

from bot.domain.ids import PartnershipId
from bot.services import alerts
from bot.services.ports import Ports
from storage.alerts import drift_states
from storage.engine import Database
from storage.tables import partnerships


def crowd(database: Database, like: PartnershipId) -> list[PartnershipId]:
    """The copies of a partnership."""
    with database.reading() as connection:
        query = select(partnerships.c.id).where(partnerships.c.id.like(f"%-{like}"))
        return [PartnershipId(each) for each in connection.execute(query).scalars()]


def pass_over(
    ports: Ports, database: Database, ids: list[PartnershipId], watch: Callable[[int], None] = lambda number: None
) -> None:
    """Judge the last round of each as if it closed now; `watch` is told how many are begun.

    On PostgreSQL two threads do it while nobody clicks, as in a tick.
    """
    with database.writing() as connection:
        connection.execute(delete(drift_states))  # a week that was judged is not judged again
    left = deque(enumerate(ids, 1))

    def work_off(*, helps: bool) -> None:
        while left and not (helps and ports.writer.is_in_use):
            try:
                number, partnership_id = left.popleft()
            except IndexError:  # the other thread has taken the last one
                return
            _judge(ports, partnership_id)
            watch(number)

    with ThreadPoolExecutor(1) as helper:
        helped = helper.submit(work_off, helps=True) if ports.store.lets_two_write else None
        work_off(helps=False)
        if helped:
            helped.result()


def _judge(ports: Ports, partnership_id: PartnershipId) -> None:
    with ports.store.write() as tx:
        partnership = tx.partnerships.get(partnership_id)
        closed = tx.rounds.latest(partnership_id)
        assert closed is not None
        alerts.judge_close(tx, ports, partnership, replace(closed, block=max(2, closed.block)), ports.clock.now())
