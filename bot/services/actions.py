"""Agreed actions: leads or seniors agree one, the channel hears it, an owner says when it is done."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from bot.domain.actions import AgreedAction, checked
from bot.domain.errors import NotHere, NotNow
from bot.domain.ids import ActionId, ChannelId, DeliveryKey, OrganisationId, TeamId, UserId
from bot.domain.outbox import MessageKind, Outgoing
from bot.domain.partnership import Partnership, Roster
from bot.domain.people import Member, Organisation, Person, Role
from bot.domain.permissions import Deed, Standing, permit
from bot.services.identity import new_id
from bot.services.permissions import able, permitted
from bot.services.ports import Ports, Transaction

_OWNERS_OFFERED = 100  # what one list of Slack takes


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What the form is made of: the organisations in alphabetical order with people who can own an action."""

    partnership: Partnership
    sides: tuple[tuple[Organisation, tuple[Member, ...]], ...]


def offer(ports: Ports, home_team_id: TeamId, channel_id: ChannelId, person: Person) -> Offer:
    """The form for a lead or senior. Raises NotAllowed with who can, NotHere, or NotNow while a side has nobody."""
    with ports.store.read() as tx:
        place = permitted(tx, home_team_id, channel_id, person, Deed.AGREE_AN_ACTION)
    partnership = place.partnership
    sides = _sides(partnership, place.people)
    for side, own in sides:
        if not own:
            raise NotNow(f"Nobody of {side.name} is in this channel yet, and an action needs an owner on each side.")
    return Offer(partnership=partnership, sides=sides)


def agree(
    ports: Ports,
    home_team_id: TeamId,
    channel_id: ChannelId,
    person: Person,
    *,
    text: str,
    due_on: dt.date | None,
    owners: Mapping[OrganisationId, UserId | None],
) -> AgreedAction:
    """Keep an action and tell the channel. Raises InvalidForm beside the fields, NotAllowed, NotHere."""
    with ports.store.write() as tx:
        place = permitted(tx, home_team_id, channel_id, person, Deed.AGREE_AN_ACTION)
        partnership = place.partnership
        today = _today(ports, partnership)
        found = {
            organisation.id: next(
                (each.person for each in own if each.person.user_id == owners.get(organisation.id)), None
            )
            for organisation, own in _sides(partnership, place.people, most=None)
        }
        text, day, chosen = checked(text, due_on, found, today)
        action = AgreedAction(
            id=ActionId(new_id("a")),
            partnership_id=partnership.id,
            text=text,
            owners=chosen,
            due_on=day,
            agreed_on=today,
        )
        tx.actions.add(action)
        _tell(tx, ports, partnership, action, MessageKind.ACTION_AGREED)
        return action


def mark_done(
    ports: Ports, home_team_id: TeamId, channel_id: ChannelId, person: Person, action_id: ActionId
) -> AgreedAction:
    """Say that an action is done, once, by one of its owners. Raises NotAllowed, NotNow, NotHere."""
    with ports.store.write() as tx:
        place = permitted(tx, home_team_id, channel_id, person, Deed.LOOK)
        partnership = place.partnership
        action = tx.actions.get(action_id)
        if action is None or action.partnership_id != partnership.id:
            raise NotHere("This action does not belong to this channel.")
        owners = {Standing.OWNER: action.owners.values()}
        permit(Deed.FINISH_AN_ACTION, person, able(partnership, place.people, owners))
        if action.done_on is not None:
            raise NotNow("This action is already done; the channel has been told.")
        done = replace(action, done_on=_today(ports, partnership))
        tx.actions.save(done)
        _tell(tx, ports, partnership, done, MessageKind.ACTION_DONE)
        return done


def open_actions(tx: Transaction, partnership: Partnership) -> tuple[AgreedAction, ...]:
    """Actions of a partnership that are not done, the earliest first."""
    return tx.actions.open_of(partnership.id)


def _sides(
    partnership: Partnership, people: Roster, most: int | None = _OWNERS_OFFERED
) -> tuple[tuple[Organisation, tuple[Member, ...]], ...]:
    """Per organisation its people by name, leads and seniors first."""
    first = {each.person for each in people.holders if each.role in (Role.LEAD, Role.SENIOR)}
    sides = []
    for organisation in sorted(partnership.organisations, key=lambda each: each.name.casefold()):
        own = (each for each in people.members if each.organisation_id == organisation.id)
        ordered = sorted(own, key=lambda each: (each.person not in first, each.name.casefold()))
        sides.append((organisation, tuple(ordered[:most])))
    return tuple(sides)


def _today(ports: Ports, partnership: Partnership) -> dt.date:
    return ports.clock.now().astimezone(ZoneInfo(partnership.cadence.timezone)).date()


def _tell(tx: Transaction, ports: Ports, partnership: Partnership, action: AgreedAction, kind: MessageKind) -> None:
    names = {each.id: each.name for each in partnership.organisations}
    owners = sorted(
        ((names[each], owner.user_id) for each, owner in action.owners.items()), key=lambda own: own[0].casefold()
    )
    tx.outbox.add(
        Outgoing(
            key=DeliveryKey(f"{kind}:{action.id}"),
            kind=kind,
            team_id=partnership.home_team_id,
            partnership_id=partnership.id,
            channel_id=partnership.channel_id,
            body={
                "action": action.id,
                "text": action.text,
                "due_on": action.due_on.isoformat(),
                "owners": [list(each) for each in owners],
                "organisations": list(partnership.names),
            },
            due_at=ports.clock.now(),
        )
    )
