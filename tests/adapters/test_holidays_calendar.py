"""The holidays of the regions that partner organisations live in."""

import datetime as dt

import pytest

from bot.adapters.holidays_calendar import HolidayCalendar, UnknownRegion
from bot.domain.cadence import Cadence, Every, Weekday, next_slot


@pytest.fixture(scope="module")
def calendar() -> HolidayCalendar:
    return HolidayCalendar()


@pytest.mark.parametrize(
    ("region", "days"),
    [
        ("GB-ENG", ["2026-04-03", "2026-04-06", "2026-12-25", "2026-12-28"]),
        ("GB-ENG", ["2027-03-26", "2027-03-29", "2027-12-27", "2027-12-28"]),
        ("GB-ENG", ["2028-01-03", "2028-04-14", "2028-04-17", "2028-12-25", "2028-12-26"]),
        ("GB-ENG", ["2023-05-08"]),  # proclaimed for the coronation
        ("GB-SCT", ["2026-01-02", "2026-11-30"]),
        ("IE", ["2026-02-02", "2026-03-17"]),
        ("DE-BY", ["2026-01-06", "2026-11-01"]),
        ("US", ["2026-07-03", "2026-11-26", "2027-12-31"]),
    ],
)
def test_public_holidays_and_their_substitute_days_are_known(
    calendar: HolidayCalendar, region: str, days: list[str]
) -> None:
    assert [day for day in days if not calendar.is_holiday(dt.date.fromisoformat(day), [region])] == []


@pytest.mark.parametrize(
    ("region", "day"),
    [("GB-SCT", "2026-04-06"), ("GB-ENG", "2026-11-30"), ("US", "2026-12-28"), ("DE-BY", "2026-12-24")],
)
def test_a_neighbours_holiday_is_an_ordinary_day(calendar: HolidayCalendar, region: str, day: str) -> None:
    assert not calendar.is_holiday(dt.date.fromisoformat(day), [region])


def test_a_holiday_of_one_organisation_is_a_holiday_for_all(calendar: HolidayCalendar) -> None:
    thanksgiving = dt.date(2026, 11, 26)
    assert calendar.is_holiday(thanksgiving, ["GB-ENG", "US"])
    assert not calendar.is_holiday(thanksgiving, ["GB-ENG", "IE"])


def test_without_regions_there_are_no_holidays(calendar: HolidayCalendar) -> None:
    assert not calendar.is_holiday(dt.date(2026, 12, 25), [])


@pytest.mark.parametrize("code", ["GB-ENG", "GB-SCT", "IE", "DE-BY", "US", "US-CA", "AU-NSW"])
def test_codes_of_countries_and_their_parts_are_known(calendar: HolidayCalendar, code: str) -> None:
    assert calendar.known_region(code)


@pytest.mark.parametrize("code", ["", "gb-eng", "UK", "GB-", "GB-ENG-LND", "XX", "Scotland"])
def test_other_spellings_are_not_codes(calendar: HolidayCalendar, code: str) -> None:
    assert not calendar.known_region(code)


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [
        ("gb-eng", "GB-ENG"),
        ("GB-EN", "GB-ENG"),
        ("Scotland", "GB-SCT"),
        ("scotlnd", "GB-SCT"),
        ("UK", "GB"),
        ("Ireland", "IE"),
        (" Germany ", "DE"),
        ("Georgia", "GE"),
    ],
)
def test_what_people_type_leads_to_the_code_they_mean(calendar: HolidayCalendar, typed: str, nearest: str) -> None:
    assert calendar.regions_like(typed)[0] == nearest


def test_an_ambiguous_name_offers_every_region_of_that_name(calendar: HolidayCalendar) -> None:
    assert calendar.regions_like("Georgia") == ("GE", "US-GA")


def test_an_unknown_part_of_a_country_offers_its_parts(calendar: HolidayCalendar) -> None:
    assert calendar.regions_like("GB-LON") == ("GB-ENG", "GB-NIR", "GB-SCT", "GB-WLS")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("GB-EN", "“GB-EN” is not a region with known holidays. Did you mean GB-ENG?"),
        ("Atlantis", "“Atlantis” is not a region with known holidays. Examples are GB-ENG, IE and DE-BY."),
    ],
)
def test_an_unknown_region_is_refused_and_near_ones_are_named(
    calendar: HolidayCalendar, typed: str, sentence: str
) -> None:
    with pytest.raises(UnknownRegion) as refused:
        calendar.is_holiday(dt.date(2026, 5, 14), ["IE", typed])
    assert refused.value.sentence == sentence
    assert refused.value.near == calendar.regions_like(typed)


@pytest.mark.parametrize(
    ("weekday", "first", "open_for", "expected"),
    [
        # Easter 2026: Good Friday goes to the Tuesday after Easter, and the Friday three days later is skipped.
        (Weekday.FRIDAY, "2026-03-27", 3, ["2026-03-27", "2026-04-07", "2026-04-17", "2026-04-24"]),
        (Weekday.MONDAY, "2026-03-30", 4, ["2026-03-30", "2026-04-07", "2026-04-13", "2026-04-20"]),
        (Weekday.THURSDAY, "2027-03-25", 3, ["2027-03-25", "2027-04-01", "2027-04-08"]),
        (Weekday.FRIDAY, "2028-04-07", 3, ["2028-04-07", "2028-04-18", "2028-04-28"]),
        # Christmas: a round that would still be open leaves no room for the next one.
        (Weekday.WEDNESDAY, "2026-12-16", 4, ["2026-12-16", "2026-12-23", "2027-01-06"]),
        (Weekday.MONDAY, "2026-12-21", 3, ["2026-12-21", "2026-12-29", "2027-01-04", "2027-01-11"]),
        (Weekday.MONDAY, "2027-12-20", 3, ["2027-12-20", "2027-12-29", "2028-01-04", "2028-01-10"]),
        (Weekday.TUESDAY, "2028-12-19", 3, ["2028-12-19", "2028-12-27", "2029-01-02", "2029-01-09"]),
    ],
)
def test_rounds_in_england_step_around_easter_and_christmas(
    calendar: HolidayCalendar, weekday: Weekday, first: str, open_for: int, expected: list[str]
) -> None:
    cadence = Cadence(
        every=Every.WEEK,
        weekday=weekday,
        at=dt.time(10),
        timezone="Europe/London",
        open_working_days=open_for,
        team_first_working_days=2,
        anchor_on=dt.date.fromisoformat(first),
    )
    opened, after = [], dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    for _ in expected:
        slot = next_slot(cadence, after, lambda day: calendar.is_holiday(day, ["GB-ENG"]))
        opened.append(slot.opens_at.date().isoformat())
        after = slot.opens_at
    assert opened == expected
