"""The digest's first sentence, its hour, and the series behind its picture."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.question_bank import load_question_bank
from bot.domain.anonymity import WHOLE, Band, Released, Score, WholeResult, Withheld
from bot.domain.cadence import Cadence, team_first_until
from bot.domain.digest import TRACKED, Headline, Point, PublishedRound, Tone, headline, sent_at, series
from bot.domain.drift import Change
from bot.domain.publication import Result
from bot.domain.scoring import BLOCK_DIMENSIONS
from tests.builders import cadence

GOOD_FRIDAY, EASTER_MONDAY = dt.date(2026, 4, 3), dt.date(2026, 4, 6)
NEW_YEAR = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
LOWER, HIGHER, SAME = Change.LOWER, Change.HIGHER, Change.NO_CLEAR_CHANGE


def released(dimension: str, change: Change | None = None, tenths: int = 40) -> Released:
    """A value of the whole."""
    score = Score(tenths=tenths)
    return Released(
        dimension=dimension, scope=WHOLE, score=score, people=Band(low=20), change=change, cant_say_many=False
    )


def withheld(dimension: str) -> Withheld:
    """A value that is not shown."""
    return Withheld(dimension=dimension, scope=WHOLE)


def trust_and_communication(trust: Change | None, communication: Change | None) -> list[Result]:
    return [released("trust", trust), released("communication", communication), released("roles")]


def said(tone: Tone, **dimensions: tuple[str, ...]) -> Headline:
    nothing: dict[str, tuple[str, ...]] = {"lower": (), "lower_somewhere": (), "higher": (), "unshown": ()}
    return Headline(tone=tone, **{**nothing, **dimensions})


@pytest.mark.parametrize(
    ("results", "fallen", "somewhere", "expected"),
    [
        (trust_and_communication(SAME, SAME), (), (), said(Tone.STEADY)),
        (trust_and_communication(SAME, LOWER), (), (), said(Tone.STEADY, lower=("communication",))),
        (trust_and_communication(LOWER, LOWER), (), (), said(Tone.MOVED, lower=("trust", "communication"))),
        (trust_and_communication(HIGHER, LOWER), (), (), said(Tone.MOVED, lower=("communication",), higher=("trust",))),
        (trust_and_communication(None, None), (), (), said(Tone.FIRST)),
        (trust_and_communication(SAME, SAME), ("trust",), (), said(Tone.STEADY, lower=("trust",))),
        (trust_and_communication(HIGHER, None), ("trust",), (), said(Tone.MOVED, lower=("trust",))),
        (trust_and_communication(SAME, SAME), (), ("trust",), said(Tone.STEADY, lower_somewhere=("trust",))),
        (trust_and_communication(LOWER, SAME), (), ("trust",), said(Tone.STEADY, lower=("trust",))),
        (trust_and_communication(None, None), ("trust",), (), said(Tone.MOVED, lower=("trust",))),
        ([withheld("trust"), released("communication", SAME)], (), (), said(Tone.STEADY, unshown=("trust",))),
        ([released("trust", SAME), released("communication", SAME), withheld("roles")], (), (), said(Tone.STEADY)),
        ([withheld("trust"), withheld("communication")], (), (), said(Tone.NOTHING)),
        ([withheld("trust"), withheld("communication")], ("trust",), (), said(Tone.NOTHING, lower=("trust",))),
    ],
)  # fmt: skip
def test_the_headline_says_what_moved_and_calls_steady_only_what_was_compared(
    results: list[Result], fallen: tuple[str, ...], somewhere: tuple[str, ...], expected: Headline
) -> None:
    assert headline(results, fallen, somewhere) == expected


@given(
    st.lists(
        st.builds(released, st.sampled_from(["trust", "communication", "roles"]), st.sampled_from([None, *Change])),
        unique_by=lambda each: each.dimension,
    ),
    st.sets(st.sampled_from(["trust", "communication"])),
    st.sets(st.sampled_from(["trust", "communication"])),
)
def test_no_dimension_is_said_to_be_two_things_at_once(
    results: list[Result], fallen: set[str], somewhere: set[str]
) -> None:
    found = headline(results, fallen, somewhere)
    parts = [found.lower, found.lower_somewhere, found.unshown]
    named = [dimension for part in parts for dimension in part]
    assert len(named) == len(set(named))
    assert not set(found.higher) & set(found.lower)
    assert fallen <= set(found.lower)


@pytest.mark.parametrize(
    ("closed_at", "team_first", "expected"),
    [
        ("2026-05-14T09:00Z", 2, "2026-05-19T09:00Z"),  # Thursday; the team's until Monday; Tuesday at ten in London
        ("2026-05-14T09:00Z", 0, "2026-05-15T09:00Z"),
        ("2026-05-15T09:00Z", 0, "2026-05-18T09:00Z"),  # a Friday: not on the weekend
        ("2026-03-26T10:00Z", 2, "2026-03-31T09:00Z"),  # clocks go forward between: ten in the morning all the same
        ("2026-03-31T09:00Z", 2, "2026-04-07T09:00Z"),  # the team's until Thursday, then Easter
        ("2026-05-13T22:30Z", 2, "2026-05-18T09:00Z"),  # closed by hand late on Wednesday evening
    ],
)
def test_the_digest_comes_at_the_usual_hour_of_the_first_working_day_after_the_teams_days(
    closed_at: str, team_first: int, expected: str
) -> None:
    found = sent_at(moment(closed_at), cadence(team_first_working_days=team_first), is_easter)
    assert found == moment(expected)


@given(
    st.integers(0, 2 * 365 * 24 * 60).map(lambda minutes: NEW_YEAR + dt.timedelta(minutes=minutes)),
    st.integers(0, 10),
    st.sampled_from(["Europe/London", "America/New_York", "Pacific/Auckland"]),
)
def test_no_digest_comes_before_the_teams_days_are_over(closed_at: dt.datetime, days: int, zone: str) -> None:
    rhythm: Cadence = cadence(team_first_working_days=days, timezone=zone)
    assert sent_at(closed_at, rhythm, is_easter) > team_first_until(closed_at, rhythm, is_easter)


def test_the_chart_shows_what_every_round_asks_and_organisations_are_shown_apart_for() -> None:
    asked = tuple(each.key for each in load_question_bank().dimensions if each.tracked)
    assert set(TRACKED) == set(asked) == set(BLOCK_DIMENSIONS)


def test_a_series_has_a_gap_where_a_dimension_was_not_asked_or_not_shown() -> None:
    rounds = [
        PublishedRound(number=1, whole=WholeResult(people=None, results=(released("trust", tenths=38),))),
        PublishedRound(number=2, whole=WholeResult(people=None, results=(withheld("trust"),))),
        PublishedRound(number=4, whole=WholeResult(people=None, results=(released("roles"),))),
        PublishedRound(number=5, whole=WholeResult(people=None, results=(released("trust", tenths=45),))),
    ]
    assert series(rounds, "trust", 3) == (
        Point(number=2, score=None),
        Point(number=4, score=None),
        Point(number=5, score=Score(tenths=45)),
    )


def moment(written: str) -> dt.datetime:
    return dt.datetime.fromisoformat(written)


def is_easter(day: dt.date) -> bool:
    return day in (GOOD_FRIDAY, EASTER_MONDAY)
