"""What the digest says, with something to say and with nothing, and that words, bars and picture say the same."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.anonymity import WHOLE, WITHHELD_TEXT, Band, Released, Scope, Score, WholeResult, Withheld
from bot.domain.digest import Point
from bot.domain.drift import Change
from bot.domain.promise import PROMISE
from bot.domain.publication import Result, whole_to_dict
from bot.views.blocks import Message
from bot.views.charts import drawing, in_words, sparkline
from bot.views.digest import draw_digest
from tests.slack_limits import breaches, text_covers_blocks

DIMENSIONS = {"trust": "Understanding and trust", "communication": "Quality of communication", "roles": "Clear roles"}
SCORES = sorted({*range(16, 45, 2), *range(20, 45, 5), PROMISE.bottom_tenths, PROMISE.top_tenths})
STEADY = Change.NO_CLEAR_CHANGE
ALERT = {"dimension": "trust", "scope": None, "since": "2026-04-20", "owner": None, "climbed": False}
IN_COUNCIL = {**ALERT, "scope": "in Northfield Council’s answers", "owner": "U0H02"}


def value(dimension: str, tenths: int | None, change: Change | None = STEADY) -> Result:
    """A released value, or None for one that is not shown."""
    if tenths is None:
        return Withheld(dimension=dimension, scope=WHOLE)
    return Released(
        dimension=dimension,
        scope=WHOLE,
        score=Score(tenths=tenths),
        people=Band(low=20),
        change=change,
        cant_say_many=False,
    )


def published(number: int, *results: Result) -> dict[str, Any]:
    """A round as it is published."""
    people = Band(low=20) if any(isinstance(each, Released) for each in results) else None
    return {"number": number, **whole_to_dict(WholeResult(people=people, results=results))}


def body(*rounds: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """What the service gathers, with nothing open."""
    return {
        "partnership": "Northfield Schools",
        "organisations": ["Brightbuild", "Northfield Council"],
        "names": {"org-builder": "Brightbuild", "org-council": "Northfield Council"},
        "dimensions": DIMENSIONS,
        "channel": "C0NORTH",
        "week": 20,
        "rounds": list(rounds),
        "block": None,
        "comments": None,
        **{each: [] for each in ("alerts", "notices", "milestones", "escalations", "actions")},
        **more,
    }


def tracked(number: int, trust: int | None, communication: int | None, change: Change = STEADY) -> dict[str, Any]:
    return published(number, value("trust", trust), value("communication", communication, change))


def first_line(drawn: Message) -> str:
    return str(drawn["text"]).split("\n", 1)[0]


def texts(drawn: Message) -> list[str]:
    """What stands in each paragraph."""
    return [block["text"]["text"] for block in drawn["blocks"] if block["type"] == "section"]


@pytest.mark.parametrize(
    ("given_body", "sentence"),
    [
        (body(tracked(12, 40, 36, Change.LOWER)), "week 20: communication lower, otherwise steady."),
        (body(tracked(12, 40, 36)), "week 20: steady."),
        (body(tracked(12, None, 36)), "week 20: trust not shown this time, otherwise steady."),
        (body(published(1, value("trust", 40, None))), "week 20: first values, nothing to compare them with yet."),
        (body(tracked(12, None, None)), f"week 20: results {WITHHELD_TEXT}."),
        (body(tracked(12, 40, 36), alerts=[ALERT]), "week 20: trust lower, otherwise steady."),
        (
            body(tracked(12, 40, 36), alerts=[IN_COUNCIL]),
            "week 20: trust lower in Northfield Council’s answers, otherwise steady.",
        ),
        (
            body(published(12, value("trust", 40, Change.LOWER), value("communication", 36, Change.LOWER))),
            "week 20: trust and communication lower.",
        ),
        (
            body(published(12, value("trust", 40), value("roles", 36, Change.HIGHER))),
            "week 20: clear roles higher, otherwise steady.",
        ),
    ],
)
def test_the_first_line_alone_tells_how_it_goes(given_body: dict[str, Any], sentence: str) -> None:
    assert first_line(draw_digest(given_body)).startswith(f"*Northfield Schools, {sentence}*")


def test_each_dimension_has_its_value_its_bars_its_word_and_its_band() -> None:
    drawn = draw_digest(body(*(tracked(each, 36 + 2 * each, 40) for each in range(1, 4)), tracked(4, 44, None)))
    assert "Trust *4.4* ▆▇▇█ no clear change (20 to 24 people)" in drawn["text"]
    assert f"Communication: {WITHHELD_TEXT}" in drawn["text"]


@pytest.mark.parametrize(
    ("alert", "line", "said"),
    [
        (ALERT, "Trust *4.0* lower since Monday 20 April", "*Alert:* trust is lower since Monday 20 April; nobody has"),
        (
            IN_COUNCIL,
            "Trust *4.0* no clear change, lower in Northfield Council’s answers since Monday 20 April",
            "*Alert:* trust is lower in Northfield Council’s answers since Monday 20 April; <@U0H02> has taken it.",
        ),
    ],
)
def test_an_alert_stays_in_the_digest_with_its_owner_until_it_has_recovered(
    alert: dict[str, Any], line: str, said: str
) -> None:
    drawn = draw_digest(body(tracked(12, 40, 36), alerts=[alert]))
    assert line in drawn["text"]
    assert said in drawn["text"]


def test_the_organisations_stand_side_by_side_at_the_end_of_a_block() -> None:
    sides = [("trust", "org-council", 40), ("trust", "org-builder", 40)]
    sides += [("communication", "org-council", 34), ("communication", "org-builder", 42)]
    block = {
        "first_number": 9,
        "last_number": 12,
        "results": [
            {"dimension": d, "scope": Scope(s), "tenths": t, "people": 10, "change": None, "cant_say_many": False}
            for d, s, t in sides
        ],
        "gaps": [{"dimension": "communication", "higher": "org-builder", "lower": "org-council"}],
        "participation": "about three in four",
        "mood": None,
        "themes": [],
        "quotes": [],
    }
    paragraph = next(text for text in texts(draw_digest(body(tracked(12, 40, 36), block=block))) if "9 to 12" in text)
    assert "About three in four took part." in paragraph
    assert "Trust: Brightbuild *4.0* (10 to 14 people), Northfield Council *4.0*" in paragraph
    assert "Brightbuild rates it clearly higher than Northfield Council." in paragraph


def test_mood_and_themes_stand_in_a_paragraph_without_any_score() -> None:
    told = {"first_number": 9, "last_number": 12, "mood": "mostly worried", "themes": [THEME]}
    paragraph = next(text for text in texts(draw_digest(body(tracked(12, 40, 36), comments=told))) if "Mood" in text)
    assert "Mood: mostly worried. Often about: communication (10 to 14 people)." in paragraph
    assert "*4.0*" not in paragraph


def test_a_week_in_which_nothing_may_be_shown_says_so_in_every_place() -> None:
    told: dict[str, Any] = {"first_number": 1, "last_number": 4, "mood": None, "themes": []}
    drawn = draw_digest(body(tracked(4, None, None), comments=told))
    assert drawn["text"].count(WITHHELD_TEXT) == 4
    assert not [block for block in drawn["blocks"] if block["type"] == "image"]
    assert "What people write is told together" in draw_digest(body(tracked(1, None, None)))["text"]


def test_what_is_coming_open_and_agreed_is_told_without_a_word_of_the_escalation() -> None:
    drawn = draw_digest(
        body(
            tracked(12, 40, 36),
            notices=[
                {"kind": "split", "dimension": "trust"},
                {"kind": "silence", "dimension": None},
                {"kind": "lower", "dimension": "roles"},
            ],
            milestones=[{"title": "Phase 2 <hand-over>", "on": "2026-06-02"}],
            escalations=[{"level": "informal level", "day": 2}],
            actions=[{"text": "One rota for both", "owners": ["U0E01", "U0H01"], "on": "2026-05-20", "late": False}],
        )
    )
    assert "*Coming:* Phase 2 &lt;hand-over&gt;, Tuesday 2 June." in drawn["text"]
    assert "*Open:* one escalation, informal level, day 2." in drawn["text"]
    assert "One rota for both (<@U0E01> and <@U0H01>, by Wednesday 20 May)" in drawn["text"]
    assert drawn["text"].count("*Worth knowing:*") == 3


@given(
    st.lists(
        st.tuples(*[st.one_of(st.none(), st.sampled_from(SCORES))] * 2, st.sampled_from([None, *Change])),
        min_size=1,
        max_size=12,
    ),
    st.integers(0, 30),
    st.lists(st.sampled_from([ALERT, IN_COUNCIL]), max_size=2),
)
@settings(max_examples=60)
def test_every_digest_keeps_slacks_limits_and_draws_only_what_was_released(
    values: list[tuple[int | None, int | None, Change | None]], open_items: int, alerts: list[dict[str, Any]]
) -> None:
    rounds = [
        published(number, value("trust", trust, change), value("communication", communication))
        for number, (trust, communication, change) in enumerate(values, 95)
    ]
    long = "x" * 200
    drawn = draw_digest(
        body(
            *rounds,
            alerts=alerts,
            milestones=[{"title": long, "on": "2026-06-02"}] * open_items,
            escalations=[{"level": "informal level", "day": 2}] * open_items,
            actions=[{"text": long, "owners": ["U0E01"], "on": "2026-05-20", "late": True}] * open_items,
        )
    )
    assert breaches(drawn, kind="message") == []
    assert text_covers_blocks(drawn) == []
    for picture in (block for block in drawn["blocks"] if block["type"] == "image"):
        panels = picture["slack_file"]["drawing"]["panels"]
        drawn_values = [tenths for panel in panels for _, tenths in panel["points"]]
        assert drawn_values == [each[0] for each in values] + [each[1] for each in values]
        assert picture["alt_text"] in drawn["text"]


THEME = {"dimension": "communication", "people": 10}


def points(*tenths: int | None) -> tuple[Point, ...]:
    return tuple(
        Point(number=number, score=None if each is None else Score(tenths=each))
        for number, each in enumerate(tenths, 5)
    )


@pytest.mark.parametrize(
    ("shown", "bars", "words"),
    [
        (points(40, 40), "▇▇", "Trust: 4.0 from pulse 5 to pulse 6."),
        (points(15, 45), "▁█", "Trust: from 1.5 or less in pulse 5 to 4.5 or more in pulse 6."),
        (points(None, 40), "", "Trust: 4.0 in pulse 6. Not shown in pulse 5."),
        (points(None, None), "", "Trust: not shown in pulses 5 and 6."),
        (
            points(40, None, 30, 30, None, None, None, 38),
            "▇·▅▅···▆",
            "Trust: from 4.0 in pulse 5 to 3.8 in pulse 12, lowest 3.0 in pulses 7 and 8. "
            "Not shown in pulses 6, 9, 10 and 11.",
        ),
        (points(40, None, None, None, 40), "", "Trust: 4.0 from pulse 5 to pulse 9. Not shown in pulses 6 to 8."),
        (
            points(38, 42, 36),
            "▆▇▆",
            "Trust: from 3.8 in pulse 5 to 3.6 in pulse 7, highest 4.2 in pulse 6.",
        ),
        (
            points(None, None, None, 40),
            "",
            "Trust: 4.0 in pulse 8. Not shown in pulses 5 to 7.",
        ),
    ],
)
def test_bars_and_words_say_the_same(shown: Sequence[Point], bars: str, words: str) -> None:
    assert sparkline(shown) == bars
    assert in_words({"Trust": shown}) == words
    assert drawing({"Trust": shown})["panels"][0]["title"] == "Trust"
