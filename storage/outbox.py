"""Messages to be sent: claimed with a lease, paced by rows that all replicas share."""

import datetime as dt
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, assert_never

from sqlalchemy import Connection, Row, and_, bindparam, case, exists, func, literal, or_, select, update

from bot.domain.ids import ChannelId, DeliveryKey, MessageTs, PartnershipId, RoundId, TeamId
from bot.domain.outbox import (
    CHANNEL_GONE,
    EDITS,
    Claimed,
    Delivered,
    InDoubt,
    MessageKind,
    Outcome,
    Outgoing,
    Refused,
    Retry,
    Untried,
)
from storage.pending import later
from storage.tables import Instant, outbox, pacing, rounds
from storage.upsert import inserting, put

log = logging.getLogger(__name__)

_LEASE = dt.timedelta(seconds=60)
_LONGEST_WAIT = dt.timedelta(seconds=20)
_DROPPED = "dropped"
_GAVE_UP = "gave_up"
_TOO_LATE = "too_late"
_GIVE_UP_AFTER = dt.timedelta(days=3)  # Slack's longest troubles end within a day, and results are still news then
_REVIVABLE = frozenset({_DROPPED, _GAVE_UP, *CHANNEL_GONE})
_WHILE_OPEN = frozenset({MessageKind.PULSE, MessageKind.PULSE_COUNTER, MessageKind.REMINDER})
_LONGEST_BACK_OFF = 60.0  # seconds
_ONE_AT_A_TIME = 7_150_317  # the advisory lock that workers take while they claim

