"""Messages to be sent: claimed with a lease, paced by rows that all replicas share."""

import datetime as dt
import logging
from collections.abc import Collection
from typing import Any, assert_never

from sqlalchemy import Connection, bindparam, case, func, literal, select, update

from bot.domain.ids import ChannelId, DeliveryKey, MessageTs, PartnershipId, RoundId, TeamId
from bot.domain.outbox import (
    CHANNEL_GONE,
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
from storage.among import among
from storage.bulk import Bulk, Verb
from storage.claiming import UNSETTLED, Claiming, Pace
from storage.pending import later
from storage.tables import Instant, outbox

log = logging.getLogger(__name__)

_DROPPED = "dropped"
_GAVE_UP = "gave_up"
_GIVE_UP_AFTER = dt.timedelta(days=3)  # Slack's longest troubles end within a day, and results are still news then
_REVIVABLE = frozenset({_DROPPED, _GAVE_UP, *CHANNEL_GONE})
_LONGEST_BACK_OFF = 60.0  # seconds
_ADD = Bulk(
    Verb.ADD_NEW,
    outbox,
    (
        *("key", "kind", "team_id", "partnership_id", "channel_id", "user_id", "round_id", "thread_of"),
        *("body", "due_at", "state", "attempts"),
    ),
    ("key",),
)
_DELIVERED = Bulk(Verb.CHANGE, outbox, ("seq", "state", "message_ts", "leased_until", "body"), ("seq",))
_SENT_AS = select(outbox.c.message_ts).where(outbox.c.key == bindparam("of"))


class SqlOutbox:
    """bot.services.ports.Outbox over one connection."""

    def __init__(self, connection: Connection, pace: Pace) -> None:
        self._connection = connection
        self._pace = pace
        self._sent: dict[DeliveryKey, MessageTs | None] = {}

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
        later(self._connection, _ADD, row)

    def holds(self, key: DeliveryKey) -> bool:
        """Whether a message with this key was put in, sent or not."""
        return self._connection.execute(select(outbox.c.seq).where(outbox.c.key == key)).first() is not None

    def claim(self, now: dt.datetime, real: dt.datetime, limit: int) -> tuple[Claimed, ...]:
        """Take up to `limit` due messages for one lease, in the order in which they may go out."""
        return Claiming(self._connection, self._pace).claim(now, real, limit)

    def settle(self, claimed: Claimed, outcome: Outcome, real: dt.datetime) -> None:
        """Write down what became of a message."""
        match outcome:
            case Delivered():  # what was said stands in Slack; names of people do not stay here
                sent: dict[str, Any] = {"state": "delivered", "message_ts": outcome.ts, "leased_until": None}
                later(self._connection, _DELIVERED, {"seq": claimed.seq, "body": {}, **sent})
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
        query = select(func.min(outbox.c.due_at)).where(UNSETTLED)
        due: dt.datetime | None = self._connection.execute(query).scalar_one()
        return due

    def due(self, now: dt.datetime) -> tuple[int, dt.datetime | None]:
        """How many messages are due and not sent, and when the oldest was due; read from the index alone."""
        query = select(func.count(), func.min(outbox.c.due_at)).where(UNSETTLED, outbox.c.due_at <= now)
        count, oldest = self._connection.execute(query).one()
        return count, oldest

    def doubt(self, since: dt.datetime) -> int:
        """After a restore: what was unsent then may have been sent since, so Slack is asked first; returns how many.

        `since` is the real time of the backup.
        """
        tried = case((outbox.c.first_tried_at < since, outbox.c.first_tried_at), else_=literal(since, Instant))
        doubted = update(outbox).where(UNSETTLED).values(state="sending", leased_until=None, first_tried_at=tried)
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

    def prefetch(self, keys: Collection[DeliveryKey]) -> None:
        """Read at once what `delivered_ts` will be asked for: no transaction delivers what it asks for."""
        query = select(outbox.c.key, outbox.c.message_ts).where(among(self._connection, outbox.c.key, keys))
        self._sent = dict.fromkeys(keys) | {row.key: row.message_ts for row in self._connection.execute(query)}

    def delivered_ts(self, key: DeliveryKey) -> MessageTs | None:
        """The timestamp Slack gave a delivered message."""
        if key in self._sent:
            return self._sent[key]
        return self._connection.execute(_SENT_AS, {"of": key}).scalar_one_or_none()

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
