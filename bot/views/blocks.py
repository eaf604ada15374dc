"""Block Kit, drawn by plain functions. Texts of people are escaped here, and Slack's limits are known here."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from bot.domain.cadence import spelled

Block: TypeAlias = dict[str, Any]
View: TypeAlias = dict[str, Any]
Message: TypeAlias = dict[str, Any]

TEXT_LIMIT = 3_000
TITLE_LIMIT = 24
OPTION_LIMIT = 75
ALT_LIMIT = 2_000
_HALF_AN_ESCAPE = re.compile(r"&(amp?|a|lt?|gt?)?$")


def escape(text: str) -> str:
    """A person's text as Slack shows it literally: no mention, link or broadcast can come of it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def shortened(text: str, limit: int) -> str:
    """The text, cut to a limit of characters with an ellipsis at its end; never within an escaped character."""
    return text if len(text) <= limit else _HALF_AN_ESCAPE.sub("", text[: limit - 1]).rstrip() + "…"


def slack_date(at: dt.datetime, timezone: str) -> str:
    """A moment that everybody reads in the own zone; spelled out in the partnership's where that is not possible."""
    fallback = spelled(at, timezone)
    return f"<!date^{int(at.timestamp())}^{{date_long_pretty}}, {{time}}|{fallback}>"


def listed(names: Sequence[str]) -> str:
    """ "A", "A and B", "A, B and C"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def plain(text: str) -> Block:
    """A plain_text object."""
    return {"type": "plain_text", "text": text, "emoji": True}


def section(text: str, *, block_id: str = "") -> Block:
    """A paragraph of mrkdwn."""
    return _named({"type": "section", "text": {"type": "mrkdwn", "text": shortened(text, TEXT_LIMIT)}}, block_id)


def verbatim(text: str) -> Block:
    """A paragraph with words of people in it: Slack makes no mention, channel or link of what looks like one.

    Our own mentions still work: https://docs.slack.dev/reference/block-kit/composition-objects/text-object.
    """
    return {
        "type": "section",
        "text": {"type": "mrkdwn", "text": shortened(text, TEXT_LIMIT), "verbatim": True},
    }


def context(text: str) -> Block:
    """A small print paragraph of mrkdwn."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": shortened(text, TEXT_LIMIT)}]}


def header(text: str) -> Block:
    """A heading."""
    return {"type": "header", "text": plain(shortened(text, 150))}


def divider() -> Block:
    """A line."""
    return {"type": "divider"}


def picture(drawing: Mapping[str, Any], alt: str) -> Block:
    """A picture that is drawn from `drawing` and uploaded when the message is sent; `alt` says what it shows."""
    return {"type": "image", "alt_text": shortened(alt, ALT_LIMIT), "slack_file": {"drawing": dict(drawing)}}


def button(text: str, action_id: str, value: str, *, spoken: str = "", style: str = "") -> Block:
    """A button; `spoken` is what a screen reader says in place of its text."""
    drawn: Block = {"type": "button", "text": plain(shortened(text, 75)), "action_id": action_id, "value": value}
    if spoken:
        drawn["accessibility_label"] = shortened(spoken, 75)
    if style:
        drawn["style"] = style
    return drawn


def actions(*elements: Block, block_id: str = "") -> Block:
    """A row of buttons."""
    return _named({"type": "actions", "elements": list(elements)}, block_id)


def option(text: str, value: str, description: str = "") -> Block:
    """A choice in a list."""
    drawn: Block = {"text": plain(shortened(text, OPTION_LIMIT)), "value": value}
    if description:
        drawn["description"] = plain(shortened(description, OPTION_LIMIT))
    return drawn


def text_input(
    block_id: str,
    label: str,
    *,
    initial: str = "",
    hint: str = "",
    multiline: bool = False,
    optional: bool = False,
    most: int = TEXT_LIMIT,
    placeholder: str = "",
) -> Block:
    """A field to type in; its action id is its block id."""
    element: Block = {"type": "plain_text_input", "action_id": block_id, "multiline": multiline, "max_length": most}
    if initial:
        element["initial_value"] = initial[:most]
    if placeholder:
        element["placeholder"] = plain(shortened(placeholder, 150))
    return _input(block_id, label, element, hint=hint, optional=optional)


