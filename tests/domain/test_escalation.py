"""The life of an escalation by its table: what is possible when, for whom, and by when in whose working days."""

import datetime as dt
from dataclasses import replace

import pytest

from bot.domain.errors import NotAllowed, NotNow, PulseError
from bot.domain.escalation import TRANSITIONS, Escalation, Move, State, Words, diagram
from bot.domain.escalation_moves import (
    acknowledged,
    called_resolved,
    confirmed,
    disagreed,
    handed_over,
    moved,
    opened,
    raised,
    snoozed,
    timed,
)
from bot.domain.ids import EscalationId, OrganisationId, PartnershipId
from bot.domain.people import Person, Role
from bot.domain.route_map import (
    DEFAULT,
    Circumstances,
    Lane,
    Level,
    Rung,
    Seat,
    Step,
    day_number,
    entered_at,
    frozen,
    working_time,
)
from bot.domain.workdays import IsHoliday
from tests.builders import BUILDER, COUNCIL, EXT, TUESDAY, person

WORDS = Words(what="The rota moved.", stake="", tried="")
AUTHOR = person(5)
HOLDERS = {
    BUILDER: {Role.LEAD: (person(1, EXT), person(3, EXT)), Role.SENIOR: (person(2, EXT),)},
    COUNCIL: {Role.LEAD: (person(1),), Role.SENIOR: (person(2), person(4))},
}
EVERYBODY = {each: tuple(one for people in roles.values() for one in people) for each, roles in HOLDERS.items()}


def never(day: dt.date) -> bool:
    """No holidays."""
    return False


def around(
    now: dt.datetime = TUESDAY,
    *,
    absent: tuple[Person, ...] = (),
    builder: IsHoliday = never,
    council: IsHoliday = never,
) -> Circumstances:
    """A moment in which everybody is there but the absent ones."""
    present = {of: tuple(each for each in people if each not in absent) for of, people in EVERYBODY.items()}
    return Circumstances(
        now=now, timezone="Europe/London", present=present, holidays={BUILDER: builder, COUNCIL: council}
    )


def fresh(level: Level = Level.INFORMAL, lane: Lane = Lane.NORMAL, at: Circumstances | None = None) -> Escalation:
    """An escalation that has just been opened on the usual map."""
    route = entered_at(frozen(DEFAULT, HOLDERS), level, lane)
    return opened(EscalationId("e-1"), PartnershipId("p-north"), AUTHOR, WORDS, lane, route, at or around())


def in_state(state: State) -> Escalation:
    """One in each state, by real moves."""
    waiting = fresh()
    builder = waiting.owners[0]
    return {
        State.WAITING: lambda: waiting,
        State.IN_HAND: lambda: acknowledged(waiting),
        State.SNOOZED: lambda: snoozed(waiting, builder, 1, around()),
        State.PROPOSED: lambda: called_resolved(waiting, builder, "Agreed.", around()),
        State.RESOLVED: lambda: confirmed(called_resolved(waiting, builder, "Agreed.", around()), waiting.owners[1])[0],
    }[state]()


@pytest.mark.parametrize(("state", "move"), sorted((state, move) for state in State for move in TRANSITIONS[state]))
def test_a_move_leads_where_the_table_says(state: State, move: Move) -> None:
    assert moved(in_state(state), move).state is TRANSITIONS[state][move]


@pytest.mark.parametrize(
    ("state", "move"), sorted((state, move) for state in State for move in set(Move) - TRANSITIONS[state].keys())
)
def test_a_move_that_the_table_does_not_have_is_refused(state: State, move: Move) -> None:
    with pytest.raises(NotNow, match=r"\.$"):
        moved(in_state(state), move)


@pytest.mark.parametrize("state", State)
def test_time_acts_only_on_what_waits_and_says_so_by_a_deadline(state: State) -> None:
    before = in_state(state)
    by_time = {Move.WAKE, Move.LAPSE, Move.REMIND} & TRANSITIONS[state].keys()
    assert (before.deadline_at is not None) == bool(by_time)
    later = timed(before, around(TUESDAY + dt.timedelta(days=300)))
    assert (later is not None) == bool(by_time)
    assert timed(before, around()) is None


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("who", [AUTHOR, person(1), person(1, EXT), person(2), person(9)])
def test_what_is_offered_is_what_is_permitted(state: State, who: Person) -> None:
    before = in_state(state)
    for move in before.open_to(who):
        before.permit(who, move)
    for move in set(Move) - set(before.open_to(who)):
        with pytest.raises(PulseError, match=r"\.$"):
            before.permit(who, move)


