"""One pass over the work that is due; any number of replicas may do it at the same time."""

import datetime as dt
import logging
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from bot.services import alert_owners, celebrations, digest, erasure, escalation_moves, milestone_words, rounds
from bot.services.ports import Due, DueKind, Ports, Transaction

log = logging.getLogger(__name__)

_SLICE = 400  # rows of one transaction: on SQLite about 70 ms in which answers wait
_WHILE_PEOPLE_CLICK = 5  # slower in all, but nobody waits for long
_BREATH = 0.01  # seconds after each of these, in which threads that serve people have the interpreter to themselves
_POSTPONED_FOR = dt.timedelta(minutes=5)

_WORK: Mapping[DueKind, Callable[[Transaction, Ports, Due, dt.datetime], None]] = {
    DueKind.OPEN: rounds.open_due,
    DueKind.REMIND: rounds.remind_due,
    DueKind.COUNTER: rounds.count_due,
    DueKind.CLOSE: rounds.close_due,
    DueKind.ESCALATION: escalation_moves.fall_due,
    DueKind.MILESTONE_WORDS: milestone_words.words_due,
    DueKind.MILESTONE: celebrations.celebrate_due,
    DueKind.ALERT: alert_owners.follow_up,
    DueKind.DIGEST: digest.digest_due,
    DueKind.FORGET: erasure.fall_due,
}

_AHEAD: Mapping[DueKind, Callable[[Transaction, Collection[Due]], None]] = {DueKind.DIGEST: digest.look_ahead}

_ALONE = frozenset({DueKind.CLOSE, DueKind.FORGET})


def tick(ports: Ports, stopping: threading.Event | None = None) -> int:
    """Do everything that is due now; returns how many pieces of work that was. Ends early when `stopping` is set.

    Where two transactions were not enough and the database lets two write, a second thread helps as long as nobody
    clicks: while the one waits for the database, the other decides.
    """
    stopping = stopping or threading.Event()
    slices = _slices(ports, stopping)
    first = list(islice(slices, 2))
    if len(first) < 2 or not ports.store.lets_two_write:
        return sum(first) + sum(slices)
    with ThreadPoolExecutor(1, "tick-help") as helper:
        helped = helper.submit(_help, ports, stopping)
        return sum(first) + sum(slices) + helped.result()


def _help(ports: Ports, stopping: threading.Event) -> int:
    done = 0
    slices = _slices(ports, stopping)
    while not ports.writer.is_in_use and (more := next(slices, 0)):
        done += more
    return done


def _slices(ports: Ports, stopping: threading.Event) -> Iterator[int]:
    """Do what is due, one transaction after the other; how many pieces each of them did."""
    while not stopping.is_set():
        people_click = ports.writer.is_in_use
        done = _slice(ports, _WHILE_PEOPLE_CLICK if people_click else _SLICE)
        if not done:
            return
        yield done
        if people_click:
            stopping.wait(_BREATH)


def _slice(ports: Ports, size: int) -> int:
    now = ports.clock.now()
    due: tuple[Due, ...] = ()
    try:
        with ports.store.write() as tx:
            due = _together(tx.schedule.claim(now, size)[:size])
            if due:
                ports.meter.late(now - due[0].due_at)
                tx.prefetch({each.partnership_id for each in due})
                for kind, look_ahead in _AHEAD.items():
                    look_ahead(tx, [each for each in due if each.kind is kind])
            for each in due:
                _WORK[each.kind](tx, ports, each, now)
    except Exception as error:
        if size == 1:
            _postpone(ports, due, now, error)
            return len(due)
        return _slice(ports, 1)  # one piece fails: do them one by one, so that it holds up nobody else
    return len(due)


def _together(due: tuple[Due, ...]) -> tuple[Due, ...]:
    """What one transaction takes on: a close alone, for it waits for answers that are being stored; else all before.

    A partnership that is deleted goes alone too: what else is due for it goes with it.
    """
    alone = next((place for place, each in enumerate(due) if each.kind in _ALONE), len(due))
    return due[: max(1, alone)]


def _postpone(ports: Ports, due: tuple[Due, ...], now: dt.datetime, error: Exception) -> None:
    if not due:
        raise error  # the database itself is away; the next tick tries again
    with ports.store.write() as tx:
        for each in due:
            tx.schedule.postpone(each, now + _POSTPONED_FOR)
            log.error("due work failed", exc_info=error, extra={"kind": each.kind, "partnership": each.partnership_id})