def select_input(
    block_id: str, label: str, options: Sequence[Block], *, initial: str = "", hint: str = "", optional: bool = False
) -> Block:
    """A list to choose one of; at most 100 options."""
    element: Block = {"type": "static_select", "action_id": block_id, "options": list(options)}
    chosen = next((each for each in options if each["value"] == initial), None)
    if chosen:
        element["initial_option"] = chosen
    return _input(block_id, label, element, hint=hint, optional=optional)


def choice_input(
    block_id: str, label: str, options: Sequence[Block], *, initial: str = "", optional: bool = False
) -> Block:
    """Radio buttons for up to 10 options, a list for up to 100."""
    kind = "radio_buttons" if len(options) <= 10 else "static_select"
    element: Block = {"type": kind, "action_id": block_id, "options": list(options)}
    chosen = next((each for each in options if each["value"] == initial), None)
    if chosen:
        element["initial_option"] = chosen
    return _input(block_id, label, element, optional=optional)


def several_input(
    block_id: str,
    label: str,
    options: Sequence[Block],
    *,
    initial: Iterable[str] = (),
    hint: str = "",
    optional: bool = True,
) -> Block:
    """Tick boxes for up to 10 options, a list for up to 100."""
    boxes = len(options) <= 10
    wanted = set(initial)
    kind = "checkboxes" if boxes else "multi_static_select"
    element: Block = {"type": kind, "action_id": block_id, "options": list(options)}
    chosen = [each for each in options if each["value"] in wanted]
    if chosen:
        element["initial_options"] = chosen
    return _input(block_id, label, element, hint=hint, optional=optional)


def date_input(block_id: str, label: str, *, initial: dt.date | None = None, hint: str = "") -> Block:
    """A calendar to choose a day from."""
    element: Block = {"type": "datepicker", "action_id": block_id}
    if initial is not None:
        element["initial_date"] = initial.isoformat()
    return _input(block_id, label, element, hint=hint)


def person_input(block_id: str, label: str, *, hint: str = "") -> Block:
    """A field to find any one person; for more people than a list takes."""
    return _input(block_id, label, {"type": "users_select", "action_id": block_id}, hint=hint)


def modal(
    callback_id: str,
    title: str,
    blocks: Sequence[Block],
    *,
    submit: str = "",
    close: str = "Close",
    private: str = "",
) -> View:
    """A modal; `private` travels with it unseen and must hold nothing that a person may not choose (it can be "
    "forged)."""
    drawn: View = {
        "type": "modal",
        "callback_id": callback_id,
        "title": plain(shortened(title, TITLE_LIMIT)),
        "close": plain(shortened(close, TITLE_LIMIT)),
        "blocks": list(blocks),
        "private_metadata": private,
    }
    if submit:
        drawn["submit"] = plain(shortened(submit, TITLE_LIMIT))
    return drawn


def message(*blocks: Block) -> Message:
    """A message whose top-level text holds everything that its blocks say, for screen readers and notifications."""
    return {"text": "\n".join(_said(block) for block in blocks if _said(block)), "blocks": list(blocks)}


def _said(block: Mapping[str, Any]) -> str:
    match block["type"]:
        case "section" | "header":
            return str(block["text"]["text"])
        case "context":
            return " ".join(str(each["text"]) for each in block["elements"] if "text" in each)
        case _:
            return ""


def _input(block_id: str, label: str, element: Block, *, hint: str = "", optional: bool = False) -> Block:
    drawn: Block = {
        "type": "input",
        "block_id": block_id,
        "label": plain(label),
        "element": element,
        "optional": optional,
    }
    if hint:
        drawn["hint"] = plain(hint)
    return drawn


def _named(block: Block, block_id: str) -> Block:
    return {**block, "block_id": block_id} if block_id else block
