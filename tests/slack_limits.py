"""Slack's rules for payloads: Slack's SDK lets most breaches pass, and Slack itself answers only `invalid_blocks`.

Sources, unless a rule names its own: https://docs.slack.dev/reference/block-kit/blocks, .../block-elements and
.../composition-objects (one page per type), https://docs.slack.dev/reference/views/modal-views and .../home-tab-views,
https://docs.slack.dev/reference/methods/chat.postMessage.
"""

import html
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from .slack_elements import (
    IN_ACTIONS,
    IN_INPUT,
    IN_SECTION,
    TEXT_MAX,
    Payload,
    element_in,
    image,
    items_of,
    length,
    listed,
    text_object,
    unique,
)

Kind = Literal["message", "view"]

MESSAGE_TEXT_MAX = 40_000  # chat.postMessage truncates beyond; it recommends 4,000
# Not documented, measured in https://github.com/slackapi/bolt-js/issues/2509: `msg_blocks_too_long` from about 13,200.
MESSAGE_BLOCKS_TEXT_MAX = 13_000
BLOCKS_MAX = {"message": 50, "modal": 100, "home": 100}  # .../block-kit/blocks
BLOCK_ID_MAX = CALLBACK_ID_MAX = EXTERNAL_ID_MAX = 255

# Which blocks exist on which surface. `input` is left out of messages on purpose: a message of ours asks by buttons.
_ANYWHERE = frozenset({"section", "header", "divider", "context", "actions", "image", "rich_text", "video"})
_BLOCKS = {"message": _ANYWHERE | {"markdown"}, "modal": _ANYWHERE | {"input"}, "home": _ANYWHERE | {"input"}}


class Breach(NamedTuple):
    """A broken rule: the error with which Slack refuses the message, and one sentence that says where."""

    error: str
    sentence: str


def breaches(payload: Payload, *, kind: Kind) -> list[str]:
    """One sentence for each of Slack's rules that the payload breaks; empty if Slack takes it.

    `payload` is a message ({"text", "blocks"}) or a view ({"type": "modal" or "home", ...}), as plain JSON values.
    """
    return [breach.sentence for breach in find_breaches(payload, kind=kind)]


def find_breaches(payload: Payload, *, kind: Kind) -> list[Breach]:
    """The same with Slack's error codes, for the double."""
    return list(_message(payload) if kind == "message" else _view(payload))


def text_covers_blocks(payload: Payload) -> list[str]:
    """One sentence per section, header and context text with words that the message's top-level `text` lacks.

    The house rule: screen readers and notifications read `text` alone (chat.postMessage, "Accessibility"),
    so it says all that the blocks show, as often as they show it. Labels of buttons do not count.
    """
    said = Counter(_words(str(payload.get("text") or "")))
    found = []
    for place, shown in _shown(payload.get("blocks") or []):
        missing = Counter(_words(shown)) - said
        said -= Counter(_words(shown))
        if missing:
            found.append(f"{place} shows words that the top-level text lacks: {' '.join(missing.elements())}.")
    return found


def _shown(blocks: list[Payload]) -> Iterator[tuple[str, str]]:
    for at, block in enumerate(blocks):
        texts = {
            "section": [block.get("text"), *items_of(block.get("fields"))],
            "header": [block.get("text")],
            "context": items_of(block.get("elements")),
        }
        for text in texts.get(str(block.get("type")), []):
            if text and "text" in text:
                yield f"blocks[{at}]", str(text["text"])


def _words(text: str) -> list[str]:
    """Words as they are heard: dates by their fallback, links by their label, no decoration, no outer punctuation."""
    heard = re.sub(r"<!date\^[^|>]*\|([^>]*)>", r"\1", text)
    heard = re.sub(r"<[^|>]*\|([^>]*)>", r"\1", heard)
    heard = re.sub(r"[*_~`]", "", html.unescape(heard)).casefold()
    return [word for piece in heard.split() if (word := piece.strip(".,:;!?()[]\"'“”‘’·•–—>"))]


def _message(payload: Payload) -> Iterator[Breach]:
    text = payload.get("text")
    if not isinstance(text, str) or not text.strip():
        yield Breach("no_text", "text is empty: notifications and screen readers would say nothing.")
    elif len(text) > MESSAGE_TEXT_MAX:
        yield Breach("msg_too_long", f"text has {len(text)} characters, Slack truncates beyond {MESSAGE_TEXT_MAX}.")
    blocks = payload.get("blocks") or []
    for sentence in _blocks(blocks, surface="message"):
        yield Breach("invalid_blocks", sentence)
    shown = sum(len(text) for text in _all_texts(blocks))
    if shown > MESSAGE_BLOCKS_TEXT_MAX:
        yield Breach(
            "msg_blocks_too_long", f"blocks hold {shown} characters together, at most {MESSAGE_BLOCKS_TEXT_MAX}."
        )