def test_only_owners_decide_and_whoever_knows_of_it_may_add_a_view() -> None:
    waiting = fresh()
    assert waiting.open_to(person(9)) == ()
    assert waiting.open_to(AUTHOR) == (Move.ADD_VIEW,)
    assert waiting.open_to(person(1)) == (
        *(Move.ACKNOWLEDGE, Move.ADD_VIEW, Move.HAND_OVER),
        *(Move.SNOOZE, Move.RAISE, Move.RESOLVE),
    )
    with pytest.raises(NotAllowed, match="<@U0E01> and <@U0H01>"):
        waiting.permit(AUTHOR, Move.ACKNOWLEDGE)


def test_the_usual_map_has_a_pair_of_owners_at_each_level_and_others_where_there_are_any() -> None:
    pairs = {each.level: [one.person for one in around().owners(each)] for each in frozen(DEFAULT, HOLDERS)}
    assert pairs == {
        Level.INFORMAL: [person(1, EXT), person(1)],
        Level.DELIVERY_LEADS: [person(3, EXT), person(1)],
        Level.PROGRAMME: [person(2, EXT), person(2)],
        Level.SPONSORS: [person(2, EXT), person(4)],
    }
    assert [each.working_days for each in DEFAULT] == [2, 2, 3, 5]


@pytest.mark.parametrize(
    ("absent", "told"),
    [
        ((), [person(1, EXT), person(1)]),
        ((person(1, EXT),), [person(3, EXT), person(1)]),
        ((person(1, EXT), person(3, EXT)), [person(2, EXT), person(1)]),
        (EVERYBODY[BUILDER], [person(1)]),
    ],
)
def test_for_an_absent_owner_a_deputy_is_told_and_without_one_the_counterpart_alone(
    absent: tuple[Person, ...], told: list[Person]
) -> None:
    assert [each.person for each in fresh(at=around(absent=absent)).owners] == told


def test_where_nobody_can_be_told_nothing_is_opened() -> None:
    with pytest.raises(NotNow, match="Nobody can be told yet"):
        fresh(at=around(absent=(*EVERYBODY[BUILDER], *EVERYBODY[COUNCIL])))


def test_a_newcomer_stands_in_where_all_who_were_named_are_gone() -> None:
    alone = Step(level=Level.INFORMAL, working_days=2, seats=(Seat(organisation_id=COUNCIL, people=(person(8),)),))
    assert [each.person for each in around().owners(alone)] == [person(1)]


@pytest.mark.parametrize("lane", [Lane.SAFETY, Lane.LEGAL])
def test_the_fast_lane_begins_at_the_programme_level_with_a_day_for_each(lane: Lane) -> None:
    assert [(each.level, each.working_days) for each in fresh(lane=lane).route] == [
        (Level.PROGRAMME, 1),
        (Level.SPONSORS, 1),
    ]
    assert [each.level for each in fresh(Level.SPONSORS, lane).route] == [Level.SPONSORS]


def test_a_map_without_the_level_that_is_asked_for_begins_at_the_next_one_it_has() -> None:
    short = frozen((Rung(level=Level.INFORMAL, working_days=4, owners={}),), HOLDERS)
    assert entered_at(short, Level.PROGRAMME, Lane.NORMAL) == short


@pytest.mark.parametrize(
    ("at", "days", "expected"),
    [
        ("2026-05-12T09:00", 2, "2026-05-14T09:00"),  # Tuesday 10:00 in London -> Thursday 10:00
        ("2026-05-15T15:00", 2, "2026-05-19T15:00"),  # Friday afternoon -> Tuesday
        ("2026-05-12T19:30", 1, "2026-05-14T08:00"),  # Tuesday evening counts from Wednesday 9:00
        ("2026-05-12T04:00", 1, "2026-05-13T08:00"),  # before the working day begins
        ("2026-05-16T12:00", 2, "2026-05-20T08:00"),  # Saturday counts from Monday 9:00
        ("2026-03-27T15:00", 1, "2026-03-30T14:00"),  # over the spring change: the same wall time
    ],
)
def test_time_runs_in_working_days_of_nine_to_five(at: str, days: int, expected: str) -> None:
    read = dt.datetime.fromisoformat(at).replace(tzinfo=dt.UTC)
    found = working_time(read, days, "Europe/London", never)
    assert found == dt.datetime.fromisoformat(expected).replace(tzinfo=dt.UTC)


def test_each_owner_has_the_working_days_of_the_own_organisation() -> None:
    shut = {dt.date(2026, 5, 13), dt.date(2026, 5, 14)}
    longer = around(builder=lambda day: day in shut)
    assert fresh().deadline_at == TUESDAY + dt.timedelta(days=2)
    assert fresh(at=longer).deadline_at == TUESDAY + dt.timedelta(days=6)
    gone = replace(longer, present={**longer.present, BUILDER: ()})
    assert fresh(at=gone).deadline_at == TUESDAY + dt.timedelta(days=2)


