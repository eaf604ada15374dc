"""Slack's limits, each from both sides: the longest that Slack takes passes, one more is named."""

import copy
import functools
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.slack_limits import Kind, breaches, text_covers_blocks

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def section(text: str = "Hello", **more: Any) -> Json:
    return {"type": "section", "text": mrkdwn(text), **more}


def button(action_id: str = "go", **more: Any) -> Json:
    return {"type": "button", "action_id": action_id, "text": plain("Go"), **more}


def actions(*elements: Json, **more: Any) -> Json:
    return {"type": "actions", "elements": list(elements), **more}


def option(value: str = "v", text: str = "Option", **more: Any) -> Json:
    return {"text": plain(text), "value": value, **more}


def options(count: int) -> list[Json]:
    return [option(f"v{n}") for n in range(count)]


def group(count: int, label: str = "Group") -> Json:
    return {"label": plain(label), "options": options(count)}


def choice(kind: str, **more: Any) -> Json:
    return {"type": kind, "action_id": "choice", **more}


def select(**more: Any) -> Json:
    return message(actions(choice("static_select", **more)))


def ticks(**more: Any) -> Json:
    return message(actions(choice("checkboxes", **more)))


def asks(element: Json, **more: Any) -> Json:
    return {"type": "input", "label": plain("Label"), "element": element, **more}


def written(**more: Any) -> Json:
    return {"type": "plain_text_input", "action_id": "words"} | more


def confirm(**more: Any) -> Json:
    return {
        "title": plain("Sure?"),
        "text": mrkdwn("All see it."),
        "confirm": plain("Yes"),
        "deny": plain("No"),
        **more,
    }


def message(*blocks: Json, text: str = "Hello") -> Json:
    return {"text": text, "blocks": list(blocks)}


def modal(*blocks: Json, **more: Any) -> Json:
    return {"type": "modal", "title": plain("Title"), "submit": plain("Send"), "blocks": list(blocks), **more}


def kind_of(payload: Json) -> Kind:
    return "view" if "type" in payload else "message"


IMAGE = {"type": "image", "image_url": "https://example.org/chart.png", "alt_text": "Trust is steady."}

