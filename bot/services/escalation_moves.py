"""What people and time do with an escalation: state, history, messages and the next deadline in one transaction."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bot.domain import escalation_moves as moves
from bot.domain.errors import BadInput, NotHere, NotNow
from bot.domain.escalation import TRANSITIONS, Escalation, Event, Move
from bot.domain.ids import EscalationId
from bot.domain.partnership import Partnership
from bot.domain.people import Member, Person
from bot.domain.route_map import Circumstances, Owner
from bot.domain.texts import VIEW_MOST
from bot.services import escalation_news, route_map
from bot.services.escalation import NOT_YOURS, plan, seen_by
from bot.services.ports import Due, DueKind, Ports, Transaction

SNOOZES: Final = (1, 2, 3)  # working days
_AGAIN_AFTER = dt.timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a person asks for: the move, what was written with it, to whom or for how many days, and the number of the
    latest event that the person had seen (0: a button, which does not say)."""

    move: Move
    text: str = ""
    to: Person | None = None
    working_days: int = 1
    seen: int = 0


def act(ports: Ports, escalation_id: EscalationId, person: Person, wish: Wish) -> Escalation:
    """Do what a person wishes and tell everybody who knows of it. The same wish again changes nothing.

    Raises NotHere for whoever was not told, NotAllowed, NotNow with the reason, BadInput for what was written.
    """
    with ports.store.write() as tx:
        partnership, _ = seen_by(tx, escalation_id, person)
        before = tx.escalations.locked(escalation_id)
        if before is None:
            raise NotHere(NOT_YOURS)
        if wish.seen and _is_done(tx, before, person, wish):
            return before
        before.permit(person, wish.move)
        around = route_map.circumstances(tx, ports, partnership)
        changed, move = _MOVES[wish.move](before, person, _readable(tx, partnership, before, person, wish), around)
        _write(tx, partnership, before, changed, _event(changed, move, around.now, person, wish))
        return changed


def fall_due(tx: Transaction, ports: Ports, due: Due, now: dt.datetime) -> None:
    """The deadline of an escalation as it was once planned: its state says whether anything is due now."""
    tx.schedule.done(due)
    escalation_id = EscalationId(due.subject)
    before = tx.escalations.locked(escalation_id, wait=False)
    if before is None:
        if tx.escalations.get(escalation_id) is not None:  # somebody is acting on it at this very moment
            tx.schedule.put(
                Due(
                    partnership_id=due.partnership_id,
                    kind=DueKind.ESCALATION,
                    due_at=now + _AGAIN_AFTER,
                    subject=due.subject,
                )
            )
        return
    partnership = tx.partnerships.get(due.partnership_id)
    outcome = moves.timed(before, route_map.circumstances(tx, ports, partnership))
    if outcome is None:
        plan(tx, before)
        return
    changed, move = outcome
    event = Event(number=changed.number, move=move, at=now, step=changed.step)
    _write(tx, partnership, before, changed, event)


def successors(tx: Transaction, ports: Ports, partnership: Partnership, owner: Owner) -> tuple[Member, ...]:
    """To whom an owner can hand over: leads and seniors of the own organisation who are there."""
    present = route_map.circumstances(tx, ports, partnership).present[owner.organisation_id]
    people = tx.people.roster(partnership.id).members
    found = (each for each in people if each.person in present and each.person != owner.person)
    return tuple(sorted(found, key=lambda each: (each.name.casefold(), each.person)))


def pass_on(tx: Transaction, ports: Ports, partnership: Partnership, gone: Person) -> None:
    """Somebody has left the channel: what the person owned is a deputy's from now on, and those concerned are told.

    Where no deputy is there, it stays as it is until the organisation has named somebody.
    """
    now = ports.clock.now()
    for known in tx.escalations.of_partnership(partnership.id):
        before = tx.escalations.locked(known.id) if known.is_open and known.owner(gone) is not None else None
        owner = None if before is None else before.owner(gone)
        if before is None or owner is None or Move.HAND_OVER not in TRANSITIONS[before.state]:
            continue
        deputies = successors(tx, ports, partnership, owner)
        if deputies:
            wish = Wish(move=Move.HAND_OVER, to=deputies[0].person)
            changed = moves.handed_over(before, owner, deputies[0].person)
            _write(tx, partnership, before, changed, _event(changed, wish.move, now, gone, wish))


