"""A concern goes to the leads of all organisations at the same moment, with the author's name and exact words."""

from dataclasses import dataclass

from bot.domain.errors import BadInput, NotNow
from bot.domain.ids import ChannelId, DeliveryKey, TeamId
from bot.domain.outbox import MessageKind, Outgoing
from bot.domain.partnership import Partnership
from bot.domain.people import Person, Role
from bot.domain.texts import CONCERN_MOST
from bot.services import roles
from bot.services.answers import place_of
from bot.services.identity import new_id
from bot.services.ports import Ports, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Who will be told: for each organisation, in alphabetical order, its leads."""

    partnership: Partnership
    leads: tuple[tuple[str, tuple[Person, ...]], ...]


def audience(ports: Ports, home_team_id: TeamId, channel_id: ChannelId, person: Person) -> Audience:
    """Who a concern of this person would go to. Raises NotNow while an organisation has no lead."""
    with ports.store.read() as tx:
        return _audience(tx, home_team_id, channel_id, person)


def raise_concern(ports: Ports, home_team_id: TeamId, channel_id: ChannelId, person: Person, text: str) -> Audience:
    """Keep the concern and tell the leads of all organisations. Raises BadInput for an empty or too long text."""
    text = checked(text)
    now = ports.clock.now()
    with ports.store.write() as tx:
        told = _audience(tx, home_team_id, channel_id, person)
        concern_id = new_id("k")
        tx.notebook.add_concern(concern_id, told.partnership.id, person, text, now)
        names = [each for each, _ in told.leads]
        for lead in dict.fromkeys(lead for _, leads in told.leads for lead in leads):
            tx.outbox.add(
                Outgoing(
                    key=DeliveryKey(f"concern:{concern_id}:{lead.team_id}:{lead.user_id}"),
                    kind=MessageKind.CONCERN,
                    team_id=home_team_id,
                    partnership_id=told.partnership.id,
                    user_id=lead.user_id,
                    body={
                        "partnership": told.partnership.name,
                        "channel": told.partnership.channel_id,
                        "author": person.user_id,
                        "text": text,
                        "organisations": names,
                        "leads": [each.user_id for _, leads in told.leads for each in leads],
                    },
                    due_at=now,
                )
            )
    return told


def checked(text: str) -> str:
    """The text of a concern as it will be sent. Raises BadInput with what to do."""
    text = text.strip()
    if not text:
        raise BadInput("Please write what happens, as facts, in a sentence or two.")
    if len(text) > CONCERN_MOST:
        raise BadInput(f"Please shorten it to {CONCERN_MOST:,} characters; it has {len(text):,}.")
    return text


def _audience(tx: Transaction, home_team_id: TeamId, channel_id: ChannelId, person: Person) -> Audience:
    partnership = place_of(tx, home_team_id, channel_id, person).partnership
    people = tx.people.roster(partnership.id)
    active = roles.active(partnership, people, Role.LEAD)
    told = []
    for organisation in sorted(partnership.organisations, key=lambda each: each.name.casefold()):
        own = tuple(each for each in people.holding(Role.LEAD, organisation.id) if each in active)
        if not own:
            raise NotNow(
                f"{organisation.name} has no confirmed lead yet, so a concern cannot reach both sides at once. "
                "Please speak to somebody on the other side directly, or ask an administrator to name a lead."
            )
        told.append((organisation.name, own))
    return Audience(partnership=partnership, leads=tuple(told))
