"""Every way to ask for a deed that Slack brings to the bot: buttons, forms and commands, each with what it carries."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from bot.domain.escalation import Move
from bot.domain.hub import DEED_OF, Choice
from bot.domain.ids import EscalationId
from bot.domain.people import Person
from bot.domain.permissions import Deed, Standing
from bot.services import escalation_moves, life
from bot.services.escalation_moves import Wish
from bot.views.comments import MAY_BE_QUOTED, QUOTABLE
from bot.views.hub import CHOICE
from bot.views.ids import Action, Callback, escalation_action
from handlers import deeds
from schedules.tick import tick
from tests.builders import BUILDER, CHANNEL, COUNCIL, HOME, Stage
from tests.handlers.two_partnerships import (
    ADMINISTRATOR,
    AUTHOR,
    FAR_LEAD,
    FAR_OWNER,
    LEAD,
    MEMBER,
    OWNER,
)

Fields = dict[str, Any]
Seats = Mapping[Standing, tuple[Person, ...]]
ITS_OWNERS: Final[Seats] = {Standing.OWNER: (LEAD, FAR_LEAD)}  # the escalation is at the level of leads


def _nothing(on: Stage, ids: Mapping[str, str]) -> None:
    """Most attempts make sense as things are."""


class Way(Enum):
    """How something is asked for."""

    BUTTON = "button"
    FORM = "form"
    COMMAND = "command"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One way to ask for a deed.

    `value` names what a button is about, `hides` and `also` what a form takes along (a name, or "name=another one"),
    `filled` what stands in it ("$name" is replaced), `typed` what follows a command. `seats` are those who stand in a
    way of their own to the thing, `by` the one who began the form that it is, `where` the channel, and `first` what
    must have happened before it makes sense.
    """

    way: Way
    name: str
    deed: Deed
    value: str = ""
    hides: tuple[str, ...] = ()
    also: Mapping[str, str] = field(default_factory=dict)
    filled: Mapping[str, Any] = field(default_factory=dict)
    typed: str = ""
    seats: Seats = field(default_factory=dict)
    by: Person | None = None
    where: str = "channel"
    in_modal: bool = False
    first: Callable[[Stage, Mapping[str, str]], None] = _nothing

    @property
    def names_a_thing(self) -> bool:
        """Whether it says by an id what it is about, and not by the channel alone."""
        chosen = any(f'"${each}"' in json.dumps(self.filled) for each in ("alert", "escalation"))
        return chosen or not {self.value, *self.hides} <= {"", "channel", "empty"}

    def __str__(self) -> str:
        about = self.typed or self.value or self.also.get("move") or "".join(self.hides[-1:])
        return f"{self.name} {about} to {self.deed}"


def _text(**fields: str) -> Fields:
    return {name: {"x": {"type": "plain_text_input", "value": value}} for name, value in fields.items()}


def _chosen(**fields: str) -> Fields:
    return {
        name: {"x": {"type": "static_select", "selected_option": {"value": value}}} for name, value in fields.items()
    }


def _paused(on: Stage, ids: Mapping[str, str]) -> None:
    life.pause(on.ports, HOME, CHANNEL, ADMINISTRATOR)


def _a_week_later(on: Stage, ids: Mapping[str, str]) -> None:
    """The pulse is closed, and there is room for another before the next one."""
    on.clock.move(days=7)
    tick(on.ports)


def _called_resolved(on: Stage, ids: Mapping[str, str]) -> None:
    wish = Wish(move=Move.RESOLVE, text="We agreed.")
    escalation_moves.act(on.ports, EscalationId(ids["escalation"]), LEAD, wish)


def _button(name: str, deed: Deed, value: str = "", **more: Any) -> Attempt:
    return Attempt(way=Way.BUTTON, name=name, deed=deed, value=value, **more)


def _form(name: str, deed: Deed, *hides: str, **more: Any) -> Attempt:
    return Attempt(way=Way.FORM, name=name, deed=deed, hides=hides, **more)


def _command(name: str, typed: str, deed: Deed, **more: Any) -> Attempt:
    return Attempt(way=Way.COMMAND, name=name, typed=typed, deed=deed, **more)


