"""Taking messages for sending: which may go out before long, in whose turn, and when.

A message keeps the pace of its channel and of its workspace; the next free slot of each stands in a row that all
workers share. Slots are given a little ahead, so that no time is lost between two claims.
"""

import datetime as dt
import logging
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, case, delete, func, or_, select, update

from bot.domain.outbox import EDITS, Claimed, MessageKind, Outgoing
from storage.bulk import Bulk, Verb, write
from storage.tables import Instant, outbox, pacing, rounds

log = logging.getLogger(__name__)

_LEASE = dt.timedelta(seconds=60)
_AHEAD = dt.timedelta(seconds=2)  # what a killed worker had in hand has to be looked up in Slack
_LOOK_AT = 250  # messages among which a claim chooses
SLOT_FORGOTTEN_AFTER = dt.timedelta(seconds=10)
_TOO_LATE = "too_late"
_WHILE_OPEN = frozenset({MessageKind.PULSE, MessageKind.PULSE_COUNTER, MessageKind.REMINDER})
_ONE_AT_A_TIME = 7_150_317  # the advisory lock that workers take while they claim

# Written out instead of bound: SQLite uses the index of unsettled messages only where it can read its condition.
UNSETTLED = outbox.c.state.in_(bindparam("unsettled", ("waiting", "sending"), expanding=True, literal_execute=True))
_PLACE = func.coalesce(outbox.c.channel_id, outbox.c.user_id)
_EDITS = outbox.c.kind.in_(EDITS)
_LANE = case(
    (_EDITS, outbox.c.team_id + "#edits"),
    (outbox.c.channel_id.is_(None), outbox.c.team_id + "#people"),
    else_=outbox.c.team_id,
)
_LEASED = (
    update(outbox)
    .where(outbox.c.seq == bindparam("of"))
    .values(state="sending", leased_until=bindparam("until"), first_tried_at=bindparam("first"))
)


def _claimable() -> Select[Any]:
    """The first messages, as narrow rows, that are due, held up by nobody, and have a slot before long.

    Every condition looks into a set, whatever the database believes about the sizes of its tables.
    """
    real = bindparam("real", type_=Instant)
    place = outbox.c.team_id + "/" + _PLACE
    leased = (
        select(place.label("place"), (or_(outbox.c.state == "sending", ~_EDITS)).label("holds_up_all"))
        .where(UNSETTLED, outbox.c.leased_until > real)
        .cte("leased")
        .prefix_with("MATERIALIZED")
    )
    booked = select(pacing.c.place).where(pacing.c.next_slot_at > bindparam("ahead", type_=Instant))
    answered = outbox.alias("answered")
    return (
        select(outbox.c.seq, outbox.c.team_id, outbox.c.channel_id, outbox.c.user_id, outbox.c.kind)
        .add_columns(outbox.c.round_id, rounds.c.closed_at)
        .outerjoin(rounds, rounds.c.id == outbox.c.round_id)
        .outerjoin(answered, answered.c.key == outbox.c.thread_of)
        .where(
            UNSETTLED,
            outbox.c.due_at <= bindparam("now", type_=Instant),
            or_(outbox.c.leased_until.is_(None), outbox.c.leased_until <= real),
            place.not_in(select(leased.c.place).where(leased.c.holds_up_all)),
            or_(~_EDITS, place.not_in(select(leased.c.place))),  # an edit that waits holds up edits alone
            or_(answered.c.state.is_(None), answered.c.state.not_in(("waiting", "sending"))),
            place.not_in(booked),
            _LANE.not_in(booked),
        )
        .order_by(outbox.c.due_at, outbox.c.seq)
        .limit(_LOOK_AT)
    )


def _whole() -> Select[Any]:
    """All of the chosen messages, unless somebody is changing or has changed them."""
    answered = outbox.alias("answered")
    return (
        select(outbox, rounds.c.message_ts.label("edits_ts"), answered.c.message_ts.label("thread_ts"))
        .outerjoin(rounds, rounds.c.id == outbox.c.round_id)
        .outerjoin(answered, answered.c.key == outbox.c.thread_of)
        .where(outbox.c.seq.in_(bindparam("seqs", expanding=True)), UNSETTLED)
        .with_for_update(of=outbox, skip_locked=True)
    )


