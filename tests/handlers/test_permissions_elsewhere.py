"""People of another partnership, and people of none: they hear the same whether or not there is anything."""

import pytest

from bot.domain.people import Person
from bot.domain.permissions import Deed
from tests.handlers.asking import Asking, can_send, is_refused, named
from tests.handlers.attempts import ATTEMPTS, Way
from tests.handlers.two_partnerships import ELSEWHERE, NEIGHBOURS, NOWHERE, PLANTED, SOUTH, STANDINGS, STRANGERS


@pytest.mark.parametrize("who", ELSEWHERE, ids=named)
def test_people_of_elsewhere_hear_the_same_of_what_exists_and_of_what_does_not(asking: Asking, who: Person) -> None:
    heard = {
        str(each): (
            asking.said(who, each).replace(asking.ids[each.where], ""),
            asking.said(who, each, NOWHERE).replace(NOWHERE[each.where], ""),
        )
        for each in ATTEMPTS
        if can_send(each, who)
    }
    assert {each: (real, unreal) for each, (real, unreal) in heard.items() if real != unreal} == {}
    shown = "".join(real for real, _ in heard.values())
    assert PLANTED not in shown
    assert [each for each in STANDINGS if f"<@{each.user_id}>" in shown] == []


@pytest.mark.parametrize("who", NEIGHBOURS, ids=named)
def test_from_their_own_channel_people_reach_nothing_of_another_partnership(asking: Asking, who: Person) -> None:
    """Whatever they may do at home: they name what is not theirs."""
    before, own = asking.rows(), {"channel": SOUTH, "empty": SOUTH}
    heard = {
        str(each): (asking.said(who, each, {**asking.ids, **own}), asking.said(who, each, {**NOWHERE, **own}))
        for each in ATTEMPTS
        if can_send(each, who) and each.names_a_thing
    }
    assert heard
    assert {each: (real, unreal) for each, (real, unreal) in heard.items() if real != unreal} == {}
    assert {each: real for each, (real, _) in heard.items() if not is_refused(real)} == {}
    assert asking.rows() == before


@pytest.mark.parametrize("who", STRANGERS, ids=named)
def test_strangers_read_the_promise_and_nothing_else(asking: Asking, who: Person) -> None:
    shown = {
        each.deed
        for each in ATTEMPTS
        if can_send(each, who) and each.way is not Way.FORM and not is_refused(asking.said(who, each))
    }
    assert shown == {Deed.READ_THE_PROMISE}
