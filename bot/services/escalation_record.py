"""The record of an escalation, for those who were told: what is listed, and all of one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.escalation import Escalation, Move
from bot.domain.ids import ChannelId, EscalationId, TeamId, UserId
from bot.domain.partnership import Partnership
from bot.domain.people import Person
from bot.domain.permissions import Deed
from bot.domain.route_map import day_number
from bot.services import escalation_news
from bot.services.escalation import seen_by
from bot.services.escalation_moves import successors
from bot.services.permissions import permitted
from bot.services.ports import Ports, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """All of one escalation, as JSON for its screen, with what this person may do and to whom it can be handed over.

    `number` is that of its latest event.
    """

    id: EscalationId
    number: int
    body: Mapping[str, Any]
    moves: tuple[Move, ...]
    successors: tuple[tuple[str, str], ...]


def listed(ports: Ports, home_team_id: TeamId, channel_id: ChannelId, person: Person) -> tuple[Mapping[str, Any], ...]:
    """The escalations of a channel that this person was told of or raised, open ones first. Raises NotHere."""
    with ports.store.read() as tx:
        partnership = permitted(tx, home_team_id, channel_id, person, Deed.LIST_ESCALATIONS).partnership
        return tuple(line(ports, partnership, each) for each in own(tx, partnership, person))


def own(tx: Transaction, partnership: Partnership, person: Person) -> tuple[Escalation, ...]:
    """Those of a partnership that this person may see: open ones first, then newest first."""
    found = [each for each in tx.escalations.of_partnership(partnership.id) if each.is_seen_by(person)]
    return tuple(sorted(found, key=lambda each: not each.is_open))


def line(ports: Ports, partnership: Partnership, escalation: Escalation) -> Mapping[str, Any]:
    """One escalation in a list, as JSON."""
    timezone, regions = partnership.cadence.timezone, partnership.regions
    day = day_number(
        escalation.opened_at, ports.clock.now(), timezone, lambda each: ports.holidays.is_holiday(each, regions)
    )
    return {
        "escalation_id": escalation.id,
        "what": escalation.words.what,
        "author": escalation.author.user_id,
        "level": escalation.here.level,
        "state": escalation.state,
        "day": day,
        "opened_at": escalation.opened_at.isoformat(),
        "owners": escalation_news.owners_body(partnership, escalation.owners),
        "timezone": timezone,
    }


def permit(ports: Ports, escalation_id: EscalationId, person: Person, move: Move) -> None:
    """Raises NotHere, NotAllowed or NotNow when this person cannot do this now; asked before a form is opened."""
    with ports.store.read() as tx:
        seen_by(tx, escalation_id, person)[1].permit(person, move)


def successor(ports: Ports, escalation_id: EscalationId, person: Person, user_id: UserId) -> Person | None:
    """The person of a Slack id to whom this person may hand over; None for anybody else."""
    with ports.store.read() as tx:
        partnership, found = seen_by(tx, escalation_id, person)
        owner = found.owner(person)
        could_take = successors(tx, ports, partnership, owner) if owner else ()
    return next((each.person for each in could_take if each.person.user_id == user_id), None)


def record(ports: Ports, escalation_id: EscalationId, person: Person) -> Record:
    """All of one escalation, for somebody who was told of it. Raises NotHere for everybody else."""
    with ports.store.read() as tx:
        partnership, found = seen_by(tx, escalation_id, person)
        owner = found.owner(person)
        could_take = successors(tx, ports, partnership, owner) if owner else ()
        history = tx.escalations.history(found.id)
    return Record(
        id=found.id,
        number=found.number,
        body={
            **line(ports, partnership, found),
            "partnership": partnership.name,
            "stake": found.words.stake,
            "tried": found.words.tried,
            "lane": found.lane,
            "answer_by": found.deadline_at.isoformat() if found.deadline_at else "",
            "outcome": found.outcome,
            "following": escalation_news.following_body(partnership, found.following),
            "history": [
                {
                    "move": each.move,
                    "at": each.at.isoformat(),
                    "level": found.route[each.step].level,
                    "actor": each.actor.user_id if each.actor else "",
                    "to": each.to.user_id if each.to else "",
                    "text": each.text,
                }
                for each in history
            ],
        },
        moves=found.open_to(person),
        successors=tuple((each.name, each.person.user_id) for each in could_take),
    )
