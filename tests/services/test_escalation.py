"""Escalations over a real database: who is told, who sees it, what every button does, what is kept and forgotten."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.domain.errors import BadInput, NotAllowed, NotHere, NotNow, PulseError, TooLate
from bot.domain.escalation import Escalation, Move, State
from bot.domain.ids import DraftId, EscalationId, TeamId, UserId
from bot.domain.outbox import MessageKind
from bot.domain.people import Member, Person, Role, RoleHolder
from bot.domain.route_map import Level, Rung
from bot.services import escalation, escalation_moves, escalation_record, life, route_map
from bot.services.escalation_moves import Wish, act
from bot.services.ports import Due, DueKind
from schedules.tick import tick
from storage.engine import Database
from storage.escalations import escalation_events
from storage.tables import outbox
from tests.builders import (
    BUILDER,
    CHANNEL,
    COUNCIL,
    EXT,
    HOME,
    TUESDAY,
    FixedHolidays,
    Stage,
    add_partnership,
    partnership,
    person,
    stage,
)
from tests.conftest import postgres_database
from tests.services.stories import sent

AUTHOR = person(5)
STRANGER = Person(team_id=TeamId("T0ELSE"), user_id=UserId("U0ELSE"))
WRITTEN = {"what": "The rota moved twice.", "stake": "The opening.", "tried": "A call."}


@pytest.fixture
def on(sqlite: Database) -> Iterator[Stage]:
    with stage(sqlite) as made:
        add_partnership(made)
        yield made


def raise_one(on: Stage, author: Person = AUTHOR, **written: str) -> EscalationId:
    shown = escalation.preview(on.ports, HOME, CHANNEL, author, {**WRITTEN, **written})
    assert escalation.send(on.ports, HOME, shown.draft_id, author) is None
    return EscalationId(shown.draft_id)


def stands(on: Stage, escalation_id: EscalationId) -> Escalation:
    with on.ports.store.read() as tx:
        found = tx.escalations.get(escalation_id)
    assert found is not None
    return found


def told(on: Stage, kind: MessageKind) -> dict[str | None, dict[str, Any]]:
    """Who gets the messages of a kind that are waiting, with what they say."""
    found = [each for each in sent(on) if each.kind is kind]
    assert len({each.due_at for each in found}) <= 1, "all at the same minute"
    return {each.user_id: dict(each.body) for each in found}


def leaves(on: Stage, *gone: Person) -> None:
    with on.ports.store.write() as tx:
        for each in gone:
            tx.people.remove(partnership().id, each)


def test_both_owners_are_told_the_same_at_the_same_moment_and_the_author_that_it_was_sent(on: Stage) -> None:
    raise_one(on)
    messages = sent(on)
    full = [each for each in messages if each.kind is MessageKind.ESCALATION]
    assert {each.user_id for each in full} == {"U0H01", "U0E01"}
    assert full[0].body == full[1].body
    assert len({each.due_at for each in messages}) == 1
    assert [each.user_id for each in messages if each.kind is MessageKind.ESCALATION_NEWS] == ["U0H05"]


def test_sending_the_same_form_twice_sends_it_once(on: Stage) -> None:
    escalation_id = raise_one(on)
    assert escalation.send(on.ports, HOME, DraftId(escalation_id), AUTHOR) is None
    assert len(sent(on)) == 3


@pytest.mark.parametrize("who", [person(6), STRANGER])
def test_nobody_sends_what_somebody_else_wrote(on: Stage, who: Person) -> None:
    shown = escalation.preview(on.ports, HOME, CHANNEL, AUTHOR, WRITTEN)
    with pytest.raises(TooLate, match="nothing was sent"):
        escalation.send(on.ports, HOME, shown.draft_id, who)
    assert sent(on) == []


@pytest.mark.parametrize(
    ("field", "text", "says"),
    [("what", " ", "Please write what happens"), ("stake", "x" * 701, "701"), ("what", "x" * 1_501, "1,501")],
)
def test_what_cannot_be_sent_is_said_beside_its_field(on: Stage, field: str, text: str, says: str) -> None:
    with pytest.raises(BadInput, match=says) as refused:
        escalation.preview(on.ports, HOME, CHANNEL, AUTHOR, {**WRITTEN, field: text})
    assert refused.value.field == field


def test_if_others_would_be_told_than_were_shown_it_is_shown_again_and_nothing_is_sent(on: Stage) -> None:
    shown = escalation.preview(on.ports, HOME, CHANNEL, AUTHOR, WRITTEN)
    leaves(on, person(1, EXT))
    again = escalation.send(on.ports, HOME, shown.draft_id, AUTHOR)
    assert again is not None
    assert again.body["owners"] == [["Brightbuild", "U0E02"], ["Northfield Council", "U0H01"]]
    assert sent(on) == []
    assert escalation.send(on.ports, HOME, again.draft_id, AUTHOR) is None
    assert set(told(on, MessageKind.ESCALATION)) == {"U0E02", "U0H01"}


def test_while_an_organisation_has_confirmed_nobody_nothing_can_be_raised(sqlite: Database) -> None:
    council, builder = partnership().organisations
    with stage(sqlite) as on:
        add_partnership(on, organisations=(council, replace(builder, confirmed=False)))
        with pytest.raises(NotNow, match="Brightbuild has no confirmed lead yet"):
            escalation.form(on.ports, HOME, CHANNEL, AUTHOR)


def test_a_stranger_learns_nothing(on: Stage) -> None:
    escalation_id = raise_one(on)
    for refused in (
        lambda: escalation.form(on.ports, HOME, CHANNEL, STRANGER),
        lambda: escalation_record.listed(on.ports, HOME, CHANNEL, STRANGER),
        lambda: escalation_record.record(on.ports, escalation_id, STRANGER),
        lambda: escalation_record.record(on.ports, EscalationId("e-unknown"), AUTHOR),
        lambda: act(on.ports, escalation_id, STRANGER, Wish(move=Move.ACKNOWLEDGE)),
    ):
        with pytest.raises(NotHere):
            refused()


def test_seniors_see_it_from_the_level_on_which_they_are_told(on: Stage) -> None:
    escalation_id = raise_one(on)
    seen = {each: escalation_record.listed(on.ports, HOME, CHANNEL, each) for each in (AUTHOR, person(1), person(2))}
    assert [len(each) for each in seen.values()] == [1, 1, 0]
    act(on.ports, escalation_id, person(1), Wish(move=Move.RAISE))
    act(on.ports, escalation_id, person(1), Wish(move=Move.RAISE))
    assert stands(on, escalation_id).here.level is Level.PROGRAMME
    assert len(escalation_record.listed(on.ports, HOME, CHANNEL, person(2))) == 1
    assert escalation_record.listed(on.ports, HOME, CHANNEL, person(6)) == ()


def test_whoever_left_the_channel_is_told_and_sees_nothing_more(on: Stage) -> None:
    escalation_id = raise_one(on)
    sent(on)
    leaves(on, AUTHOR)
    act(on.ports, escalation_id, person(1), Wish(move=Move.ACKNOWLEDGE))
    assert set(told(on, MessageKind.ESCALATION_NEWS)) == {"U0H01", "U0E01"}
    with pytest.raises(NotHere):
        escalation_record.record(on.ports, escalation_id, AUTHOR)


@pytest.mark.parametrize(
    ("wish", "state", "asked"),
    [
        (Wish(move=Move.ACKNOWLEDGE), State.IN_HAND, set()),
        (Wish(move=Move.ADD_VIEW, text="We hear of it late."), State.WAITING, set()),
        (Wish(move=Move.HAND_OVER, to=person(2)), State.WAITING, {"U0H02"}),
        (Wish(move=Move.SNOOZE, working_days=3), State.SNOOZED, set()),
        (Wish(move=Move.RAISE, text="It cannot wait."), State.WAITING, {"U0H01", "U0E01"}),
        (Wish(move=Move.RESOLVE, text="Agreed."), State.PROPOSED, set()),
    ],
)
def test_every_button_does_what_it_says_and_tells_everybody_who_knows_of_it(
    on: Stage, wish: Wish, state: State, asked: set[str]
) -> None:
    escalation_id = raise_one(on)
    sent(on)
    act(on.ports, escalation_id, person(1), wish)
    assert stands(on, escalation_id).state is state
    messages = sent(on)
    assert {each.user_id for each in messages if each.kind is MessageKind.ESCALATION} == asked
    assert {each.user_id for each in messages} == {"U0H01", "U0E01", "U0H05"} | asked
    assert len({each.due_at for each in messages}) == 1
    words = [{**each.body, "moves": []} for each in messages if each.kind is MessageKind.ESCALATION_NEWS]
    assert all(each == words[0] for each in words)


@pytest.mark.parametrize(
    ("wish", "refusal", "says"),
    [
        (Wish(move=Move.ADD_VIEW, text="  "), BadInput, "how your side sees it"),
        (Wish(move=Move.ADD_VIEW, text="x" * 701), BadInput, "701"),
        (Wish(move=Move.RESOLVE), BadInput, "what was agreed"),
        (Wish(move=Move.SNOOZE, working_days=30), BadInput, "1 to 3 working days"),
        (Wish(move=Move.HAND_OVER), BadInput, "of your own organisation"),
        (Wish(move=Move.HAND_OVER, to=person(2, EXT)), BadInput, "of your own organisation"),
        (Wish(move=Move.HAND_OVER, to=person(7)), BadInput, "of your own organisation"),
        (Wish(move=Move.CONFIRM), NotNow, "agreed already"),
    ],
)
def test_what_cannot_be_done_is_refused_with_what_to_do(
    on: Stage, wish: Wish, refusal: type[PulseError], says: str
) -> None:
    escalation_id = raise_one(on)
    before = stands(on, escalation_id)
    with pytest.raises(refusal, match=says):
        act(on.ports, escalation_id, person(1), wish)
    assert stands(on, escalation_id) == before


def test_only_the_owners_of_now_decide(on: Stage) -> None:
    escalation_id = raise_one(on)
    act(on.ports, escalation_id, person(1), Wish(move=Move.HAND_OVER, to=person(2)))
    with pytest.raises(NotAllowed, match="<@U0H02>"):
        act(on.ports, escalation_id, person(1), Wish(move=Move.ACKNOWLEDGE))
    act(on.ports, escalation_id, person(1), Wish(move=Move.ADD_VIEW, text="I know the history."))
    act(on.ports, escalation_id, person(2), Wish(move=Move.ACKNOWLEDGE))


def test_both_views_stand_in_one_record(on: Stage) -> None:
    escalation_id = raise_one(on)
    act(on.ports, escalation_id, person(1), Wish(move=Move.ADD_VIEW, text="We hear of it late."))
    act(on.ports, escalation_id, person(1, EXT), Wish(move=Move.ADD_VIEW, text="The rota comes late to us, too."))
    sent(on)
    act(on.ports, escalation_id, person(1), Wish(move=Move.RAISE))
    (body, _) = told(on, MessageKind.ESCALATION).values()
    assert [each[0] for each in body["views"]] == ["Northfield Council", "Brightbuild"]


def test_a_form_that_slack_delivers_twice_counts_once(on: Stage) -> None:
    escalation_id = raise_one(on)
    seen = stands(on, escalation_id).number
    for wish in (Wish(move=Move.ADD_VIEW, text="Late.", seen=seen), Wish(move=Move.RAISE, seen=seen + 1)):
        for _ in range(2):
            act(on.ports, escalation_id, person(1), wish)
    assert stands(on, escalation_id).here.level is Level.DELIVERY_LEADS
    assert stands(on, escalation_id).number == 3


def test_a_level_that_was_raised_meanwhile_is_not_raised_again_by_an_old_form(on: Stage) -> None:
    escalation_id = raise_one(on)
    act(on.ports, escalation_id, person(1, EXT), Wish(move=Move.RAISE, seen=1))
    with pytest.raises(NotNow, match="changed since you opened this form"):
        act(on.ports, escalation_id, person(1), Wish(move=Move.RAISE, seen=1))


def test_unanswered_it_goes_up_after_the_working_days_of_the_owners_own_organisation(sqlite: Database) -> None:
    shut = frozenset({dt.date(2026, 5, 13)})
    council, builder = partnership().organisations
    regions = (replace(council, region="GB-ENG"), replace(builder, region="IE"))
    with stage(sqlite, holidays=FixedHolidays({"IE": shut, "GB-ENG": frozenset()})) as on:
        add_partnership(on, organisations=regions)
        escalation_id = raise_one(on)
        assert stands(on, escalation_id).deadline_at == TUESDAY + dt.timedelta(days=3)
        on.clock.move(days=2, hours=23)
        tick(on.ports)
        assert stands(on, escalation_id).here.level is Level.INFORMAL
        sent(on)
        on.clock.move(hours=1)
        tick(on.ports)
        assert stands(on, escalation_id).here.level is Level.DELIVERY_LEADS
        assert set(told(on, MessageKind.ESCALATION)) == {"U0H01", "U0E01"}


def test_nothing_goes_up_after_an_acknowledgement_although_the_plan_is_left_as_it_was(on: Stage) -> None:
    escalation_id = raise_one(on)
    with on.ports.store.read() as tx:
        planned = tx.schedule.get(partnership().id, DueKind.ESCALATION, escalation_id)
    act(on.ports, escalation_id, person(1, EXT), Wish(move=Move.ACKNOWLEDGE))
    with on.ports.store.read() as tx:
        assert tx.schedule.get(partnership().id, DueKind.ESCALATION, escalation_id) == planned
    sent(on)
    on.clock.move(days=40)
    tick(on.ports)
    assert sent(on) == []
    assert stands(on, escalation_id).state is State.IN_HAND


def test_the_rules_are_frozen_when_it_is_opened(on: Stage) -> None:
    escalation_id = raise_one(on)
    with on.ports.store.write() as tx:
        rung = Rung(level=Level.SPONSORS, working_days=9, owners={COUNCIL: person(2)})
        tx.escalations.put_route_map(partnership().id, [rung])
        tx.people.put(partnership().id, Member(person=person(11), organisation_id=COUNCIL, name="Newcomer"))
        roster = tx.people.roster(partnership().id)
        newcomer = RoleHolder(person=person(11), role=Role.LEAD, organisation_id=COUNCIL)
        tx.people.set_holders(partnership().id, [*roster.holders, newcomer])
    act(on.ports, escalation_id, person(1), Wish(move=Move.RAISE))
    assert stands(on, escalation_id).here.level is Level.DELIVERY_LEADS
    assert stands(on, escalation_id).owner(person(11)) is None
    assert [each.level for each in stands(on, raise_one(on)).route] == [Level.SPONSORS]


def test_an_owner_named_in_the_map_is_told_first(on: Stage) -> None:
    with on.ports.store.write() as tx:
        rung = Rung(level=Level.INFORMAL, working_days=4, owners={BUILDER: person(2, EXT)})
        tx.escalations.put_route_map(partnership().id, [rung])
        assert tx.escalations.route_map(partnership().id) == (rung,)
    assert [each.person for each in stands(on, raise_one(on)).owners] == [person(2, EXT), person(1)]


def test_where_nobody_of_a_side_is_left_the_counterpart_alone_is_told_and_knows_it(on: Stage) -> None:
    leaves(on, person(1, EXT), person(2, EXT))
    shown = escalation.preview(on.ports, HOME, CHANNEL, AUTHOR, WRITTEN)
    assert shown.body["owners"] == [["Brightbuild", ""], ["Northfield Council", "U0H01"]]
    escalation.send(on.ports, HOME, shown.draft_id, AUTHOR)
    assert set(told(on, MessageKind.ESCALATION)) == {"U0H01"}


def test_others_hear_only_how_many_are_open_and_where(on: Stage) -> None:
    def heard() -> tuple[list[str], Level | None]:
        with on.ports.store.read() as tx:
            here = tx.partnerships.get(partnership().id)
            found = escalation.open_escalations(tx, on.ports, here)
            return [each.summary for each in found], escalation.highest_open_level(tx, here)

    assert heard() == ([], None)
    first = raise_one(on)
    on.clock.move(days=1)
    raise_one(on, lane="safety")
    assert heard() == (
        ["one escalation, informal level, day 2", "one escalation, programme level, day 1"],
        Level.PROGRAMME,
    )
    act(on.ports, first, person(1), Wish(move=Move.RESOLVE, text="Agreed."))
    act(on.ports, first, person(1, EXT), Wish(move=Move.CONFIRM))
    assert heard() == (["one escalation, programme level, day 1"], Level.PROGRAMME)


def test_the_programme_level_has_owners_for_what_nobody_has_taken(on: Stage) -> None:
    with on.ports.store.read() as tx:
        here = tx.partnerships.get(partnership().id)
        assert escalation.programme_owners(tx, on.ports, here) == (person(2, EXT), person(2))
        assert [each.level for each in route_map.rungs(tx, here)] == list(Level)


def test_after_24_months_it_is_deleted_with_its_history_and_its_messages(on: Stage) -> None:
    old = raise_one(on)
    act(on.ports, old, person(1), Wish(move=Move.ACKNOWLEDGE))
    sent(on)
    on.clock.move(days=100)
    kept = raise_one(on)
    on.clock.move(days=731 - 100)
    life.forget_expired(on.ports)
    with on.ports.store.read() as tx:
        assert tx.escalations.get(old) is None
        assert tx.escalations.get(kept) is not None
    with on.database.engine.connect() as connection:
        events = select(func.count()).where(escalation_events.c.escalation_id == old)
        assert connection.execute(events).scalar_one() == 0
        messages = select(func.count()).where(outbox.c.key.contains(old))
        assert connection.execute(messages).scalar_one() == 0
    tick(on.ports)  # what was planned for it finds nothing


def test_a_tick_never_waits_for_somebody_who_acts_at_the_same_moment(postgres_url: str) -> None:
    for database in postgres_database(postgres_url):
        with stage(database) as on:
            add_partnership(on)
            escalation_id = raise_one(on)
            on.clock.move(days=9)
            due = Due(
                partnership_id=partnership().id,
                kind=DueKind.ESCALATION,
                due_at=on.clock.now(),
                subject=escalation_id,
            )
            with on.ports.store.write() as acting:
                acting.escalations.locked(escalation_id)
                with on.ports.store.write() as ticking:
                    escalation_moves.fall_due(ticking, on.ports, due, on.clock.now())
            assert stands(on, escalation_id).number == 1
            with on.ports.store.read() as tx:
                again = tx.schedule.get(partnership().id, DueKind.ESCALATION, escalation_id)
            assert again is not None
            assert again.due_at == on.clock.now() + dt.timedelta(minutes=1)
