"""Slack's rules for what stands inside blocks: interactive elements, images, options, texts (used by slack_limits).

Sources: https://docs.slack.dev/reference/block-kit/block-elements and .../composition-objects, one page per type. Each
rule is an iterator of sentences, none if it is kept; `where` is the place as a path such as "blocks[2].elements[0]".
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

Payload = Mapping[str, Any]

ACTION_ID_MAX = 255
URL_MAX = 3000
ALT_TEXT_MAX = 2000
INPUT_MAX = 3000  # .../block-elements/plain-text-input-element
TEXT_MAX = 3000  # .../composition-objects/text-object

_SELECTS = frozenset(f"{of}_select" for of in ("static", "external", "users", "conversations", "channels"))
_MULTI_SELECTS = frozenset(f"multi_{select}" for select in _SELECTS)
_PICKERS = frozenset({"datepicker", "timepicker"})
_CHOICES = frozenset({"checkboxes", "radio_buttons"})
_WRITTEN = frozenset({"plain_text_input", "email_text_input", "url_text_input", "number_input"})
IN_ACTIONS = _SELECTS | _PICKERS | _CHOICES | {"button", "overflow", "datetimepicker"}
IN_SECTION = _SELECTS | _MULTI_SELECTS | _PICKERS | _CHOICES | {"button", "overflow", "image"}
IN_INPUT = _SELECTS | _MULTI_SELECTS | _PICKERS | _CHOICES | _WRITTEN | {"datetimepicker"}
_LISTED = frozenset({"static_select", "multi_static_select", "overflow"}) | _CHOICES
_OPTIONS_MAX = {"static_select": 100, "multi_static_select": 100, "overflow": 5, "checkboxes": 10, "radio_buttons": 10}
_FORMATS = {"initial_date": r"\d{4}-\d\d-\d\d", "initial_time": r"([01]\d|2[0-3]):[0-5]\d"}


_NUMBERS = ("min_length", "max_length", "max_selected_items")


def items_of(value: Any) -> list[Any]:
    """What stands in a list; nothing if it is none (`listed` says so)."""
    return value if isinstance(value, list) else []


def image(picture: Payload, where: str) -> Iterator[str]:
    """An image block or element: with words for those who do not see it, and exactly one source."""
    yield from length(picture, "alt_text", ALT_TEXT_MAX, where, at_least=1, required=True)
    if (picture.get("image_url") is None) == (picture.get("slack_file") is None):
        yield f"{where} needs either image_url or slack_file."
    yield from length(picture, "image_url", URL_MAX, where, at_least=1)


def element_in(element: Any, where: str, allowed: frozenset[str]) -> Iterator[str]:
    """One interactive element (or picture) of a kind that this place allows."""
    kind = str(element.get("type")) if isinstance(element, Mapping) else str(element)
    if not isinstance(element, Mapping) or kind not in allowed:
        yield f"{where} has type {kind!r}, which is not an element for this place."
        return
    yield from length(element, "action_id", ACTION_ID_MAX, where, at_least=1)
    if element.get("placeholder") is not None:
        yield from text_object(element["placeholder"], f"{where}.placeholder", 150, plain=True)
    if element.get("confirm") is not None:
        yield from _confirm(element["confirm"], f"{where}.confirm")
    for name, pattern in _FORMATS.items():
        if element.get(name) is not None and not re.fullmatch(pattern, str(element[name])):
            yield f"{where}.{name} is {element[name]!r}, not a {name.removeprefix('initial_')} as Slack writes it."
    for name in _NUMBERS:
        if name in element and _number(element, name, -1) != element[name]:
            yield f"{where}.{name} is {element[name]!r}, not a whole number."
    if kind == "button":
        yield from _button(element, where)
    elif kind == "image":
        yield from image(element, where)
    elif kind == "plain_text_input":
        yield from _plain_text_input(element, where)
    elif kind in _LISTED:
        yield from _choice(element, where, kind)
    if kind in _MULTI_SELECTS and _number(element, "max_selected_items", 1) < 1:
        yield f"{where}.max_selected_items is below 1."


def _number(of: Payload, name: str, default: int) -> int:
    value = of.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else default


def _button(button: Payload, where: str) -> Iterator[str]:
    yield from text_object(button.get("text"), f"{where}.text", 75, plain=True)
    yield from length(button, "value", 2000, where)
    yield from length(button, "url", URL_MAX, where)
    yield from length(button, "accessibility_label", 75, where)
    yield from _style(button, where)


def _style(styled: Payload, where: str) -> Iterator[str]:
    if styled.get("style") not in (None, "primary", "danger"):
        yield f"{where}.style is {styled['style']!r}, not primary or danger."


def _plain_text_input(element: Payload, where: str) -> Iterator[str]:
    shortest, longest = _number(element, "min_length", 0), _number(element, "max_length", INPUT_MAX)
    if not 0 <= shortest <= INPUT_MAX or not 1 <= longest <= INPUT_MAX or shortest > longest:
        yield f"{where} takes {shortest} to {longest} characters, Slack allows 0 to {INPUT_MAX}."
    yield from length(element, "initial_value", min(longest, INPUT_MAX), where)


def _choice(element: Payload, where: str, kind: str) -> Iterator[str]:
    most = _OPTIONS_MAX[kind]
    options, groups = element.get("options"), element.get("option_groups")
    if groups is not None and kind in ("static_select", "multi_static_select"):
        if options is not None:
            yield f"{where} has both options and option_groups."
        yield from listed(groups, f"{where}.option_groups", 100)
        known = [group if isinstance(group, Mapping) else {} for group in items_of(groups)]
        for at, group in enumerate(known):
            yield from text_object(group.get("label"), f"{where}.option_groups[{at}].label", 75, plain=True)
            yield from _options(group.get("options"), f"{where}.option_groups[{at}].options", most, kind)
        options = [option for group in known for option in items_of(group.get("options"))]
    else:
        yield from _options(options, f"{where}.options", most, kind)
    chosen = [*items_of(element.get("initial_options")), *filter(None, [element.get("initial_option")])]
    strangers = [one for one in chosen if one not in items_of(options)]
    yield from (f"{where} starts with {_value(one)!r}, which is no option." for one in strangers)
    if "initial_options" in element and not element["initial_options"]:
        yield f"{where}.initial_options is empty; leave it out."
    if len(chosen) > _number(element, "max_selected_items", len(chosen)):
        yield f"{where} starts with {len(chosen)} options, more than its max_selected_items."


def _options(options: Any, where: str, most: int, kind: str) -> Iterator[str]:
    yield from listed(options, where, most)
    for at, option in enumerate(items_of(options)):
        if not isinstance(option, Mapping):
            yield f"{where}[{at}] is not an option."
            continue
        # .../composition-objects/option-object: mrkdwn only in checkboxes and radio buttons
        yield from text_object(option.get("text"), f"{where}[{at}].text", 75, plain=kind not in _CHOICES)
        yield from length(option, "value", 150, f"{where}[{at}]", at_least=1, required=True)
        if option.get("description") is not None:
            yield from text_object(option["description"], f"{where}[{at}].description", 75, plain=kind not in _CHOICES)


def _value(option: Any) -> Any:
    return option.get("value") if isinstance(option, Mapping) else option


def _confirm(confirm: Any, where: str) -> Iterator[str]:
    """https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object"""
    if not isinstance(confirm, Mapping):
        yield f"{where} is not a confirmation dialog."
        return
    for part, most in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
        yield from text_object(confirm.get(part), f"{where}.{part}", most, plain=part != "text")
    yield from _style(confirm, where)


def text_object(text: Any, where: str, most: int, *, plain: bool = False) -> Iterator[str]:
    """https://docs.slack.dev/reference/block-kit/composition-objects/text-object: at least 1 character."""
    if not isinstance(text, Mapping) or not isinstance(text.get("text"), str):
        yield f"{where} is not a text object."
        return
    if text.get("type") not in (("plain_text",) if plain else ("plain_text", "mrkdwn")):
        yield f"{where} has type {text.get('type')!r}, which is not allowed there."
    if not text["text"].strip():
        yield f"{where} is empty."
    if len(text["text"]) > most:
        yield f"{where} has {len(text['text'])} characters, at most {most}."


def length(
    of: Payload, name: str, most: int, where: str = "view", *, at_least: int = 0, required: bool = False
) -> Iterator[str]:
    """A text among an object's own fields, not shown as a text object (ids, values, addresses)."""
    value = of.get(name)
    if value is None:
        if required:
            yield f"{where}.{name} is missing."
    elif not isinstance(value, str):
        yield f"{where}.{name} is not text."
    elif not at_least <= len(value) <= most:
        yield f"{where}.{name} has {len(value)} characters, {at_least} to {most} are allowed."


def listed(items: Any, where: str, most: int) -> Iterator[str]:
    """A list with something in it, but not too much."""
    if not isinstance(items, list) or not items:
        yield f"{where} is empty."
    elif len(items) > most:
        yield f"{where} has {len(items)} items, at most {most}."


def unique(values: Iterator[Any], name: str, where: str) -> Iterator[str]:
    """No text twice."""
    counted = Counter(value for value in values if isinstance(value, str))
    yield from (f"{where} has the {name} {value!r} {times} times." for value, times in counted.items() if times > 1)