# name of the limit, the size Slack still takes, and a payload of a given size
SIZES: list[tuple[str, int, Callable[[int], Json]]] = [
    ("text of a message", 40_000, lambda n: {"text": "x" * n}),
    ("blocks of a message", 50, lambda n: message(*[{"type": "divider"}] * n)),
    ("blocks of a modal", 100, lambda n: modal(*[{"type": "divider"}] * n)),
    ("blocks of a Home tab", 100, lambda n: {"type": "home", "blocks": [{"type": "divider"}] * n}),
    ("section text", 3000, lambda n: message(section("x" * n))),
    ("section fields", 10, lambda n: message({"type": "section", "fields": [mrkdwn("x")] * n})),
    ("section field", 2000, lambda n: message({"type": "section", "fields": [mrkdwn("x" * n)]})),
    ("header", 150, lambda n: message({"type": "header", "text": plain("x" * n)})),
    ("context elements", 10, lambda n: message({"type": "context", "elements": [mrkdwn("x")] * n})),
    ("actions", 25, lambda n: message(actions(*[button(f"b{i}") for i in range(n)]))),
    ("button text", 75, lambda n: message(actions(button(text=plain("x" * n))))),
    ("button value", 2000, lambda n: message(actions(button(value="x" * n)))),
    ("button url", 3000, lambda n: message(actions(button(url="x" * n)))),
    ("accessibility label", 75, lambda n: message(actions(button(accessibility_label="x" * n)))),
    ("action_id", 255, lambda n: message(actions(button("x" * n)))),
    ("block_id", 255, lambda n: message(section(block_id="x" * n))),
    ("alt text", 2000, lambda n: message(IMAGE | {"alt_text": "x" * n})),
    ("image title", 2000, lambda n: message(IMAGE | {"title": plain("x" * n)})),
    ("option text", 75, lambda n: message(actions(choice("static_select", options=[option(text="x" * n)])))),
    ("option value", 150, lambda n: message(actions(choice("static_select", options=[option("x" * n)])))),
    (
        "option description",
        75,
        lambda n: message(actions(choice("radio_buttons", options=[option(description=plain("x" * n))]))),
    ),
    ("radio buttons", 10, lambda n: message(actions(choice("radio_buttons", options=options(n))))),
    ("checkboxes", 10, lambda n: message(actions(choice("checkboxes", options=options(n))))),
    ("select", 100, lambda n: message(actions(choice("static_select", options=options(n))))),
    ("multi-select", 100, lambda n: message(section(accessory=choice("multi_static_select", options=options(n))))),
    ("overflow", 5, lambda n: message(actions(choice("overflow", options=options(n))))),
    (
        "option groups",
        100,
        lambda n: select(option_groups=[group(1)] * n),
    ),
    (
        "label of an option group",
        75,
        lambda n: select(option_groups=[group(1, "x" * n)]),
    ),
    ("placeholder", 150, lambda n: modal(asks(written(placeholder=plain("x" * n))))),
    ("longest entry", 3000, lambda n: modal(asks(written(max_length=n)))),
    ("initial entry", 3000, lambda n: modal(asks(written(initial_value="x" * n)))),
    ("input label", 2000, lambda n: modal(asks(written()) | {"label": plain("x" * n)})),
    ("input hint", 2000, lambda n: modal(asks(written(), hint=plain("x" * n)))),
    ("modal title", 24, lambda n: modal(section(), title=plain("x" * n))),
    ("modal submit", 24, lambda n: modal(section(), submit=plain("x" * n))),
    ("modal close", 24, lambda n: modal(section(), close=plain("x" * n))),
    ("private_metadata", 3000, lambda n: modal(section(), private_metadata="x" * n)),
    ("callback_id", 255, lambda n: modal(section(), callback_id="x" * n)),
    ("external_id", 255, lambda n: modal(section(), external_id="x" * n)),
    ("confirm title", 100, lambda n: message(actions(button(confirm=confirm(title=plain("x" * n)))))),
    ("confirm text", 300, lambda n: message(actions(button(confirm=confirm(text=mrkdwn("x" * n)))))),
    ("confirm yes", 30, lambda n: message(actions(button(confirm=confirm(confirm=plain("x" * n)))))),
    ("confirm no", 30, lambda n: message(actions(button(confirm=confirm(deny=plain("x" * n)))))),
]


@pytest.mark.parametrize(("limit", "most", "payload"), SIZES, ids=[name for name, _, _ in SIZES])
def test_the_largest_size_that_slack_takes_passes_and_one_more_is_named(
    limit: str, most: int, payload: Callable[[int], Json]
) -> None:
    assert breaches(payload(most), kind=kind_of(payload(most))) == []
    assert len(breaches(payload(most + 1), kind=kind_of(payload(most)))) == 1, limit


