"""Whatever somebody can ask for has a row in the table of who may what, every row can be asked for, and it is told."""

import argparse
import re
from itertools import chain
from pathlib import Path

import pytest

from bot.cli import _parser
from bot.domain.hub import DEED_OF, Choice
from bot.domain.permissions import PERMISSIONS, Deed, Standing
from bot.views.ids import ANSWER_PATTERN, TEST_ANSWER_PATTERN, Action
from handlers import deeds
from handlers.registry import verbs
from storage.engine import Database
from tests.builders import stage
from tests.handlers.apps import deps_of
from tests.manifest.listening import Listening, listening

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/permissions.md").read_text(encoding="utf-8")
PATTERNS = {str(ANSWER_PATTERN): deeds.ANSWERS, str(TEST_ANSWER_PATTERN): deeds.TEST_ANSWERS}
HEARD_AS_A_PATTERN = {Action.TEST_ANSWER}


@pytest.fixture
def app(sqlite: Database) -> Listening:
    with stage(sqlite) as on:
        return listening(on)


def test_every_button_and_every_modal_has_a_row_and_nothing_else_has(app: Listening) -> None:
    known = [*deeds.BUTTONS, *deeds.MODALS, *PATTERNS]
    assert sorted(app.interactions) == sorted(str(each) for each in known if each not in HEARD_AS_A_PATTERN)


def test_every_command_has_a_row_and_nothing_else_has(app: Listening) -> None:
    assert sorted(app.commands) == sorted(deeds.COMMANDS)


def test_every_event_has_a_row_and_nothing_else_has(app: Listening) -> None:
    assert sorted(app.events) == sorted(deeds.EVENTS)


def test_nothing_is_listened_to_that_the_table_has_no_place_for(app: Listening) -> None:
    """No shortcut, message or menu yet; the first one needs a place in handlers/deeds.py."""
    assert app.others == []


def test_every_verb_has_a_row_and_nothing_else_has(sqlite: Database) -> None:
    with stage(sqlite) as on:
        assert sorted(each.name for each in verbs(deps_of(on.ports))) == sorted(deeds.VERBS)


def test_every_command_of_the_command_line_has_a_row_and_nothing_else_has() -> None:
    (commands,) = (each for each in _parser()._actions if isinstance(each, argparse._SubParsersAction))
    assert sorted(commands.choices) == sorted(deeds.COMMAND_LINE)


def test_every_choice_of_the_hub_has_a_row() -> None:
    assert sorted(DEED_OF) == sorted(Choice)


def test_every_deed_has_a_row() -> None:
    assert sorted(PERMISSIONS) == sorted(Deed)


@pytest.mark.parametrize("deed", Deed)
def test_every_row_can_be_asked_for(deed: Deed) -> None:
    maps = (deeds.BUTTONS, deeds.MODALS, deeds.COMMANDS, deeds.VERBS, deeds.EVENTS, deeds.COMMAND_LINE, PATTERNS)
    assert deed in {*chain.from_iterable(chain.from_iterable(each.values() for each in maps)), *DEED_OF.values()}


ROLES = {
    Standing.ANYBODY: {Deed.READ_THE_PROMISE},
    Standing.MEMBER: {
        Deed.LOOK,
        Deed.TRY_A_PULSE,
        Deed.ANSWER,
        Deed.SEE_OWN_ANSWERS,
        Deed.COMMENT,
        Deed.SEE_RESULTS,
        Deed.THANK,
        Deed.RAISE_A_CONCERN,
        Deed.LIST_ESCALATIONS,
    },
    Standing.SUBJECT: {Deed.SEE_OWN_DATA, Deed.FORGET_ME},
    Standing.LEAD: {
        Deed.START_AN_EXTRA_PULSE,
        Deed.PLAN_MILESTONES,
        Deed.SAY_A_WORD,
        Deed.SAY_A_WORD_ON_A_PHASE,
        Deed.CELEBRATE_ANYWAY,
        Deed.AGREE_AN_ACTION,
        Deed.FINISH_AN_ACTION,
    },
    Standing.SENIOR: {Deed.SEE_ALERTS, Deed.TAKE_AN_ALERT, Deed.SAY_A_WORD_ON_A_PHASE, Deed.AGREE_AN_ACTION},
    Standing.ADMINISTRATOR: {Deed.CHANGE_THE_SET_UP, Deed.PAUSE, Deed.RESUME, Deed.END},
    Standing.WORKSPACE_ADMINISTRATOR: {Deed.CHANGE_THE_SET_UP, Deed.PAUSE, Deed.RESUME, Deed.END},
    Standing.HOST: {Deed.SET_UP},
    Standing.OWN_SIDE: {Deed.CONFIRM_ROLES},
    Standing.AUTHOR: {Deed.SEE_AN_ESCALATION, Deed.ADD_A_VIEW},
    Standing.TOLD: {Deed.SEE_AN_ESCALATION, Deed.ADD_A_VIEW},
    Standing.OWNER: {Deed.MOVE_AN_ESCALATION, Deed.FINISH_AN_ACTION},
    Standing.NEXT_LEVEL: {Deed.TAKE_AN_ALERT},
    Standing.OPERATOR: {Deed.OPERATE},
    Standing.SLACK: {Deed.TELL_OF_CHANNELS, Deed.END_AN_INSTALLATION},
}
"""What the promise gives to each role besides what every member may: the table read the other way round."""


def test_every_role_may_what_the_promise_gives_it_and_nothing_else() -> None:
    """An administrator sees no more results than a member; a facilitator has no role of its own."""
    assert {of: {deed for deed, row in PERMISSIONS.items() if of in row.who} for of in Standing} == ROLES


def narrow() -> list[Deed]:
    """What some members may do and others may not."""
    for_all = {Standing.ANYBODY, Standing.MEMBER, Standing.SUBJECT, Standing.OPERATOR, Standing.SLACK}
    hidden = {Deed.SEE_AN_ESCALATION, Deed.ADD_A_VIEW}  # who may not is not told that it is there
    return [each for each in Deed if each not in hidden and not for_all & set(PERMISSIONS[each].who)]


@pytest.mark.parametrize("deed", narrow())
def test_a_refusal_says_who_can(deed: Deed) -> None:
    assert re.search(r"\{who\}|\{ask\}|people of the workspace", PERMISSIONS[deed].refusal)


def test_the_documentation_has_the_table_of_the_code() -> None:
    assert deeds.as_table() in PAGE