def _of_owners(move: Move, **more: Any) -> Attempt:
    return _button(escalation_action(move), Deed.MOVE_AN_ESCALATION, "escalation", seats=ITS_OWNERS, **more)


BUTTONS: Final = (
    _button("answer_1_5", Deed.ANSWER, "answer"),
    _button("test_answer_1_5", Deed.READ_THE_PROMISE),
    _button(Action.WITHDRAW, Deed.ANSWER, "answer"),
    _button(Action.COMMENT, Deed.COMMENT, "round"),
    _button(Action.ESCALATE, Deed.RAISE_A_CONCERN),
    _button(Action.MORE, Deed.LOOK),
    _button(Action.HUB, Deed.LOOK, "channel"),
    _button(Action.SET_UP, Deed.CHANGE_THE_SET_UP),
    _button(Action.SET_UP_OF, Deed.CHANGE_THE_SET_UP, "channel"),
    _button(Action.SET_UP, Deed.SET_UP, where="empty"),
    _button(Action.SET_UP_OF, Deed.SET_UP, "empty"),
    _button(Action.ACTION_DONE, Deed.FINISH_AN_ACTION, "action", seats={Standing.OWNER: (OWNER, FAR_OWNER)}),
    _button(Action.AGREE_ACTION, Deed.AGREE_AN_ACTION, "channel"),
    _button(Action.PRIVACY, Deed.READ_THE_PROMISE),
    _button(Action.ALERT_MEANING, Deed.READ_THE_PROMISE),
    _button(Action.MY_DATA_BEFORE, Deed.SEE_OWN_DATA, in_modal=True),
    _button(Action.MY_DATA_NEXT, Deed.SEE_OWN_DATA, in_modal=True),
    _button(Action.FORGET_ME, Deed.FORGET_ME, in_modal=True),
    _button(Action.CONFIRM_ROLES, Deed.CONFIRM_ROLES, "organisation"),
    _button(Action.TEST_PULSE, Deed.TRY_A_PULSE),
    _button(Action.ALERT_TAKE, Deed.TAKE_AN_ALERT, "alert"),
    _button(Action.ALERT_TAKE, Deed.TAKE_AN_ALERT, "climbed", seats={Standing.NEXT_LEVEL: (LEAD, FAR_LEAD)}),
    _button(Action.ALERT_ESCALATE, Deed.TAKE_AN_ALERT, "alert"),
    _button(Action.THANK, Deed.THANK),
    _button(Action.MILESTONE_WORD, Deed.SAY_A_WORD, "milestone"),
    _button(Action.MILESTONE_WORD, Deed.SAY_A_WORD_ON_A_PHASE, "phase"),
    _button(Action.CELEBRATE_ANYWAY, Deed.CELEBRATE_ANYWAY, "milestone"),
    _button(escalation_action(Move.ADD_VIEW), Deed.ADD_A_VIEW, "escalation"),
    *(_of_owners(each) for each in (Move.ACKNOWLEDGE, Move.HAND_OVER, Move.SNOOZE, Move.RAISE, Move.RESOLVE)),
    *(_of_owners(each, by=FAR_LEAD, first=_called_resolved) for each in (Move.CONFIRM, Move.DISAGREE)),
)

_MILESTONE = {**_text(title="The hall opens"), **_chosen(kind="delivery"), "on": {"x": {"selected_date": "2026-07-01"}}}
_ACTION = {
    **_text(text="We meet on site."),
    "due_on": {"x": {"selected_date": "2026-05-20"}},
    **_chosen(**{f"owner.{COUNCIL}": OWNER.user_id, f"owner.{BUILDER}": FAR_OWNER.user_id}),
}
_QUOTABLE = {QUOTABLE: {"x": {"selected_options": [{"value": MAY_BE_QUOTED}]}}}
_CONCERN = _text(what="The rota moved.", stake="The opening.", tried="A call.")
_THANKS = {**_text(text="For the call."), "person": {"x": {"selected_user": "$other"}}}
_NAMES = _text(**{"name": "Harbour", "organisations[0].name": "Port", "organisations[1].name": "Quay"})
_WORD = _text(text="Well done.")
_STEPS = (Callback.SET_UP, Callback.SET_UP_RHYTHM, Callback.SET_UP_PEOPLE, Callback.SET_UP_CHECK)
_FIRST = {"resume": _paused, Choice.RESUME: _paused, "now": _a_week_later, Choice.EXTRA_ROUND: _a_week_later}
_VIEW, _RAISE = {"move": Move.ADD_VIEW, "number": "1"}, {"move": Move.RAISE, "number": "1"}