WRONG: list[tuple[str, Json]] = [
    ("text is empty", {"text": " ", "blocks": [section()]}),
    ("text is empty", {"blocks": [section()]}),
    ("blocks is not a list", {"text": "Hello", "blocks": {"type": "section"}}),
    ("blocks[0] is not a block", message("words")),  # type: ignore[arg-type]  # a wrong payload is the point
    ("blocks[0] has type 'sections'", message(section() | {"type": "sections"})),
    ("blocks[0] has type 'input', which a message does not take", message(asks(written()))),
    ("blocks[0].text is empty", message(section(" "))),
    ("blocks[0].text is not a text object", message({"type": "header"})),
    ("blocks[0].text has type 'mrkdwn'", message({"type": "header", "text": mrkdwn("Title")})),
    ("blocks[0] has neither text nor fields", message({"type": "section"})),
    ("blocks[0].elements is empty", message(actions())),
    ("blocks[0].elements[0] has type 'knob'", message(actions(button() | {"type": "knob"}))),
    ("blocks[0].elements[0] has type 'plain_text_input'", message(actions(written()))),
    ("blocks[0].accessory has type 'plain_text_input'", message(section(accessory=written()))),
    ("blocks[0].element has type 'button'", modal(asks(button()))),
    ("blocks[0].elements[0].style is 'warning'", message(actions(button(style="warning")))),
    ("the action_id 'go' 2 times", message(actions(button()), section(accessory=button()))),
    ("the action_id 'go' 2 times", modal(actions(button(), button()))),
    ("the block_id 'b' 2 times", message(section(block_id="b"), section(block_id="b"))),
    ("blocks[0].block_id has 0 characters", message(section(block_id=""))),
    ("blocks[0].alt_text is missing", message({"type": "image", "image_url": "https://example.org"})),
    ("needs either image_url or slack_file", message({"type": "image", "alt_text": "A chart."})),
    ("needs either image_url or slack_file", message(IMAGE | {"slack_file": {"id": "F1"}})),
    ("options is empty", select(options=[])),
    (
        "both options and option_groups",
        select(options=options(1), option_groups=[group(1)]),
    ),
    ("starts with 'v9', which is no option", select(options=options(2), initial_option=option("v9"))),
    ("starts with 'v9', which is no option", ticks(options=options(2), initial_options=[option("v9")])),
    ("initial_options is empty", ticks(options=options(2), initial_options=[])),
    (
        "more than its max_selected_items",
        modal(
            asks(choice("multi_static_select", options=options(3), initial_options=options(2), max_selected_items=1))
        ),
    ),
    (
        "max_selected_items is below 1",
        modal(asks(choice("multi_users_select", max_selected_items=0))),
    ),
    ("text has type 'mrkdwn'", select(options=[{"text": mrkdwn("*x*"), "value": "v"}])),
    ("confirm.deny is not a text object", message(actions(button(confirm=confirm() | {"deny": None})))),
    ("confirm.style is 'blue'", message(actions(button(confirm=confirm(style="blue"))))),
    ("initial_date is '1 May'", modal(asks({"type": "datepicker", "action_id": "d", "initial_date": "1 May"}))),
    ("initial_time is '25:00'", modal(asks({"type": "timepicker", "action_id": "t", "initial_time": "25:00"}))),
    ("takes 5 to 3 characters", modal(asks(written(min_length=5, max_length=3)))),
    ("initial_value has 4 characters", modal(asks(written(max_length=3, initial_value="four")))),
    ("title is not a text object", modal(section()) | {"title": None}),
    ("submit is missing although the modal has an input", modal(asks(written()), submit=None)),
    (
        "more than one element with focus_on_load",
        modal(*[asks(written(focus_on_load=True, action_id=name)) for name in "ab"]),
    ),
    ("type of the view is 'dialog'", {"type": "dialog", "blocks": []}),
    ("blocks hold 15000 characters together", message(*[section("x" * 3000)] * 5)),
]


@pytest.mark.parametrize(("sentence", "payload"), WRONG, ids=[sentence for sentence, _ in WRONG])
def test_a_broken_rule_is_told_in_one_sentence_that_says_where(sentence: str, payload: Json) -> None:
    told = breaches(payload, kind=kind_of(payload))

    assert len(told) == 1
    assert sentence in told[0]


def test_inputs_of_a_modal_may_share_an_action_id_because_the_block_tells_them_apart() -> None:
    assert breaches(modal(asks(written()), asks(written())), kind="view") == []


