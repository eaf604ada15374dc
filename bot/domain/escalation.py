"""An escalation: an issue raised openly, told to both owners of a level at once, and what may become of it.

The state machine is one table, `TRANSITIONS`; the diagram in docs/escalation.md is drawn from it. Nothing that is
planned is ever looked for and cancelled: what falls due asks the state, and `deadline_at` is part of it.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.domain.errors import NotNow
from bot.domain.ids import EscalationId, OrganisationId, PartnershipId
from bot.domain.people import Person
from bot.domain.permissions import Able, Deed, Standing, may, mention, refused
from bot.domain.route_map import Lane, Owner, Step

KEPT_FOR: Final = dt.timedelta(days=730)  # PRIVACY: 24 months


class State(StrEnum):
    """Where an escalation stands."""

    WAITING = "waiting"
    IN_HAND = "in_hand"
    SNOOZED = "snoozed"
    PROPOSED = "proposed"
    RESOLVED = "resolved"


class Move(StrEnum):
    """What is done with an escalation; WAKE, LAPSE and REMIND are time's own."""

    OPEN = "open"
    ACKNOWLEDGE = "acknowledge"
    ADD_VIEW = "add_view"
    HAND_OVER = "hand_over"
    SNOOZE = "snooze"
    RAISE = "raise"
    RESOLVE = "resolve"
    CONFIRM = "confirm"
    SETTLE = "settle"
    DISAGREE = "disagree"
    WAKE = "wake"
    LAPSE = "lapse"
    REMIND = "remind"


_EVERYWHERE = (Move.ADD_VIEW, Move.HAND_OVER)

TRANSITIONS: Final[Mapping[State, Mapping[Move, State]]] = {
    State.WAITING: {
        **dict.fromkeys(_EVERYWHERE, State.WAITING),
        Move.ACKNOWLEDGE: State.IN_HAND,
        Move.SNOOZE: State.SNOOZED,
        Move.RAISE: State.WAITING,
        Move.RESOLVE: State.PROPOSED,
        Move.LAPSE: State.WAITING,
        Move.REMIND: State.WAITING,
    },
    State.IN_HAND: {
        **dict.fromkeys(_EVERYWHERE, State.IN_HAND),
        Move.SNOOZE: State.SNOOZED,
        Move.RAISE: State.WAITING,
        Move.RESOLVE: State.PROPOSED,
    },
    State.SNOOZED: {
        **dict.fromkeys(_EVERYWHERE, State.SNOOZED),
        Move.ACKNOWLEDGE: State.IN_HAND,
        Move.RAISE: State.WAITING,
        Move.RESOLVE: State.PROPOSED,
        Move.WAKE: State.WAITING,
    },
    State.PROPOSED: {
        **dict.fromkeys(_EVERYWHERE, State.PROPOSED),
        Move.CONFIRM: State.PROPOSED,
        Move.SETTLE: State.RESOLVED,
        Move.DISAGREE: State.IN_HAND,
        Move.RAISE: State.WAITING,
        Move.LAPSE: State.WAITING,
        Move.REMIND: State.PROPOSED,
    },
    State.RESOLVED: {},
}

