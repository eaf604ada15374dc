"""Leads and seniors: who speaks for an organisation, and its own word on it.

Until an organisation has confirmed its leads and seniors they have no rights, and nothing is sent to them (PRIVACY).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.domain.errors import BadInput, NotAllowed
from bot.domain.ids import ChannelId, DeliveryKey, OrganisationId, TeamId, UserId
from bot.domain.outbox import MessageKind, Outgoing
from bot.domain.partnership import Partnership, Roster
from bot.domain.people import Member, Organisation, Person, Role, RoleHolder
from bot.domain.permissions import Deed, Standing, may, refused
from bot.services.identity import new_id
from bot.services.places import place_of
from bot.services.ports import Ports, Transaction

OF_ORGANISATIONS = frozenset({Role.LEAD, Role.SENIOR})


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """What an organisation is asked: its people, and who of them is proposed or already holds a role."""

    organisation: Organisation
    people: tuple[Member, ...]
    leads: tuple[UserId, ...]
    seniors: tuple[UserId, ...]


def active(partnership: Partnership, roster: Roster, role: Role) -> tuple[Person, ...]:
    """The persons who hold a role and may use it, in a stable order.

    Leads and seniors do while they are in the channel and once their organisation has confirmed them.
    """
    return tuple(
        sorted(
            each.person
            for each in roster.holders
            if each.role is role and (role not in OF_ORGANISATIONS or _is_confirmed(partnership, roster, each))
        )
    )


def holds(partnership: Partnership, roster: Roster, person: Person, *roles: Role) -> bool:
    """Whether a person holds one of the roles and may use it."""
    return any(person in active(partnership, roster, role) for role in roles)


def confirmation(
    ports: Ports, home_team_id: TeamId, channel_id: ChannelId, person: Person, organisation_id: OrganisationId
) -> Confirmation:
    """What is asked of an organisation, for one of its own people. Raises NotHere or NotAllowed."""
    with ports.store.read() as tx:
        partnership, organisation = _own(tx, home_team_id, channel_id, person, organisation_id)
        roster = tx.people.roster(partnership.id)
    return _asked(organisation, roster)


def confirm(
    ports: Ports,
    home_team_id: TeamId,
    channel_id: ChannelId,
    person: Person,
    organisation_id: OrganisationId,
    leads: Iterable[str],
    seniors: Iterable[str],
) -> Organisation:
    """Store an organisation's own word on its leads and seniors, and tell the channel.

    It may be given again at any time. Raises NotHere, NotAllowed, or BadInput for people of other organisations.
    """
    with ports.store.write() as tx:
        partnership, organisation = _own(tx, home_team_id, channel_id, person, organisation_id)
        roster = tx.people.roster(partnership.id)
        own = {each.person.user_id: each for each in _asked(organisation, roster).people}
        chosen = {Role.LEAD: tuple(leads), Role.SENIOR: tuple(seniors)}
        if not chosen[Role.LEAD]:
            raise BadInput(f"Nothing was changed: please tick at least one lead of {organisation.name}.", field="leads")
        if any(user not in own for users in chosen.values() for user in users):
            raise BadInput(f"Nothing was changed: only people of {organisation.name} can be its leads and seniors.")
        others = {each for each in roster.holders if each.organisation_id != organisation_id}
        wanted = {
            RoleHolder(person=own[UserId(user)].person, role=role, organisation_id=organisation_id)
            for role, users in chosen.items()
            for user in users
        }
        if organisation.confirmed and others | wanted == set(roster.holders):
            return organisation
        confirmed = replace(organisation, confirmed=True)
        tx.people.set_holders(partnership.id, others | wanted)
        tx.partnerships.save(with_organisation(partnership, confirmed))
        _tell(tx, ports, partnership, confirmed, {each.person: each.name for each in own.values()}, person, chosen)
        return confirmed


def with_organisation(partnership: Partnership, changed: Organisation) -> Partnership:
    """The partnership with one of its organisations changed."""
    kept = tuple(changed if each.id == changed.id else each for each in partnership.organisations)
    return replace(partnership, organisations=kept)


def _is_confirmed(partnership: Partnership, roster: Roster, holder: RoleHolder) -> bool:
    of = next((each for each in partnership.organisations if each.id == holder.organisation_id), None)
    return of is not None and of.confirmed and roster.member(holder.person) is not None


def _own(
    tx: Transaction, home_team_id: TeamId, channel_id: ChannelId, person: Person, organisation_id: OrganisationId
) -> tuple[Partnership, Organisation]:
    place = place_of(tx, home_team_id, channel_id, person)
    asked = next((each for each in place.partnership.organisations if each.id == organisation_id), None)
    if asked is None:
        raise NotAllowed("This button belongs to an earlier set-up. Please use the newest one in the channel.")
    own_side = {each.person for each in place.people.members if each.organisation_id == asked.id}
    if not may(Deed.CONFIRM_ROLES, person, {Standing.OWN_SIDE: own_side}):
        raise refused(Deed.CONFIRM_ROLES, who=asked.name)
    return place.partnership, asked


def _asked(organisation: Organisation, roster: Roster) -> Confirmation:
    people = (each for each in roster.members if each.organisation_id == organisation.id)
    return Confirmation(
        organisation=organisation,
        people=tuple(sorted(people, key=lambda each: (each.name.casefold(), each.person))),
        leads=tuple(each.user_id for each in roster.holding(Role.LEAD, organisation.id)),
        seniors=tuple(each.user_id for each in roster.holding(Role.SENIOR, organisation.id)),
    )


def _tell(
    tx: Transaction,
    ports: Ports,
    partnership: Partnership,
    organisation: Organisation,
    names: dict[Person, str],
    by: Person,
    chosen: dict[Role, tuple[str, ...]],
) -> None:
    called = {person.user_id: name for person, name in names.items()}
    tx.outbox.add(
        Outgoing(
            key=DeliveryKey(new_id("roles-confirmed")),
            kind=MessageKind.ROLES_CONFIRMED,
            team_id=partnership.home_team_id,
            channel_id=partnership.channel_id,
            partnership_id=partnership.id,
            due_at=ports.clock.now(),
            body={
                "organisation": organisation.name,
                "organisation_id": organisation.id,
                "by": names[by],
                "leads": sorted(called[UserId(user)] for user in chosen[Role.LEAD]),
                "seniors": sorted(called[UserId(user)] for user in chosen[Role.SENIOR]),
            },
        )
    )
