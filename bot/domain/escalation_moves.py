"""The moves of an escalation, each a plain function of what stood before and of the circumstances."""

from dataclasses import replace

from bot.domain.errors import NotNow
from bot.domain.escalation import REFUSED, TRANSITIONS, Escalation, Move, State, Words
from bot.domain.ids import EscalationId, PartnershipId
from bot.domain.people import Person
from bot.domain.route_map import Circumstances, Lane, Owner, Step


def opened(
    escalation_id: EscalationId,
    partnership_id: PartnershipId,
    author: Person,
    words: Words,
    lane: Lane,
    route: tuple[Step, ...],
    around: Circumstances,
) -> Escalation:
    """A new escalation at the first step of its route. Raises NotNow where no organisation has anybody to be told."""
    owners = around.owners(route[0])
    if not owners:
        raise NotNow("Nobody can be told yet: no organisation has a confirmed lead or senior.")
    return Escalation(
        id=escalation_id,
        partnership_id=partnership_id,
        author=author,
        words=words,
        lane=lane,
        route=route,
        opened_at=around.now,
        state=State.WAITING,
        step=0,
        owners=owners,
        told=tuple(each.person for each in owners),
        deadline_at=around.answer_by(owners, route[0].working_days),
    )


def moved(escalation: Escalation, move: Move) -> Escalation:
    """The state after a move, with everything else as it was. Raises NotNow for a move that the table does not have."""
    following = TRANSITIONS[escalation.state].get(move)
    if following is None:
        raise NotNow(REFUSED.get(move, "This is not possible any more."))
    return replace(escalation, state=following, number=escalation.number + 1)


def acknowledged(escalation: Escalation) -> Escalation:
    """Somebody has it in hand: nothing is pending any more."""
    return replace(moved(escalation, Move.ACKNOWLEDGE), deadline_at=None)


def handed_over(escalation: Escalation, by: Owner, to: Person) -> Escalation:
    """Another person of the same organisation owns it from now on; the clock goes on as it was."""
    owners = tuple(replace(each, person=to) if each == by else each for each in escalation.owners)
    return _telling(replace(moved(escalation, Move.HAND_OVER), owners=owners))


def snoozed(escalation: Escalation, by: Owner, working_days: int, around: Circumstances) -> Escalation:
    """Put off by so many working days of the owner's organisation, once on each level."""
    until = around.answer_by([by], working_days)
    return replace(moved(escalation, Move.SNOOZE), deadline_at=until, may_snooze=False)


def raised(escalation: Escalation, around: Circumstances, move: Move = Move.RAISE) -> Escalation:
    """At the next level, by a person (RAISE) or because nobody answered in time (LAPSE)."""
    following = escalation.following
    if following is None:
        raise NotNow(REFUSED[Move.RAISE])
    step = replace(escalation, step=escalation.step + 1, may_snooze=True, agreed=(), outcome="")
    return _asked_anew(step, move, around)


def called_resolved(escalation: Escalation, by: Owner, outcome: str, around: Circumstances) -> Escalation:
    """One side says that it is resolved, and how; the others are asked within the time of the level."""
    deadline_at = around.answer_by(escalation.owners, escalation.here.working_days)
    proposed = moved(escalation, Move.RESOLVE)
    return replace(proposed, agreed=(by.organisation_id,), outcome=outcome, deadline_at=deadline_at)


def confirmed(escalation: Escalation, by: Owner) -> tuple[Escalation, Move]:
    """One more side agrees (CONFIRM), or the last one, and it is resolved (SETTLE)."""
    agreed = (*escalation.agreed, by.organisation_id)
    is_last = {seat.organisation_id for seat in escalation.here.seats} <= set(agreed)
    move = Move.SETTLE if is_last else Move.CONFIRM
    deadline_at = None if is_last else escalation.deadline_at
    return replace(moved(escalation, move), agreed=agreed, deadline_at=deadline_at), move


def disagreed(escalation: Escalation) -> Escalation:
    """One side says that it is not resolved: back in the hands of its owners."""
    return replace(moved(escalation, Move.DISAGREE), agreed=(), outcome="", deadline_at=None)


def timed(escalation: Escalation, around: Circumstances) -> tuple[Escalation, Move] | None:
    """What time itself does now: wake it, raise it, or remind at the highest level; None if nothing is due by state."""
    if escalation.deadline_at is None or escalation.deadline_at > around.now:
        return None
    if escalation.state is State.SNOOZED:
        return _asked_anew(escalation, Move.WAKE, around), Move.WAKE
    if escalation.following is not None:
        return raised(escalation, around, Move.LAPSE), Move.LAPSE
    return _asked_anew(escalation, Move.REMIND, around), Move.REMIND


def _asked_anew(escalation: Escalation, move: Move, around: Circumstances) -> Escalation:
    """The owners of the step are asked with its full time; where nobody of them is there, those before go on.

    Somebody to whom it was handed over on this level stays its owner while present.
    """
    owners = around.owners(escalation.here) or escalation.owners
    if move in (Move.WAKE, Move.REMIND):
        kept = {each.organisation_id: each for each in escalation.owners if _is_there(each, around)}
        owners = tuple(kept.get(each.organisation_id, each) for each in owners)
    deadline_at = around.answer_by(owners, escalation.here.working_days)
    return _telling(replace(moved(escalation, move), owners=owners, deadline_at=deadline_at))


def _is_there(owner: Owner, around: Circumstances) -> bool:
    return owner.person in around.present.get(owner.organisation_id, ())


def _telling(escalation: Escalation) -> Escalation:
    told = dict.fromkeys((*escalation.told, *(each.person for each in escalation.owners)))
    return replace(escalation, told=tuple(told))