# Built once: building them takes many times as long as carrying them out.
_CLAIMABLE, _WHOLE = _claimable(), _whole()
_BOOKED = (
    select(pacing)
    .where(pacing.c.place.in_(bindparam("places", expanding=True)))
    .order_by(pacing.c.place)
    .with_for_update()
)
_BOOK = Bulk(Verb.PUT, pacing, ("place", "next_slot_at"), ("place",))
_FORGOTTEN = delete(pacing).where(pacing.c.next_slot_at < bindparam("before", type_=Instant))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The least time between two messages (SLACK, limits): to one channel, and of three sorts in one workspace.

    Edits (chat.update) and direct messages, which have to be opened first (conversations.open), are of Slack's third
    tier: 50 a minute.
    """

    channel: dt.timedelta = dt.timedelta(seconds=1)
    workspace: dt.timedelta = dt.timedelta(milliseconds=200)
    edits: dt.timedelta = dt.timedelta(milliseconds=1_200)
    people: dt.timedelta = dt.timedelta(milliseconds=1_200)


AT_ONCE = Pace(channel=dt.timedelta(), workspace=dt.timedelta(), edits=dt.timedelta(), people=dt.timedelta())
"""No waiting at all: for a stand-in without limits, and for tests."""


class Claiming:
    """One claim over one connection."""

    def __init__(self, connection: Connection, pace: Pace) -> None:
        self._connection = connection
        self._pace = pace

    def claim(self, now: dt.datetime, real: dt.datetime, limit: int) -> tuple[Claimed, ...]:
        """Take up to `limit` due messages for one lease, in the order of their slots, which is that of each place.

        A place that another worker serves is left to it, and a post that has to wait holds up those behind it. An
        answer in a thread waits until the message that it answers is settled.
        """
        if self._connection.dialect.name == "postgresql":  # two claims at once would not see each other's leases
            self._connection.execute(select(func.pg_advisory_xact_lock(_ONE_AT_A_TIME)))
        self._connection.execute(_FORGOTTEN, {"before": real - SLOT_FORGOTTEN_AFTER})
        in_time = []
        for row in self._connection.execute(_CLAIMABLE, {"now": now, "real": real, "ahead": real + _AHEAD}).all():
            if row.closed_at is not None and row.kind in _WHILE_OPEN:
                self._too_late(row)
            else:
                in_time.append(row)
        given = self._give_slots(in_time, real, limit)
        if not given:
            return ()
        claimed: dict[int, Claimed] = {}
        leases = []
        for row in self._connection.execute(_WHOLE, {"seqs": list(given)}):
            first = row.first_tried_at or real
            leases.append({"of": row.seq, "until": given[row.seq] + _LEASE, "first": first})
            claimed[row.seq] = _claimed(row, first, given[row.seq] - real)
        if leases:
            self._connection.execute(_LEASED, leases)
        return tuple(claimed[seq] for seq in given if seq in claimed)

    def _give_slots(self, rows: Sequence[Row[Any]], real: dt.datetime, limit: int) -> dict[int, dt.datetime]:
        """When each message may go out, in that order; what would have to wait too long gets no slot yet.

        A channel that may be posted to at once comes before one that may not, so that the workspace does not wait
        for a channel while others could be served.
        """
        queues: dict[str, deque[_Candidate]] = {}
        for row in rows:
            candidate = self._candidate(row)
            queues.setdefault(candidate.place, deque()).append(candidate)
        slots = self._slots({place for each in queues.values() for one in each for place in one.apart})
        given: dict[int, dt.datetime] = {}
        booked: dict[str, dt.datetime] = {}

        def turn(place: str) -> dt.datetime:
            """When the first message of a place may go out, apart from what else its workspace posts."""
            return max(slots.get(each, real) for each in queues[place][0].own)

        turns = [(max(real, turn(place)), number, place) for number, place in enumerate(queues)]
        heapify(turns)
        while turns and len(given) < limit:
            planned, number, place = heappop(turns)
            if (at := turn(place)) > planned:  # others of its sort have come before it
                heappush(turns, (at, number, place))
                continue
            first = queues[place].popleft()
            slot = max(real, *(slots.get(each, real) for each in first.apart))
            if slot - real <= _AHEAD:
                given[first.seq] = slot
                after = {each: slot + apart for each, apart in first.apart.items()}
                booked.update(after)
                slots.update(after)
            elif not first.is_edit:
                continue
            if queues[place]:
                heappush(turns, (max(real, turn(place)), number, place))
        rows_to_put = [{"place": place, "next_slot_at": at} for place, at in sorted(booked.items())]
        write(self._connection, _BOOK, rows_to_put)
        return given

    def _too_late(self, row: Row[Any]) -> None:
        """A pulse, its counter or its reminder that Slack did not take before the close says nothing true any more."""
        log.warning("a message came too late", extra={"kind": row.kind})
        too_late: dict[str, Any] = {"state": "refused", "reason": _TOO_LATE, "leased_until": None, "body": {}}
        self._connection.execute(update(outbox).where(outbox.c.seq == row.seq).values(too_late))
        if row.kind == MessageKind.PULSE:  # and there is nothing to edit
            edits = (outbox.c.round_id == row.round_id, outbox.c.kind.in_(EDITS), outbox.c.state == "waiting")
            self._connection.execute(update(outbox).where(*edits).values(too_late))

    def _slots(self, places: Iterable[str]) -> dict[str, dt.datetime]:
        booked = self._connection.execute(_BOOKED, {"places": sorted(places)})
        return {row.place: row.next_slot_at for row in booked}

    def _candidate(self, row: Row[Any]) -> "_Candidate":
        team, place = row.team_id, f"{row.team_id}/{row.channel_id or row.user_id}"
        apart = {place: self._pace.channel}
        if is_edit := row.kind in EDITS:
            apart[f"{team}#edits"] = self._pace.edits
        elif row.channel_id is None:
            apart[f"{team}#people"] = self._pace.people
        own = tuple(apart)
        if not is_edit:
            apart[team] = self._pace.workspace
        return _Candidate(seq=row.seq, place=place, is_edit=is_edit, own=own, apart=apart)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    """A message that may get a slot: how far apart messages are at each place whose pace it keeps.

    `own` are those places without the workspace, whose pace all its posts share.
    """

    seq: int
    place: str
    is_edit: bool
    own: tuple[str, ...]
    apart: Mapping[str, dt.timedelta]


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
