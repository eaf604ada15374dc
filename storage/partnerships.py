"""Partnerships and their organisations."""

import datetime as dt
from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from bot.domain.cadence import Cadence, Every, Weekday
from bot.domain.errors import NotNow
from bot.domain.ids import ChannelId, OrganisationId, PartnershipId, TeamId
from bot.domain.partnership import Partnership, State
from bot.domain.people import Organisation, Person
from bot.domain.promise import Promise
from storage import tables
from storage.ahead import Question, ask
from storage.among import among
from storage.bulk import Bulk, Verb
from storage.erasing import erase
from storage.pending import later
from storage.tables import members, organisations, partnerships

_COUNTED = ("rounds", "regular_rounds", "last_opened_at")
_OPENED = Bulk(Verb.CHANGE, partnerships, ("id", *_COUNTED), ("id",))
_FREE = select(partnerships).where(partnerships.c.id == bindparam("of"))
_HELD = _FREE.with_for_update(key_share=True)
_ORGANISATIONS = Question(organisations, select(organisations))
_SEALED_KEY = Question(partnerships, select(partnerships.c.sealed_key), partnerships.c.id)


class SqlPartnerships:
    """bot.services.ports.Partnerships over one connection."""

    def __init__(self, connection: Connection, *, locks: bool) -> None:
        """With `locks`, what is read stays as it is until the transaction ends: others that would change it wait."""
        self._connection = connection
        self._locks = locks
        self._held: dict[PartnershipId, Partnership] = {}

    def prefetch(self, ids: Collection[PartnershipId]) -> None:
        """Read and hold partnerships at once; `get` gives them as they are in this transaction."""
        held = self._where(among(self._connection, partnerships.c.id, ids)) if self._locks else ()
        self._held = {each.id: each for each in held}

    def add(self, partnership: Partnership, sealed_key: bytes) -> None:
        """Add a partnership with the sealed key of its pseudonyms. Raises NotNow when the channel has one already."""
        try:
            with self._connection.begin_nested():
                self._connection.execute(insert(partnerships), {**_row(partnership), "sealed_key": sealed_key})
        except IntegrityError as taken:
            raise NotNow("Somebody has just set up this channel. Please open the set-up again to see it.") from taken
        self._save_organisations(partnership)

    def save(self, partnership: Partnership) -> None:
        """Write a changed partnership and its organisations."""
        self._connection.execute(
            update(partnerships).where(partnerships.c.id == partnership.id).values(**_row(partnership))
        )
        self._save_organisations(partnership)
        self._held.pop(partnership.id, None)

    def opened(self, partnership: Partnership) -> None:
        """Write down that a round was opened: its counts of rounds and the time of the last one."""
        later(self._connection, _OPENED, {name: getattr(partnership, name) for name in _OPENED.names})
        if partnership.id in self._held:
            self._held[partnership.id] = partnership

    def get(self, partnership_id: PartnershipId) -> Partnership:
        """The partnership; KeyError if there is none."""
        if partnership_id in self._held:
            return self._held[partnership_id]
        row = self._connection.execute(_HELD if self._locks else _FREE, {"of": partnership_id}).mappings().first()
        if row is None:
            raise KeyError(partnership_id)
        its = ask(self._connection, _ORGANISATIONS, partnership_id)
        return _partnership(row, tuple(_organisation(each._mapping) for each in its))

    def in_channel(self, team_id: TeamId, channel_id: ChannelId) -> Partnership | None:
        """The partnership that lives in a channel and has not ended."""
        found = self._where(
            partnerships.c.home_team_id == team_id,
            partnerships.c.channel_id == channel_id,
            partnerships.c.state != State.ENDED,
        )
        return found[0] if found else None

    def of_workspace(self, team_id: TeamId, *, ended: bool = False) -> tuple[Partnership, ...]:
        """The partnerships of a workspace that have not ended; with `ended`, those too."""
        runs = () if ended else (partnerships.c.state != State.ENDED,)
        return self._where(partnerships.c.home_team_id == team_id, *runs)

    def of_person(self, person: Person) -> tuple[Partnership, ...]:
        """All partnerships that have the person on their roster and have not ended."""
        own = select(members.c.partnership_id).where(
            members.c.team_id == person.team_id, members.c.user_id == person.user_id
        )
        return self._where(partnerships.c.id.in_(own), partnerships.c.state != State.ENDED)

    def known_as(self, place: str) -> tuple[Partnership, ...]:
        """The partnership with this id, or all that are or were in the channel with this id; for the operator."""
        return self._where(or_(partnerships.c.id == place, partnerships.c.channel_id == place))

    def last_opened_in(self, team_id: TeamId, channel_id: ChannelId) -> dt.datetime | None:
        """When a round was opened last in a channel, also by a partnership that has ended."""
        query = select(func.max(partnerships.c.last_opened_at)).where(
            partnerships.c.home_team_id == team_id, partnerships.c.channel_id == channel_id
        )
        last: dt.datetime | None = self._connection.execute(query).scalar_one()
        return last

    def erase(self, partnership_id: PartnershipId, *, results_stay: bool) -> None:
        """Delete a partnership with everything that belongs to it; with `results_stay`, but for what it published."""
        self._held.pop(partnership_id, None)
        erase(self._connection, partnership_id, results_stay=results_stay)

    def some_sealed_key(self) -> bytes | None:
        """One of the sealed keys, to see whether they can be opened; None while there is no partnership."""
        sealed = self._connection.execute(select(partnerships.c.sealed_key).limit(1)).scalar_one_or_none()
        return None if sealed is None else bytes(sealed)

    def sealed_key(self, partnership_id: PartnershipId) -> bytes:
        """The sealed key of the partnership's pseudonyms."""
        (row,) = ask(self._connection, _SEALED_KEY, partnership_id)
        return bytes(row.sealed_key)

    def _where(self, *conditions: Any) -> tuple[Partnership, ...]:
        query = select(partnerships).where(*conditions).order_by(partnerships.c.id)
        if self._locks:
            query = query.with_for_update(key_share=True)
        rows = self._connection.execute(query).mappings().all()
        sides: dict[PartnershipId, list[Organisation]] = {row["id"]: [] for row in rows}
        if rows:
            of_them = select(organisations).where(among(self._connection, organisations.c.partnership_id, sides))
            for row in self._connection.execute(of_them).mappings().all():
                sides[row["partnership_id"]].append(_organisation(row))
        found = (_partnership(row, tuple(sides[row["id"]])) for row in rows)
        return tuple(sorted(found, key=lambda each: each.name.casefold()))

    def _save_organisations(self, partnership: Partnership) -> None:
        kept = {each.id for each in partnership.organisations}
        query = select(organisations.c.id).where(organisations.c.partnership_id == partnership.id)
        known: set[OrganisationId] = {row.id for row in self._connection.execute(query)}
        for each in partnership.organisations:
            said = {
                "name": each.name,
                "team_id": each.team_id,
                "email_domains": list(each.email_domains),
                "region": each.region,
                "group_name": each.group,
                "confirmed": each.confirmed,
            }
            if each.id in known:  # its id stays out: SQLite would look through all members for the old one
                self._connection.execute(update(organisations).where(organisations.c.id == each.id).values(**said))
            else:
                row = {"id": each.id, "partnership_id": partnership.id, **said}
                self._connection.execute(insert(organisations), row)
        for gone in known - kept:
            self._connection.execute(
                update(tables.members).where(tables.members.c.organisation_id == gone).values(organisation_id=None)
            )
            self._connection.execute(delete(tables.holders).where(tables.holders.c.organisation_id == gone))
            self._connection.execute(delete(organisations).where(organisations.c.id == gone))


