"""docs/privacy.md is a promise, so what it says in numbers and in quotation marks is what the code does."""

import math
import re
from dataclasses import fields
from pathlib import Path

import pytest

from bot.domain.anonymity import BOTTOM, TOP, WITHHELD_TEXT
from bot.domain.promise import PROMISE, Promise
from bot.views.pulse import promise
from tests.attack.inference import CERTAIN_AT_MOST, NEARLY_AT_MOST
from tests.attack.rows import ATTACKS
from tests.attack.search import ONE_RULE_LESS, SIZES, population, search
from tests.attack.spoken import MOOD, THEME, given_away
from tests.attack.table import ROWS, SHOWN_WITHOUT, called

DOCS = Path(__file__).parent.parent / "docs"
PAGE, THREATS = ((DOCS / name).read_text(encoding="utf-8") for name in ("privacy.md", "threat-model.md"))
TOLD = {name: value for value, name in re.findall(r"^\|[^|]+\| ([^|]+) \| `(\w+)` \|$", PAGE, re.MULTILINE)}
HELD_AGAINST = {
    "certain": CERTAIN_AT_MOST,
    "certain, if every score were given equally often": CERTAIN_AT_MOST,
    "more than 90% sure": NEARLY_AT_MOST,
    "more than 90% sure, knowing what you usually answer": NEARLY_AT_MOST,
}
FEWER = 20  # answers for each size, where the page tells of 240: more than a test has time for


def in_words(name: str) -> str:
    value = getattr(PROMISE, name)
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return f"{value / 10:g}" if "tenths" in name else str(value)


@pytest.mark.parametrize("name", [each.name for each in fields(Promise)])
def test_every_number_of_the_promise_is_told_as_it_is(name: str) -> None:
    assert TOLD[name] == in_words(name)


def test_no_number_is_told_that_the_promise_does_not_have() -> None:
    assert TOLD.keys() == {each.name for each in fields(Promise)}


@pytest.mark.parametrize(
    "words",
    [
        promise(PROMISE.whole_people, ["Brightbuild", "Northfield Council"]).strip("_"),
        WITHHELD_TEXT,
        TOP.text,
        BOTTOM.text,
        f"deleted when a pulse closes {PROMISE.retention_weeks} weeks later",
        f"Our bar is {CERTAIN_AT_MOST:.0%}".replace("%", " in 100"),
    ],
)
def test_what_people_read_in_slack_is_what_the_page_quotes(words: str) -> None:
    assert words in " ".join(PAGE.replace("\n> ", " ").split())


def measured(title: str) -> dict[str, float]:
    """What the page tells of a row, in hundreds, by the number of people a side."""
    found: dict[str, float] = {}
    for table in re.findall(r"\| people a side [^\n]+\n(?:\|[^\n]+\n)+", PAGE):
        sizes, _, *rows = [[each.strip() for each in line.strip("|").split("|")] for line in table.splitlines()]
        found |= {
            size: float(told) for row in rows if row[0] == title for size, told in zip(sizes[1:], row[1:], strict=True)
        }
    return found


@pytest.mark.parametrize("title", [each for each in ROWS if each in HELD_AGAINST])
def test_what_the_attacker_learns_is_told_for_every_size_and_keeps_the_bar(title: str) -> None:
    told = measured(title)
    assert list(told) == [called(each) for each in SIZES]
    assert max(told.values()) <= 100 * HELD_AGAINST[title]


def by_chance(told: float) -> float:
    """How far a share in hundreds may be from what is told when it is measured on few: two standard errors."""
    share = max(told, 100 / FEWER / 2) / 100
    return 200 * math.sqrt(share * (1 - share) / FEWER)


@pytest.mark.parametrize("size", [15, 20])
def test_the_measured_figures_hold_when_measured_again_on_fewer_answers(size: int) -> None:
    sought = population(size, lives=2, each=10)
    found = search(sought)
    for title, part in ROWS.items():
        told = measured(title)[called(size)]
        assert 100 * part(found) == pytest.approx(told, abs=by_chance(told)), title
    for name, rules in ONE_RULE_LESS.items():
        told = measured(name)[called(size)]
        assert 100 * search(sought, rules).certain == pytest.approx(told, abs=by_chance(told)), name


@pytest.mark.parametrize("size", [8, 20])
def test_what_words_about_comments_give_away_is_told(size: int) -> None:
    for name, share in given_away(size, lives=2).items():
        told = measured(name)[called(size)]
        assert 100 * share == pytest.approx(told, abs=by_chance(told)), name


def test_every_rule_that_is_left_out_is_told_at_the_same_sizes() -> None:
    sizes = [called(each) for each in SHOWN_WITHOUT]
    assert {name for name in (*ONE_RULE_LESS, MOOD, THEME) if list(measured(name)) != sizes} == set()
    assert measured("as promised") == {size: measured("certain")[size] for size in sizes}


def test_every_attack_of_the_threat_model_is_one_that_is_tried_and_none_is_left_out() -> None:
    named = set(re.findall(r"`([^`]+)`", "".join(line for line in THREATS.splitlines() if line.startswith("| "))))
    assert {each.name for each in ATTACKS} <= named
    assert {each for each in named if "/" not in each} <= {each.name for each in ATTACKS}
