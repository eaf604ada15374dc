"""What is watched: two or more organisations in one shared channel, and the life of their partnership."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.cadence import Cadence
from bot.domain.ids import ChannelId, OrganisationId, PartnershipId, TeamId
from bot.domain.people import Member, Organisation, Person, Role, RoleHolder
from bot.domain.promise import Promise


class State(StrEnum):
    """The life of a partnership. Only an ACTIVE one asks; SUSPENDED is Slack's doing, PAUSED a person's."""

    ACTIVE = "active"
    PAUSED = "paused"
    SUSPENDED = "suspended"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Partnership:
    """A partnership as it is configured. Times are aware UTC; `rounds` counts all rounds opened so far,
    `regular_rounds` those that count towards blocks; `regions` are the holidays its calendar keeps."""

    id: PartnershipId
    name: str
    home_team_id: TeamId
    channel_id: ChannelId
    cadence: Cadence
    promise: Promise
    state: State
    organisations: tuple[Organisation, ...]
    created_at: dt.datetime
    rounds: int = 0
    regular_rounds: int = 0
    last_opened_at: dt.datetime | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The organisations' names in alphabetical order."""
        return tuple(sorted((each.name for each in self.organisations), key=str.casefold))

    @property
    def regions(self) -> tuple[str, ...]:
        """Codes of the public holidays that its calendar keeps, of all organisations together."""
        return tuple(sorted({each.region for each in self.organisations if each.region}))

    @property
    def block(self) -> int:
        """The running block of rounds, from 1; 1 before the first round."""
        return block_of(self.regular_rounds, self.promise)

    def organisation(self, organisation_id: OrganisationId) -> Organisation:
        """One of its organisations; KeyError if the id is foreign."""
        for each in self.organisations:
            if each.id == organisation_id:
                return each
        raise KeyError(organisation_id)


def block_of(regular_number: int, promise: Promise) -> int:
    """The block to which the regular round with this number belongs; blocks are disjoint (rounds 1-4, 5-8 ...)."""
    return max(0, regular_number - 1) // promise.block_rounds + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """Everybody in the channel and who holds which role; a snapshot of one moment."""

    members: tuple[Member, ...]
    holders: tuple[RoleHolder, ...]

    def member(self, person: Person) -> Member | None:
        """The entry of a person, or None if the person is not in the channel."""
        return next((each for each in self.members if each.person == person), None)

    def has(self, person: Person, *roles: Role) -> bool:
        """Whether the person holds one of the roles."""
        return any(each.person == person and each.role in roles for each in self.holders)

    def holding(self, role: Role, organisation_id: OrganisationId | None = None) -> tuple[Person, ...]:
        """The persons who hold a role, of one organisation if it is given, in a stable order."""
        return tuple(
            sorted(
                each.person
                for each in self.holders
                if each.role is role and organisation_id in (None, each.organisation_id)
            )
        )

    def unplaced(self) -> tuple[Member, ...]:
        """Members whom nobody could place in an organisation."""
        return tuple(each for each in self.members if each.organisation_id is None)

    def invited(self, block: int) -> dict[OrganisationId, int]:
        """How many members of each organisation count in a block."""
        counts: dict[OrganisationId, int] = {}
        for each in self.members:
            if each.organisation_id is not None and each.counts_in(block):
                counts[each.organisation_id] = counts.get(each.organisation_id, 0) + 1
        return counts
