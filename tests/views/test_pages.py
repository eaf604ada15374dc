"""The pages of an installation say in plain words what happened and what to do next, and repeat nothing unescaped."""

import re

import pytest

from bot.views.pages import Outcome, draw_installed, draw_not_installed

HOSTILE = "<script>alert('x')</script>"


def words(page: str) -> str:
    """What a person reads, and a search engine's view of nothing else."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page.partition("</style>")[2]))


def test_an_installation_names_the_workspace_and_the_three_steps_that_follow() -> None:
    page = draw_installed("Northfield", whole_organisation=False, resumed=0)
    assert "is installed in Northfield" in words(page)
    assert page.count("<li>") == 3
    assert "go on" not in words(page)


def test_a_whole_organisation_first_adds_the_app_to_its_workspaces() -> None:
    page = draw_installed(None, whole_organisation=True, resumed=0)
    assert "is installed in your organisation" in words(page)
    assert page.count("<li>") == 4


@pytest.mark.parametrize(
    ("resumed", "says"),
    [(1, "One partnership that had stopped goes on. Its channel is told."), (3, "3 partnerships go on again.")],
)
def test_partnerships_that_go_on_are_counted(resumed: int, says: str) -> None:
    assert says in words(draw_installed("Northfield", whole_organisation=False, resumed=resumed))


@pytest.mark.parametrize("outcome", Outcome)
def test_whatever_went_wrong_the_page_says_how_to_begin_again(outcome: Outcome) -> None:
    page = draw_not_installed(outcome, "/slack/install")
    assert 'href="/slack/install"' in page
    assert words(page).count(".") >= 2
    assert "!" not in words(page)


def test_a_refusal_says_its_own_sentence_and_a_failure_its_reference() -> None:
    assert "Too many." in draw_not_installed(Outcome.REFUSED, "/slack/install", "Too many.")
    assert "(ref 12AB)" in draw_not_installed(Outcome.BROKEN, "/slack/install", "(ref 12AB)")


def test_nothing_that_comes_from_outside_becomes_markup() -> None:
    pages = (
        draw_installed(HOSTILE, whole_organisation=False, resumed=0),
        draw_not_installed(Outcome.REFUSED, "/slack/install", HOSTILE),
        draw_not_installed(Outcome.BROKEN, '"><script>', HOSTILE),
    )
    assert not any("<script" in each for each in pages)