def _partnership(row: RowMapping, its: tuple[Organisation, ...]) -> Partnership:
    return Partnership(
        id=row["id"],
        name=row["name"],
        home_team_id=row["home_team_id"],
        channel_id=row["channel_id"],
        cadence=Cadence(
            every=Every(row["every"]),
            weekday=Weekday(row["weekday"]),
            at=dt.time.fromisoformat(row["at"]),
            timezone=row["timezone"],
            open_working_days=row["open_working_days"],
            team_first_working_days=row["team_first_working_days"],
            anchor_on=row["anchor_on"],
        ),
        promise=Promise.from_dict(row["promise"]),
        state=State(row["state"]),
        organisations=its,
        created_at=row["created_at"],
        rounds=row["rounds"],
        regular_rounds=row["regular_rounds"],
        last_opened_at=row["last_opened_at"],
    )


def _organisation(row: RowMapping) -> Organisation:
    return Organisation(
        id=row["id"],
        name=row["name"],
        team_id=row["team_id"],
        email_domains=tuple(row["email_domains"]),
        region=row["region"],
        group=row["group_name"],
        confirmed=row["confirmed"],
    )


def _row(partnership: Partnership) -> dict[str, Any]:
    cadence = partnership.cadence
    return {
        "id": partnership.id,
        "name": partnership.name,
        "home_team_id": partnership.home_team_id,
        "channel_id": partnership.channel_id,
        "every": cadence.every,
        "weekday": cadence.weekday,
        "at": cadence.at.strftime("%H:%M"),
        "timezone": cadence.timezone,
        "open_working_days": cadence.open_working_days,
        "team_first_working_days": cadence.team_first_working_days,
        "anchor_on": cadence.anchor_on,
        "promise": partnership.promise.to_dict(),
        "state": partnership.state,
        "created_at": partnership.created_at,
        "rounds": partnership.rounds,
        "regular_rounds": partnership.regular_rounds,
        "last_opened_at": partnership.last_opened_at,
    }
