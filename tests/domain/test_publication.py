"""What is published is kept as JSON and comes back as it was; and which dimension is worth a talk."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.anonymity import (
    WHOLE,
    Band,
    CommentsResult,
    Gap,
    MoodWord,
    Participation,
    Released,
    Scope,
    Score,
    Theme,
    WholeResult,
    Withheld,
)
from bot.domain.drift import Change
from bot.domain.publication import BlockPublication, Result, whole_from_dict, whole_to_dict, worth_a_talk

TENTHS = [tenths for tenths in range(15, 46) if tenths in (15, 45) or not tenths % 2 or not tenths % 5]
dimensions = st.sampled_from(["trust", "communication", "roles", "focus"])
scopes = st.sampled_from([WHOLE, Scope("org-a"), Scope("org-b"), Scope("Gruppe Süd")])
bands = st.builds(Band, low=st.integers(1, 40).map(lambda fives: 5 * fives), is_last=st.booleans())
released = st.builds(
    Released,
    dimension=dimensions,
    scope=scopes,
    score=st.sampled_from(TENTHS).map(lambda tenths: Score(tenths=tenths)),
    people=bands,
    change=st.none() | st.sampled_from(Change),
    cant_say_many=st.booleans(),
)
withheld = st.builds(Withheld, dimension=dimensions, scope=scopes)
results = st.lists(released | withheld, max_size=8).map(tuple)
comments = st.builds(
    CommentsResult,
    mood=st.none() | st.sampled_from(MoodWord),
    themes=st.lists(st.builds(Theme, dimension=dimensions, people=bands), max_size=3).map(tuple),
    quotes=st.lists(st.text(max_size=40), max_size=3).map(tuple),
)
blocks = st.builds(
    BlockPublication,
    first_number=st.integers(1, 500),
    last_number=st.integers(1, 500),
    results=results,
    gaps=st.lists(st.builds(Gap, dimension=dimensions, higher=scopes, lower=scopes), max_size=3).map(tuple),
    participation=st.none() | st.sampled_from(Participation),
    comments=comments,
)


def through_json(stored: dict[str, object]) -> dict[str, object]:
    """What a database makes of it."""
    back: dict[str, object] = json.loads(json.dumps(stored))
    return back


@given(whole=st.builds(WholeResult, people=st.none() | bands, results=results))
def test_a_rounds_result_comes_back_as_it_was_published(whole: WholeResult) -> None:
    assert whole_from_dict(through_json(whole_to_dict(whole))) == whole


@given(block=blocks)
def test_a_blocks_results_come_back_as_they_were_published(block: BlockPublication) -> None:
    assert BlockPublication.from_dict(through_json(block.to_dict())) == block


@given(result=withheld)
def test_what_is_withheld_leaves_no_trace_of_a_number(result: Withheld) -> None:
    (kept,) = whole_to_dict(WholeResult(people=None, results=(result,)))["results"]
    assert kept == {"dimension": result.dimension, "scope": result.scope}


@pytest.mark.parametrize("tenths", [-1, 0, 14, 16.5, 17, 23, 46, 50, 99])
def test_a_number_that_could_not_have_been_released_cannot_be_read_back(tenths: int) -> None:
    stored = {
        "dimension": "trust",
        "scope": WHOLE,
        "tenths": tenths,
        "people": 5,
        "change": None,
        "cant_say_many": False,
    }
    with pytest.raises(ValueError, match="released"):
        whole_from_dict({"people": 5, "results": [stored]})


def whole(dimension: str, tenths: int, change: Change | None = None, scope: Scope = WHOLE) -> Released:
    """A released whole."""
    return Released(
        dimension=dimension,
        scope=scope,
        score=Score(tenths=tenths),
        people=Band(low=5),
        change=change,
        cant_say_many=False,
    )


NO = Withheld(dimension="trust", scope=WHOLE)


@pytest.mark.parametrize(
    ("given_results", "talk"),
    [
        ((), None),
        ((NO,), None),
        ((whole("trust", 35), whole("roles", 40)), None),
        ((whole("trust", 34), whole("roles", 40)), "trust"),
        ((whole("trust", 34), whole("roles", 30)), "roles"),
        ((whole("trust", 30), whole("roles", 30)), "trust"),
        ((whole("trust", 20), whole("roles", 40, Change.LOWER)), "roles"),
        ((whole("trust", 44, Change.LOWER), whole("roles", 40, Change.LOWER)), "roles"),
        ((NO, whole("roles", 34)), "roles"),
        ((whole("trust", 20, scope=Scope("org-a")), whole("roles", 40)), None),
        ((whole("trust", 20, Change.LOWER, Scope("org-a")),), None),
    ],
)
def test_what_is_lower_is_worth_a_talk_then_the_lowest_that_leans_towards_disagreement(
    given_results: tuple[Result, ...], talk: str | None
) -> None:
    assert worth_a_talk(given_results) == talk


@given(results)
def test_a_talk_is_never_proposed_about_what_was_not_released(given_results: tuple[Result, ...]) -> None:
    talk = worth_a_talk(given_results)
    shown = {each.dimension for each in given_results if isinstance(each, Released) and each.scope == WHOLE}
    assert talk is None or talk in shown