_BY_TIME: Final = frozenset({Move.WAKE, Move.LAPSE, Move.REMIND})
_NEVER_ASKED: Final = _BY_TIME | {Move.SETTLE}  # the last confirmation settles


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What its author wrote."""

    what: str
    stake: str
    tried: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of the history, which is only ever added to. `text` is what was written, `to` who took over."""

    number: int
    move: Move
    at: dt.datetime
    step: int
    actor: Person | None = None
    text: str = ""
    to: Person | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """An escalation as it stands. `route` are its rules, frozen when it was opened, and `step` the place in them.

    `told` is everybody who was ever told, `deadline_at` when time makes its next move (None: it makes none),
    `agreed` the organisations that call it resolved, `number` the number of its latest event.
    """

    id: EscalationId
    partnership_id: PartnershipId
    author: Person
    words: Words
    lane: Lane
    route: tuple[Step, ...]
    opened_at: dt.datetime
    state: State
    step: int
    owners: tuple[Owner, ...]
    told: tuple[Person, ...]
    deadline_at: dt.datetime | None
    agreed: tuple[OrganisationId, ...] = ()
    may_snooze: bool = True
    outcome: str = ""
    number: int = 1

    @property
    def here(self) -> Step:
        """The level at which it is now."""
        return self.route[self.step]

    @property
    def following(self) -> Step | None:
        """The level to which it goes next, if there is a higher one."""
        return self.route[self.step + 1] if self.step + 1 < len(self.route) else None

    @property
    def is_open(self) -> bool:
        """Whether it is not resolved."""
        return self.state is not State.RESOLVED

    def owner(self, person: Person) -> Owner | None:
        """The seat that a person holds now."""
        return next((each for each in self.owners if each.person == person), None)

    @property
    def able(self) -> Able:
        """Who stands how to it."""
        owners = tuple(each.person for each in self.owners)
        return {Standing.AUTHOR: (self.author,), Standing.TOLD: self.told, Standing.OWNER: owners}

    def is_seen_by(self, person: Person) -> bool:
        """Its author and those who were told, and nobody else (PRIVACY)."""
        return may(Deed.SEE_AN_ESCALATION, person, self.able)

    def open_to(self, person: Person) -> tuple[Move, ...]:
        """What a person may do now, in the order of the screens."""
        owner = self.owner(person)
        asked = [each for each in TRANSITIONS[self.state] if each not in _NEVER_ASKED]
        possible = [each for each in asked if may(deed_of(each), person, self.able)]
        if owner is not None and owner.organisation_id in self.agreed:
            possible = [each for each in possible if each not in (Move.CONFIRM, Move.DISAGREE)]
        if not self.may_snooze:
            possible = [each for each in possible if each is not Move.SNOOZE]
        if self.following is None:
            possible = [each for each in possible if each is not Move.RAISE]
        return tuple(sorted(possible, key=tuple(Move).index))

    def permit(self, person: Person, move: Move) -> None:
        """Raises NotAllowed or NotNow with the reason why this person cannot do this now."""
        if move in self.open_to(person):
            return
        if self.state is State.RESOLVED:
            raise NotNow("This escalation is resolved already; nothing more can be done with it.")
        if not may(deed_of(move), person, self.able):
            raise refused(Deed.MOVE_AN_ESCALATION, who=" and ".join(mention(each.person) for each in self.owners))
        raise NotNow(REFUSED.get(move, "This has been done already. Please look at the newest message about it."))


REFUSED: Final[Mapping[Move, str]] = {
    Move.ACKNOWLEDGE: "It has been acknowledged already. Nothing more is needed for now.",
    Move.SNOOZE: "It has been put off once on this level, or waits for a confirmation. Please acknowledge it instead.",
    Move.RAISE: "It is at its highest level already. Please settle it there, or speak to each other directly.",
    Move.CONFIRM: "Your side has agreed already, or nobody has called it resolved. The other side is asked.",
    Move.DISAGREE: "Your side called it resolved, or nobody has. The other side is asked.",
    Move.RESOLVE: "It has been called resolved already. The other side is asked to confirm.",
}


def deed_of(move: Move) -> Deed:
    """Who may make a move: whoever was told adds a view, everything else is up to its owners."""
    return Deed.ADD_A_VIEW if move is Move.ADD_VIEW else Deed.MOVE_AN_ESCALATION


def diagram() -> str:
    """The table as a Mermaid state diagram, for docs/escalation.md."""
    lines = ["stateDiagram-v2", f"    [*] --> {State.WAITING}: {Move.OPEN}"]
    for state, moves in TRANSITIONS.items():
        arrows: dict[State, list[str]] = {}
        for move, following in moves.items():
            arrows.setdefault(following, []).append(move.replace("_", " "))
        lines += [f"    {state} --> {following}: {', '.join(named)}" for following, named in arrows.items()]
    return "\n".join([*lines, f"    {State.RESOLVED} --> [*]"])
