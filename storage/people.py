"""Rosters and roles. Names are sealed: a dump of the database shows none."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select

from bot.domain.errors import Unavailable
from bot.domain.ids import OrganisationId, PartnershipId, Pseudonym
from bot.domain.partnership import Roster
from bot.domain.people import Member, Person, Role, RoleHolder
from bot.services.ports import Vault
from storage.ahead import Question, ask
from storage.tables import holders, members, partnerships
from storage.upsert import put

_MEMBERS = Question(members, select(members))
_MOVING = Question(members, select(members).where(members.c.move_waits))
_PERSONS = Question(members, select(members.c.team_id, members.c.user_id))
_KEY_AND_PERSONS = Question(
    members,
    select(partnerships.c.sealed_key, members.c.team_id, members.c.user_id).join(
        partnerships, partnerships.c.id == members.c.partnership_id
    ),
)
_COUNTS = Question(
    members,
    select(members.c.organisation_id, members.c.joined_block, func.count().label("many"))
    .where(members.c.organisation_id.is_not(None))
    .group_by(members.c.partnership_id, members.c.organisation_id, members.c.joined_block),
)
_HOLDERS = Question(holders, select(holders))


class SqlPeople:
    """bot.services.ports.People over one connection."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    def invited(self, partnership_id: PartnershipId, block: int) -> dict[OrganisationId, int]:
        """How many members of each organisation count in a block; organisations without any are left out."""
        counts: dict[OrganisationId, int] = {}
        for row in ask(self._connection, _COUNTS, partnership_id):
            if block > row.joined_block:
                counts[row.organisation_id] = counts.get(row.organisation_id, 0) + row.many
        return counts

    def pseudonyms(self, partnership_id: PartnershipId) -> frozenset[Pseudonym]:
        """Everybody in the channel, as answers know them."""
        found = ask(self._connection, _KEY_AND_PERSONS, partnership_id)
        people = ((bytes(row.sealed_key), Person(team_id=row.team_id, user_id=row.user_id)) for row in found)
        return frozenset(self._vault.pseudonym(key, person) for key, person in people)

    def moving(self, partnership_id: PartnershipId) -> tuple[Member, ...]:
        """The members whose change of organisation waits for the next block."""
        return tuple(map(self._member, ask(self._connection, _MOVING, partnership_id)))

    def roster(self, partnership_id: PartnershipId) -> Roster:
        """Everybody in the channel and the holders of roles."""
        held = ask(self._connection, _HOLDERS, partnership_id)
        return Roster(
            members=tuple(map(self._member, ask(self._connection, _MEMBERS, partnership_id))),
            holders=tuple(
                RoleHolder(
                    person=Person(team_id=row.team_id, user_id=row.user_id),
                    role=Role(row.role),
                    organisation_id=row.organisation_id,
                )
                for row in held
            ),
        )

    def _member(self, row: Row[Any]) -> Member:
        return Member(
            person=Person(team_id=row.team_id, user_id=row.user_id),
            organisation_id=row.organisation_id,
            name=self._name(row.sealed_name),
            explicit=row.explicit,
            joined_block=row.joined_block,
            move_waits=row.move_waits,
            moves_to=row.moves_to,
        )

    def _name(self, sealed: bytes) -> str:
        """A name; empty when the key it was sealed with is lost, for the pulse goes on without names."""
        try:
            return self._vault.open(sealed)
        except Unavailable:
            return ""

    def put(self, partnership_id: PartnershipId, member: Member) -> None:
        """Add a member or replace the entry."""
        row = {
            "partnership_id": partnership_id,
            "team_id": member.person.team_id,
            "user_id": member.person.user_id,
            "organisation_id": member.organisation_id,
            "sealed_name": self._vault.seal(member.name),
            "explicit": member.explicit,
            "joined_block": member.joined_block,
            "move_waits": member.move_waits,
            "moves_to": member.moves_to,
        }
        put(self._connection, members, row, [members.c.partnership_id, members.c.team_id, members.c.user_id])

    def remove(self, partnership_id: PartnershipId, person: Person) -> None:
        """Take a person off the roster."""
        self._connection.execute(
            delete(members).where(
                members.c.partnership_id == partnership_id,
                members.c.team_id == person.team_id,
                members.c.user_id == person.user_id,
            )
        )

    def set_holders(self, partnership_id: PartnershipId, new: Iterable[RoleHolder]) -> None:
        """Replace all holders of roles of a partnership."""
        self._connection.execute(delete(holders).where(holders.c.partnership_id == partnership_id))
        rows = [
            {
                "partnership_id": partnership_id,
                "role": each.role,
                "team_id": each.person.team_id,
                "user_id": each.person.user_id,
                "organisation_id": each.organisation_id,
            }
            for each in dict.fromkeys(new)
        ]
        if rows:
            self._connection.execute(insert(holders), rows)


def persons_of(connection: Connection, partnership_id: PartnershipId) -> tuple[Person, ...]:
    """Everybody in a partnership's channel, for whoever has a connection and opens no names."""
    found = ask(connection, _PERSONS, partnership_id)
    return tuple(Person(team_id=row.team_id, user_id=row.user_id) for row in found)
