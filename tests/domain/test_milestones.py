"""What a plan may say, and when a milestone is told and asked about."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import milestones
from bot.domain.errors import InvalidForm
from bot.domain.milestones import MilestoneKind, Plan
from bot.domain.workdays import IsHoliday, instant
from tests.builders import TUESDAY, cadence

TODAY = TUESDAY.date()
LONDON = ZoneInfo("Europe/London")
FULL = {"title": "Phase 1 handed over", "on": "2026-06-02", "kind": "phase_change", "before": "A", "after": "B"}
FAULTS = [
    ({"title": ""}, {"title"}),
    ({"title": "  .  "}, {"title"}),
    ({"title": "x" * 101}, {"title"}),
    ({"on": None}, {"on"}),
    ({"on": "tomorrow"}, {"on"}),
    ({"on": "2026-05-11"}, {"on"}),
    ({"on": "2036-05-11"}, {"on"}),
    ({"kind": None}, {"kind"}),
    ({"kind": "party"}, {"kind"}),
    ({"before": " "}, {"before"}),
    ({"after": "x" * 61}, {"after"}),
    ({"title": None, "on": None, "before": None, "after": None}, {"title", "on", "before", "after"}),
]


def no_holidays(day: dt.date) -> bool:
    """Nobody is ever away."""
    return False


def holidays_on(*days: dt.date) -> IsHoliday:
    """Some days off."""
    return frozenset(days).__contains__


def plan(on: dt.date, kind: MilestoneKind = MilestoneKind.DELIVERY) -> Plan:
    """A milestone on a day."""
    return Plan(title="Roof on", on=on, kind=kind)


@pytest.mark.parametrize(("changed", "wrong"), FAULTS, ids=lambda given: ",".join(sorted(given)))
def test_each_fault_is_told_beside_its_field_with_what_to_do(changed: dict[str, str | None], wrong: set[str]) -> None:
    with pytest.raises(InvalidForm) as refusal:
        milestones.planned({**FULL, **changed}, None, TODAY)
    assert {each.field for each in refusal.value.faults} == wrong
    assert all(each.reason.startswith(("Please", "A phase", "This day")) for each in refusal.value.faults)


def test_a_plan_is_kept_without_stray_blanks_and_phases_belong_to_a_phase_change_alone() -> None:
    kept = milestones.planned({**FULL, "title": "  Phase 1\nhanded   over. "}, None, TODAY)
    assert kept == Plan(
        title="Phase 1 handed over",
        on=dt.date(2026, 6, 2),
        kind=MilestoneKind.PHASE_CHANGE,
        before="A",
        after="B",
    )
    assert milestones.planned({**FULL, "kind": "first"}, None, TODAY).before == ""


def test_what_comes_back_empty_stays_as_it_was() -> None:
    known = milestones.planned(FULL, None, TODAY)
    untouched = dict.fromkeys(FULL)
    assert milestones.planned(untouched, known, TODAY) == known
    assert milestones.planned({**untouched, "title": "Phase 2"}, known, TODAY).title == "Phase 2"


def test_a_plan_whose_day_is_over_but_that_still_waits_can_be_renamed() -> None:
    known = plan(TODAY - dt.timedelta(days=2))
    renamed = milestones.planned({"title": "Roof and walls"}, known, TODAY)
    assert (renamed.title, renamed.on) == ("Roof and walls", known.on)


@pytest.mark.parametrize(
    ("on", "off", "told"),
    [
        ("2026-05-21", [], "2026-05-21T10:00"),
        ("2026-05-23", [], "2026-05-22T10:00"),  # a Saturday
        ("2026-05-24", [], "2026-05-22T10:00"),  # a Sunday
        ("2026-05-25", ["2026-05-25"], "2026-05-22T10:00"),  # a bank holiday on a Monday
        ("2026-05-24", ["2026-05-22"], "2026-05-21T10:00"),
        ("2026-05-10", [], "2026-05-12T10:00"),  # over already: the first working day from now on
        ("2026-10-26", [], "2026-10-26T10:00"),  # the clocks went back the night before
        ("2027-03-29", [], "2027-03-29T10:00"),  # and forward
    ],
)
def test_it_is_told_on_its_day_at_the_wall_time_or_on_the_working_day_before(
    on: str, off: list[str], told: str
) -> None:
    away = holidays_on(*map(dt.date.fromisoformat, off))
    at = milestones.told_at(plan(dt.date.fromisoformat(on)), cadence(), TUESDAY, away)
    assert at.astimezone(LONDON).strftime("%Y-%m-%dT%H:%M") == told


def test_a_day_off_that_falls_on_the_first_day_of_work_again_is_told_when_people_are_back() -> None:
    saturday = dt.datetime(2026, 5, 16, 12, tzinfo=dt.UTC)
    at = milestones.told_at(plan(dt.date(2026, 5, 17)), cadence(), saturday, no_holidays)
    assert at == dt.datetime(2026, 5, 18, 9, tzinfo=dt.UTC)


@given(
    on=st.dates(dt.date(2026, 5, 12), dt.date(2029, 5, 1)),
    away=st.frozensets(st.dates(dt.date(2026, 5, 12), dt.date(2029, 5, 1)), max_size=30),
    zone=st.sampled_from(["Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
    hour=st.integers(0, 23),
)
def test_it_is_told_on_a_working_day_at_the_wall_time_and_words_are_asked_a_week_before(
    on: dt.date, away: frozenset[dt.date], zone: str, hour: int
) -> None:
    kept = cadence(timezone=zone, at=dt.time(hour))
    now = TUESDAY - dt.timedelta(days=2)
    at = milestones.told_at(plan(on), kept, now, away.__contains__)
    local = at.astimezone(ZoneInfo(zone))
    assert local.weekday() < 5
    assert local.date() not in away
    assert local.date() <= on or on - dt.timedelta(days=away_run(on, away)) <= TODAY
    assert at == instant(local.date(), dt.time(hour), zone)
    asked = milestones.asked_at(at, kept, away.__contains__)
    assert dt.timedelta(days=6, hours=22) <= at - asked <= dt.timedelta(days=7 + 45)
    assert asked.astimezone(ZoneInfo(zone)).weekday() < 5


def away_run(on: dt.date, away: frozenset[dt.date]) -> int:
    """How many days before a day nobody works."""
    back = 0
    while (day := on - dt.timedelta(days=back)).weekday() >= 5 or day in away:
        back += 1
    return back


@pytest.mark.parametrize(("days", "passed"), [(0, False), (14, False), (15, True)])
def test_after_two_weeks_it_is_no_news_any_more(days: int, passed: bool) -> None:
    assert milestones.has_passed(plan(TODAY), TODAY + dt.timedelta(days=days)) is passed


def test_what_has_to_wait_comes_on_the_next_working_day() -> None:
    friday = dt.datetime(2026, 5, 22, 9, tzinfo=dt.UTC)
    at = milestones.told_next_at(cadence(), friday, holidays_on(dt.date(2026, 5, 25)))
    assert at == dt.datetime(2026, 5, 26, 9, tzinfo=dt.UTC)
