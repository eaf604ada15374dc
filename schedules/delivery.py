"""From the outbox to Slack: claim, wait for the slot, draw, post, write down; never a second post on doubt.

Several hands post at the same time, for Slack takes its time over each post and every workspace has a pace of its own.
One thread claims, hands out and writes down; a place (a channel, a person) is never in two hands at once.
"""

import datetime as dt
import logging
import threading
from collections import deque
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from bot.domain.outbox import EDITS, Claimed, InDoubt, Outcome, Refused, Retry, Untried
from bot.services import deliveries
from bot.services.ports import Messenger, Ports
from bot.views.messages import draw
from schedules.tick import tick

log = logging.getLogger(__name__)

_HANDS = 32
_BATCH = 50
_CLAIM_EVERY = dt.timedelta(seconds=0.25)  # slots are given two seconds ahead
_CATCHING_UP = 0.9  # of the time that should lie between two messages of a workspace
_EDIT_AGAIN_AFTER = dt.timedelta(seconds=5)
_LATE = dt.timedelta(seconds=20)  # behind its slot; then what is left of its lease may be too short for sending


def deliver(ports: Ports, messenger: Messenger, stopping: threading.Event | None = None) -> int:
    """Send what is due; returns how many messages were taken. Ends early when `stopping` is set."""
    with ThreadPoolExecutor(_HANDS, thread_name_prefix="posting") as hands:
        return _Shift(ports, messenger, stopping or threading.Event(), hands).work()


def drain(ports: Ports, messenger: Messenger) -> int:
    """Do due work and send messages until nothing is left for now; returns how much that was."""
    done = 0
    while step := tick(ports) + deliver(ports, messenger):
        done += step
    return done


class _Shift:
    """One pass of delivery: what was claimed and still waits for its slot, and what is in somebody's hands."""

    def __init__(
        self, ports: Ports, messenger: Messenger, stopping: threading.Event, hands: ThreadPoolExecutor
    ) -> None:
        self._ports = ports
        self._messenger = messenger
        self._stopping = stopping
        self._hands = hands
        self._waiting: dict[str, deque[tuple[dt.datetime, Claimed]]] = {}  # each place in its order, with their slots
        self._posting: dict[Future[Outcome], Claimed] = {}
        self._last: dict[str, tuple[dt.datetime, dt.datetime]] = {}  # of each workspace: its slot, and when it went out
        self._claim_at = ports.clock.real()

    def work(self) -> int:
        """Until nothing is left for now, or the signal to stop."""
        taken = 0
        while True:
            if self._stopping.is_set():
                self._give_back(*self._waiting)
            elif self._ports.clock.real() >= self._claim_at or self._is_idle:
                taken += (new := self._claim())
                if self._is_idle and not new:
                    return taken
            self._hand_out()
            if self._is_idle and self._stopping.is_set():
                return taken
            self._wait()
            self._write_down()

    @property
    def _is_idle(self) -> bool:
        return not (self._waiting or self._posting)

    def _claim(self) -> int:
        if len(self._posting) >= _HANDS:
            return 0
        now = self._ports.clock.real()
        batch = deliveries.take(self._ports, _BATCH)
        for claimed in batch:
            self._waiting.setdefault(_place(claimed), deque()).append((now + claimed.wait_for, claimed))
        self._claim_at = now if len(batch) == _BATCH else now + _CLAIM_EVERY
        return len(batch)

    def _hand_out(self) -> None:
        """Give to free hands what may go out now."""
        busy = {_place(each) for each in self._posting.values()}
        now = self._ports.clock.real()
        heads = [(self._waiting[place][0][0], place) for place in self._waiting if place not in busy]
        for slot, place in sorted(heads):
            claimed = self._waiting[place][0][1]
            if now - slot > _LATE:
                self._give_back(place)
            elif self._may_go_at(claimed, slot) <= now and len(self._posting) < _HANDS:
                self._waiting[place].popleft()
                if not self._waiting[place]:
                    del self._waiting[place]
                self._last[claimed.message.team_id] = (slot, now)
                self._posting[self._hands.submit(_attempt, claimed, self._messenger)] = claimed

    def _may_go_at(self, claimed: Claimed, slot: dt.datetime) -> dt.datetime:
        """Its slot; after a hold-up hardly sooner behind the last one than the pace allows, or Slack would say no."""
        last_slot, last_at = self._last.get(claimed.message.team_id, (slot, slot))
        return max(slot, last_at + _CATCHING_UP * (slot - last_slot))

    def _wait(self) -> None:
        """Until the next slot, the next claim, or a hand is free."""
        busy = {_place(each) for each in self._posting.values()}
        heads = [queue[0] for place, queue in self._waiting.items() if place not in busy]
        may_go = [self._may_go_at(claimed, slot) for slot, claimed in heads]
        until_slot = min((at - self._ports.clock.real() for at in may_go), default=_CLAIM_EVERY)
        seconds = min(max(until_slot, dt.timedelta()), _CLAIM_EVERY).total_seconds()
        if self._posting:
            hands_are_full = len(self._posting) >= _HANDS
            wait(self._posting, _CLAIM_EVERY.total_seconds() if hands_are_full else seconds, FIRST_COMPLETED)
        elif self._waiting:
            self._stopping.wait(seconds)

    def _write_down(self) -> None:
        done = [each for each in self._posting if each.done()]
        settled = [(self._posting.pop(each), each.result()) for each in done]
        for claimed, outcome in settled:
            self._ports.meter.delivered(outcome)
            if isinstance(outcome, Refused):
                log.warning("Slack refused a message", extra={"kind": claimed.message.kind, "reason": outcome.reason})
        if settled:
            deliveries.settle_all(self._ports, settled)
        self._give_back(*(_place(claimed) for claimed, outcome in settled if isinstance(outcome, Retry | InDoubt)))

    def _give_back(self, *places: str) -> None:
        """Leave what waits at these places to a later claim."""
        back = [claimed for place in places for _, claimed in self._waiting.pop(place, ())]
        for _ in back:
            self._ports.meter.delivered(Untried())
        if back:
            deliveries.settle_all(self._ports, [(each, Untried()) for each in back])


def _attempt(claimed: Claimed, messenger: Messenger) -> Outcome:
    """Draw and post a message. A fault of ours leaves it in doubt: it holds up its place, and nobody else's."""
    try:
        return _post(claimed, messenger)
    except Exception as error:
        log.error("a message could not be drawn or posted", exc_info=error, extra={"kind": claimed.message.kind})
        return InDoubt()


def _post(claimed: Claimed, messenger: Messenger) -> Outcome:
    message = claimed.message
    if message.kind in EDITS and claimed.edits_ts is None:
        return Retry(after=_EDIT_AGAIN_AFTER)  # the message to edit is still on its way
    if claimed.in_doubt:
        found = messenger.find(message, claimed.first_tried_at)
        if found is not None:
            return found
    return messenger.send(message, draw(message.kind, message.body), claimed.edits_ts)


def _place(claimed: Claimed) -> str:
    message = claimed.message
    return f"{message.team_id}/{message.channel_id or message.user_id}"
