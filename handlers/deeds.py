"""Every name by which somebody can ask for something, and the deeds behind it (bot.domain.permissions)."""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Final

from bot.domain.escalation import Move, deed_of
from bot.domain.hub import DEED_OF
from bot.domain.permissions import PERMISSIONS, Deed
from bot.views.ids import Action, Callback, escalation_action
from handlers.channels import OUT_OF_REACH, PEOPLE_CHANGED, RENAMED

Deeds = tuple[Deed, ...]
"""More than one where what the person asks about decides."""

_SET_UP: Final = (Deed.SET_UP, Deed.CHANGE_THE_SET_UP)
_WORDS: Final = (Deed.SAY_A_WORD, Deed.SAY_A_WORD_ON_A_PHASE)
_MOVES: Final = (Deed.ADD_A_VIEW, Deed.MOVE_AN_ESCALATION)

ANSWERS: Final[Deeds] = (Deed.ANSWER,)
TEST_ANSWERS: Final[Deeds] = (Deed.READ_THE_PROMISE,)  # the same words to everybody, and nothing is kept

BUTTONS: Final[Mapping[str, Deeds]] = {
    Action.WITHDRAW: (Deed.ANSWER,),
    Action.COMMENT: (Deed.COMMENT,),
    Action.ESCALATE: (Deed.RAISE_A_CONCERN,),
    Action.MORE: (Deed.LOOK,),
    Action.HUB: (Deed.LOOK,),
    Action.SET_UP_OF: _SET_UP,
    Action.ACTION_DONE: (Deed.FINISH_AN_ACTION,),
    Action.AGREE_ACTION: (Deed.AGREE_AN_ACTION,),
    Action.SET_UP: _SET_UP,
    Action.PRIVACY: (Deed.READ_THE_PROMISE,),
    Action.MY_DATA_BEFORE: (Deed.SEE_OWN_DATA,),
    Action.MY_DATA_NEXT: (Deed.SEE_OWN_DATA,),
    Action.FORGET_ME: (Deed.FORGET_ME,),
    Action.CONFIRM_ROLES: (Deed.CONFIRM_ROLES,),
    Action.TEST_PULSE: (Deed.TRY_A_PULSE,),
    Action.TEST_ANSWER: TEST_ANSWERS,
    Action.ALERT_TAKE: (Deed.TAKE_AN_ALERT,),
    Action.ALERT_MEANING: (Deed.READ_THE_PROMISE,),
    Action.ALERT_ESCALATE: (Deed.TAKE_AN_ALERT,),
    Action.THANK: (Deed.THANK,),
    Action.MILESTONE_WORD: _WORDS,
    Action.CELEBRATE_ANYWAY: (Deed.CELEBRATE_ANYWAY,),
    **{
        escalation_action(each): (deed_of(each),)
        for each in (
            Move.ACKNOWLEDGE,
            Move.CONFIRM,
            Move.ADD_VIEW,
            Move.HAND_OVER,
            Move.SNOOZE,
            Move.RAISE,
            Move.RESOLVE,
            Move.DISAGREE,
        )
    },
}

MODALS: Final[Mapping[Callback, Deeds]] = {
    Callback.COMMENT: (Deed.COMMENT,),
    Callback.COMMENT_CHECK: (Deed.COMMENT,),
    Callback.ESCALATION: (Deed.RAISE_A_CONCERN,),
    Callback.ESCALATION_CHECK: (Deed.RAISE_A_CONCERN,),
    Callback.ESCALATIONS: (Deed.LIST_ESCALATIONS, Deed.SEE_AN_ESCALATION),
    Callback.ESCALATION_RECORD: (Deed.SEE_AN_ESCALATION, *_MOVES),
    Callback.ESCALATION_MOVE: _MOVES,
    Callback.HUB: (Deed.LOOK,),  # and then whatever was chosen there: bot.domain.hub
    Callback.ACTION: (Deed.AGREE_AN_ACTION,),
    Callback.END: (Deed.END,),
    Callback.PAUSE: (Deed.PAUSE,),
    Callback.OWN_ANSWERS: (Deed.SEE_OWN_ANSWERS, Deed.ANSWER),
    Callback.ALERTS: (Deed.TAKE_AN_ALERT,),
    Callback.NOTE: (Deed.READ_THE_PROMISE,),
    Callback.FORGET_ME: (Deed.FORGET_ME,),
    Callback.SET_UP: _SET_UP,
    Callback.SET_UP_RHYTHM: _SET_UP,
    Callback.SET_UP_PEOPLE: _SET_UP,
    Callback.SET_UP_CHECK: _SET_UP,
    Callback.SET_UP_DONE: (Deed.TRY_A_PULSE,),
    Callback.CONFIRM_ROLES: (Deed.CONFIRM_ROLES,),
    Callback.THANK: (Deed.THANK,),
    Callback.MILESTONES: (Deed.PLAN_MILESTONES,),
    Callback.MILESTONE: (Deed.PLAN_MILESTONES,),
    Callback.MILESTONE_CANCEL: (Deed.PLAN_MILESTONES,),
    Callback.MILESTONE_WORD: _WORDS,
}

