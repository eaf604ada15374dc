"""Rounds."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, bindparam, select, text, update

from bot.domain.ids import ChannelId, MessageTs, OrganisationId, PartnershipId, RoundId
from bot.domain.promise import Promise
from bot.domain.rounds import Round, RoundKind
from storage.among import among
from storage.bulk import Bulk, Verb
from storage.pending import later
from storage.tables import partnerships, rounds

_ADD = Bulk(Verb.ADD, rounds, tuple(rounds.c.keys()))
_HOLD = text("SELECT pg_advisory_xact_lock(hashtextextended(:id, 0))")
"""Waits on PostgreSQL until no answer to a round is being stored, and lets none in; SQLite has one writer anyway."""
_BY_ID = select(rounds).where(rounds.c.id == bindparam("of"))
_OF_PARTNERSHIP = select(rounds).where(rounds.c.partnership_id == bindparam("of"))
_CURRENT = _OF_PARTNERSHIP.where(rounds.c.closed_at.is_(None))
_LATEST = _OF_PARTNERSHIP.order_by(rounds.c.number.desc()).limit(1)
_OF_BLOCK = _OF_PARTNERSHIP.where(rounds.c.block == bindparam("its_block")).order_by(rounds.c.number)
_INVITED = select(rounds.c.invited).where(rounds.c.id == bindparam("of"))
_GROUPS = select(rounds.c.groups).where(rounds.c.id == bindparam("of"))


class SqlRounds:
    """bot.services.ports.Rounds over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._latest: dict[PartnershipId, Round | None] = {}

    def prefetch(self, ids: Collection[PartnershipId]) -> None:
        """Read the latest rounds of partnerships that stay as they are until the transaction ends."""
        self._latest = dict.fromkeys(ids)
        query = select(rounds).join(partnerships, partnerships.c.id == rounds.c.partnership_id)
        newest = query.where(among(self._connection, partnerships.c.id, ids), rounds.c.number == partnerships.c.rounds)
        for row in self._connection.execute(newest).mappings():
            self._latest[row["partnership_id"]] = read_round(row)

    def add(self, opened: Round, invited: Mapping[OrganisationId, int], groups: Mapping[OrganisationId, str]) -> bool:
        """Add a round; False if the partnership already had one on this scheduled day."""
        if self._is_taken(opened):
            return False
        later(self._connection, _ADD, {**_row(opened), "invited": dict(invited), "groups": dict(groups)})
        if opened.partnership_id in self._latest:
            self._latest[opened.partnership_id] = opened
        return True

    def _is_taken(self, opened: Round) -> bool:
        if opened.partnership_id in self._latest:
            latest = self._latest[opened.partnership_id]
            if latest is None or latest.scheduled_on < opened.scheduled_on:
                return False
        taken = select(rounds.c.id).where(
            rounds.c.partnership_id == opened.partnership_id, rounds.c.scheduled_on == opened.scheduled_on
        )
        return self._connection.execute(taken).first() is not None

    def get(self, round_id: RoundId) -> Round | None:
        """The round with this id."""
        for latest in self._latest.values():
            if latest is not None and latest.id == round_id:
                return latest
        return self._first(_BY_ID, round_id)

    def close(self, round_id: RoundId, at: dt.datetime) -> bool:
        """Close a round, once; waits for answers to it that are being stored."""
        self._latest.clear()
        self.hold(round_id)
        still_open = (rounds.c.id == round_id, rounds.c.closed_at.is_(None))
        return bool(self._connection.execute(update(rounds).where(*still_open).values(closed_at=at)).rowcount)

    def hold(self, round_id: RoundId) -> None:
        """Wait for answers to a round that are being stored; later ones wait until the transaction ends."""
        if self._connection.dialect.name == "postgresql":  # not the row: its counter changes while people answer
            self._connection.execute(_HOLD, {"id": round_id})

    def posted(self, round_id: RoundId, ts: MessageTs) -> None:
        """Note where the round's message stands."""
        self._latest.clear()
        self._connection.execute(update(rounds).where(rounds.c.id == round_id).values(message_ts=ts))

    def counted(self, round_id: RoundId, shown: int) -> None:
        """Note the number that the open message says is exceeded."""
        self._latest.clear()
        self._connection.execute(update(rounds).where(rounds.c.id == round_id).values(shown_counter=shown))

    def move(self, round_id: RoundId, channel_id: ChannelId) -> None:
        """Note that the round's channel has another id."""
        self._latest.clear()
        self._connection.execute(update(rounds).where(rounds.c.id == round_id).values(channel_id=channel_id))

    def current(self, partnership_id: PartnershipId) -> Round | None:
        """The round that is not closed yet, if there is one: no other than the latest."""
        if partnership_id in self._latest:
            latest = self._latest[partnership_id]
            return latest if latest is not None and latest.closed_at is None else None
        return self._first(_CURRENT, partnership_id)

    def latest(self, partnership_id: PartnershipId) -> Round | None:
        """The round opened last."""
        if partnership_id in self._latest:
            return self._latest[partnership_id]
        return self._first(_LATEST, partnership_id)

    def of_block(self, partnership_id: PartnershipId, block: int) -> tuple[Round, ...]:
        """All rounds of a block, in order."""
        of_block = self._connection.execute(_OF_BLOCK, {"of": partnership_id, "its_block": block})
        return tuple(map(read_round, of_block.mappings()))

    def invited(self, round_id: RoundId) -> dict[OrganisationId, int]:
        """How many counted members each organisation had when the round opened."""
        return dict(self._connection.execute(_INVITED, {"of": round_id}).scalar_one())

    def groups(self, round_id: RoundId) -> dict[OrganisationId, str]:
        """The group in which each organisation was shown when the round opened; empty: alone."""
        return dict(self._connection.execute(_GROUPS, {"of": round_id}).scalar_one())

    def _first(self, query: Select[Any], of: str) -> Round | None:
        row = self._connection.execute(query, {"of": of}).mappings().first()
        return None if row is None else read_round(row)


def read_round(row: RowMapping) -> Round:
    """The round of a row of the table."""
    return Round(
        id=row["id"],
        partnership_id=row["partnership_id"],
        number=row["number"],
        block=row["block"],
        kind=RoundKind(row["kind"]),
        items=tuple(row["items"]),
        channel_id=row["channel_id"],
        scheduled_on=row["scheduled_on"],
        opens_at=row["opens_at"],
        remind_at=row["remind_at"],
        closes_at=row["closes_at"],
        promise=Promise.from_dict(row["promise"]),
        week=row["week"],
        organisations=row["organisations"],
        closed_at=row["closed_at"],
        message_ts=row["message_ts"],
        shown_counter=row["shown_counter"],
    )


def _row(each: Round) -> dict[str, Any]:
    return {
        "id": each.id,
        "partnership_id": each.partnership_id,
        "number": each.number,
        "block": each.block,
        "kind": each.kind,
        "items": list(each.items),
        "channel_id": each.channel_id,
        "scheduled_on": each.scheduled_on,
        "opens_at": each.opens_at,
        "remind_at": each.remind_at,
        "closes_at": each.closes_at,
        "week": each.week,
        "organisations": each.organisations,
        "promise": each.promise.to_dict(),
        "closed_at": each.closed_at,
        "message_ts": each.message_ts,
        "shown_counter": each.shown_counter,
    }
