"""Twelve weekly rounds with all that happens to people, compared value by value with a calculation by hand."""

import random
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bot.domain.anonymity import Released, Withheld
from bot.domain.ids import OrganisationId
from bot.domain.outbox import MessageKind
from bot.domain.publication import BlockPublication, whole_from_dict
from storage.engine import Database
from tests.builders import Unblurred, stage
from tests.conftest import sqlite_database
from tests.journeys import by_hand
from tests.journeys.by_hand import Line
from tests.journeys.twelve_rounds import BLOCKS, ROUNDS, SIDES, Told, twelve_rounds

RELEASED_OF_COMMENTS = {
    1: ("mostly positive", [("trust", "5 or more")], ["good trust of [name]", "good trust of [name]"]),
    2: (None, [], []),  # four and a new member
    3: ("mixed", [], []),  # one quotable comment alone is not shown
}


def test_everything_released_in_twelve_rounds_is_what_the_promise_allows(database: Database) -> None:
    with stage(database) as on:
        told = twelve_rounds(on, Unblurred())
    for number in ROUNDS:
        published = whole_from_dict(told.wholes[number])
        assert [each.dimension for each in published.results] == told.dimensions[number]
        of_round = [each for each in told.said if each.number == number]
        assert (published.people and published.people.text) == by_hand.people_of_round(
            of_round, sum(told.invited[number].values())
        )
        for each in published.results:
            assert as_read(each) == as_expected(told.whole(number, each.dimension)), (number, each.dimension)
    for block in BLOCKS:
        published_block = BlockPublication.from_dict(told.blocks[block])
        expected = told.organisations(block)
        found = {(each.dimension, SIDES[OrganisationId(each.scope)]): as_read(each) for each in published_block.results}
        assert found == {key: as_expected(line) for key, line in expected.items()}
        names = {
            (g.dimension, SIDES[OrganisationId(g.higher)], SIDES[OrganisationId(g.lower)]) for g in published_block.gaps
        }
        assert names == by_hand.clear_gaps(expected)
        invited = sum(told.invited_to(block).values())
        assert published_block.participation == by_hand.took_part(told.of_block(block), invited)
        mood, themes, quotes = RELEASED_OF_COMMENTS[block]
        assert published_block.comments.mood == mood
        assert [(each.dimension, each.people.text) for each in published_block.comments.themes] == themes
        assert sorted(published_block.comments.quotes) == quotes
    the_story_has_every_case(told)
    nothing_posted_tells_of_one_side(told)


def test_every_value_is_blurred_within_the_promise(sqlite_template: Path, tmp_path: Path) -> None:
    pairs = []
    for time in ("once", "twice", "three times"):
        with contextmanager(sqlite_database)(sqlite_template, folder(tmp_path, time)) as fresh, stage(fresh) as on:
            pairs += twelve_rounds(on, random.SystemRandom()).released()
    assert by_hand.chance_that_no_blur_shows(line for line, _ in pairs) < 1e-6
    for line, published in pairs:
        assert published.score.text in line.with_blur()
        _, people, change, many_could_not_say = as_read(published)
        assert people == line.people
        assert many_could_not_say in (False, line.many_could_not_say)  # it takes a secret number more than five
        assert change in (line.change, "no clear change" if line.change else None)  # the secret part of its strength
    assert [line for line, published in pairs if published.score.text != line.shown]


def the_story_has_every_case(told: Told) -> None:
    """The comparison above would prove little if a case never occurred."""
    wholes = {
        (number, place): told.whole(number, d)
        for number in ROUNDS
        for place, d in enumerate(told.dimensions[number], 1)
    }
    shown = {key: line for key, line in wholes.items() if line}
    withheld = {number for number, _ in wholes.keys() - shown.keys()}
    assert withheld == {4, 6}  # four and a new member; one of a side and two new ones
    assert {line.shown for key, line in shown.items() if key[0] == 3} >= {"4.5 or more", "1.5 or less"}
    assert [line.many_could_not_say for key, line in shown.items() if key == (3, 3)] == [True]
    answered = {key: line.answered for key, line in shown.items()}
    assert (answered[1, 1], answered[2, 1], answered[5, 1]) == (19, 20, 5)  # two unplaced are left out; moved in time
    assert (answered[7, 1], answered[8, 1], answered[8, 3]) == (19, 20, 19)  # three of five unplaced are new; withdrawn
    assert (answered[9, 1], answered[9, 2], answered[9, 3], answered[11, 1]) == (16, 15, 11, 11)  # unplaced: 5, 5, 4, 4
    assert {line.change for line in shown.values()} == {None, "lower", "higher", "no clear change"}
    assert [all(told.organisations(block).values()) for block in BLOCKS] == [True, False, False]
    assert told.invited_to(2)["Brightbuild"] == 7
    assert told.invited_to(3)["Brightbuild"] == 8
    assert [bool(told.organisations(3)[dimension, "Brightbuild"]) for dimension in by_hand.SHOWN_APART] == [True, False]
    assert by_hand.clear_gaps(told.organisations(3)) == {("trust", "Northfield Council", "Brightbuild")}


def nothing_posted_tells_of_one_side(told: Told) -> None:
    """A line that names one organisation alone says nothing but what a block has released of it."""
    coming = iter(BLOCKS)
    sayable: list[str] = []
    for kind, text in told.channel.letters:
        if kind is MessageKind.BLOCK_RESULTS:
            new = list(sentences_of_block(told, next(coming)))
            assert all(each in text.replace("*", "") for each in new if "people" in each and ": " in each)
            sayable += new
        for line in text.replace("*", "").replace("Brightbuild and Northfield Council", "").splitlines():
            rest = re.sub("|".join([r"<@\w+>", *map(re.escape, sayable)]), "", line)
            names_one = any(side in rest for side in by_hand.SIDES)
            assert not names_one or not re.search(r"\d|higher|lower", rest), (kind, line)
    texts = [text for _, text in told.channel.letters]
    assert sum("good trust of [name]" in text for text in texts) == 1
    assert not [text for text in texts if "bad roles" in text or "good plans" in text or "bad trust" in text]
    assert all(sum(f"Pulse {number} is closed" in text for text in texts) == 1 for number in ROUNDS)


def sentences_of_block(told: Told, block: int) -> Iterator[str]:
    """Everything that may be said of single organisations once a block is published."""
    values = told.organisations(block)
    for (_, side), line in values.items():
        shown = [f"{line.shown} ({line.people} people)"] if line else []
        yield from (f"{side}{mark}{each}" for mark in (": ", " ") for each in shown)
    yield from (f"{high} rates it clearly higher than {low}" for _, high, low in by_hand.clear_gaps(values))


def as_read(published: Released | Withheld) -> Sequence[object]:
    """What a published value tells."""
    if isinstance(published, Withheld):
        return ("withheld",)
    return (published.score.text, published.people.text, published.change, published.cant_say_many)


def as_expected(line: Line | None) -> Sequence[object]:
    """The same of a value by hand."""
    return ("withheld",) if line is None else (line.shown, line.people, line.change, line.many_could_not_say)


def folder(parent: Path, name: str) -> Path:
    """A folder that is there."""
    made = parent / name
    made.mkdir()
    return made
