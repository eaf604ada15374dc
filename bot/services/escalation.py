"""Escalations: raised after a preview of exactly who is told, and seen by nobody but those who were told."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from bot.domain.errors import BadInput, NotHere
from bot.domain.escalation import KEPT_FOR, Escalation, Event, Move, Words
from bot.domain.escalation_moves import opened
from bot.domain.ids import ChannelId, DraftId, EscalationId, TeamId
from bot.domain.partnership import Partnership
from bot.domain.people import Person
from bot.domain.permissions import Deed
from bot.domain.route_map import Circumstances, Lane, Level, Step, day_number, entered_at
from bot.domain.texts import ESCALATION_MOST
from bot.services import escalation_news, route_map
from bot.services.drafts import DraftKind, new_draft_id, own_draft
from bot.services.permissions import permitted
from bot.services.ports import Draft, Due, DueKind, Ports, Transaction

NOT_YOURS: Final = "There is no escalation here that you are part of. Those who were told of one see it."
_GONE: Final = "This form is no longer kept, and nothing was sent. Please open it again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What the form offers: the levels of the map, each with its owners; and what was written so far."""

    channel_id: ChannelId
    levels: tuple[tuple[Level, tuple[tuple[str, str], ...]], ...]
    written: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """Exactly who will be told, with which words, and what comes next if nobody answers."""

    draft_id: DraftId
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenEscalation:
    """An open escalation as everybody may hear of it: no words, no names. `day` counts working days from 1."""

    id: EscalationId
    level: Level
    day: int

    @property
    def summary(self) -> str:
        """ "one escalation, informal level, day 2" """
        return f"one escalation, {self.level.called}, day {self.day}"


def form(
    ports: Ports, home_team_id: TeamId, channel_id: ChannelId, person: Person, written: Mapping[str, str] | None = None
) -> Form:
    """What the form needs. Raises NotHere for a stranger, NotNow while an organisation has no confirmed lead."""
    with ports.store.read() as tx:
        partnership = permitted(tx, home_team_id, channel_id, person, Deed.RAISE_A_CONCERN).partnership
        around = route_map.circumstances(tx, ports, partnership)
        route_map.refuse_one_sided(partnership, around)
        found = route_map.steps(tx, partnership)
    return Form(
        channel_id=channel_id,
        levels=tuple((each.level, _pairs(partnership, around, each)) for each in found),
        written=dict(written or {}),
    )


def preview(
    ports: Ports, home_team_id: TeamId, channel_id: ChannelId, person: Person, entered: Mapping[str, str]
) -> Preview:
    """Keep what was written and show who will be told. Raises BadInput beside a field, NotHere, NotNow."""
    words = checked(entered)
    with ports.store.write() as tx:
        partnership = permitted(tx, home_team_id, channel_id, person, Deed.RAISE_A_CONCERN).partnership
        kept = {**entered, "what": words.what, "stake": words.stake, "tried": words.tried}
        draft = Draft(id=new_draft_id(DraftKind.ESCALATION), author=person, channel_id=channel_id, body=kept)
        return _shown(tx, ports, partnership, draft, _begun(tx, ports, partnership, draft))


def send(ports: Ports, home_team_id: TeamId, draft_id: DraftId, person: Person) -> Preview | None:
    """Open the escalation and tell the owners of its level, all at the same moment; sent again it changes nothing.

    Returns another preview, and sends nothing, if not exactly those would be told whom the person has seen.
    Raises TooLate when the form is gone, NotHere, NotNow.
    """
    with ports.store.write() as tx:
        sent = tx.escalations.get(EscalationId(draft_id))
        if sent is not None and sent.author == person:
            return None
        draft = own_draft(tx, draft_id, DraftKind.ESCALATION, person, _GONE)
        partnership = permitted(tx, home_team_id, draft.channel_id, person, Deed.RAISE_A_CONCERN).partnership
        begun = _begun(tx, ports, partnership, draft)
        if draft.body.get("seen") != _who(begun):
            return _shown(tx, ports, partnership, draft, begun)
        event = Event(number=1, move=Move.OPEN, at=begun.opened_at, step=0, actor=person)
        tx.escalations.add(begun, event)
        tx.notebook.drop_draft(draft_id)
        escalation_news.tell(tx, partnership, None, begun, event)
        plan(tx, begun)
        return None


def plan(tx: Transaction, escalation: Escalation) -> None:
    """Have the clock ask again at the deadline; what was planned before will find nothing due by state."""
    if escalation.deadline_at is not None:
        tx.schedule.put(
            Due(
                partnership_id=escalation.partnership_id,
                kind=DueKind.ESCALATION,
                due_at=escalation.deadline_at,
                subject=escalation.id,
            )
        )


