"""From the outbox to Slack: claim, wait for the slot, draw, post, write down; never a second post on doubt."""

import datetime as dt
import logging
import threading

from bot.domain.outbox import EDITS, Claimed, InDoubt, Outcome, Refused, Retry, Untried
from bot.services import deliveries
from bot.services.ports import Messenger, Ports
from bot.views.messages import draw
from schedules.tick import tick

log = logging.getLogger(__name__)

_BATCH = 20
_EDIT_AGAIN_AFTER = dt.timedelta(seconds=5)
_LATE = dt.timedelta(seconds=20)  # behind its slot; then what is left of its lease may be too short for sending


def deliver(ports: Ports, messenger: Messenger, stopping: threading.Event | None = None) -> int:
    """Send what is due; returns how many messages were taken. Ends early when `stopping` is set."""
    stopping = stopping or threading.Event()
    taken = 0
    while not stopping.is_set() and (batch := deliveries.take(ports, _BATCH)):
        taken += len(batch)
        taken_at = ports.clock.real()
        held_up: set[str | None] = set()
        for claimed in batch:
            place = claimed.message.channel_id or claimed.message.user_id
            to_wait = taken_at + claimed.wait_for - ports.clock.real()
            if place in held_up or -to_wait > _LATE or stopping.wait(max(0.0, to_wait.total_seconds())):
                outcome: Outcome = Untried()
            else:
                outcome = _attempt(claimed, messenger)
            if isinstance(outcome, Retry | InDoubt | Untried):
                held_up.add(place)
            if isinstance(outcome, Refused):
                log.warning("Slack refused a message", extra={"kind": claimed.message.kind, "reason": outcome.reason})
            ports.meter.delivered(outcome)
            deliveries.settle(ports, claimed, outcome)
        if held_up:
            break
    return taken


def drain(ports: Ports, messenger: Messenger) -> int:
    """Do due work and send messages until nothing is left for now; returns how much that was."""
    done = 0
    while step := tick(ports) + deliver(ports, messenger):
        done += step
    return done


def _attempt(claimed: Claimed, messenger: Messenger) -> Outcome:
    message = claimed.message
    if message.kind in EDITS and claimed.edits_ts is None:
        return Retry(after=_EDIT_AGAIN_AFTER)  # the message to edit is still on its way
    if claimed.in_doubt:
        found = messenger.find(message, claimed.first_tried_at)
        if found is not None:
            return found
    return messenger.send(message, draw(message.kind, message.body), claimed.edits_ts)