FORMS: Final = (
    _form(Callback.COMMENT, Deed.COMMENT, "channel", "round", filled=_text(text="It went well.")),
    _form(Callback.COMMENT_CHECK, Deed.COMMENT, "channel", "round", "seal", filled=_QUOTABLE),
    _form(Callback.ESCALATION, Deed.RAISE_A_CONCERN, "channel", filled=_CONCERN),
    _form(Callback.ESCALATION_CHECK, Deed.RAISE_A_CONCERN, "draft", by=AUTHOR),
    _form(Callback.ESCALATIONS, Deed.SEE_AN_ESCALATION, "channel", filled=_chosen(escalation="$escalation")),
    _form(Callback.ESCALATION_RECORD, Deed.SEE_AN_ESCALATION, "escalation"),
    _form(Callback.ESCALATION_MOVE, Deed.ADD_A_VIEW, "escalation", also=_VIEW, filled=_text(text="We see it so, too.")),
    _form(Callback.ESCALATION_MOVE, Deed.MOVE_AN_ESCALATION, "escalation", also=_RAISE, seats=ITS_OWNERS),
    _form(Callback.ACTION, Deed.AGREE_AN_ACTION, "channel", filled=_ACTION),
    _form(Callback.END, Deed.END, "channel"),
    _form(Callback.PAUSE, Deed.PAUSE, "channel"),
    _form(Callback.OWN_ANSWERS, Deed.SEE_OWN_ANSWERS, "channel"),
    _form(Callback.ALERTS, Deed.TAKE_AN_ALERT, "channel", filled=_chosen(alert="$alert")),
    _form(Callback.FORGET_ME, Deed.FORGET_ME, "channel"),
    *(_form(each, Deed.CHANGE_THE_SET_UP, "draft=set-up", by=ADMINISTRATOR) for each in _STEPS),
    _form(Callback.SET_UP, Deed.SET_UP, "draft=new set-up", by=MEMBER, filled=_NAMES),
    _form(Callback.SET_UP_DONE, Deed.TRY_A_PULSE, "channel"),
    _form(Callback.CONFIRM_ROLES, Deed.CONFIRM_ROLES, "channel", "organisation"),
    _form(Callback.THANK, Deed.THANK, "channel", filled=_THANKS),
    _form(Callback.MILESTONES, Deed.PLAN_MILESTONES, "channel"),
    _form(Callback.MILESTONE, Deed.PLAN_MILESTONES, "channel", filled=_MILESTONE),
    _form(Callback.MILESTONE_CANCEL, Deed.PLAN_MILESTONES, "channel", "milestone"),
    _form(Callback.MILESTONE_WORD, Deed.SAY_A_WORD, "milestone", filled=_WORD),
    _form(Callback.MILESTONE_WORD, Deed.SAY_A_WORD_ON_A_PHASE, "milestone=phase", filled=_WORD),
    *(
        _form(Callback.HUB, deed, "channel", filled=_chosen(**{CHOICE: each}), first=_FIRST.get(each, _nothing))
        for each, deed in DEED_OF.items()
    ),
)
COMMANDS: Final = (
    *(_command("/pulse", verb, deed[-1], first=_FIRST.get(verb, _nothing)) for verb, deed in deeds.VERBS.items()),
    _command("/pulse", "setup", Deed.SET_UP, where="empty"),
    _command("/pulse", "", Deed.READ_THE_PROMISE),
    _command("/escalate", "", Deed.RAISE_A_CONCERN),
    _command("/escalate", "list", Deed.LIST_ESCALATIONS),
)
ATTEMPTS: Final = (*BUTTONS, *FORMS, *COMMANDS)