def checked(entered: Mapping[str, str]) -> Words:
    """The words as they will be sent. Raises BadInput with the field."""
    words = {name: entered.get(name, "").strip() for name in ESCALATION_MOST}
    if not words["what"]:
        raise BadInput("Please write what happens, as facts, in a sentence or two.", field="what")
    for name, most in ESCALATION_MOST.items():
        if len(words[name]) > most:
            raise BadInput(f"Please shorten it to {most:,} characters; it has {len(words[name]):,}.", field=name)
    return Words(**words)


def open_escalations(tx: Transaction, ports: Ports, partnership: Partnership) -> tuple[OpenEscalation, ...]:
    """What is open in a partnership, oldest first, for a digest or a celebration: levels and days, no words."""
    now, regions, timezone = ports.clock.now(), partnership.regions, partnership.cadence.timezone

    def is_holiday(day: dt.date) -> bool:
        return ports.holidays.is_holiday(day, regions)

    return tuple(
        OpenEscalation(id=each.id, level=each.here.level, day=day_number(each.opened_at, now, timezone, is_holiday))
        for each in tx.escalations.open_in(partnership.id)
    )


def highest_open_level(tx: Transaction, partnership: Partnership) -> Level | None:
    """The highest level at which an escalation is open; None if none is."""
    levels = [each.here.level for each in tx.escalations.open_in(partnership.id)]
    return max(levels, key=lambda each: each.rank, default=None)


def programme_owners(tx: Transaction, ports: Ports, partnership: Partnership) -> tuple[Person, ...]:
    """Who is told at the programme level of the route map now, one person for each organisation that has anybody."""
    return tuple(each.person for each in route_map.owners_of(tx, ports, partnership, Level.PROGRAMME))


def forget_expired(tx: Transaction, now: dt.datetime) -> int:
    """Delete what is as old as PRIVACY allows (24 months), with history and messages; returns how many."""
    return tx.escalations.forget_before(now - KEPT_FOR)


def seen_by(tx: Transaction, escalation_id: EscalationId, person: Person) -> tuple[Partnership, Escalation]:
    """An escalation for somebody who may see it and still is in its channel. Raises NotHere, which tells nothing."""
    found = tx.escalations.get(escalation_id)
    if found is None or not found.is_seen_by(person):
        raise NotHere(NOT_YOURS)
    if tx.people.roster(found.partnership_id).member(person) is None:
        raise NotHere(NOT_YOURS)
    return tx.partnerships.get(found.partnership_id), found


def _begun(tx: Transaction, ports: Ports, partnership: Partnership, draft: Draft) -> Escalation:
    around = route_map.circumstances(tx, ports, partnership)
    route_map.refuse_one_sided(partnership, around)
    level, lane = _level(draft.body.get("level")), _lane(draft.body.get("lane"))
    return opened(
        EscalationId(draft.id),
        partnership.id,
        draft.author,
        checked(draft.body),
        lane,
        entered_at(route_map.steps(tx, partnership), level, lane),
        around,
    )


def _shown(tx: Transaction, ports: Ports, partnership: Partnership, draft: Draft, begun: Escalation) -> Preview:
    """The preview, and the draft with the people it names: only these are told when it is sent."""
    kept = replace(draft, body={**draft.body, "seen": _who(begun)})
    tx.notebook.put_draft(kept, ports.clock.now())
    return Preview(draft_id=draft.id, body=_as_told(partnership, begun))


def _who(begun: Escalation) -> list[str]:
    return [each.person.user_id for each in begun.owners]


def _as_told(partnership: Partnership, begun: Escalation) -> Mapping[str, Any]:
    return {
        "level": begun.here.level,
        "lane": begun.lane,
        "owners": escalation_news.owners_body(partnership, begun.owners),
        "answer_by": begun.deadline_at.isoformat() if begun.deadline_at else "",
        "timezone": partnership.cadence.timezone,
        "following": escalation_news.following_body(partnership, begun.following),
        "what": begun.words.what,
        "stake": begun.words.stake,
        "tried": begun.words.tried,
    }


def _pairs(partnership: Partnership, around: Circumstances, step: Step) -> tuple[tuple[str, str], ...]:
    return tuple((name, user) for name, user in escalation_news.owners_body(partnership, around.owners(step)))


def _level(said: object) -> Level:
    return next((each for each in Level if each == said), Level.INFORMAL)


def _lane(said: object) -> Lane:
    return next((each for each in Lane if each == said), Lane.NORMAL)
