"""docs/privacy.md is a promise, so what it says in numbers and in quotation marks is what the code does."""

import re
from dataclasses import fields
from pathlib import Path
from statistics import mean

import pytest

from bot.domain.anonymity import BOTTOM, TOP, WITHHELD_TEXT
from bot.domain.promise import PROMISE, Promise
from bot.views.pulse import promise
from tests.domain.test_release_attacks import (
    BARE,
    CERTAIN_AT_MOST,
    SCORES,
    SHARES,
    SIZES,
    attack_one,
)

PAGE = (Path(__file__).parent.parent / "docs/privacy.md").read_text(encoding="utf-8")
TOLD = {name: value for value, name in re.findall(r"^\|[^|]+\| ([^|]+) \| `(\w+)` \|$", PAGE, re.MULTILINE)}
MEASURED_ON_FEWER = 0.5  # points of a hundred; the page's figures come from more blocks than a test has time for


def in_words(name: str) -> str:
    value = getattr(PROMISE, name)
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return f"{value / 10:g}" if "tenths" in name else str(value)


def row(title: str) -> list[float]:
    cells = re.search(rf"^\| {title} \|(.+)\|$", PAGE, re.MULTILINE)
    assert cells is not None
    return [float(each) for each in cells[1].split("|")]


def proved_with_one_decimal(people: int) -> float:
    """How often the shown mean fits one answer only, when all others are known: over their sums in mid-scale."""

    def shown(total: int) -> int:
        return (20 * total + people) // (2 * people)

    cases = [(others, own) for others in range(2 * people, 4 * people) for own in SCORES]
    return mean(sum(shown(others + each) == shown(others + own) for each in SCORES) == 1 for others, own in cases)


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


def test_the_measured_attacks_are_those_of_the_attack_tests() -> None:
    assert row("people a side") == list(SIZES)


@pytest.mark.parametrize(("share", "title"), [(1.0, "everybody answers"), (0.7, "70 of 100 answer")])
def test_the_measured_figures_hold_when_measured_again(share: float, title: str) -> None:
    assert share in SHARES
    for size, told in zip(SIZES, row(title), strict=True):
        assert told <= 100 * CERTAIN_AT_MOST
        assert 100 * attack_one(size, share).certain == pytest.approx(told, abs=MEASURED_ON_FEWER)


def test_without_the_blur_as_much_is_proved_as_the_page_says() -> None:
    found = re.search(r"Without the secret number, the same attack proves (\d+) to (\d+) of 100", PAGE)
    assert found is not None
    bare = [100 * attack_one(size, share, BARE).certain for size in SIZES for share in SHARES]
    assert [min(bare), max(bare)] == pytest.approx([int(each) for each in found.groups()], abs=2)


def test_with_one_decimal_as_much_is_proved_as_the_page_says() -> None:
    found = re.search(r"(\d+) of 100 cases among (\d+) people, (\d+) among (\d+) and (\d+) among (\d+)", PAGE)
    assert found is not None
    told = [int(each) for each in found.groups()]
    for share, people in zip(told[::2], told[1::2], strict=True):
        assert round(100 * proved_with_one_decimal(people)) == share
