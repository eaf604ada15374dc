"""The rules of what is released hold in every place where a result is shown, and in every part of it.

A point in a picture is a number, and so is one in the words for those who do not see it.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from bot.domain.anonymity import BOTTOM, TOP, WITHHELD_TEXT, Band, CommentsResult, Scope
from bot.domain.outbox import MessageKind
from bot.domain.promise import PROMISE
from bot.domain.publication import BlockPublication, whole_to_dict
from bot.domain.scoring import gaps, participation, release_organisations, release_whole
from bot.views.messages import draw
from tests.domain.voices import BOTH, BRIGHTBUILD, COUNCIL, answers
from tests.views.test_every_message import NAMES, ORDINARY, a_digest, a_round

Json = dict[str, Any]
ENOUGH, TOO_FEW = 23, 4
APART = {BRIGHTBUILD: Scope("org-0"), COUNCIL: Scope("org-1")}
SHOWN_IN = (MessageKind.RESULTS, MessageKind.BLOCK_RESULTS, MessageKind.DIGEST)
SAYS_SO = (MessageKind.RESULTS, MessageKind.BLOCK_RESULTS, MessageKind.BLOCK_COMMENTS, MessageKind.DIGEST)


def results(people: int) -> tuple[Json, Json]:
    """What so many people of each side publish of a round and of a block."""
    sides = {BRIGHTBUILD: [3] * people, COUNCIL: [5, *[4] * (people - 1)]}
    heard = [
        one
        for dimension in ("trust", "communication")
        for side, scores in sides.items()
        for one in answers(side, scores, dimension=dimension)
    ]
    whole = release_whole(
        heard,
        organisations=BOTH,
        invited=2 * people,
        dimensions=("trust", "communication", "roles"),
        promise=PROMISE,
        blur=lambda: 1,
        changes={},
    )
    apart = release_organisations(
        heard, groups=APART, invited=dict.fromkeys(BOTH, people), promise=PROMISE, blur=lambda: -1
    )
    block = BlockPublication(
        first_number=9,
        last_number=12,
        results=apart,
        gaps=gaps(apart, PROMISE),
        participation=participation(heard, organisations=BOTH, invited=2 * people, promise=PROMISE),
        comments=CommentsResult(mood=None, themes=(), quotes=()),
    )
    shared = {
        "number": 12,
        "partnership": ORDINARY.partnership,
        "organisations": list(ORDINARY.organisations),
        "dimensions": NAMES,
    }
    named = {"names": dict(zip(APART.values(), ORDINARY.organisations, strict=True))}
    questions = {"questions": dict.fromkeys(NAMES, ORDINARY.question)}
    return shared | questions | whole_to_dict(whole), shared | named | block.to_dict()


def shown(kind: MessageKind, people: int) -> Json:
    """A message about what so many people of each side answered, as it is sent: text, blocks, pictures and all."""
    whole, block = results(people)
    digest = a_digest(ORDINARY) | {
        "rounds": [{**whole, "number": number} for number in range(1, 13)],
        "block": block,
        "comments": {key: block[key] for key in ("first_number", "last_number", "mood", "themes")},
        "alerts": [],
    }
    return dict(draw(kind, digest if kind is MessageKind.DIGEST else whole if kind is MessageKind.RESULTS else block))


def numbers(message: Json) -> set[str]:
    """Every number with a decimal, and every point of a picture in tenths, wherever it stands."""
    written = json.dumps(message).replace(f"{TOP.text}, or {BOTTOM.text}", "")  # what the scale of a picture ends with
    return set(re.findall(r"\d+\.\d+", written)) | {f"{point / 10:.1f}" for point in points(message)}


def points(tree: object) -> Iterator[int]:
    """The values of all pictures in a message."""
    if isinstance(tree, Mapping):
        for name, branch in tree.items():
            yield from (value for _, value in branch if value is not None) if name == "points" else points(branch)
    elif isinstance(tree, list | tuple):
        for branch in tree:
            yield from points(branch)


@pytest.mark.parametrize("kind", SHOWN_IN)
def test_every_number_is_one_that_was_released(kind: MessageKind) -> None:
    whole, block = results(ENOUGH)
    released = {f"{each['tenths'] / 10:.1f}" for body in (whole, block) for each in body["results"] if "tenths" in each}
    found = numbers(shown(kind, ENOUGH))
    assert found
    assert found <= released


@pytest.mark.parametrize("kind", SHOWN_IN)
def test_every_number_of_people_is_a_band(kind: MessageKind) -> None:
    bands = {Band.of(people, among=among) for among in (ENOUGH, 2 * ENOUGH) for people in range(5, among + 1)}
    told = re.findall(r"([\w ]+?) people(?: answered|\))", json.dumps(shown(kind, ENOUGH)))
    assert told
    assert {" ".join(each.split()[-3:]).strip("( ") for each in told} <= {each.text for each in bands if each}


@pytest.mark.parametrize("kind", SAYS_SO)
def test_where_there_are_too_few_no_place_shows_a_number_and_all_say_so_in_one_sentence(kind: MessageKind) -> None:
    message = shown(kind, TOO_FEW // 2)
    assert numbers(message) == set()
    assert not re.search(r"\d+ (?:to|or more)? ?\d* ?people", json.dumps(message))
    assert WITHHELD_TEXT in message["text"].replace("Not", "not")


@pytest.mark.parametrize("number", [0, 5, 10, 15])
def test_the_counter_says_more_than_a_multiple_of_five_or_nothing(number: int) -> None:
    message = draw(MessageKind.PULSE_COUNTER, a_round(ORDINARY) | {"more_than": number})
    assert re.findall(r"[Mm]ore than (\d+)", message["text"]) == [str(number)] * bool(number)


def test_a_result_that_is_withheld_holds_nothing_that_a_view_could_show() -> None:
    whole, block = results(TOO_FEW // 2)
    assert all(each.keys() == {"dimension", "scope"} for body in (whole, block) for each in body["results"])
    assert (whole["people"], block["participation"], block["gaps"]) == (None, None, [])
