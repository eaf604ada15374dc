"""What becomes of messages: taken from the outbox for sending, and written down afterwards."""

import datetime as dt
from collections.abc import Sequence

from bot.domain.outbox import CHANNEL_GONE, INSTALLATION_GONE, Claimed, Delivered, MessageKind, Outcome, Refused
from bot.services import channels
from bot.services.ports import Backlog, Ports, Transaction


def take(ports: Ports, limit: int) -> tuple[Claimed, ...]:
    """Claim messages that are due."""
    with ports.store.write() as tx:
        return tx.outbox.claim(ports.clock.now(), ports.clock.real(), limit)


def settle(ports: Ports, claimed: Claimed, outcome: Outcome) -> None:
    """Write down what became of a message; a channel that Slack refuses suspends its partnership."""
    with ports.store.write() as tx:
        _settle(tx, ports, claimed, outcome)


def settle_all(ports: Ports, settled: Sequence[tuple[Claimed, Outcome]]) -> None:
    """The same for several at once; where that fails, one by one, so that none fails for another."""
    try:
        with ports.store.write() as tx:
            for claimed, outcome in settled:
                _settle(tx, ports, claimed, outcome)
    except Exception:
        for claimed, outcome in settled:
            settle(ports, claimed, outcome)


def _settle(tx: Transaction, ports: Ports, claimed: Claimed, outcome: Outcome) -> None:
    message = claimed.message
    tx.outbox.settle(claimed, outcome, ports.clock.real())
    if isinstance(outcome, Delivered) and message.kind is MessageKind.PULSE and message.round_id:
        tx.rounds.posted(message.round_id, outcome.ts)
    if isinstance(outcome, Refused) and outcome.reason in CHANNEL_GONE and message.partnership_id:
        partnership = tx.partnerships.get(message.partnership_id)
        if message.channel_id == partnership.channel_id:  # not one it has moved away from, nor a direct message
            tell = outcome.reason not in INSTALLATION_GONE
            channels.suspend(tx, ports, partnership, outcome.reason, tell=tell)


def backlog(ports: Ports) -> Backlog:
    """What is due and has not been done yet, for whoever watches over the bot."""
    now = ports.clock.now()
    with ports.store.read() as tx:
        count, oldest = tx.outbox.due(now)
        work = tx.schedule.next_at()
    return Backlog(due=count, oldest_due_at=oldest, oldest_work_at=work if work is not None and work <= now else None)


def next_due(ports: Ports) -> dt.datetime | None:
    """The product time of the next work or message; None when nothing is planned and the outbox is drained."""
    with ports.store.read() as tx:
        times = [at for at in (tx.schedule.next_at(), tx.outbox.next_at(ports.clock.real())) if at is not None]
    return min(times, default=None)
