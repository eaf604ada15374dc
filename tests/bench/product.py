"""The product as a process of its own, whole, or with one part replaced to see what that part is worth.

`python -m tests.bench.product VARIANT AT SINCE AHEAD`: settings come from the environment as always. The product's time
was AT at SINCE (in seconds since 1970; empty: now); this process's clock is ahead of all others' by AHEAD seconds.
"""

import asyncio
import datetime as dt
import os
import sys
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path

from slack_bolt.async_app import AsyncRespond
from sqlalchemy import Connection, event, select

from bot.adapters.clock import MovableClock
from bot.app import Product, build, run, serve
from bot.config import read_settings
from bot.domain.errors import PulseError
from bot.domain.ids import PartnershipId, RoundId
from bot.domain.rounds import Click, OwnAnswer, Round, Saved
from bot.logs import set_up_logs
from bot.services.ports import Due
from handlers import pulse, registry
from handlers.deps import Deps
from schedules import delivery
from storage import claiming
from storage.schedule import SqlSchedule, _due
from storage.tables import due_work
from storage.unit_of_work import SqlTransaction
from tests.bench.drift_pass import crowd, pass_over

FULL = "full"
"""The file whose presence beside the database says that the database shall be full."""

_DAWDLES = 4.0  # seconds; ticks are five apart


class StoresNothing:
    """A writer that says at once that everything is stored: the ceiling of the path around it."""

    def __init__(self, product: Product) -> None:
        self._product = product
        self._rounds: dict[RoundId, Round] = {}

    is_in_use = True

    def submit(self, click: Click) -> asyncio.Future[Saved]:
        """A future that is done."""
        future: asyncio.Future[Saved] = asyncio.get_running_loop().create_future()
        future.set_result(self.store(click))
        return future

    def store(self, click: Click) -> Saved:
        """Stored, as it were."""
        asked = self._rounds.get(click.round_id)
        if asked is None:
            with self._product.ports.store.read() as tx:
                found = tx.rounds.get(click.round_id)
            assert found is not None
            asked = self._rounds[click.round_id] = found
        assert not isinstance(click.score, str)
        return Saved(answer=OwnAnswer(item_id=click.item_id, score=click.score), asked=asked)


class AcknowledgesFirst(StoresNothing):
    """A writer that says at once that an answer is stored, and stores it afterwards."""

    def submit(self, click: Click) -> asyncio.Future[Saved]:
        """A future that is done; the click is on its way to the database."""
        self._product.writer.submit(click)
        return super().submit(click)


def whole(product: Product) -> Product:
    """The product as it is shipped."""
    return product


def stores_nothing(product: Product) -> Product:
    """Everything but the storing."""
    writer = StoresNothing(product)
    return replace(product, ports=replace(product.ports, writer=writer))


def answers_alone(product: Product) -> Product:
    """No listener but that of answers."""
    registry.CAPABILITIES = (pulse,)  # type: ignore[assignment]  # fewer than there are
    return product


def searches_for_drift(product: Product) -> Product:
    """A pass over all partnerships of a crowd goes on while people click."""
    ids = crowd(product.database, PartnershipId("p-north"))
    threading.Thread(target=pass_over, args=(product.ports, product.database, ids), daemon=True).start()
    return product


def acknowledges_first(product: Product) -> Product:
    """Storing is moved behind the acknowledgement."""
    return replace(product, ports=replace(product.ports, writer=AcknowledgesFirst(product)))


def tells_nobody(product: Product) -> Product:
    """Whose answer is refused is not told."""

    async def silence(deps: Deps, respond: AsyncRespond, refusal: PulseError) -> None:
        """Nothing is said."""

    pulse.tell = silence  # type: ignore[attr-defined]  # it is imported there, not exported
    return product


def waits_on(product: Product) -> Product:
    """Nobody looks after those who wait while a commit hangs."""
    product.writer._watch = lambda: None  # type: ignore[method-assign]
    return product


def can_be_full(product: Product) -> Product:
    """As long as FULL stands beside the database's file, no page can be added to it (SQLite)."""
    sign = Path(product.database.engine.url.database or "").with_name(FULL)

    @event.listens_for(product.database.engine, "begin")
    def limit(connection: Connection) -> None:
        most = "page_count" if sign.exists() else "4294967294"
        if most == "page_count":
            most = str(connection.exec_driver_sql("PRAGMA page_count").scalar_one())
        connection.exec_driver_sql(f"PRAGMA max_page_count = {most}")

    return product


def ticks_blindly(product: Product) -> Product:
    """A tick takes what others are working on, and takes its time."""

    def claim(schedule: SqlSchedule, now: dt.datetime, limit: int) -> tuple[Due, ...]:
        """Whatever is due, held or not."""
        query = select(due_work).where(due_work.c.due_at <= now).order_by(due_work.c.due_at).limit(limit)
        return tuple(_due(row) for row in schedule._connection.execute(query))

    def prefetch(tx: SqlTransaction, ids: Collection[PartnershipId]) -> None:
        """What is read may be old when it is used."""
        tx.partnerships._locks = False
        whole_prefetch(tx, ids)
        time.sleep(_DAWDLES)

    whole_prefetch = SqlTransaction.prefetch
    SqlSchedule.claim = claim  # type: ignore[assignment, method-assign]  # the defence is taken out
    SqlTransaction.prefetch = prefetch  # type: ignore[assignment, method-assign]  # the same
    return product


def short_leases(product: Product) -> Product:
    """What a killed process had in hand is free after seconds instead of a minute."""
    claiming._LEASE, delivery._LATE = dt.timedelta(seconds=6), dt.timedelta(seconds=2)
    return product


VARIANTS: Mapping[str, Callable[[Product], Product]] = {
    "whole": whole,
    "stores-nothing": stores_nothing,
    "answers-alone": answers_alone,
    "drift-pass": searches_for_drift,
    "acknowledges-first": acknowledges_first,
    "can-be-full": can_be_full,
    "tells-nobody": tells_nobody,
    "waits-on": waits_on,
    "ticks-blindly": ticks_blindly,
    "short-leases": short_leases,
}


class WrongClock(MovableClock):
    """A clock that is ahead of everybody else's."""

    def __init__(self, start: dt.datetime, ahead: float) -> None:
        super().__init__(start)
        self._ahead = dt.timedelta(seconds=ahead)

    def now(self) -> dt.datetime:
        """The product's time, aware UTC."""
        return super().now() + self._ahead

    def real(self) -> dt.datetime:
        """The real time as this machine sees it, aware UTC."""
        return super().real() + self._ahead


def main(variant: str, at: str, since: str = "", ahead: str = "0") -> None:
    """Serve until ended."""
    set_up_logs()
    gone_by = dt.timedelta(seconds=time.time() - float(since) if since else 0.0)
    clock = WrongClock(dt.datetime.fromisoformat(at) + gone_by, float(ahead))
    product = VARIANTS[variant](build(read_settings(os.environ), clock=clock))
    run(serve(product))


if __name__ == "__main__":
    main(*sys.argv[1:])