def test_a_rich_modal_with_every_kind_of_input_passes() -> None:
    inputs = [
        written(multiline=True, max_length=500),
        choice("static_select", options=options(3), initial_option=option("v1")) | {"action_id": "one"},
        choice("multi_static_select", options=options(3), initial_options=options(2)) | {"action_id": "two"},
        choice("checkboxes", options=[{"text": mrkdwn("*may be quoted*"), "value": "q"}]) | {"action_id": "three"},
        choice("radio_buttons", options=options(2)) | {"action_id": "four"},
        {"type": "multi_users_select", "action_id": "five", "max_selected_items": 3},
        {"type": "datepicker", "action_id": "six", "initial_date": "2026-05-14"},
        {"type": "timepicker", "action_id": "seven", "initial_time": "10:00"},
    ]

    assert breaches(modal(*[asks(element) for element in inputs], actions(button()), IMAGE), kind="view") == []


EVERYTHING: list[Json] = [
    message(
        section(fields=[mrkdwn("x")], accessory=choice("checkboxes", options=options(2), initial_options=options(1))),
        {"type": "header", "text": plain("x"), "block_id": "b"},
        {"type": "context", "elements": [mrkdwn("x"), IMAGE]},
        actions(button(confirm=confirm(), style="danger"), choice("overflow", options=options(2))),
        IMAGE,
    ),
    modal(
        asks(written(min_length=1, max_length=9, initial_value="x", placeholder=plain("x")), hint=plain("x")),
        asks(choice("multi_static_select", option_groups=[group(1)])),
        asks({"type": "datepicker", "action_id": "d", "initial_date": "2026-05-14"}),
        section(accessory=choice("static_select", options=options(2), initial_option=option("v1"))),
        asks(choice("multi_users_select", max_selected_items=2)),
    ),
]
NONSENSE: list[Any] = [None, "", "x", 3, True, [], [None], ["x"], [[]], {}, {"type": []}, {"text": 3}, [{"type": "a"}]]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield (*path, key)
        yield from places(value[key], (*path, key))


@pytest.mark.parametrize("nonsense", NONSENSE, ids=json.dumps)
@pytest.mark.parametrize("payload", EVERYTHING, ids=["message", "modal"])
def test_nonsense_anywhere_in_a_payload_never_confuses_the_checker(payload: Json, nonsense: Any) -> None:
    for *path, last in places(payload):
        spoilt = copy.deepcopy(payload)
        functools.reduce(lambda part, key: part[key], path, spoilt)[last] = nonsense

        told = breaches(spoilt, kind=kind_of(payload))

        assert all(sentence.endswith(".") for sentence in told)


def test_a_text_that_says_all_that_the_blocks_show_covers_them() -> None:
    payload = {
        "text": "Pulse 12 · Northfield Schools. Open until Thursday 14 May, 10:00. Read our promise. A & B",
        "blocks": [
            {"type": "header", "text": plain("Pulse 12 · Northfield Schools")},
            section("*Open* until <!date^1778752800^{date_long}|Thursday 14 May, 10:00>"),
            section("_A_ &amp; B", accessory=button(text=plain("Not read"))),
            {"type": "context", "elements": [mrkdwn("Read <https://example.org|our promise>."), IMAGE]},
            actions(button(text=plain("Neither read"))),
        ],
    }

    assert text_covers_blocks(payload) == []


def test_a_date_in_the_text_is_heard_as_its_fallback() -> None:
    date = "<!date^1778752800^{date_long}|Thursday 14 May>"

    assert text_covers_blocks(message(section("Until Thursday 14 May."), text=f"Until {date}.")) == []


@pytest.mark.parametrize(
    ("block", "missing"),
    [
        (section("Trust is *lower*."), "lower"),
        ({"type": "header", "text": plain("Trust closed")}, "closed"),
        ({"type": "section", "fields": [mrkdwn("Trust"), mrkdwn("4.0")]}, "4.0"),
        ({"type": "context", "elements": [mrkdwn("Trust withheld")]}, "withheld"),
        (section("trust, trust"), "trust"),
    ],
)
def test_words_that_only_the_blocks_show_are_named(block: Json, missing: str) -> None:
    told = text_covers_blocks(message(block, text="Trust is"))

    assert told == [f"blocks[0] shows words that the top-level text lacks: {missing}."]
