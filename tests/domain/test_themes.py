"""Themes: nine dimensions found by patterns, nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.question_bank import load_question_bank
from bot.domain.comment_text import plain
from bot.domain.themes import THEMES, themes_of


def test_the_themes_are_the_dimensions_of_the_question_bank() -> None:
    assert {dimension.key for dimension in load_question_bank().dimensions} == set(THEMES)


@pytest.mark.parametrize(
    ("comment", "themes"),
    [
        ("Nobody replied to our emails", ("communication",)),
        ("We were kept in the dark about the road closure", ("communication",)),
        ("They kept their word on the fence", ("trust",)),
        ("I don’t trust the forecast", ("trust",)),
        ("It isn't clear who signs the samples", ("roles",)),
        ("Change requests take a month", ("roles",)),
        ("Lip service from the top", ("leadership",)),
        ("The shared calendar saves us all time", ("working",)),
        ("Fed up of chasing", ("working",)),
        ("Nothing has changed since spring", ("focus",)),
        ("We learned a lot from phase one", ("focus",)),
        ("The flood risk has no owner", ("risk",)),
        ("Two early warnings so far", ("risk",)),
        ("Everyone looks for someone to blame", ("openness",)),
        ("They owned up to the wrong brick", ("openness",)),
        ("Our director never visits", ("seniors",)),
        ("Senior managers are visible", ("seniors",)),
        ("Reports hide the risks and everyone is blamed", ("communication", "trust", "risk", "openness")),
        ("Steel frame starts Monday", ()),
        ("The asterisks in column two", ()),
        ("Entrusted with a toolbox", ()),
        ("👍", ()),
        ("", ()),
    ],
)
def test_a_comment_speaks_of_the_dimensions_whose_words_it_uses(comment: str, themes: tuple[str, ...]) -> None:
    assert themes_of(plain(comment)) == themes


@given(st.text(max_size=300))
def test_themes_are_from_the_closed_list_in_its_order_and_once_each(comment: str) -> None:
    found = themes_of(plain(comment))
    assert list(found) == [theme for theme in THEMES if theme in found]
