"""Keeping the roster as Slack has it: people join, leave and change organisation, and roles find successors."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.domain.ids import DeliveryKey, OrganisationId, UserId
from bot.domain.outbox import MessageKind, Outgoing
from bot.domain.partnership import Partnership, Roster
from bot.domain.people import Member, Person, Profile, Role, RoleHolder, place
from bot.services import escalation_moves
from bot.services.ports import Ports, Transaction

_MISSED = (Role.LEAD, Role.SENIOR, Role.ADMINISTRATOR)  # a partnership can do without a facilitator


def apply_snapshot(tx: Transaction, ports: Ports, partnership: Partnership, profiles: Sequence[Profile]) -> None:
    """Bring the roster up to what Slack says of the channel now; whom somebody assigned by hand stays where assigned.

    A person who comes back comes back as new. A change of organisation waits for the next block (PRIVACY, roster).
    """
    people = tx.people.roster(partnership.id)
    known = {each.person: each for each in people.members}
    block = first_block(tx, partnership)
    for profile in profiles:
        member = known.get(profile.person)
        if member is None:
            tx.people.put(partnership.id, _newcomer(profile, partnership, block))
        elif (changed := _updated(member, profile, partnership)) != member:
            tx.people.put(partnership.id, changed)
    _take_off(tx, ports, partnership, people, known.keys() - {each.person for each in profiles})


def remove(tx: Transaction, ports: Ports, partnership: Partnership, user_id: UserId) -> None:
    """Take somebody who left off the roster at once: no further answer of theirs is stored."""
    people = tx.people.roster(partnership.id)
    gone = {each.person for each in people.members if each.person.user_id == user_id}
    _take_off(tx, ports, partnership, people, gone)


def begin_block(tx: Transaction, ports: Ports, partnership: Partnership, block: int) -> None:
    """Let the moves that waited take effect with a new block of rounds, and announce them in the channel."""
    names: dict[OrganisationId | None, str] = {each.id: each.name for each in partnership.organisations}
    names[None] = ""
    moved: dict[str, list[UserId]] = {}
    for member in sorted(tx.people.moving(partnership.id), key=lambda each: each.person):
        is_known = member.moves_to in names  # the organisation may have been taken out of the partnership meanwhile
        goes_to = member.moves_to if is_known else member.organisation_id
        tx.people.put(partnership.id, replace(member, organisation_id=goes_to, move_waits=False, moves_to=None))
        if goes_to != member.organisation_id:
            moved.setdefault(names[goes_to], []).append(member.person.user_id)
    if moved:
        tx.outbox.add(
            Outgoing(
                key=DeliveryKey(f"moved:{partnership.id}:{block}"),
                kind=MessageKind.ROSTER_MOVED,
                team_id=partnership.home_team_id,
                partnership_id=partnership.id,
                channel_id=partnership.channel_id,
                body={
                    "partnership": partnership.name,
                    "moves": [{"organisation": name, "people": moved[name]} for name in _in_order(moved)],
                },
                due_at=ports.clock.now(),
            )
        )


def first_block(tx: Transaction, partnership: Partnership) -> int:
    """The first block in which somebody who joins now can answer; 0 while nothing has been asked yet."""
    if not partnership.rounds:
        return 0
    complete = partnership.regular_rounds > 0 and partnership.regular_rounds % partnership.promise.block_rounds == 0
    return partnership.block + (complete and tx.rounds.current(partnership.id) is None)


def _newcomer(profile: Profile, partnership: Partnership, joined_block: int) -> Member:
    return Member(
        person=profile.person,
        organisation_id=place(profile, partnership.organisations, None),
        name=profile.name,
        joined_block=joined_block,
    )


def _updated(member: Member, profile: Profile, partnership: Partnership) -> Member:
    """The entry of somebody who was there before. A profile that says nothing about an organisation moves nobody."""
    named = replace(member, name=profile.name)
    belongs_to = place(profile, partnership.organisations, None)
    if member.explicit or belongs_to is None:
        return named
    if belongs_to == member.organisation_id:
        return replace(named, move_waits=False, moves_to=None)
    if not partnership.rounds:
        return replace(named, organisation_id=belongs_to)
    return replace(named, move_waits=True, moves_to=belongs_to)


def _take_off(tx: Transaction, ports: Ports, partnership: Partnership, people: Roster, gone: Iterable[Person]) -> None:
    """Remove people with all their roles, and ask the others for successors."""
    gone = frozenset(gone)
    for person in sorted(gone):
        tx.people.remove(partnership.id, person)
    lost = [each for each in people.holders if each.person in gone]
    if not lost:
        return
    left = Roster(members=(), holders=tuple(each for each in people.holders if each.person not in gone))
    tx.people.set_holders(partnership.id, left.holders)
    for person in sorted({each.person for each in lost}):
        escalation_moves.pass_on(tx, ports, partnership, person)
    for role, organisation_id in sorted({(each.role, each.organisation_id) for each in lost}, key=str):
        if role in _MISSED:
            leavers = [each for each in lost if (each.role, each.organisation_id) == (role, organisation_id)]
            _ask_for_successor(tx, ports, partnership, left, leavers)


def _ask_for_successor(
    tx: Transaction, ports: Ports, partnership: Partnership, left: Roster, leavers: Sequence[RoleHolder]
) -> None:
    """Ask those who can help, all in the same words; if nobody is left who could, the channel is told."""
    role, organisation_id = leavers[0].role, leavers[0].organisation_id
    now = ports.clock.now()
    told = _can_help(partnership, left, role, organisation_id)
    body = {
        "partnership": partnership.name,
        "channel": partnership.channel_id,
        "organisation": partnership.organisation(organisation_id).name if organisation_id else "",
        "role": role,
        "left": sorted(each.person.user_id for each in leavers),
        "administrators": [each.user_id for each in left.holding(Role.ADMINISTRATOR)],
    }
    about = f"successor:{partnership.id}:{role}:{organisation_id or ''}:{now.isoformat()}"
    message = Outgoing(
        key=DeliveryKey(f"{about}:channel"),
        kind=MessageKind.SUCCESSOR_WANTED,
        team_id=partnership.home_team_id,
        partnership_id=partnership.id,
        channel_id=partnership.channel_id,
        body={**body, "in_channel": True},
        due_at=now,
    )
    if not told:
        tx.outbox.add(message)
    for person in told:
        key = DeliveryKey(f"{about}:{person.user_id}")
        tx.outbox.add(
            replace(message, key=key, channel_id=None, user_id=person.user_id, body={**body, "in_channel": False})
        )


def _can_help(
    partnership: Partnership, left: Roster, role: Role, organisation_id: OrganisationId | None
) -> tuple[Person, ...]:
    """The other leads and seniors of the organisation, once it has confirmed them; else the administrators."""
    own: set[Person] = set()
    if role is not Role.ADMINISTRATOR and organisation_id and partnership.organisation(organisation_id).confirmed:
        own = {*left.holding(Role.LEAD, organisation_id), *left.holding(Role.SENIOR, organisation_id)}
    return tuple(sorted(own)) or left.holding(Role.ADMINISTRATOR)


def _in_order(names: Iterable[str]) -> list[str]:
    return sorted(names, key=str.casefold)
