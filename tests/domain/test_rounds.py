"""Which clicks are stored, and what those are told whose click is not."""

import datetime as dt
from dataclasses import replace

import pytest

from bot.domain.errors import BadInput, NotAllowed, PulseError, TooLate
from bot.domain.ids import ChannelId, ItemId, OrganisationId, PartnershipId, RoundId, TeamId, UserId
from bot.domain.people import Member, Person
from bot.domain.promise import PROMISE
from bot.domain.rounds import Click, Round, RoundKind, Withdraw, judge

OPENS = dt.datetime(2026, 5, 12, 9, tzinfo=dt.UTC)
CLOSES = OPENS + dt.timedelta(days=2)
CHANNEL, ELSEWHERE = ChannelId("C1"), ChannelId("C2")
ANN = Person(team_id=TeamId("T1"), user_id=UserId("U1"))
MEMBER = Member(person=ANN, organisation_id=OrganisationId("org-a"))
UNPLACED = Member(person=ANN, organisation_id=None, joined_block=3)
ASKED = Round(
    id=RoundId("r-1"),
    partnership_id=PartnershipId("p-1"),
    number=1,
    block=1,
    kind=RoundKind.REGULAR,
    items=(ItemId("TRU1"), ItemId("COM1"), ItemId("ROL1")),
    channel_id=CHANNEL,
    scheduled_on=OPENS.date(),
    opens_at=OPENS,
    remind_at=OPENS + dt.timedelta(days=1),
    closes_at=CLOSES,
    promise=PROMISE,
    week=2900,
    organisations=2,
)
CLOSED = replace(ASKED, closed_at=OPENS + dt.timedelta(hours=1))
CLICK = Click(round_id=ASKED.id, item_id=ItemId("TRU1"), score=4, person=ANN, channel_id=CHANNEL, at=OPENS)
LAST = CLOSES - dt.timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("click", "member"),
    [
        *((replace(CLICK, score=score), MEMBER) for score in (1, 2, 3, 4, 5, None, Withdraw.ANSWER)),
        *((replace(CLICK, item_id=item), MEMBER) for item in ASKED.items),
        (CLICK, UNPLACED),
        (replace(CLICK, at=LAST), MEMBER),
        (replace(CLICK, at=OPENS - dt.timedelta(hours=1)), MEMBER),
    ],
)
def test_a_members_answer_to_an_open_round_is_stored(click: Click, member: Member) -> None:
    judge(click, ASKED, member)


NOBODY_HERE = "only people in the partnership's channel can answer"
OVER = "this pulse is closed"
NO_QUESTION = "this question is not part of the pulse"


@pytest.mark.parametrize(
    ("click", "asked", "member", "refusal", "says"),
    [
        (CLICK, None, MEMBER, NotAllowed, NOBODY_HERE),
        (CLICK, ASKED, None, NotAllowed, NOBODY_HERE),
        (replace(CLICK, channel_id=ELSEWHERE), ASKED, MEMBER, NotAllowed, NOBODY_HERE),
        (replace(CLICK, at=CLOSES), ASKED, MEMBER, TooLate, OVER),
        (CLICK, CLOSED, MEMBER, TooLate, OVER),
        (replace(CLICK, score=Withdraw.ANSWER), CLOSED, MEMBER, TooLate, OVER),
        (replace(CLICK, item_id=ItemId("TRU2")), ASKED, MEMBER, BadInput, NO_QUESTION),
        *((replace(CLICK, score=score), ASKED, MEMBER, BadInput, NO_QUESTION) for score in (0, -1, 6, 99)),
        # discretion: whoever is not a member learns nothing else, and a closed round is not checked further
        (replace(CLICK, item_id=ItemId("XXX"), score=9, at=CLOSES), CLOSED, None, NotAllowed, NOBODY_HERE),
        (replace(CLICK, item_id=ItemId("XXX"), score=9), CLOSED, MEMBER, TooLate, OVER),
    ],
)
def test_every_other_click_is_refused_with_a_sentence_that_says_what_to_do(
    click: Click, asked: Round | None, member: Member | None, refusal: type[PulseError], says: str
) -> None:
    with pytest.raises(PulseError) as refused:
        judge(click, asked, member)
    assert type(refused.value) is refusal
    assert says in refused.value.sentence
    assert refused.value.sentence.startswith("Your answer ")
    assert refused.value.sentence.endswith(".")


@pytest.mark.parametrize(
    ("asked", "now", "is_open"),
    [(ASKED, OPENS, True), (ASKED, LAST, True), (ASKED, CLOSES, False), (CLOSED, OPENS, False)],
)
def test_a_round_is_over_at_its_hour_even_if_nobody_closed_it_yet(
    asked: Round, now: dt.datetime, is_open: bool
) -> None:
    assert asked.is_open(now) is is_open