def test_nobody_answers_so_it_climbs_to_the_top_and_is_reminded_of_there() -> None:
    now, climbing, path = TUESDAY, fresh(), []
    for _ in range(5):
        assert climbing.deadline_at is not None
        now = climbing.deadline_at
        outcome = timed(climbing, around(now))
        assert outcome is not None
        climbing, move = outcome
        path.append((move, climbing.here.level))
    assert path == [
        (Move.LAPSE, Level.DELIVERY_LEADS),
        (Move.LAPSE, Level.PROGRAMME),
        (Move.LAPSE, Level.SPONSORS),
        (Move.REMIND, Level.SPONSORS),
        (Move.REMIND, Level.SPONSORS),
    ]
    assert set(climbing.told) == {person(1), person(2), person(4), person(1, EXT), person(2, EXT), person(3, EXT)}
    with pytest.raises(NotNow, match="highest level"):
        raised(climbing, around())


def test_a_late_clock_gives_the_next_level_its_full_time() -> None:
    late = timed(fresh(), around(TUESDAY + dt.timedelta(days=28)))
    assert late is not None
    assert late[0].here.level is Level.DELIVERY_LEADS
    assert late[0].deadline_at == TUESDAY + dt.timedelta(days=30)


def test_it_is_put_off_once_on_each_level_and_comes_back_with_full_time() -> None:
    waiting = fresh()
    put_off = snoozed(waiting, waiting.owners[0], 1, around())
    assert Move.SNOOZE not in put_off.open_to(person(1))
    woken = timed(put_off, around(TUESDAY + dt.timedelta(days=1)))
    assert woken is not None
    assert (woken[1], woken[0].state, woken[0].here.level) == (Move.WAKE, State.WAITING, Level.INFORMAL)
    assert woken[0].deadline_at == TUESDAY + dt.timedelta(days=3)
    assert Move.SNOOZE not in woken[0].open_to(person(1))
    assert Move.SNOOZE in raised(woken[0], around()).open_to(person(3, EXT))


def test_whoever_takes_over_stays_the_owner_when_it_comes_back() -> None:
    waiting = fresh()
    taken = handed_over(waiting, waiting.owners[0], person(3, EXT))
    assert (taken.owner(person(1, EXT)), taken.is_seen_by(person(1, EXT))) == (None, True)
    woken = timed(snoozed(taken, taken.owners[0], 1, around()), around(TUESDAY + dt.timedelta(days=5)))
    assert woken is not None
    assert [each.person for each in woken[0].owners] == [person(3, EXT), person(1)]


def test_it_is_resolved_when_all_sides_say_so() -> None:
    waiting = fresh()
    builder, council = waiting.owners
    proposed = called_resolved(acknowledged(waiting), builder, "Dates move in the meeting only.", around())
    assert Move.CONFIRM not in proposed.open_to(builder.person)
    settled, move = confirmed(proposed, council)
    assert (move, settled.state, settled.deadline_at) == (Move.SETTLE, State.RESOLVED, None)
    assert settled.open_to(council.person) == ()
    doubted = disagreed(proposed)
    assert (doubted.state, doubted.agreed, doubted.outcome) == (State.IN_HAND, (), "")


def test_of_three_organisations_the_last_one_settles_it() -> None:
    waiting = fresh()
    third = replace(waiting.route[0].seats[0], organisation_id=OrganisationId("org-third"))
    step = replace(waiting.route[0], seats=(*waiting.route[0].seats, third))
    builder, council = waiting.owners
    proposed = called_resolved(replace(waiting, route=(step,)), builder, "Agreed.", around())
    partly, move = confirmed(proposed, council)
    assert (move, partly.state) == (Move.CONFIRM, State.PROPOSED)


def test_a_resolution_that_nobody_confirms_climbs() -> None:
    waiting = fresh()
    proposed = called_resolved(waiting, waiting.owners[0], "Agreed.", around())
    climbed = timed(proposed, around(TUESDAY + dt.timedelta(days=2)))
    assert climbed is not None
    assert (climbed[1], climbed[0].state, climbed[0].agreed) == (Move.LAPSE, State.WAITING, ())


@pytest.mark.parametrize(
    ("opened_on", "today", "number"),
    [("05-12", "05-12", 1), ("05-12", "05-13", 2), ("05-15", "05-18", 2), ("05-16", "05-18", 1), ("05-16", "05-16", 1)],
)
def test_days_are_counted_in_working_days_from_one(opened_on: str, today: str, number: int) -> None:
    first, now = (dt.datetime.fromisoformat(f"2026-{each}T12:00+00:00") for each in (opened_on, today))
    assert day_number(first, now, "Europe/London", never) == number


def test_the_diagram_has_every_arrow_of_the_table() -> None:
    drawn = diagram()
    for state, moves in TRANSITIONS.items():
        for move, following in moves.items():
            (line,) = [each for each in drawn.splitlines() if each.strip().startswith(f"{state} --> {following}:")]
            assert move.replace("_", " ") in line.partition(": ")[2].split(", ")
