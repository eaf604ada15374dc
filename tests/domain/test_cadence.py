"""The calendar: when a pulse opens, reminds and closes, over clock changes, holidays, outages and year ends."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.domain.cadence import (
    Cadence,
    CadenceInvalid,
    Every,
    ExtraTooSoon,
    Slot,
    Weekday,
    catch_up,
    extra_slot,
    next_slot,
    spelled,
    team_first_until,
    week_of,
)
from bot.domain.workdays import (
    IsHoliday,
    add_working_days,
    instant,
    is_working_day,
    next_working_day,
    previous_working_day,
)

WEEKLY = Cadence(
    every=Every.WEEK,
    weekday=Weekday.THURSDAY,
    at=dt.time(10),
    timezone="Europe/London",
    open_working_days=3,
    team_first_working_days=2,
    anchor_on=dt.date(2026, 1, 1),
)
FORTNIGHTLY = replace(WEEKLY, every=Every.FORTNIGHT, open_working_days=5)
ZONES = [
    "Europe/London",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Asia/Kolkata",
    "Africa/Casablanca",
    "America/Santiago",
    "Pacific/Apia",
    "Asia/Gaza",
    "UTC",
]


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def on(*days: str) -> IsHoliday:
    closed = frozenset(dt.date.fromisoformat(day) for day in days)
    return lambda day: day in closed


NEVER = on()
EASTER = on("2026-04-03", "2026-04-06")
CHRISTMAS = on("2026-12-25", "2026-12-28", "2027-01-01")


def run(cadence: Cadence, after: dt.datetime, is_holiday: IsHoliday, count: int) -> list[Slot]:
    slots: list[Slot] = []
    for _ in range(count):
        slots.append(next_slot(cadence, after, is_holiday))
        after = slots[-1].opens_at
    return slots


def local(at: dt.datetime, cadence: Cadence) -> dt.datetime:
    return at.astimezone(ZoneInfo(cadence.timezone))


days = st.dates(dt.date(2024, 1, 1), dt.date(2035, 12, 31))
times = st.times().map(lambda at: at.replace(second=0, microsecond=0, fold=0))


@st.composite
def cadences(draw: st.DrawFn) -> Cadence:
    every = draw(st.sampled_from(Every))
    anchor_on = draw(days.filter(lambda day: day.weekday() < 5))
    return Cadence(
        every=every,
        weekday=list(Weekday)[anchor_on.weekday()],
        at=draw(times),
        timezone=draw(st.sampled_from(ZONES)),
        open_working_days=draw(st.integers(1, 4 if every is Every.WEEK else 9)),
        team_first_working_days=draw(st.integers(0, 10)),
        anchor_on=anchor_on,
    )


@st.composite
def calendars(draw: st.DrawFn) -> IsHoliday:
    """Holidays on scattered days of every year, and one long feast such as a Golden Week."""
    scattered = draw(st.frozensets(st.integers(1, 365), max_size=25))
    feast = draw(st.integers(1, 340))
    length = draw(st.integers(0, 12))
    closed = scattered | frozenset(range(feast, feast + length))
    return lambda day: day.timetuple().tm_yday in closed


moments = st.builds(
    lambda day, at: dt.datetime.combine(day, at, dt.UTC), st.dates(dt.date(2023, 6, 1), dt.date(2036, 6, 1)), times
)


# What a cadence may be


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("at", {"at": dt.time(10, tzinfo=dt.UTC)}),
        ("at", {"at": dt.time(10, 0, 30)}),
        ("timezone", {"timezone": "Europe/Lndon"}),
        ("timezone", {"timezone": "Europe"}),
        ("timezone", {"timezone": "../London"}),
        ("timezone", {"timezone": ""}),
        ("open_working_days", {"open_working_days": 0}),
        ("open_working_days", {"open_working_days": 5}),
        ("open_working_days", {"every": Every.FORTNIGHT, "open_working_days": 10}),
        ("team_first_working_days", {"team_first_working_days": -1}),
        ("team_first_working_days", {"team_first_working_days": 11}),
        ("anchor_on", {"anchor_on": dt.date(2026, 1, 2)}),
    ],
)
def test_a_cadence_that_cannot_be_kept_is_refused_with_a_sentence(field: str, change: dict[str, object]) -> None:
    with pytest.raises(CadenceInvalid) as refused:
        replace(WEEKLY, **change)  # type: ignore[arg-type]  # the table mixes the types of the fields
    assert refused.value.field == field
    assert refused.value.sentence.endswith(".")
    assert isinstance(refused.value, ValueError)


# Working days


def test_working_days_are_weekdays_that_are_nobodys_holiday() -> None:
    week = [dt.date(2026, 4, 1) + dt.timedelta(days=n) for n in range(7)]
    assert [is_working_day(day, EASTER) for day in week] == [True, True, False, False, False, False, True]


@pytest.mark.parametrize(
    ("day", "n", "expected"),
    [
        ("2026-04-02", 0, "2026-04-02"),
        ("2026-04-02", 1, "2026-04-07"),
        ("2026-04-04", 1, "2026-04-07"),
        ("2026-04-02", 3, "2026-04-09"),
        ("2026-04-07", -1, "2026-04-02"),
        ("2026-04-05", -2, "2026-04-01"),
    ],
)
def test_counting_working_days_steps_over_easter(day: str, n: int, expected: str) -> None:
    assert add_working_days(dt.date.fromisoformat(day), n, EASTER) == dt.date.fromisoformat(expected)


@given(days, calendars())
def test_the_next_and_the_previous_working_day_are_neighbours(day: dt.date, is_holiday: IsHoliday) -> None:
    later = next_working_day(day, is_holiday)
    earlier = previous_working_day(later, is_holiday)
    assert earlier <= day < later
    assert is_working_day(later, is_holiday)
    assert is_working_day(earlier, is_holiday)
    assert next_working_day(earlier, is_holiday) == later


# Wall time


@pytest.mark.parametrize(
    ("zone", "day", "at", "expected"),
    [
        ("Europe/London", "2026-03-28", "10:00", "2026-03-28 10:00"),
        ("Europe/London", "2026-03-29", "01:30", "2026-03-29 01:30"),  # the gap: 02:30 by the clock
        ("Europe/London", "2026-03-29", "10:00", "2026-03-29 09:00"),
        ("Europe/London", "2026-10-25", "01:30", "2026-10-25 00:30"),  # the first of the two
        ("Europe/London", "2026-10-25", "10:00", "2026-10-25 10:00"),
        ("America/New_York", "2026-03-08", "02:30", "2026-03-08 07:30"),  # 03:30 by the clock
        ("America/New_York", "2026-11-01", "01:30", "2026-11-01 05:30"),
        ("America/New_York", "2026-11-01", "02:00", "2026-11-01 07:00"),
        ("Australia/Lord_Howe", "2026-10-04", "02:15", "2026-10-03 15:45"),  # half an hour: 02:45 by the clock
        ("Australia/Lord_Howe", "2026-10-04", "02:30", "2026-10-03 15:30"),
        ("Australia/Lord_Howe", "2026-04-05", "01:45", "2026-04-04 14:45"),
        ("Australia/Lord_Howe", "2026-04-05", "02:00", "2026-04-04 15:30"),
    ],
)
def test_both_clock_changes_are_pinned(zone: str, day: str, at: str, expected: str) -> None:
    assert instant(dt.date.fromisoformat(day), dt.time.fromisoformat(at), zone) == utc(expected)


def test_a_time_that_asks_for_the_second_of_two_hours_still_gets_the_first() -> None:
    assert instant(dt.date(2026, 10, 25), dt.time(1, 30, fold=1), "Europe/London") == utc("2026-10-25 00:30")


@given(days, times, st.sampled_from(ZONES), st.sampled_from([0, 1]))
def test_a_wall_time_comes_back_as_it_was_or_moved_by_the_gap(day: dt.date, at: dt.time, zone: str, fold: int) -> None:
    moment = instant(day, at.replace(fold=fold), zone)
    wall = dt.datetime.combine(day, at)
    shown = moment.astimezone(ZoneInfo(zone))
    gap = shown.replace(tzinfo=None) - wall
    assert moment.tzinfo is dt.UTC
    assert shown.fold == 0
    assert gap in (dt.timedelta(), dt.timedelta(minutes=30), dt.timedelta(hours=1))


@pytest.mark.parametrize(
    ("at", "zone", "expected"),
    [
        ("2026-05-14 09:00", "Europe/London", "Thursday 14 May, 10:00"),
        ("2026-05-14 09:00", "America/New_York", "Thursday 14 May, 05:00"),
        ("2026-12-31 23:30", "Pacific/Auckland", "Friday 1 January, 12:30"),
    ],
)
def test_a_moment_is_spelled_in_the_zones_own_day(at: str, zone: str, expected: str) -> None:
    assert spelled(utc(at), zone) == expected


@pytest.mark.parametrize(
    ("earlier", "later", "weeks"),
    [
        ("2026-05-11 00:00", "2026-05-17 22:59", 0),
        ("2026-05-17 22:59", "2026-05-17 23:00", 1),  # midnight in London is 23:00 UTC in summer
        ("2020-12-31 12:00", "2021-01-04 12:00", 1),  # 2020 has 53 weeks
        ("2026-12-28 12:00", "2027-01-03 12:00", 0),
        ("2026-01-01 12:00", "2027-01-01 12:00", 52),
    ],
)
def test_calendar_weeks_are_counted_through_the_years(earlier: str, later: str, weeks: int) -> None:
    assert week_of(utc(later), "Europe/London") - week_of(utc(earlier), "Europe/London") == weeks


# Regular slots


def test_a_slot_opens_reminds_and_closes_at_the_same_wall_time() -> None:
    slot = next_slot(WEEKLY, utc("2026-05-13 12:00"), NEVER)
    assert slot == Slot(
        scheduled_on=dt.date(2026, 5, 14),
        opens_at=utc("2026-05-14 09:00"),
        remind_at=utc("2026-05-18 09:00"),
        closes_at=utc("2026-05-19 09:00"),
    )


def test_a_round_of_one_working_day_reminds_two_hours_before_it_closes() -> None:
    slot = next_slot(replace(WEEKLY, open_working_days=1), utc("2026-05-13 12:00"), NEVER)
    assert (slot.remind_at, slot.closes_at) == (utc("2026-05-15 07:00"), utc("2026-05-15 09:00"))


def test_a_slot_is_never_its_own_successor() -> None:
    slot = next_slot(WEEKLY, utc("2026-05-14 08:59"), NEVER)
    assert slot.scheduled_on == dt.date(2026, 5, 14)
    assert next_slot(WEEKLY, slot.opens_at, NEVER).scheduled_on == dt.date(2026, 5, 21)


def test_nothing_opens_before_the_first_scheduled_day() -> None:
    assert next_slot(WEEKLY, utc("2020-01-01 00:00"), NEVER).scheduled_on == dt.date(2026, 1, 1)


@pytest.mark.parametrize(
    ("holidays", "after", "opened"),
    [
        # A holiday moves the round to the next working day; the following one comes as usual.
        (on("2026-05-14"), "2026-05-08", ["2026-05-15", "2026-05-21"]),
        # Moved over the weekend, it stands four days before the next: that one is skipped.
        (on("2026-05-14", "2026-05-15", "2026-05-18"), "2026-05-08", ["2026-05-19", "2026-05-28"]),
        # Not moved, but still open on the next scheduled day.
        (on("2026-05-15", "2026-05-18", "2026-05-19"), "2026-05-08", ["2026-05-14", "2026-05-28"]),
        # It closes at the minute the next opens: both are held.
        (on("2026-05-15", "2026-05-18"), "2026-05-08", ["2026-05-14", "2026-05-21"]),
        (CHRISTMAS, "2026-12-18", ["2026-12-24", "2026-12-31", "2027-01-07"]),
    ],
)
def test_rounds_give_way_to_holidays_and_to_each_other(holidays: IsHoliday, after: str, opened: list[str]) -> None:
    slots = run(WEEKLY, utc(after), holidays, len(opened))
    assert [slot.opens_at.date().isoformat() for slot in slots] == opened


def test_five_days_apart_is_far_enough() -> None:
    cadence = replace(WEEKLY, weekday=Weekday.MONDAY, anchor_on=dt.date(2026, 1, 5))
    slots = run(cadence, utc("2026-05-09"), on("2026-05-11", "2026-05-12"), 2)
    assert [slot.opens_at for slot in slots] == [utc("2026-05-13 09:00"), utc("2026-05-18 09:00")]


def test_a_skipped_slot_takes_no_room_from_the_one_after_it() -> None:
    holidays = on("2026-05-14", "2026-05-15", "2026-05-18", "2026-05-22", "2026-05-25", "2026-05-26")
    opened = [slot.opens_at.date().isoformat() for slot in run(WEEKLY, utc("2026-05-08"), holidays, 2)]
    assert opened == ["2026-05-19", "2026-05-28"]  # the 21st would have been open until the 29th
    assert next_slot(WEEKLY, utc("2026-05-23"), holidays).opens_at == utc("2026-05-28 09:00")


@pytest.mark.parametrize("year", range(2024, 2036))
def test_a_fortnight_keeps_its_rhythm_over_every_year_end(year: int) -> None:
    cadence = replace(FORTNIGHTLY, anchor_on=dt.date(2024, 1, 4))
    slots = run(cadence, utc(f"{year}-12-01"), NEVER, 5)
    assert {(slot.scheduled_on - cadence.anchor_on).days % 14 for slot in slots} == {0}
    assert {(later.scheduled_on - earlier.scheduled_on).days for earlier, later in pairwise(slots)} == {14}


@pytest.mark.parametrize("zone", ZONES)
def test_without_holidays_the_wall_time_stays_for_twelve_years(zone: str) -> None:
    cadence = replace(WEEKLY, timezone=zone, anchor_on=dt.date(2024, 1, 4))
    slots = run(cadence, utc("2023-12-31"), NEVER, 52 * 12)
    assert {local(at, cadence).time() for slot in slots for at in (slot.opens_at, slot.remind_at, slot.closes_at)} == {
        dt.time(10)
    }
    assert {(later.scheduled_on - earlier.scheduled_on).days for earlier, later in pairwise(slots)} == {7}


@given(cadences(), calendars(), moments)
def test_rounds_never_overlap_repeat_or_share_a_calendar_week(
    cadence: Cadence, is_holiday: IsHoliday, after: dt.datetime
) -> None:
    slots = run(cadence, after, is_holiday, 12)
    assert slots[0].opens_at > after
    for slot in slots:
        assert slot.opens_at < slot.remind_at < slot.closes_at
        assert is_working_day(local(slot.opens_at, cadence).date(), is_holiday)
        assert is_working_day(local(slot.closes_at, cadence).date(), is_holiday)
        assert slot.scheduled_on <= local(slot.opens_at, cadence).date()
        assert (slot.scheduled_on - cadence.anchor_on).days % cadence.every.days == 0
    for earlier, later in pairwise(slots):
        assert earlier.scheduled_on < later.scheduled_on
        assert earlier.closes_at <= later.opens_at
        assert (local(later.opens_at, cadence).date() - local(earlier.opens_at, cadence).date()).days >= 5
        assert week_of(earlier.opens_at, cadence.timezone) < week_of(later.opens_at, cadence.timezone)


@given(cadences(), calendars(), moments, st.integers(0, 90))
def test_the_next_slot_does_not_depend_on_when_it_is_asked_for(
    cadence: Cadence, is_holiday: IsHoliday, after: dt.datetime, days_later: int
) -> None:
    later = after + dt.timedelta(days=days_later)
    stepped = next(slot for slot in run(cadence, after, is_holiday, 20) if slot.opens_at > later)
    assert next_slot(cadence, later, is_holiday) == stepped


# After an outage


def due(after: str, cadence: Cadence = WEEKLY, is_holiday: IsHoliday = NEVER) -> Slot:
    return next_slot(cadence, utc(after), is_holiday)


@pytest.mark.parametrize("now", ["2026-05-14 09:00", "2026-05-13 00:00"])
def test_a_slot_on_time_needs_no_catching_up(now: str) -> None:
    slot = due("2026-05-13")
    assert catch_up(WEEKLY, slot, utc(now), NEVER) == slot


@pytest.mark.parametrize(
    ("now", "scheduled_on", "remind_at", "closes_at"),
    [
        # Seconds, or most of the day: it closes as planned.
        ("2026-05-14 09:00:05", "2026-05-14", "2026-05-18 09:00", "2026-05-19 09:00"),
        ("2026-05-14 21:00", "2026-05-14", "2026-05-18 09:00", "2026-05-19 09:00"),
        # The next morning: three working days from then.
        ("2026-05-15 07:00", "2026-05-14", "2026-05-19 09:00", "2026-05-20 09:00"),
        # Weeks later: one round only, in the name of the latest missed.
        ("2026-06-05 08:00", "2026-06-04", "2026-06-09 09:00", "2026-06-10 09:00"),
        ("2026-06-04 09:30", "2026-06-04", "2026-06-08 09:00", "2026-06-09 09:00"),
    ],
)
def test_a_missed_round_opens_late_while_there_is_room(
    now: str, scheduled_on: str, remind_at: str, closes_at: str
) -> None:
    assert catch_up(WEEKLY, due("2026-05-13"), utc(now), NEVER) == Slot(
        scheduled_on=dt.date.fromisoformat(scheduled_on),
        opens_at=utc(now),
        remind_at=utc(remind_at),
        closes_at=utc(closes_at),
    )


@pytest.mark.parametrize("now", ["2026-05-18 08:00", "2026-05-20 12:00", "2026-06-01 12:00", "2026-06-03 23:00"])
def test_a_missed_round_without_room_waits_for_the_next(now: str) -> None:
    assert catch_up(WEEKLY, due("2026-05-13"), utc(now), NEVER) is None


def test_a_short_missed_round_does_not_open_within_five_days_of_the_next() -> None:
    cadence = replace(WEEKLY, open_working_days=1)
    assert catch_up(cadence, due("2026-05-13", cadence), utc("2026-05-18 08:00"), NEVER) is None


def test_a_round_that_opens_late_in_the_evening_counts_its_days_from_the_next() -> None:
    cadence = replace(WEEKLY, weekday=Weekday.MONDAY, anchor_on=dt.date(2026, 1, 5), open_working_days=2)
    opened = catch_up(cadence, due("2026-05-10", cadence), utc("2026-05-12 22:00"), NEVER)
    assert opened is not None
    assert opened.closes_at == utc("2026-05-15 09:00")


def test_a_few_seconds_late_is_not_a_reason_to_skip_the_longest_round() -> None:
    cadence = replace(WEEKLY, open_working_days=4)
    holidays = on("2026-05-15", "2026-05-18")
    slot = due("2026-05-13", cadence, holidays)
    opened = catch_up(cadence, slot, slot.opens_at + dt.timedelta(seconds=5), holidays)
    assert opened is not None
    assert opened.closes_at == slot.closes_at


@given(cadences(), calendars(), moments, st.timedeltas(dt.timedelta(), dt.timedelta(days=60)))
def test_a_late_round_keeps_clear_of_the_next_one(
    cadence: Cadence, is_holiday: IsHoliday, after: dt.datetime, late_for: dt.timedelta
) -> None:
    slot = next_slot(cadence, after, is_holiday)
    now = slot.opens_at + late_for
    following = next_slot(cadence, now, is_holiday)
    opened = catch_up(cadence, slot, now, is_holiday)
    assume(opened is not None)
    assert opened is not None
    assert opened.opens_at == now
    assert now < opened.remind_at < opened.closes_at <= following.opens_at
    assert slot.scheduled_on <= opened.scheduled_on < following.scheduled_on
    assert opened.closes_at - now >= dt.timedelta(hours=10)
    assert week_of(now, cadence.timezone) < week_of(following.opens_at, cadence.timezone)


# Extra rounds


def extra(now: str, last: str | None, cadence: Cadence = FORTNIGHTLY, is_holiday: IsHoliday = NEVER) -> Slot:
    last_at = None if last is None else utc(last)
    return extra_slot(cadence, utc(now), last_at, next_slot(cadence, utc(now), is_holiday), is_holiday)


def test_an_extra_round_fits_in_the_middle_of_a_fortnight() -> None:
    slot = extra("2026-05-14 13:00", "2026-05-07 09:00")
    assert slot == Slot(
        scheduled_on=dt.date(2026, 5, 14),
        opens_at=utc("2026-05-14 13:00"),
        remind_at=utc("2026-05-19 09:00"),
        closes_at=utc("2026-05-20 09:00"),
    )


def test_an_extra_round_is_welcome_in_a_weekly_pulse_after_a_pause() -> None:
    slot = extra("2026-05-14 09:00:01", "2026-03-05 10:00", WEEKLY, on("2026-05-21", "2026-05-22"))
    assert slot.scheduled_on == dt.date(2026, 5, 14)


def test_an_extra_round_may_come_before_any_other() -> None:
    assert extra("2025-12-17 12:00", None).opens_at == utc("2025-12-17 12:00")


@pytest.mark.parametrize(
    ("now", "last", "possible_at"),
    [
        ("2026-05-11 12:00", "2026-05-07 09:00", "2026-05-14 09:00"),  # too close to the one before
        ("2026-05-15 12:00", "2026-05-07 09:00", "2026-05-28 09:00"),  # too close to the next one
        ("2026-05-14 08:00", "2026-05-07 09:00", "2026-05-14 09:00"),  # the one before is still open
        ("2025-12-20 12:00", None, "2025-12-22 10:00"),  # a Saturday
    ],
)
def test_a_premature_extra_round_is_told_when_it_is_possible(now: str, last: str | None, possible_at: str) -> None:
    with pytest.raises(ExtraTooSoon) as refused:
        extra(now, last)
    assert refused.value.possible_at == utc(possible_at)
    assert spelled(utc(possible_at), "Europe/London") in refused.value.sentence


def test_an_extra_round_needs_two_working_days_before_the_next_one() -> None:
    with pytest.raises(ExtraTooSoon) as refused:
        extra("2026-05-14 12:00", "2026-05-07 09:00", is_holiday=on("2026-05-18", "2026-05-19", "2026-05-20"))
    assert refused.value.possible_at == utc("2026-05-28 09:00")


def test_a_weekly_pulse_says_that_only_a_skipped_round_or_a_pause_leaves_room() -> None:
    with pytest.raises(ExtraTooSoon) as refused:
        extra("2026-05-18 12:00", "2026-05-14 09:00", WEEKLY)
    assert refused.value.possible_at is None
    assert refused.value.sentence == (
        "An extra round opens on a working day, at least 7 days from any other; the next regular one opens on "
        "Thursday 21 May, 10:00. A weekly pulse leaves room only when a regular round was skipped or the partnership "
        "was paused."
    )


def outcome(ask: Callable[[], Slot]) -> Slot | dt.datetime | None:
    """The slot, or when it would be possible."""
    try:
        return ask()
    except ExtraTooSoon as refused:
        return refused.possible_at


@given(cadences(), calendars(), moments)
def test_what_is_said_to_be_possible_is_possible_and_keeps_its_distance(
    cadence: Cadence, is_holiday: IsHoliday, start: dt.datetime
) -> None:
    last = next_slot(cadence, start, is_holiday)
    now = last.opens_at + dt.timedelta(days=1)
    regular = run(cadence, last.opens_at, is_holiday, 30)
    first = outcome(lambda: extra_slot(cadence, now, last.opens_at, next_slot(cadence, now, is_holiday), is_holiday))
    assume(isinstance(first, dt.datetime))
    assert isinstance(first, dt.datetime)
    before = max(slot.opens_at for slot in [last, *regular] if slot.opens_at < first)
    after = next_slot(cadence, first, is_holiday)
    slot = extra_slot(cadence, first, before, after, is_holiday)
    assert slot.opens_at == first
    assert (local(first, cadence).date() - local(before, cadence).date()).days >= 7
    assert (local(after.opens_at, cadence).date() - local(first, cadence).date()).days >= 7
    assert first < slot.remind_at < slot.closes_at < after.opens_at
    assert slot.scheduled_on not in {other.scheduled_on for other in regular}


# The team sees its result first


@pytest.mark.parametrize(
    ("closed_at", "working_days", "expected"),
    [
        ("2026-05-19 09:00", 2, "2026-05-21 09:00"),
        ("2026-05-19 10:30", 2, "2026-05-21 10:30"),
        ("2026-05-19 09:00", 0, "2026-05-19 09:00"),
        ("2026-04-02 09:00", 2, "2026-04-08 09:00"),
        ("2026-10-23 09:00", 1, "2026-10-26 10:00"),  # the same wall time after the clocks went back
    ],
)
def test_the_team_has_its_result_for_whole_working_days(closed_at: str, working_days: int, expected: str) -> None:
    cadence = replace(WEEKLY, team_first_working_days=working_days)
    assert team_first_until(utc(closed_at), cadence, EASTER) == utc(expected)
