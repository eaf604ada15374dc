"""Pausing, resuming and ending a partnership."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from bot.domain.errors import NotAllowed, NotHere, NotNow
from bot.domain.ids import ChannelId, PartnershipId, TeamId
from bot.domain.outbox import MessageKind
from bot.domain.partnership import State
from bot.domain.people import Person
from bot.services import actions, life, setup
from bot.services.ports import DueKind, Ports
from bot.views.channels import (
    draw_end_question,
    draw_ended,
    draw_paused,
    draw_resumed,
    draw_resumed_receipt,
)
from schedules.tick import tick
from storage.engine import Database
from tests.builders import BUILDER, CHANNEL, COUNCIL, EXT, HOME, Stage, add_partnership, person, stage
from tests.services.stories import everybody_answers, kinds, now_in, open_round, profile, sent
from tests.slack_limits import breaches, text_covers_blocks

ADMINISTRATOR = person(1)
Decision = Callable[[Ports, TeamId, ChannelId, Person], object]
DECISIONS: tuple[Decision, ...] = (life.pause, life.resume, life.ending, life.end)


@pytest.fixture
def on(sqlite: Database) -> Iterator[Stage]:
    with stage(sqlite) as made:
        yield made


def by_administrator(on: Stage, decide: Decision) -> None:
    """The administrator decides."""
    decide(on.ports, HOME, CHANNEL, ADMINISTRATOR)


def test_a_paused_partnership_opens_nothing_until_it_is_resumed(database: Database) -> None:
    with stage(database) as on:
        made = add_partnership(on)
        open_round(on, made)
        sent(on)
        on.clock.move(days=3)
        tick(on.ports)
        by_administrator(on, life.pause)
        on.clock.move(days=100)
        tick(on.ports)
        assert MessageKind.PULSE not in kinds(sent(on))
        by_administrator(on, life.resume)
        on.clock.move(days=2)
        tick(on.ports)
        assert kinds(sent(on)).count(MessageKind.PULSE) == 1


def test_a_round_that_is_open_when_its_partnership_is_paused_closes_as_planned(on: Stage) -> None:
    made = add_partnership(on)
    open_round(on, made)
    by_administrator(on, life.pause)
    (paused,) = [each for each in sent(on) if each.kind is MessageKind.PAUSED]
    assert paused.body["number"] == 1
    on.clock.move(days=3)
    tick(on.ports)
    assert MessageKind.RESULTS in kinds(sent(on))
    with on.ports.store.read() as tx:
        assert tx.rounds.current(made.id) is None


def test_resuming_says_when_the_next_pulse_opens(on: Stage) -> None:
    made = add_partnership(on, state=State.PAUSED)
    by_administrator(on, life.resume)
    assert now_in(on, made).state is State.ACTIVE
    (resumed,) = sent(on)
    assert resumed.kind is MessageKind.RESUMED
    assert dt.datetime.fromisoformat(resumed.body["opens_at"]) > on.clock.now()


def test_ending_closes_and_publishes_the_open_round_and_asks_nothing_more(database: Database) -> None:
    with stage(database) as on:
        made = add_partnership(on)
        open_round(on, made)
        sent(on)
        by_administrator(on, life.end)
        posted = kinds(sent(on))
        assert posted[-1] is MessageKind.ENDED
        assert MessageKind.RESULTS in posted
        assert now_in(on, made).state is State.ENDED
        with on.ports.store.read() as tx:
            assert [tx.schedule.get(made.id, kind) for kind in DueKind] == [None] * len(DueKind)
            assert len(tx.publications.latest(made.id, 5)) == 1
        on.clock.move(days=365)
        tick(on.ports)
        assert sent(on) == []


def test_a_channel_whose_partnership_ended_can_be_set_up_anew(on: Stage) -> None:
    add_partnership(on)
    by_administrator(on, life.end)
    with on.ports.store.read() as tx:
        assert tx.partnerships.in_channel(HOME, CHANNEL) is None
        assert tx.notebook.profiles(HOME, CHANNEL) == ()
    with pytest.raises(NotHere):
        by_administrator(on, life.pause)


def test_answers_of_an_ended_partnership_are_deleted_after_34_weeks(database: Database) -> None:
    with stage(database) as on:
        made = add_partnership(on)
        open_round(on, made)
        with on.ports.store.read() as tx:
            asked = tx.rounds.current(made.id)
        assert asked is not None
        everybody_answers(on, asked)
        by_administrator(on, life.end)
        on.clock.move(weeks=33)
        assert life.forget_expired(on.ports) == 0
        on.clock.move(weeks=1)
        assert life.forget_expired(on.ports) == 1
        with on.ports.store.read() as tx:
            assert tx.answers.of_round(asked.id) == ()
            assert len(tx.publications.latest(made.id, 5)) == 1


@pytest.mark.parametrize(
    ("state", "decide", "says"),
    [
        (State.PAUSED, life.pause, "already paused"),
        (State.SUSPENDED, life.pause, "cannot reach its channel"),
        (State.ACTIVE, life.resume, "running already"),
        (State.SUSPENDED, life.resume, "cannot reach its channel"),
    ],
)
def test_what_makes_no_sense_now_is_refused_with_the_way_on(
    on: Stage, state: State, decide: Decision, says: str
) -> None:
    made = add_partnership(on, state=state)
    with pytest.raises(NotNow, match=says):
        by_administrator(on, decide)
    assert now_in(on, made).state is state
    assert sent(on) == []


@pytest.mark.parametrize("decide", DECISIONS)
@pytest.mark.parametrize("who", [person(2), person(1, EXT), person(5)], ids=["senior", "lead", "member"])
def test_only_administrators_decide_about_the_life_of_a_partnership(on: Stage, decide: Decision, who: Person) -> None:
    made = add_partnership(on)
    with pytest.raises(NotAllowed, match=r"<@U0H01> or an administrator of the workspace"):
        decide(on.ports, HOME, CHANNEL, who)
    assert now_in(on, made).state is State.ACTIVE


@pytest.mark.parametrize("decide", DECISIONS)
@pytest.mark.parametrize("channel", [CHANNEL, ChannelId("C0ELSE")])
def test_a_stranger_does_not_learn_that_a_partnership_exists(on: Stage, decide: Decision, channel: ChannelId) -> None:
    add_partnership(on)
    with pytest.raises(NotHere):
        decide(on.ports, HOME, channel, person(77, EXT))


@pytest.mark.parametrize(("team", "may"), [(HOME, True), (EXT, False)])
def test_an_administrator_of_the_hosts_workspace_may_decide_too(on: Stage, team: TeamId, may: bool) -> None:
    made = add_partnership(on)
    who = person(5, team)
    with on.ports.store.write() as tx:
        tx.notebook.put_profiles(HOME, CHANNEL, (replace(profile(who), is_workspace_admin=True),))
    refused = None
    try:
        life.pause(on.ports, HOME, CHANNEL, who)
    except NotAllowed as refusal:
        refused = refusal
    assert (refused is None) == may
    assert (now_in(on, made).state is State.PAUSED) == may


OPENS = "2026-05-19T09:00:00+00:00"
NAMES = {"partnership": "A & <B>", "timezone": "Europe/London"}


@pytest.mark.parametrize(
    "drawn",
    [
        draw_paused({**NAMES, "number": 3, "closes_at": OPENS}),
        draw_paused({**NAMES, "number": None, "closes_at": None}),
        draw_resumed({**NAMES, "opens_at": OPENS}),
        draw_resumed({**NAMES, "opens_at": None}),
        draw_ended({**NAMES, "number": 3, "kept_weeks": 34}),
        draw_ended({**NAMES, "number": None, "kept_weeks": 34}),
        draw_resumed_receipt(),
    ],
)
def test_what_is_said_about_the_life_of_a_partnership_keeps_slacks_limits(drawn: dict[str, object]) -> None:
    assert breaches(drawn, kind="message") == []
    assert text_covers_blocks(drawn) == []
    assert "<B>" not in str(drawn["text"])


@pytest.mark.parametrize("number", [None, 3])
def test_the_question_before_an_end_says_what_becomes_of_answers(number: int | None) -> None:
    view = draw_end_question("A", ("B & C", "D"), open_number=number, kept_weeks=34, private="{}")
    assert breaches(view, kind="view") == []
    assert "deleted 34 weeks after their round" in str(view)


def test_agreed_actions_and_forms_that_were_not_sent_are_deleted_when_they_are_old(on: Stage) -> None:
    add_partnership(on)
    owners = {BUILDER: person(3, EXT).user_id, COUNCIL: person(3).user_id}
    today = on.clock.now().date()
    actions.agree(on.ports, HOME, CHANNEL, person(1), text="Call", due_on=today, owners=owners)
    draft_id = setup.begin(on.ports, HOME, CHANNEL, person(1)).draft_id

    def kept() -> tuple[bool, bool]:
        life.forget_expired(on.ports)
        with on.ports.store.read() as tx:
            draft = tx.notebook.draft(draft_id)
            return draft is not None, bool(tx.actions.of_partnership(PartnershipId("p-north")))

    on.clock.move(days=7)
    assert kept() == (True, True)
    on.clock.move(minutes=1)
    assert kept() == (False, True)
    on.clock.move(days=724)
    assert kept() == (False, True)
    on.clock.move(days=1)
    assert kept() == (False, False)