COMMANDS: Final[Mapping[str, Deeds]] = {
    "/pulse": (Deed.READ_THE_PROMISE,),  # its help; the verbs stand below
    "/escalate": (Deed.RAISE_A_CONCERN, Deed.LIST_ESCALATIONS),
}

VERBS: Final[Mapping[str, Deeds]] = {
    "setup": _SET_UP,
    "answers": (Deed.SEE_OWN_ANSWERS,),
    "results": (Deed.SEE_RESULTS,),
    "privacy": (Deed.READ_THE_PROMISE,),
    "now": (Deed.START_AN_EXTRA_PULSE,),
    "my-data": (Deed.SEE_OWN_DATA,),
    "forget-me": (Deed.FORGET_ME,),
    "milestone": (Deed.PLAN_MILESTONES,),
    "pause": (Deed.PAUSE,),
    "resume": (Deed.RESUME,),
    "end": (Deed.END,),
}

EVENTS: Final[Mapping[str, Deeds]] = {
    "app_home_opened": (Deed.LOOK, Deed.SEE_ALERTS),
    "app_uninstalled": (Deed.END_AN_INSTALLATION,),
    "tokens_revoked": (Deed.END_AN_INSTALLATION,),
    **dict.fromkeys(
        (
            "member_joined_channel",
            "member_left_channel",
            "channel_id_changed",
            *OUT_OF_REACH,
            *PEOPLE_CHANGED,
            *RENAMED,
        ),
        (Deed.TELL_OF_CHANNELS,),
    ),
}

COMMAND_LINE: Final[Mapping[str, Deeds]] = dict.fromkeys(
    (
        "run",
        "demo",
        "migrate",
        "tick",
        "apply",
        "manifest",
        "export",
        "sentiment",
        "backup",
        "after-restore",
        "copy-database",
        "doctor",
        "new-key",
        "rotate-key",
    ),
    (Deed.OPERATE,),
)
"""`python -m bot ...`: whoever has a shell where the bot runs."""


def as_table() -> str:
    """All rows as a table in Markdown, for docs/permissions.md."""
    rows = (
        f"| {row.says} | {', or '.join(row.who)} | {', '.join(_ways(deed)) or 'a form'} |"
        for deed, row in PERMISSIONS.items()
    )
    return "\n".join(["| what | who may | how |", "|---|---|---|", *rows])


def _ways(deed: Deed) -> Iterator[str]:
    """By which names somebody asks for it, the ones to type first."""
    yield from (f"`/pulse {verb}`" for verb, of in VERBS.items() if deed in of)
    yield from (f"`{command}`" for command, of in COMMANDS.items() if deed in of)
    others = {
        "“More”": DEED_OF.values(),
        "a button": chain(ANSWERS, TEST_ANSWERS, *BUTTONS.values()),
        "App Home": EVENTS["app_home_opened"],
        "`python -m bot`": chain(*COMMAND_LINE.values()),
    }
    yield from (name for name, of in others.items() if deed in of)
    if deed in (Deed.TELL_OF_CHANNELS, Deed.END_AN_INSTALLATION):
        yield "an event"
