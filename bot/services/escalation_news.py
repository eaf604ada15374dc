"""What is told of an escalation: the owners get all of it, everybody who knows of it gets what became of it."""

import datetime as dt
from typing import Any

from bot.domain.escalation import Escalation, Event, Move
from bot.domain.ids import DeliveryKey, OrganisationId
from bot.domain.outbox import MessageKind, Outgoing
from bot.domain.partnership import Partnership
from bot.domain.people import Person
from bot.domain.route_map import Owner, Step
from bot.services.ports import Transaction
from bot.services.route_map import alphabetical

_FULL = frozenset({Move.OPEN, Move.RAISE, Move.LAPSE, Move.HAND_OVER, Move.WAKE, Move.REMIND})
"""After these somebody needs all of it; after the others a word is enough."""


def tell(tx: Transaction, partnership: Partnership, before: Escalation | None, now: Escalation, event: Event) -> None:
    """Put the messages that a move causes into the outbox: for everybody the same words at the same minute.

    Whoever is asked to answer gets all of it with buttons, others who know of it one line. People who left the channel
    get nothing.
    """
    roster = tx.people.roster(partnership.id)
    asked = _asked(before, now, event.move) if event.move in _FULL else ()
    quiet = event.move in (Move.WAKE, Move.REMIND)  # these concern nobody but the owners
    others = () if quiet else tuple(each for each in dict.fromkeys((*now.told, now.author)) if each not in asked)
    full = _full_body(tx, partnership, now, event)
    for person in asked:
        tx.outbox.add(_to(partnership, now, event, person, MessageKind.ESCALATION, full))
    word = _word_body(partnership, roster_organisations(tx, partnership), now, event)
    for person in others:
        if roster.member(person) is not None:
            body = {**word, "moves": list(now.open_to(person))}
            tx.outbox.add(_to(partnership, now, event, person, MessageKind.ESCALATION_NEWS, body))


def owners_body(partnership: Partnership, owners: tuple[Owner, ...]) -> list[list[str]]:
    """Organisations in alphabetical order with the Slack id of the owner, empty where nobody is there."""
    people = {each.organisation_id: each.person.user_id for each in owners}
    return [[each.name, people.get(each.id, "")] for each in alphabetical(partnership)]


def following_body(partnership: Partnership, step: Step | None) -> dict[str, Any] | None:
    """The next level with the owners who were named for it."""
    if step is None:
        return None
    first = tuple(
        Owner(organisation_id=seat.organisation_id, person=seat.people[0]) for seat in step.seats if seat.people
    )
    return {"level": step.level, "owners": owners_body(partnership, first)}


def views_of(
    partnership: Partnership, organisations: dict[Person, OrganisationId | None], history: tuple[Event, ...]
) -> list[list[str]]:
    """The sides' views, oldest first: organisation, Slack id and words."""
    names = {each.id: each.name for each in partnership.organisations}
    return [
        [names.get(of, "") if (of := organisations.get(each.actor)) else "", each.actor.user_id, each.text]
        for each in history
        if each.move is Move.ADD_VIEW and each.actor is not None
    ]


def roster_organisations(tx: Transaction, partnership: Partnership) -> dict[Person, OrganisationId | None]:
    """Where each person of the roster belongs."""
    return {each.person: each.organisation_id for each in tx.people.roster(partnership.id).members}


def _asked(before: Escalation | None, now: Escalation, move: Move) -> tuple[Person, ...]:
    owners = tuple(each.person for each in now.owners)
    if move is Move.HAND_OVER and before is not None:
        return tuple(each for each in owners if before.owner(each) is None)
    return owners


def _full_body(tx: Transaction, partnership: Partnership, now: Escalation, event: Event) -> dict[str, Any]:
    views = views_of(partnership, roster_organisations(tx, partnership), tx.escalations.history(now.id))
    return {
        **_shared(partnership, now, event),
        "author": now.author.user_id,
        "what": now.words.what,
        "stake": now.words.stake,
        "tried": now.words.tried,
        "views": views,
        "following": following_body(partnership, now.following),
        "moves": [each for each in Move if any(each in now.open_to(owner.person) for owner in now.owners)],
        "outcome": now.outcome,
    }


def _word_body(
    partnership: Partnership, organisations: dict[Person, OrganisationId | None], now: Escalation, event: Event
) -> dict[str, Any]:
    names = {each.id: each.name for each in partnership.organisations}
    of = organisations.get(event.actor) if event.actor else None
    waits_for = [each.name for each in alphabetical(partnership) if each.id not in now.agreed]
    return {
        **_shared(partnership, now, event),
        "organisation": names.get(of, "") if of else "",
        "waits_for": waits_for,
        "what": now.words.what,
        "outcome": now.outcome,
    }


def _shared(partnership: Partnership, now: Escalation, event: Event) -> dict[str, Any]:
    return {
        "escalation_id": now.id,
        "partnership": partnership.name,
        "channel": partnership.channel_id,
        "timezone": partnership.cadence.timezone,
        "level": now.here.level,
        "lane": now.lane,
        "owners": owners_body(partnership, now.owners),
        "answer_by": _iso(now.deadline_at),
        "move": event.move,
        "actor": event.actor.user_id if event.actor else "",
        "to": event.to.user_id if event.to else "",
        "text": event.text,
    }


def _to(
    partnership: Partnership, now: Escalation, event: Event, person: Person, kind: MessageKind, body: dict[str, Any]
) -> Outgoing:
    return Outgoing(
        key=DeliveryKey(f"escalation:{now.id}:{event.number}:{person.team_id}:{person.user_id}"),
        kind=kind,
        team_id=partnership.home_team_id,
        partnership_id=partnership.id,
        user_id=person.user_id,
        body=body,
        due_at=event.at,
    )


def _iso(at: dt.datetime | None) -> str:
    return at.isoformat() if at else ""
