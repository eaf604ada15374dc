"""Whether a person may do something in a channel: who stands how there, held against the one table of the domain."""

from collections.abc import Collection, Iterable, Mapping

from bot.domain.ids import ChannelId, TeamId
from bot.domain.partnership import Partnership, Roster
from bot.domain.people import Person, Profile, Role
from bot.domain.permissions import PERMISSIONS, Able, Deed, Standing, permit
from bot.services import roles
from bot.services.places import Place, place_of
from bot.services.ports import Transaction

_OF_ROLES: Mapping[Role, Standing] = {
    Role.LEAD: Standing.LEAD,
    Role.SENIOR: Standing.SENIOR,
    Role.ADMINISTRATOR: Standing.ADMINISTRATOR,
}
"""A facilitator has no standing of its own: a member, who changes nothing and sees what every member sees."""


def able(partnership: Partnership, people: Roster, also: Mapping[Standing, Collection[Person]] | None = None) -> Able:
    """Who of those in the channel stands how in a partnership.

    `also` adds those who do to the one thing that is asked about, or those whom only Slack knows.
    """
    members = {each.person for each in people.members}
    held = {of: roles.active(partnership, people, role) for role, of in _OF_ROLES.items()}
    stand = {Standing.MEMBER: members, **held, **(also or {})}
    return {of: members.intersection(those) for of, those in stand.items()}


def permitted(tx: Transaction, home_team_id: TeamId, channel_id: ChannelId, person: Person, deed: Deed) -> Place:
    """Where a person stands who may do this there. Raises NotHere, which tells a stranger nothing, or NotAllowed."""
    place = place_of(tx, home_team_id, channel_id, person)
    also: Able = {}
    if Standing.WORKSPACE_ADMINISTRATOR in PERMISSIONS[deed].who:
        also = of_workspace(home_team_id, tx.notebook.profiles(home_team_id, channel_id))
    permit(deed, person, able(place.partnership, place.people, also))
    return place


def of_workspace(home_team_id: TeamId, profiles: Iterable[Profile]) -> Able:
    """Who in a channel administers the host's workspace, or belongs to it."""
    host = [each for each in profiles if each.person.team_id == home_team_id]
    return {
        Standing.HOST: {each.person for each in host},
        Standing.WORKSPACE_ADMINISTRATOR: {each.person for each in host if each.is_workspace_admin},
    }
