"""On its day a milestone is told: once, one a day, in the right words, and not against the leads' will."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from bot.domain.errors import BadInput, NotAllowed, NotHere, TooLate
from bot.domain.escalation import Event, Move
from bot.domain.escalation import State as EscalationState
from bot.domain.ids import MilestoneId, PartnershipId, TeamId, UserId
from bot.domain.milestones import WORD_MOST, Fate
from bot.domain.outbox import MessageKind, Outgoing
from bot.domain.partnership import Partnership, State
from bot.domain.people import Person
from bot.domain.route_map import Level
from bot.services import celebrations, escalation, life, milestone_words, milestones
from bot.services.ports import DueKind
from schedules.tick import tick
from storage.engine import Database
from tests.builders import CHANNEL, EXT, HOME, FixedHolidays, Stage, add_partnership, person, stage
from tests.services.stories import kinds, now_in, sent

LEAD, OTHER_LEAD, SENIOR, OTHER_SENIOR = person(1), person(1, EXT), person(2), person(2, EXT)
MEMBER = person(5)
ROOF = {"title": "Roof on", "on": "2026-06-02", "kind": "delivery"}
JUNE_2 = dt.datetime(2026, 6, 2, 9, tzinfo=dt.UTC)
HELD_BACK = [State.PAUSED, State.SUSPENDED]


@pytest.fixture
def on(sqlite: Database) -> Iterator[Stage]:
    with stage(sqlite) as made:
        yield made


def planned(stand: Stage, **changes: str) -> MilestoneId:
    """A lead plans the roof; its id."""
    entered = {**ROOF, **changes}
    milestones.keep(stand.ports, HOME, CHANNEL, LEAD, None, entered)
    coming = milestones.board(stand.ports, HOME, CHANNEL, LEAD).coming
    return next(each.id for each in coming if each.plan.title == entered["title"])


def at(on: Stage, when: dt.datetime) -> list[Outgoing]:
    """Let the bot work at a moment; the messages about milestones that it sends."""
    on.clock.at = when
    tick(on.ports)
    about = {MessageKind.MILESTONE_WORDS, MessageKind.MILESTONE_HELD, MessageKind.MILESTONE}
    return [each for each in sent(on) if each.kind in about]


def told(on: Stage, when: dt.datetime) -> list[str]:
    """The titles that the channel is told at a moment."""
    return [str(each.body["title"]) for each in at(on, when) if each.kind is MessageKind.MILESTONE]


def body(on: Stage, when: dt.datetime) -> dict[str, Any]:
    """What the one celebration at a moment says."""
    (celebration,) = [each for each in at(on, when) if each.kind is MessageKind.MILESTONE]
    return dict(celebration.body)


def in_state(on: Stage, made: Partnership, state: State) -> None:
    """Something happened to the partnership."""
    with on.ports.store.write() as tx:
        tx.partnerships.save(replace(now_in(on, made), state=state))


def escalated(on: Stage, level: Level) -> None:
    """Somebody escalates."""
    words = {"what": "The site is closed", "stake": "Two weeks", "tried": "We called"}
    picture = escalation.preview(
        on.ports, HOME, CHANNEL, MEMBER, {**words, "level": level, "lane": "ordinary", "draft": ""}
    )
    escalation.send(on.ports, HOME, picture.draft_id, MEMBER)


def resolve_all(on: Stage, made: Partnership) -> None:
    """Every escalation is resolved."""
    with on.ports.store.write() as tx:
        for each in tx.escalations.open_in(made.id):
            number = each.number + 1
            event = Event(number=number, move=Move.SETTLE, at=on.clock.at, step=each.step)
            settled = replace(each, state=EscalationState.RESOLVED, deadline_at=None, number=number)
            tx.escalations.save(settled, event)


def fate(on: Stage, which: MilestoneId) -> Fate:
    """What became of it."""
    with on.ports.store.read() as tx:
        found = tx.milestones.get(which)
    assert found is not None
    return found.fate


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        ("phase_change", {LEAD, OTHER_LEAD, SENIOR, OTHER_SENIOR}),
        ("delivery", {LEAD, OTHER_LEAD}),
        ("recovery", {LEAD, OTHER_LEAD}),
    ],
)
def test_a_week_before_the_same_people_of_each_side_are_asked_with_the_same_message(
    on: Stage, kind: str, asked: set[Person]
) -> None:
    add_partnership(on)
    planned(on, kind=kind, before="A", after="B")
    messages = at(on, JUNE_2 - dt.timedelta(days=7))
    assert {each.user_id for each in messages} == {each.user_id for each in asked}
    assert len({(str(each.body), each.due_at) for each in messages}) == 1
    assert at(on, JUNE_2 - dt.timedelta(days=6)) == []


def test_nobody_is_asked_twice_and_a_new_day_is_asked_about_anew(on: Stage) -> None:
    add_partnership(on)
    which = planned(on)
    assert len(at(on, JUNE_2 - dt.timedelta(days=7))) == 2
    milestones.keep(on.ports, HOME, CHANNEL, LEAD, which, {"title": "Roof and walls on"})
    assert at(on, JUNE_2 - dt.timedelta(days=6)) == []
    milestones.keep(on.ports, HOME, CHANNEL, LEAD, which, {"on": "2026-06-30"})
    assert len(at(on, JUNE_2 + dt.timedelta(days=21))) == 2


def test_an_organisation_that_has_not_confirmed_its_leads_is_not_written_to(on: Stage) -> None:
    made = add_partnership(on)
    planned(on)
    with on.ports.store.write() as tx:
        others = tuple(replace(each, confirmed=each.team_id == HOME) for each in made.organisations)
        tx.partnerships.save(replace(made, organisations=others))
    assert {each.user_id for each in at(on, JUNE_2 - dt.timedelta(days=7))} == {LEAD.user_id}


def test_words_are_shown_with_name_and_organisation_seniors_first(on: Stage) -> None:
    add_partnership(on)
    which = planned(on, kind="phase_change", before="A", after="B")
    for who in (LEAD, SENIOR, OTHER_LEAD):
        milestone_words.write_word(on.ports, HOME, who, which, f" Word of\n{who.user_id} ")
    milestone_words.write_word(on.ports, HOME, OTHER_LEAD, which, "")
    milestone_words.write_word(on.ports, HOME, SENIOR, which, None)
    assert milestone_words.own_word(on.ports, HOME, LEAD, which).text == "Word of U0H01"
    assert body(on, JUNE_2)["words"] == [
        {"text": "Word of U0H02", "name": "Harper Number2", "organisation": "Northfield Council"},
        {"text": "Word of U0H01", "name": "Harper Number1", "organisation": "Northfield Council"},
    ]


def test_the_word_of_somebody_who_left_is_not_shown(on: Stage) -> None:
    made = add_partnership(on)
    which = planned(on)
    milestone_words.write_word(on.ports, HOME, OTHER_LEAD, which, "Goodbye")
    with on.ports.store.write() as tx:
        tx.people.remove(made.id, OTHER_LEAD)
    assert body(on, JUNE_2)["words"] == []


@pytest.mark.parametrize(
    ("who", "refusal"),
    [
        (MEMBER, NotAllowed),
        (SENIOR, NotAllowed),
        (person(99), NotHere),
        (Person(team_id=TeamId("T0ELSE"), user_id=UserId("U0H01")), NotHere),
    ],
    ids=["member", "senior of a delivery", "stranger", "the same id in another workspace"],
)
def test_whoever_is_not_asked_can_neither_read_nor_write_a_word(
    on: Stage, who: Person, refusal: type[Exception]
) -> None:
    add_partnership(on)
    which = planned(on)
    with pytest.raises(refusal):
        milestone_words.own_word(on.ports, HOME, who, which)
    with pytest.raises(refusal):
        milestone_words.write_word(on.ports, HOME, who, which, "Mine")


def test_another_installation_learns_nothing(on: Stage) -> None:
    add_partnership(on)
    which = planned(on)
    with pytest.raises(NotHere):
        milestone_words.own_word(on.ports, TeamId("T0OTHER"), LEAD, which)


def test_words_have_a_length_and_are_taken_until_the_day(on: Stage) -> None:
    add_partnership(on)
    which = planned(on)
    with pytest.raises(BadInput, match="shorten it to 300"):
        milestone_words.write_word(on.ports, HOME, LEAD, which, "x" * (WORD_MOST + 1))
    with pytest.raises(BadInput, match="write a sentence"):
        milestone_words.write_word(on.ports, HOME, LEAD, which, None)
    assert told(on, JUNE_2) == ["Roof on"]
    with pytest.raises(TooLate):
        milestone_words.write_word(on.ports, HOME, LEAD, which, "Too late")


def test_it_is_told_once_and_not_before_its_hour(database: Database) -> None:
    with stage(database) as on:
        add_partnership(on)
        which = planned(on)
        assert told(on, JUNE_2 - dt.timedelta(seconds=1)) == []
        assert told(on, JUNE_2) == ["Roof on"]
        assert told(on, JUNE_2 + dt.timedelta(days=1)) == []
        assert fate(on, which) is Fate.TOLD


@pytest.mark.parametrize(
    ("day", "wall"),
    [
        ("2026-10-23", dt.datetime(2026, 10, 23, 9, tzinfo=dt.UTC)),  # summer time
        ("2026-10-26", dt.datetime(2026, 10, 26, 10, tzinfo=dt.UTC)),  # the clocks went back
        ("2027-03-29", dt.datetime(2027, 3, 29, 9, tzinfo=dt.UTC)),  # and forward again
    ],
)
def test_the_clock_changes_do_not_move_the_wall_time(on: Stage, day: str, wall: dt.datetime) -> None:
    add_partnership(on)
    planned(on, on=day)
    assert told(on, wall - dt.timedelta(minutes=1)) == []
    assert told(on, wall) == ["Roof on"]


def test_a_holiday_of_one_organisation_alone_moves_it_to_the_working_day_before(sqlite: Database) -> None:
    away = FixedHolidays({"GB-SCT": frozenset({JUNE_2.date()})})
    with stage(sqlite, holidays=away) as on:
        made = add_partnership(on)
        with on.ports.store.write() as tx:
            scots = tuple(replace(each, region="GB-SCT" if each.team_id == EXT else "") for each in made.organisations)
            tx.partnerships.save(replace(made, organisations=scots))
        planned(on)
        said = body(on, JUNE_2 - dt.timedelta(days=1))
        assert (said["on"], said["today"]) == ("2026-06-02", False)


def test_a_second_one_on_the_same_day_waits_for_the_next_working_day(database: Database) -> None:
    with stage(database) as on:
        add_partnership(on)
        friday = {"on": "2026-06-05"}
        for title in ("Roof on", "Walls up", "Doors in"):
            planned(on, title=title, **friday)
        days = [JUNE_2 + dt.timedelta(days=each) for each in range(3, 9)]
        titles = [told(on, each) for each in days]
        assert [len(each) for each in titles] == [1, 0, 0, 1, 1, 0]
        assert {title for each in titles for title in each} == {"Roof on", "Walls up", "Doors in"}


def test_another_partnership_has_a_day_of_its_own(on: Stage) -> None:
    made = add_partnership(on)
    which = planned(on)
    told(on, JUNE_2)
    with on.ports.store.read() as tx:
        assert tx.milestones.told_on(made.id, JUNE_2.date())
        assert not tx.milestones.told_on(made.id, JUNE_2.date() + dt.timedelta(days=1))
        assert not tx.milestones.told_on(type(made.id)("p-other"), JUNE_2.date())
    assert fate(on, which) is Fate.TOLD


@pytest.mark.parametrize("late", [dt.timedelta(hours=3), dt.timedelta(days=1)], ids=["same day", "next day"])
def test_after_the_bot_was_away_it_is_told_with_the_right_day(on: Stage, late: dt.timedelta) -> None:
    add_partnership(on)
    planned(on)
    assert body(on, JUNE_2 + late)["today"] is (late < dt.timedelta(days=1))


def test_a_bot_that_comes_back_at_night_or_on_a_day_off_waits_for_people_to_be_there(on: Stage) -> None:
    add_partnership(on)
    planned(on, on="2026-06-05")
    saturday = JUNE_2 + dt.timedelta(days=4)
    assert told(on, saturday) == []
    assert told(on, saturday + dt.timedelta(days=1, hours=18)) == []
    assert told(on, saturday + dt.timedelta(days=2)) == ["Roof on"]


@pytest.mark.parametrize("state", HELD_BACK)
def test_while_the_partnership_is_stopped_nothing_is_posted_and_it_is_told_when_it_goes_on(
    on: Stage, state: State
) -> None:
    made = add_partnership(on)
    planned(on)
    in_state(on, made, state)
    for days in range(-7, 3):
        assert at(on, JUNE_2 + dt.timedelta(days=days)) == []
    in_state(on, made, State.ACTIVE)
    assert told(on, JUNE_2 + dt.timedelta(days=3)) == ["Roof on"]


@pytest.mark.parametrize("state", HELD_BACK)
def test_people_are_asked_late_when_the_partnership_goes_on_before_the_day(on: Stage, state: State) -> None:
    made = add_partnership(on)
    planned(on)
    in_state(on, made, state)
    assert at(on, JUNE_2 - dt.timedelta(days=7)) == []
    in_state(on, made, State.ACTIVE)
    assert len(at(on, JUNE_2 - dt.timedelta(days=5))) == 2


@pytest.mark.parametrize("state", HELD_BACK)
def test_after_two_weeks_of_standstill_it_is_passed_over(on: Stage, state: State) -> None:
    made = add_partnership(on)
    which = planned(on)
    in_state(on, made, state)
    for days in range(20):
        assert at(on, JUNE_2 + dt.timedelta(days=days)) == []
    assert fate(on, which) is Fate.PASSED
    in_state(on, made, State.ACTIVE)
    assert told(on, JUNE_2 + dt.timedelta(days=20)) == []


def test_an_ended_partnership_tells_and_asks_nothing(on: Stage) -> None:
    made = add_partnership(on)
    which = planned(on)
    life.end(on.ports, HOME, CHANNEL, LEAD)
    assert at(on, JUNE_2) == []
    with on.ports.store.read() as tx:
        assert tx.schedule.get(made.id, DueKind.MILESTONE, which) is None
    with pytest.raises(NotHere):
        milestone_words.own_word(on.ports, HOME, LEAD, which)


def test_a_cancelled_one_is_not_told(on: Stage) -> None:
    add_partnership(on)
    which = planned(on)
    milestones.cancel(on.ports, HOME, CHANNEL, LEAD, which)
    assert at(on, JUNE_2) == []


def test_a_bot_that_was_away_for_the_week_asks_nobody_on_the_day(on: Stage) -> None:
    add_partnership(on)
    planned(on)
    assert kinds(at(on, JUNE_2)) == [MessageKind.MILESTONE]


@pytest.mark.parametrize("level", [Level.INFORMAL, Level.DELIVERY_LEADS])
def test_a_low_escalation_holds_nothing_up(on: Stage, level: Level) -> None:
    add_partnership(on)
    planned(on)
    escalated(on, level)
    assert told(on, on.clock.at) == []
    with on.ports.store.write() as tx:
        tx.schedule.drop(PartnershipId("p-north"), DueKind.ESCALATION)  # nobody raises it
    assert told(on, JUNE_2) == ["Roof on"]


@pytest.mark.parametrize("kind", ["delivery", "recovery"])
@pytest.mark.parametrize("level", [Level.PROGRAMME, Level.SPONSORS])
def test_while_a_high_escalation_is_open_the_leads_of_all_sides_are_asked_once_and_nothing_is_celebrated(
    on: Stage, level: Level, kind: str
) -> None:
    add_partnership(on)
    planned(on, kind=kind)
    escalated(on, level)
    messages = at(on, JUNE_2)
    assert kinds(messages) == [MessageKind.MILESTONE_HELD] * 2
    assert {each.user_id for each in messages} == {LEAD.user_id, OTHER_LEAD.user_id}
    assert len({(str(each.body), each.due_at) for each in messages}) == 1
    assert "The site is closed" not in str(messages)
    assert at(on, JUNE_2 + dt.timedelta(days=1)) == []


def test_it_is_celebrated_anyway_when_a_lead_of_each_organisation_says_so(database: Database) -> None:
    with stage(database) as on:
        add_partnership(on)
        which = planned(on)
        escalated(on, Level.PROGRAMME)
        at(on, JUNE_2)
        for _ in range(2):  # twice the same lead is still one organisation
            assert celebrations.celebrate_anyway(on.ports, HOME, LEAD, which).missing == ("Brightbuild",)
        assert told(on, JUNE_2 + dt.timedelta(hours=1)) == []
        assert celebrations.celebrate_anyway(on.ports, HOME, OTHER_LEAD, which).missing == ()
        assert told(on, JUNE_2 + dt.timedelta(hours=2)) == ["Roof on"]
        with pytest.raises(TooLate):
            celebrations.celebrate_anyway(on.ports, HOME, LEAD, which)


@pytest.mark.parametrize(
    ("who", "refusal"), [(MEMBER, NotAllowed), (SENIOR, NotAllowed), (person(99), NotHere)], ids=str
)
def test_nobody_but_a_lead_decides_to_celebrate_anyway(on: Stage, who: Person, refusal: type[Exception]) -> None:
    add_partnership(on)
    which = planned(on)
    with pytest.raises(refusal):
        celebrations.celebrate_anyway(on.ports, HOME, who, which)


def test_when_the_escalation_is_resolved_it_is_told_on_the_next_working_day(on: Stage) -> None:
    made = add_partnership(on)
    planned(on)
    escalated(on, Level.PROGRAMME)
    assert told(on, JUNE_2) == []
    resolve_all(on, made)
    said = body(on, JUNE_2 + dt.timedelta(days=1))
    assert (said["title"], said["today"]) == ("Roof on", False)


def test_what_the_leads_agreed_to_is_asked_anew_when_the_milestone_changes(on: Stage) -> None:
    add_partnership(on)
    which = planned(on)
    escalated(on, Level.PROGRAMME)
    celebrations.celebrate_anyway(on.ports, HOME, LEAD, which)
    celebrations.celebrate_anyway(on.ports, HOME, OTHER_LEAD, which)
    milestones.keep(on.ports, HOME, CHANNEL, LEAD, which, {"title": "Something else"})
    assert told(on, JUNE_2) == []


def test_after_two_years_it_is_forgotten_with_its_words(database: Database) -> None:
    with stage(database) as on:
        add_partnership(on)
        which = planned(on)
        milestone_words.write_word(on.ports, HOME, LEAD, which, "A word")
        assert kinds(at(on, JUNE_2)) == [MessageKind.MILESTONE]
        on.clock.move(days=731)
        life.forget_expired(on.ports)
        with on.ports.store.read() as tx:
            assert tx.milestones.get(which) is not None
        on.clock.move(days=1)
        life.forget_expired(on.ports)
        with on.ports.store.read() as tx:
            assert tx.milestones.get(which) is None
            assert tx.milestones.words(which) == ()


def test_two_replicas_cannot_both_tell_on_the_same_day(database: Database) -> None:
    with stage(database) as on:
        add_partnership(on)
        first, second = (planned(on, title=title) for title in ("Roof on", "Walls up"))
        assert len(told(on, JUNE_2)) == 1
        with on.ports.store.read() as tx:
            both = [tx.milestones.get(each) for each in (first, second)]
        (waiting,) = [each for each in both if each is not None and each.fate is Fate.COMING]
        with pytest.raises(IntegrityError), on.ports.store.write() as tx:
            tx.milestones.put(replace(waiting, fate=Fate.TOLD, told_on=JUNE_2.date()))