def _view(view: Payload) -> Iterator[Breach]:
    surface = view.get("type")
    if surface not in ("modal", "home"):
        yield Breach("invalid_arguments", f"type of the view is {surface!r}, not modal or home.")
        return
    sentences = [*_blocks(view.get("blocks"), surface=surface)]
    if surface == "modal":
        sentences += _modal(view)
    sentences += length(view, "private_metadata", 3000)
    sentences += length(view, "callback_id", CALLBACK_ID_MAX)
    sentences += length(view, "external_id", EXTERNAL_ID_MAX)
    yield from (Breach("invalid_arguments", sentence) for sentence in sentences)


def _modal(view: Payload) -> Iterator[str]:
    yield from text_object(view.get("title"), "title", 24, plain=True)
    for button in ("submit", "close"):
        if view.get(button) is not None:
            yield from text_object(view[button], button, 24, plain=True)
    has_input = any(
        block.get("type") == "input" for block in items_of(view.get("blocks")) if isinstance(block, Mapping)
    )
    if has_input and view.get("submit") is None:
        yield "submit is missing although the modal has an input block."


def _blocks(blocks: Any, *, surface: str) -> Iterator[str]:
    if not isinstance(blocks, list):
        yield "blocks is not a list."
        return
    if len(blocks) > BLOCKS_MAX[surface]:
        yield f"blocks has {len(blocks)} blocks, a {surface} takes {BLOCKS_MAX[surface]}."
    for at, block in enumerate(blocks):
        where = f"blocks[{at}]"
        if not isinstance(block, Mapping):
            yield f"{where} is not a block."
        elif str(block.get("type")) not in _BLOCKS[surface]:
            yield f"{where} has type {block.get('type')!r}, which a {surface} does not take."
        else:
            yield from length(block, "block_id", BLOCK_ID_MAX, where, at_least=1)
            yield from _block(block, where)
    known = [block for block in blocks if isinstance(block, Mapping)]
    yield from unique((block.get("block_id") for block in known), "block_id", "blocks")
    elements = [element for block in known for element in _elements(block)]
    # Slack asks for unique ids within a block; ours are unique in a message, where a click names its element alone
    scopes = [elements] if surface == "message" else [_elements(block) for block in known]
    for scope in scopes:
        yield from unique((element.get("action_id") for element in scope), "action_id", "blocks")
    # .../block-kit/block-elements: only one element of a view may take the focus
    if sum(bool(element.get("focus_on_load")) for element in elements) > 1:
        yield "blocks has more than one element with focus_on_load."


def _block(block: Payload, where: str) -> Iterator[str]:
    match block["type"]:
        case "section":
            yield from _section(block, where)
        case "header":
            yield from text_object(block.get("text"), f"{where}.text", 150, plain=True)
        case "context":
            yield from _context(block.get("elements"), where)
        case "actions":
            yield from listed(block.get("elements"), f"{where}.elements", 25)
            for at, element in enumerate(items_of(block.get("elements"))):
                yield from element_in(element, f"{where}.elements[{at}]", IN_ACTIONS)
        case "input":
            yield from text_object(block.get("label"), f"{where}.label", 2000, plain=True)
            if block.get("hint") is not None:
                yield from text_object(block["hint"], f"{where}.hint", 2000, plain=True)
            yield from element_in(block.get("element"), f"{where}.element", IN_INPUT)
        case "image":
            yield from image(block, where)
            if block.get("title") is not None:
                yield from text_object(block["title"], f"{where}.title", 2000, plain=True)
        case "markdown":
            yield from length(block, "text", 12_000, where, at_least=1, required=True)


def _section(block: Payload, where: str) -> Iterator[str]:
    if block.get("text") is not None:
        yield from text_object(block["text"], f"{where}.text", 3000)
    elif not block.get("fields"):
        yield f"{where} has neither text nor fields."
    if block.get("fields") is not None:
        yield from listed(block["fields"], f"{where}.fields", 10)
        for at, text in enumerate(items_of(block["fields"])):
            yield from text_object(text, f"{where}.fields[{at}]", 2000)
    if block.get("accessory") is not None:
        yield from element_in(block["accessory"], f"{where}.accessory", IN_SECTION)


def _context(elements: Any, where: str) -> Iterator[str]:
    yield from listed(elements, f"{where}.elements", 10)
    for at, element in enumerate(items_of(elements)):
        place = f"{where}.elements[{at}]"
        if isinstance(element, Mapping) and element.get("type") == "image":
            yield from image(element, place)
        else:
            yield from text_object(element, place, TEXT_MAX)


def _elements(block: Payload) -> list[Payload]:
    """The interactive elements of a block, wherever it keeps them."""
    places = [block.get("accessory"), block.get("element"), *items_of(block.get("elements"))]
    return [element for element in places if isinstance(element, Mapping)]


def _all_texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key == "text" and isinstance(inner, str):
                yield inner
            else:
                yield from _all_texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _all_texts(inner)