# Written out instead of bound: SQLite uses the index of unsettled messages only where it can read its condition.
_UNSETTLED = outbox.c.state.in_(bindparam("unsettled", ("waiting", "sending"), expanding=True, literal_execute=True))
_OF_THE_ROUND = (rounds.c.message_ts.label("edits_ts"), rounds.c.closed_at)
_PLACE = func.coalesce(outbox.c.channel_id, outbox.c.user_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The least time between two messages, to one channel and in one workspace (SLACK, limits)."""

    channel: dt.timedelta = dt.timedelta(seconds=1)
    workspace: dt.timedelta = dt.timedelta(milliseconds=200)


class SqlOutbox:
    """bot.services.ports.Outbox over one connection."""

    def __init__(self, connection: Connection, pace: Pace) -> None:
        self._connection = connection
        self._pace = pace

    def add(self, message: Outgoing) -> None:
        """Put a message in; nothing happens if its key is already there."""
        row = {
            "key": message.key,
            "kind": message.kind,
            "team_id": message.team_id,
            "partnership_id": message.partnership_id,
            "channel_id": message.channel_id,
            "user_id": message.user_id,
            "round_id": message.round_id,
            "thread_of": message.thread_of,
            "body": dict(message.body),
            "due_at": message.due_at,
            "state": "waiting",
            "attempts": 0,
        }
        later(self._connection, inserting(self._connection, outbox, (outbox.c.key,)), row)

    def holds(self, key: DeliveryKey) -> bool:
        """Whether a message with this key was put in, sent or not."""
        return self._connection.execute(select(outbox.c.seq).where(outbox.c.key == key)).first() is not None

    def claim(self, now: dt.datetime, real: dt.datetime, limit: int) -> tuple[Claimed, ...]:
        """Take up to `limit` due messages for one lease, in order.

        A place that another worker serves is left to it, and a post that has to wait holds up those behind it. An
        answer in a thread waits until the message that it answers is settled.
        """
        if self._connection.dialect.name == "postgresql":  # two claims at once would not see each other's leases
            self._connection.execute(select(func.pg_advisory_xact_lock(_ONE_AT_A_TIME)))
        leased = (
            select(outbox.c.seq, outbox.c.team_id, _PLACE.label("place"), outbox.c.state, outbox.c.kind)
            .where(_UNSETTLED, outbox.c.leased_until > real)
            .cte("leased")
            .prefix_with("MATERIALIZED")
        )
        holds_up = or_(leased.c.kind.not_in(EDITS), outbox.c.kind.in_(EDITS))  # an edit holds up edits alone
        held_up = exists().where(
            leased.c.team_id == outbox.c.team_id,
            leased.c.place == _PLACE,
            or_(leased.c.state == "sending", and_(leased.c.seq < outbox.c.seq, holds_up)),
        )
        answered = outbox.alias("answered")
        query = (
            select(outbox, *_OF_THE_ROUND, answered.c.message_ts.label("thread_ts"))
            .outerjoin(rounds, rounds.c.id == outbox.c.round_id)
            .outerjoin(answered, answered.c.key == outbox.c.thread_of)
            .where(
                _UNSETTLED,
                outbox.c.due_at <= now,
                or_(outbox.c.leased_until.is_(None), outbox.c.leased_until <= real),
                ~held_up,
                or_(answered.c.state.is_(None), answered.c.state.not_in(("waiting", "sending"))),
            )
            .order_by(outbox.c.due_at, outbox.c.seq)
            .limit(limit)
            .with_for_update(of=outbox, skip_locked=True)
        )
        rows = self._connection.execute(query).all()
        slots = self._slots({place for row in rows for place in _places(row)})
        claimed = []
        for row in rows:
            if row.closed_at is not None and row.kind in _WHILE_OPEN:
                self._too_late(row)
                continue
            slot = max(real, *(slots.get(place, real) for place in _places(row)))
            if slot - real > _LONGEST_WAIT:
                continue
            place, workspace = _places(row)
            slots[place], slots[workspace] = slot + self._pace.channel, slot + self._pace.workspace
            first = row.first_tried_at or real
            self._set(row.seq, state="sending", leased_until=slot + _LEASE, first_tried_at=first)
            claimed.append(_claimed(row, first, slot - real))
        self._save_slots(slots)
        return tuple(claimed)

    def settle(self, claimed: Claimed, outcome: Outcome, real: dt.datetime) -> None:
        """Write down what became of a message."""
        match outcome:
            case Delivered():  # what was said stands in Slack; names of people do not stay here
                self._set(claimed.seq, state="delivered", message_ts=outcome.ts, leased_until=None, body={})
            case Refused():
                self._set(claimed.seq, state="refused", reason=outcome.reason, leased_until=None)
                if outcome.reason not in _REVIVABLE:
                    self._set(claimed.seq, body={})
            case Untried():
                state = "sending" if claimed.in_doubt else "waiting"
                self._set(claimed.seq, state=state, leased_until=None)
            case Retry():
                self._again(claimed.seq, "waiting", real, outcome.after)
            case InDoubt():
                self._again(claimed.seq, "sending", real, dt.timedelta())
            case _:
                assert_never(outcome)

    def next_at(self, real: dt.datetime) -> dt.datetime | None:
        """The product time at which the next message is due; None when the outbox is drained."""
        query = select(func.min(outbox.c.due_at)).where(_UNSETTLED)
        due: dt.datetime | None = self._connection.execute(query).scalar_one()
        return due

    def due(self, now: dt.datetime) -> tuple[int, dt.datetime | None]:
        """How many messages are due and not sent, and when the oldest was due; read from the index alone."""
        query = select(func.count(), func.min(outbox.c.due_at)).where(_UNSETTLED, outbox.c.due_at <= now)
        count, oldest = self._connection.execute(query).one()
        return count, oldest

    def doubt(self, since: dt.datetime) -> int:
        """After a restore: what was unsent then may have been sent since, so Slack is asked first; returns how many.

        `since` is the real time of the backup.
        """
        tried = case((outbox.c.first_tried_at < since, outbox.c.first_tried_at), else_=literal(since, Instant))
        doubted = update(outbox).where(_UNSETTLED).values(state="sending", leased_until=None, first_tried_at=tried)
        return len(self._connection.execute(doubted.returning(outbox.c.seq)).all())

    def drop(self, partnership_id: PartnershipId) -> None:
        """Give up unsent messages to a partnership's channel that has become unreachable."""
        self._connection.execute(
            update(outbox)
            .where(
                outbox.c.partnership_id == partnership_id,
                outbox.c.channel_id.is_not(None),
                outbox.c.state == "waiting",
            )
            .values(state="refused", reason=_DROPPED, leased_until=None)
        )

    def revive(self, round_id: RoundId, *kinds: MessageKind) -> None:
        """Send after all what could not be sent about a round because its channel was unreachable."""
        self._connection.execute(
            update(outbox)
            .where(
                outbox.c.round_id == round_id,
                outbox.c.kind.in_(kinds),
                outbox.c.state == "refused",
                outbox.c.reason.in_(_REVIVABLE),
            )
            .values(state="waiting", reason=None, leased_until=None, attempts=0)
        )

    def readdress(self, team_id: TeamId, old: ChannelId, new: ChannelId) -> None:
        """Send to a channel's new id what has not been delivered under the old one."""
        self._connection.execute(
            update(outbox)
            .where(outbox.c.team_id == team_id, outbox.c.channel_id == old, outbox.c.state != "delivered")
            .values(channel_id=new)
        )

    def delivered_ts(self, key: DeliveryKey) -> MessageTs | None:
        """The timestamp Slack gave a delivered message."""
        return self._connection.execute(select(outbox.c.message_ts).where(outbox.c.key == key)).scalar_one_or_none()

    def _set(self, seq: int, **values: Any) -> None:
        self._connection.execute(update(outbox).where(outbox.c.seq == seq).values(**values))

    def _again(self, seq: int, state: str, real: dt.datetime, after: dt.timedelta) -> None:
        """Try again, later each time and not before `after`; after three days not at all."""
        query = select(outbox.c.attempts, outbox.c.first_tried_at, outbox.c.kind).where(outbox.c.seq == seq)
        row = self._connection.execute(query).one()
        attempts = row.attempts + 1
        if real - (row.first_tried_at or real) >= _GIVE_UP_AFTER:
            log.error("a message is given up", extra={"kind": row.kind, "attempts": attempts})
            self._set(seq, state="refused", reason=_GAVE_UP, leased_until=None, attempts=attempts)
            return
        back_off = dt.timedelta(seconds=min(2.0 ** min(attempts, 10), _LONGEST_BACK_OFF))
        self._set(seq, state=state, leased_until=real + max(after, back_off), attempts=attempts)

    def _too_late(self, row: Row[Any]) -> None:
        """A pulse, its counter or its reminder that Slack did not take before the close says nothing true any more."""
        log.warning("a message came too late", extra={"kind": row.kind})
        self._set(row.seq, state="refused", reason=_TOO_LATE, leased_until=None, body={})
        if row.kind == MessageKind.PULSE:  # and there is nothing to edit
            edits = (outbox.c.round_id == row.round_id, outbox.c.kind.in_(EDITS), outbox.c.state == "waiting")
            self._connection.execute(update(outbox).where(*edits).values(state="refused", reason=_TOO_LATE, body={}))

    def _slots(self, places: Iterable[str]) -> dict[str, dt.datetime]:
        query = select(pacing).where(pacing.c.place.in_(sorted(places))).order_by(pacing.c.place).with_for_update()
        return {row.place: row.next_slot_at for row in self._connection.execute(query)}

    def _save_slots(self, slots: dict[str, dt.datetime]) -> None:
        for place, at in sorted(slots.items()):
            put(self._connection, pacing, {"place": place, "next_slot_at": at}, [pacing.c.place])


def _places(row: Row[Any]) -> tuple[str, str]:
    return f"{row.team_id}/{row.channel_id or row.user_id}", str(row.team_id)


def _claimed(row: Row[Any], first_tried_at: dt.datetime, wait_for: dt.timedelta) -> Claimed:
    kind = MessageKind(row.kind)
    return Claimed(
        seq=row.seq,
        message=Outgoing(
            key=row.key,
            kind=kind,
            team_id=row.team_id,
            body=row.body,
            due_at=row.due_at,
            partnership_id=row.partnership_id,
            channel_id=row.channel_id,
            user_id=row.user_id,
            round_id=row.round_id,
            thread_of=row.thread_of,
            thread_ts=row.thread_ts,
        ),
        in_doubt=row.state == "sending" and kind not in EDITS,
        first_tried_at=first_tried_at,
        edits_ts=row.edits_ts if kind in EDITS else None,
        wait_for=wait_for,
    )
