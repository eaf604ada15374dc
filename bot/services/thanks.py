"""Thanks across organisations: posted where people celebrate, signed or showing the organisation alone."""

from dataclasses import dataclass

from bot.domain import milestones
from bot.domain.errors import BadInput, NotNow
from bot.domain.ids import ChannelId, DeliveryKey, MilestoneId, OrganisationId, RoundId, TeamId, ThanksId
from bot.domain.outbox import MessageKind, Outgoing
from bot.domain.partnership import Partnership, State
from bot.domain.people import Member, Person
from bot.domain.permissions import Deed
from bot.domain.thanks import Behaviour, Thanks, worded
from bot.services.celebrations import celebration_key
from bot.services.identity import new_id
from bot.services.permissions import permitted
from bot.services.places import Place
from bot.services.ports import Ports, Transaction

_STOPPED = "The pulse of this channel is stopped at the moment, so nothing is posted. Please try again when it goes on."
_CHOOSE = "Please choose somebody of another organisation in this channel."
_UNPLACED = (
    "Nobody has said yet which organisation you belong to, so unsigned thanks have nothing to show. Please sign them, "
    "or ask an administrator to place you."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """Who can be thanked: the people of the other organisations with their organisation's name.

    `own` is the name of the thanking person's organisation, empty if nobody could place them.
    """

    people: tuple[tuple[Member, str], ...]
    own: str
    organisations: tuple[str, ...]


def choices(ports: Ports, home_team_id: TeamId, channel_id: ChannelId, person: Person) -> Choices:
    """Whom this person can thank. Raises NotHere, or NotNow while nothing is posted or nobody is there."""
    with ports.store.read() as tx:
        return _choices(tx, permitted(tx, home_team_id, channel_id, person, Deed.THANK))


def say(
    ports: Ports,
    home_team_id: TeamId,
    channel_id: ChannelId,
    person: Person,
    *,
    about: str,
    thanked: str,
    text: str,
    behaviour: str | None,
    unsigned: bool,
) -> Member:
    """Keep thanks and post them; returns who is thanked.

    `about` is where they were started ("milestone:ID", "round:ID" or nothing): they go into that message's thread.
    Raises BadInput (fields person, text, unsigned), NotHere, NotNow.
    """
    now = ports.clock.now()
    with ports.store.write() as tx:
        place = permitted(tx, home_team_id, channel_id, person, Deed.THANK)
        offered = _choices(tx, place)
        partnership, author = place.partnership, place.member
        chosen = [each for each, _ in offered.people if thanked in (each.person.user_id, handle(each.person))]
        if not chosen:
            raise BadInput(_CHOOSE, field="person")
        if unsigned and not offered.own:
            raise BadInput(_UNPLACED, field="unsigned")
        kept = Thanks(
            id=ThanksId(new_id("t")),
            partnership_id=partnership.id,
            author=None if unsigned else person,
            organisation_id=author.organisation_id,
            thanked=chosen[0].person,
            text=worded(text),
            behaviour=Behaviour(behaviour) if behaviour in set(Behaviour) else None,
            said_on=milestones.local_day(now, partnership.cadence),
        )
        tx.milestones.add_thanks(kept)
        tx.outbox.add(
            Outgoing(
                key=DeliveryKey(f"thanks:{kept.id}"),
                kind=MessageKind.THANKS,
                team_id=partnership.home_team_id,
                partnership_id=partnership.id,
                channel_id=partnership.channel_id,
                thread_of=_answered(tx, partnership, about),
                body={
                    "by": "" if unsigned else author.name,
                    "organisation": offered.own,
                    "thanked": kept.thanked.user_id,
                    "text": kept.text,
                    "behaviour": kept.behaviour,
                },
                due_at=now,
            )
        )
    return chosen[0]


def handle(person: Person) -> str:
    """A person as a choice in a list."""
    return f"{person.team_id}|{person.user_id}"


def _choices(tx: Transaction, place: Place) -> Choices:
    partnership = place.partnership
    if partnership.state is not State.ACTIVE:
        raise NotNow(_STOPPED)
    names: dict[OrganisationId | None, str] = {each.id: each.name for each in partnership.organisations}
    own = place.member.organisation_id
    others = [
        (each, names[each.organisation_id])
        for each in tx.people.roster(partnership.id).members
        if each.organisation_id in names and each.organisation_id != own
    ]
    if not others:
        raise NotNow("There is nobody of another organisation in this channel yet.")
    others.sort(key=lambda each: (each[1].casefold(), each[0].name.casefold(), each[0].person))
    return Choices(people=tuple(others), own=names.get(own, ""), organisations=partnership.names)


def _answered(tx: Transaction, partnership: Partnership, about: str) -> DeliveryKey | None:
    """The message in whose thread the thanks go; None for the channel, and for anything that is not of this place."""
    kind, _, name = about.partition(":")
    if kind == "milestone":
        milestone = tx.milestones.get(MilestoneId(name))
        if milestone is not None and milestone.partnership_id == partnership.id:
            return celebration_key(milestone.id)
    if kind == "round":
        asked = tx.rounds.get(RoundId(name))
        if asked is not None and asked.partnership_id == partnership.id:
            return DeliveryKey(f"results:{asked.id}")
    return None
