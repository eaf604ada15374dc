"""Every row of the table of who may do what, through the real listeners: who gets through, and what others hear."""

import pytest

from bot.domain.ids import PartnershipId
from bot.domain.people import Person
from bot.domain.permissions import Deed
from tests.handlers.asking import Asking, is_refused, named, those_who_may, those_who_may_not
from tests.handlers.attempts import ATTEMPTS, Attempt
from tests.handlers.two_partnerships import (
    ADMINISTRATOR,
    AUTHOR,
    ELSEWHERE,
    FAR_LEAD,
    FAR_OWNER,
    MEMBER,
    STANDINGS,
)

_NOT_TOLD = "There is no escalation here that you are part of. Those who were told of one see it."
HEARS = {
    Deed.SEE_AN_ESCALATION: _NOT_TOLD,
    Deed.ADD_A_VIEW: _NOT_TOLD,
    Deed.MOVE_AN_ESCALATION: _NOT_TOLD,
    Deed.START_AN_EXTRA_PULSE: "Only the leads of the organisations can start an extra pulse. "
    "Please ask <@U0E02> or <@U0H02>.",
    Deed.PLAN_MILESTONES: "Only the leads of the organisations plan milestones. Please ask <@U0E02> or <@U0H02>.",
    Deed.SAY_A_WORD: "Only the leads are asked for a word, and the senior managers for a phase change. "
    "Please ask <@U0E02> or <@U0H02>.",
    Deed.SAY_A_WORD_ON_A_PHASE: "Only the leads and senior managers are asked for a word on a change of phase. "
    "Please ask <@U0E02> or <@U0E03> or <@U0H02> or <@U0H03>.",
    Deed.CELEBRATE_ANYWAY: "Only the leads of the organisations decide this. Please ask <@U0E02> or <@U0H02>.",
    Deed.AGREE_AN_ACTION: "Only leads and seniors can agree an action for their organisation. "
    "Please ask <@U0E02> or <@U0E03> or <@U0H02> or <@U0H03>.",
    Deed.FINISH_AN_ACTION: "Only its owners, or a lead, can say that this action is done. "
    "Please ask <@U0E02> or <@U0E07> or <@U0H02> or <@U0H07>.",
    Deed.SEE_ALERTS: "Only senior managers of the organisations see alerts here. Please ask <@U0E03> or <@U0H03>.",
    Deed.TAKE_AN_ALERT: "Only senior managers of the organisations can do this. Please ask <@U0E03> or <@U0H03>.",
    Deed.CONFIRM_ROLES: "Only people of Ashdown Builders can confirm who speaks for Ashdown Builders.",
    Deed.SET_UP: "Only people of the workspace that installed me can set this up; they do it from this channel.",
    Deed.CHANGE_THE_SET_UP: "Only <@U0H05> or an administrator of the workspace can change the set-up.",
    Deed.PAUSE: "Only <@U0H05> or an administrator of the workspace can pause the pulse.",
    Deed.RESUME: "Only <@U0H05> or an administrator of the workspace can resume the pulse.",
    Deed.END: "Only <@U0H05> or an administrator of the workspace can end the pulse.",
}
"""What a member of the partnership hears who may not; of an escalation only those hear who were told of it."""

HEARS_OF_CLIMBED = (
    "Only senior managers of the organisations can do this. "
    "Please ask <@U0E02> or <@U0E03> or <@U0H02> or <@U0H03>."  # with the leads, who are the next level here
)
OPEN = [each for each in ATTEMPTS if each.by is None]  # a form that somebody has begun is nobody else's
DEEDS = sorted({each.deed for each in ATTEMPTS})


def hears(attempt: Attempt) -> str:
    """The whole refusal."""
    return {"climbed": HEARS_OF_CLIMBED}.get(attempt.value) or HEARS[attempt.deed]


@pytest.mark.parametrize(
    ("attempt", "who"), [(attempt, who) for attempt in ATTEMPTS for who in those_who_may(attempt)], ids=named
)
def test_whoever_may_does_it(asking: Asking, attempt: Attempt, who: Person) -> None:
    attempt.first(asking.on, asking.ids)
    before = asking.rows()
    said = asking.said(who, attempt)
    assert not is_refused(said)
    assert said or asking.rows() != before


@pytest.mark.parametrize("deed", DEEDS)
def test_whoever_may_not_is_refused_and_nothing_changes(asking: Asking, deed: Deed) -> None:
    before = asking.rows()
    heard = {
        f"{who.user_id}: {attempt}": asking.said(who, attempt)
        for attempt in ATTEMPTS
        for who in those_who_may_not(attempt, (*STANDINGS, *ELSEWHERE))
        if attempt.deed is deed
    }
    assert {each: said for each, said in heard.items() if not is_refused(said)} == {}
    assert asking.rows() == before


@pytest.mark.parametrize("deed", HEARS)
def test_a_member_who_may_not_hears_who_can(asking: Asking, deed: Deed) -> None:
    heard = {
        f"{who.user_id}: {attempt}": (hears(attempt) in said, said)
        for attempt in OPEN
        for who in those_who_may_not(attempt, STANDINGS)
        if attempt.deed is deed and (who, deed) != (AUTHOR, Deed.MOVE_AN_ESCALATION)
        for said in [asking.said(who, attempt)]
    }
    assert heard
    assert {each: said for each, (is_told, said) in heard.items() if not is_told} == {}


def test_what_members_hear_is_written_down_for_everything_that_some_may_not() -> None:
    assert {each.deed for each in OPEN if those_who_may_not(each, STANDINGS)} == set(HEARS)


def test_whoever_was_told_of_an_escalation_and_does_not_own_it_hears_who_does(asking: Asking) -> None:
    heard = [asking.said(AUTHOR, each) for each in OPEN if each.deed is Deed.MOVE_AN_ESCALATION]
    assert heard
    assert all("This is up to those who own it now: <@U0E02> and <@U0H02>." in each for each in heard)


@pytest.mark.parametrize(
    ("gone", "deed", "hears"),
    [
        (FAR_OWNER, Deed.FINISH_AN_ACTION, "Please ask <@U0E02> or <@U0H02> or <@U0H07>."),
        (FAR_LEAD, Deed.PLAN_MILESTONES, "Please ask <@U0H02>."),
        (ADMINISTRATOR, Deed.PAUSE, "Only an administrator of the workspace can pause the pulse."),
    ],
    ids=named,
)
def test_nobody_is_named_who_has_left_the_channel(asking: Asking, gone: Person, deed: Deed, hears: str) -> None:
    with asking.on.ports.store.write() as tx:
        tx.people.remove(PartnershipId(asking.ids["partnership"]), gone)
    heard = [asking.said(MEMBER, each) for each in OPEN if each.deed is deed]
    assert heard
    assert all(hears in each for each in heard)