def _write(tx: Transaction, partnership: Partnership, before: Escalation, changed: Escalation, event: Event) -> None:
    tx.escalations.save(changed, event)
    escalation_news.tell(tx, partnership, before, changed, event)
    if changed.deadline_at != before.deadline_at:
        plan(tx, changed)


def _event(changed: Escalation, move: Move, at: dt.datetime, person: Person, wish: Wish) -> Event:
    return Event(
        number=changed.number, move=move, at=at, step=changed.step, actor=person, text=wish.text.strip(), to=wish.to
    )


def _is_done(tx: Transaction, before: Escalation, person: Person, wish: Wish) -> bool:
    """Whether this very wish was carried out before; Slack may deliver a form twice. Raises NotNow for a level that
    was raised by somebody else while this person was reading."""
    if before.number == wish.seen:
        return False
    since = [each for each in tx.escalations.history(before.id) if each.number > wish.seen]
    if any((each.actor, each.move, each.text) == (person, wish.move, wish.text.strip()) for each in since):
        return True
    if wish.move is Move.RAISE:
        raise NotNow("It has changed since you opened this form. Please look at the newest message about it first.")
    return False


def _readable(tx: Transaction, partnership: Partnership, before: Escalation, person: Person, wish: Wish) -> Wish:
    """The wish with what was written and chosen checked. Raises BadInput with what to do."""
    text = wish.text.strip()
    if wish.move in _WRITTEN and not text:
        raise BadInput(_WRITTEN[wish.move], field="text")
    if len(text) > VIEW_MOST:
        raise BadInput(f"Please shorten it to {VIEW_MOST:,} characters; it has {len(text):,}.", field="text")
    if wish.move is Move.SNOOZE and wish.working_days not in SNOOZES:
        raise BadInput(f"Please choose {SNOOZES[0]} to {SNOOZES[-1]} working days.", field="days")
    return wish


_WRITTEN: Final = {
    Move.ADD_VIEW: "Please write how your side sees it, in a sentence or two.",
    Move.RESOLVE: "Please write what was agreed, so that the other side can confirm it.",
    Move.DISAGREE: "Please write what is still open, so that the other side knows.",
}


def _acknowledge(before: Escalation, person: Person, wish: Wish, around: Circumstances) -> tuple[Escalation, Move]:
    return moves.acknowledged(before), wish.move


def _add_view(before: Escalation, person: Person, wish: Wish, around: Circumstances) -> tuple[Escalation, Move]:
    return moves.moved(before, wish.move), wish.move


def _hand_over(before: Escalation, person: Person, wish: Wish, around: Circumstances) -> tuple[Escalation, Move]:
    owner = _seat(before, person)
    if wish.to is None or wish.to == person or wish.to not in around.present[owner.organisation_id]:
        raise BadInput("Please choose a lead or senior of your own organisation who is in the channel.", field="to")
    return moves.handed_over(before, owner, wish.to), wish.move


def _snooze(before: Escalation, person: Person, wish: Wish, around: Circumstances) -> tuple[Escalation, Move]:
    return moves.snoozed(before, _seat(before, person), wish.working_days, around), wish.move


def _raise(before: Escalation, person: Person, wish: Wish, around: Circumstances) -> tuple[Escalation, Move]:
    return moves.raised(before, around), wish.move


def _resolve(before: Escalation, person: Person, wish: Wish, around: Circumstances) -> tuple[Escalation, Move]:
    return moves.called_resolved(before, _seat(before, person), wish.text.strip(), around), wish.move


def _confirm(before: Escalation, person: Person, wish: Wish, around: Circumstances) -> tuple[Escalation, Move]:
    return moves.confirmed(before, _seat(before, person))


def _disagree(before: Escalation, person: Person, wish: Wish, around: Circumstances) -> tuple[Escalation, Move]:
    return moves.disagreed(before), wish.move


def _seat(before: Escalation, person: Person) -> Owner:
    owner = before.owner(person)
    if owner is None:  # `permit` has refused whoever owns nothing
        raise NotHere(NOT_YOURS)
    return owner


_MOVES: Final[dict[Move, Callable[[Escalation, Person, Wish, Circumstances], tuple[Escalation, Move]]]] = {
    Move.ACKNOWLEDGE: _acknowledge,
    Move.ADD_VIEW: _add_view,
    Move.HAND_OVER: _hand_over,
    Move.SNOOZE: _snooze,
    Move.RAISE: _raise,
    Move.RESOLVE: _resolve,
    Move.CONFIRM: _confirm,
    Move.DISAGREE: _disagree,
}
