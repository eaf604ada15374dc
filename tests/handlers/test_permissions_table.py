"""The table drives what happens: a row that is changed changes it, and what is offered is what the rows say."""

from dataclasses import replace
from itertools import chain
from types import MappingProxyType

import pytest

from bot.domain import permissions
from bot.domain.hub import DEED_OF, Choice
from bot.domain.people import Person
from bot.domain.permissions import PERMISSIONS, Deed, Standing
from bot.services import home, hub
from bot.views.ids import Action, Callback
from handlers import deeds
from tests.builders import CHANNEL, HOME
from tests.handlers.asking import Asking, is_refused, named, those_who_may
from tests.handlers.attempts import ATTEMPTS
from tests.handlers.two_partnerships import FACILITATOR, FAR_FACILITATOR, FAR_MEMBER, MEMBER, STANDINGS

NOT_ASKED = {Standing.ANYBODY, Standing.OPERATOR, Standing.SLACK}  # nobody to refuse, or somebody outside of Slack


@pytest.mark.parametrize("deed", [each for each in Deed if not NOT_ASKED & set(PERMISSIONS[each].who)])
def test_a_row_with_nobody_in_it_lets_nobody_through(
    asking: Asking, deed: Deed, monkeypatch: pytest.MonkeyPatch
) -> None:
    able = [(who, attempt) for attempt in ATTEMPTS if attempt.deed is deed for who in those_who_may(attempt)]
    empty = replace(PERMISSIONS[deed], who=(), refusal="Nobody may do this.")
    monkeypatch.setattr(permissions, "PERMISSIONS", MappingProxyType({**PERMISSIONS, deed: empty}))
    before = asking.rows()
    heard = {f"{who.user_id}: {attempt}": asking.said(who, attempt) for who, attempt in able}
    assert heard
    assert {each: said for each, said in heard.items() if not is_refused(said) and "Nobody may" not in said} == {}
    assert asking.rows() == before


@pytest.mark.parametrize("who", STANDINGS, ids=named)
def test_the_hub_offers_what_somebody_may_do_and_nothing_else(asking: Asking, who: Person) -> None:
    """Not what makes no sense now: an extra pulse while one is open, going on with what is not paused."""
    standing = STANDINGS[who] - {Standing.WORKSPACE_ADMINISTRATOR}  # Slack's own administrators type a command
    may = {each for each, deed in DEED_OF.items() if standing & set(PERMISSIONS[deed].who)}
    nothing_to_list = {Choice.ESCALATIONS for _ in "1" if not standing & {Standing.TOLD, Standing.AUTHOR}}
    offered = hub.choices(asking.on.ports, HOME, CHANNEL, who).choices
    assert set(offered) == may - {Choice.EXTRA_ROUND, Choice.RESUME} - nothing_to_list


@pytest.mark.parametrize(("who", "as_"), [(FACILITATOR, MEMBER), (FAR_FACILITATOR, FAR_MEMBER)], ids=named)
def test_a_facilitator_is_offered_what_a_member_is(asking: Asking, who: Person, as_: Person) -> None:
    ports = asking.on.ports
    assert hub.choices(ports, HOME, CHANNEL, who) == hub.choices(ports, HOME, CHANNEL, as_)


@pytest.mark.parametrize("who", STANDINGS, ids=named)
def test_app_home_shows_alerts_to_seniors_and_the_set_up_to_administrators(asking: Asking, who: Person) -> None:
    (page,) = home.page(asking.on.ports, HOME, who)
    assert bool(page["alerts"]) is (Standing.SENIOR in STANDINGS[who])
    assert page["sets_up"] is (Standing.ADMINISTRATOR in STANDINGS[who])
    assert bool(page["escalations"]) is bool({Standing.TOLD, Standing.AUTHOR} & STANDINGS[who])


def test_everything_that_can_be_asked_for_is_attempted() -> None:
    read_only = {Action.TEST_ANSWER, Callback.NOTE}  # heard by a pattern; and a note that is closed
    asked = {str(each) for each in chain(deeds.BUTTONS, deeds.MODALS, deeds.COMMANDS)} - read_only
    assert asked <= {each.name for each in ATTEMPTS}
    assert set(deeds.VERBS) <= {each.typed for each in ATTEMPTS}


@pytest.mark.parametrize("deed", [each for each in Deed if not NOT_ASKED & set(PERMISSIONS[each].who)])
def test_every_row_is_attempted(deed: Deed) -> None:
    assert deed in {each.deed for each in ATTEMPTS}


def test_what_is_attempted_is_what_the_table_of_names_says() -> None:
    told: dict[str, tuple[Deed, ...]] = {
        **deeds.BUTTONS,
        **{str(each): of for each, of in deeds.MODALS.items()},
        **deeds.COMMANDS,
        "answer_1_5": deeds.ANSWERS,
        "test_answer_1_5": deeds.TEST_ANSWERS,
        Callback.HUB: tuple(DEED_OF.values()),
        "/pulse": (*deeds.COMMANDS["/pulse"], *chain.from_iterable(deeds.VERBS.values())),
    }
    assert [str(each) for each in ATTEMPTS if each.deed not in told[each.name]] == []
