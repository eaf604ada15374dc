"""Who is who: persons, their roles and the organisation they answer for."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.ids import OrganisationId, TeamId, UserId


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Person:
    """A Slack account: the user id and the team id of the person's own workspace (not the host's)."""

    team_id: TeamId
    user_id: UserId


class Role(StrEnum):
    """Named roles of PRIVACY; everybody in the channel is a member without being named."""

    LEAD = "lead"
    SENIOR = "senior"
    FACILITATOR = "facilitator"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """One partner organisation and how its people are recognised.

    `region` is the code of its public holidays ("GB-ENG") or empty; `group` names the larger whole it is shown with
    when it is too small to be shown apart; `confirmed` tells whether it agreed to its own leads and seniors.
    """

    id: OrganisationId
    name: str
    team_id: TeamId | None = None
    email_domains: tuple[str, ...] = ()
    region: str = ""
    group: str = ""
    confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What Slack tells of a person. `email` may be absent, above all for people of another workspace."""

    person: Person
    name: str
    email: str | None = None
    is_bot: bool = False
    is_workspace_admin: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person of the channel. `organisation_id` is None when nobody could place the person.

    `joined_block` is the block during which the person arrived (0: there from the start); a person counts towards a
    minimum only in later blocks (PRIVACY, roster). `moves_to` is set while a move waits for the next block.
    """

    person: Person
    organisation_id: OrganisationId | None
    name: str = ""
    explicit: bool = False
    joined_block: int = 0
    move_waits: bool = False
    moves_to: OrganisationId | None = None

    def counts_in(self, block: int) -> bool:
        """Whether the person counts towards the minima of this block."""
        return block > self.joined_block


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleHolder:
    """A person in a role; leads and seniors hold theirs for one organisation."""

    person: Person
    role: Role
    organisation_id: OrganisationId | None = None


def place(
    profile: Profile, organisations: Iterable[Organisation], explicit: OrganisationId | None
) -> OrganisationId | None:
    """The organisation of a person: by explicit assignment, else the Slack team, else the e-mail domain, else None.

    A team that several organisations share says nothing about which of them, so it is passed over (two departments
    in one workspace); the same holds for a domain.
    """
    if explicit is not None:
        return explicit
    organisations = tuple(organisations)
    by_team = [each.id for each in organisations if each.team_id == profile.person.team_id]
    domain = (profile.email or "").rpartition("@")[2].lower()
    by_domain = [each.id for each in organisations if domain and domain in each.email_domains]
    if len(by_team) == 1 and not (len(by_domain) == 1 and by_domain != by_team):
        return by_team[0]
    return by_domain[0] if len(by_domain) == 1 else None


def named(organisations: Iterable[Organisation]) -> tuple[str, ...]:
    """The organisations' names in alphabetical order, the order of every screen (VOICE)."""
    return tuple(sorted((each.name for each in organisations), key=str.casefold))
