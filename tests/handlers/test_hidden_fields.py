"""Two partnerships of one workspace: whatever ids hidden fields carry, nobody of one reaches the other.

Those of another workspace are in test_isolation. Here the installation is the right one, and only the roster decides.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from bot.domain.escalation import Move
from bot.domain.ids import UserId
from bot.domain.people import Person
from bot.services.installations import KnownInstallations
from bot.services.ports import Installed
from bot.views.actions import owner_block
from bot.views.ids import Action, Callback, escalation_action, pack
from handlers.escalation import _ASKED_FIRST, _AT_ONCE
from handlers.registry import register_all
from storage.engine import Database
from tests.builders import HOME, TUESDAY, add_partnership, person, stage
from tests.handlers.apps import bolt_app, deps_of
from tests.handlers.test_isolation import ITS_CHANNEL, PLANTED, Both, east, seen
from tests.slack_double import SlackDouble

OWN_CHANNEL = "C0NORTH"
BUTTONS = [
    *(each for each in Action if each is not Action.TEST_ANSWER),  # that one begins the names of several buttons
    *map(escalation_action, (*_AT_ONCE, *_ASKED_FIRST)),
    *("answer_1_5", "test_answer_1_5"),
]
FIELDS = ("choice", "which", "alert", "chosen", "person", "to", "withdrawn", "text", "what", "stake", "tried", "title")
STRANGERS = {"a lead and administrator": person(1), "a senior": person(2)}  # members may do less
ITS_LEAD = Person(team_id=HOME, user_id=UserId("U0S01"))


@pytest.fixture
def beside(sqlite: Database) -> Iterator[Both]:
    """Northfield and another partnership, with one of everything in it, in the workspace that has the app."""
    with stage(sqlite) as on, SlackDouble() as slack:
        with on.ports.store.write() as tx:
            tx.installations.put(Installed(team_id=HOME, bot_user_id="U0BOT", installed_at=TUESDAY, token=slack.token))
        add_partnership(on)
        people = [*STRANGERS.values(), ITS_LEAD]
        for who in people:
            slack.world.add_user(who.user_id)
        slack.world.add_channel(OWN_CHANNEL, members=[each.user_id for each in people])
        ids = east(on, HOME)
        deps = deps_of(on.ports, slack, KnownInstallations(on.ports.store, on.clock))
        app = bolt_app(slack, deps)
        register_all(app, deps)
        yield Both(on=on, slack=slack, app=app, deps=deps, ids=ids)


def kept_of_it(beside: Both) -> set[str]:
    """All rows that have to do with the other partnership."""
    return {row for row in beside.rows() if any(each in row for each in beside.ids.values())}


def filled(ids: dict[str, str]) -> dict[str, Any]:
    """Fields under all names, those of our forms and foreign ids; whatever is chosen in them is a foreign id."""
    names = (*FIELDS, *ids.values(), *map(owner_block, ids.values()))
    chosen = {"selected_option": {"value": ids["alert"]}, "selected_options": [{"value": ids["round"]}]}
    return {name: {ids["action"]: {"value": "Words.", "selected_user": "U0S02", **chosen}} for name in names}


@pytest.mark.parametrize("who", STRANGERS.values(), ids=STRANGERS)
def test_no_button_with_foreign_ids_reaches_it(beside: Both, who: Person) -> None:
    before = kept_of_it(beside)
    for action in BUTTONS:
        answers = [
            beside.clicks(HOME, who, action, value, channel)
            for value in beside.ids.values()
            for channel in (OWN_CHANNEL, ITS_CHANNEL)
        ]
        assert kept_of_it(beside) == before, action
        assert PLANTED not in seen(beside, answers, who), action


@pytest.mark.parametrize("who", STRANGERS.values(), ids=STRANGERS)
def test_no_form_with_foreign_ids_reaches_it(beside: Both, who: Person) -> None:
    before = kept_of_it(beside)
    values = filled(beside.ids)
    for callback in Callback:
        own = pack(**{**beside.ids, "channel": OWN_CHANNEL}, seal="0", number="1", move=Move.RESOLVE)
        foreign = pack(**beside.ids, seal="0", number="1", move=Move.ACKNOWLEDGE)
        set_up = pack(**{**beside.ids, "draft": beside.ids["set-up"]})
        for hidden in (foreign, set_up, *(() if callback in (Callback.PAUSE, Callback.END) else (own,))):
            answer = beside.submits(HOME, who, callback, hidden, values)
            assert kept_of_it(beside) == before, (callback, hidden)
            assert PLANTED not in seen(beside, [answer], who), (callback, hidden)


def test_its_own_lead_reaches_it_with_the_same_ids(beside: Both) -> None:
    """The tests above would also pass if nothing worked at all."""
    beside.clicks(HOME, ITS_LEAD, Action.MORE, "", ITS_CHANNEL)
    assert PLANTED in seen(beside, [], ITS_LEAD)
    before = kept_of_it(beside)
    beside.clicks(HOME, ITS_LEAD, Action.ALERT_TAKE, beside.ids["alert"], ITS_CHANNEL)
    assert kept_of_it(beside) != before
