"""The product as a process of its own, whole, or with one part replaced to see what that part is worth.

`python -m tests.bench.product VARIANT AT`: settings come from the environment as always, AT is the product's time.
"""

import asyncio
import datetime as dt
import os
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.adapters.clock import MovableClock
from bot.app import Product, build, run, serve
from bot.config import read_settings
from bot.domain.ids import PartnershipId, RoundId
from bot.domain.rounds import Click, OwnAnswer, Round, Saved
from bot.logs import set_up_logs
from handlers import pulse, registry
from tests.bench.drift_pass import crowd, pass_over


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


VARIANTS: Mapping[str, Callable[[Product], Product]] = {
    "whole": whole,
    "stores-nothing": stores_nothing,
    "answers-alone": answers_alone,
    "drift-pass": searches_for_drift,
}


def main(variant: str, at: str) -> None:
    """Serve until ended."""
    set_up_logs()
    clock = MovableClock(dt.datetime.fromisoformat(at))
    product = VARIANTS[variant](build(read_settings(os.environ), clock=clock))
    run(serve(product))


if __name__ == "__main__":
    main(*sys.argv[1:])
