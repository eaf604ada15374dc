"""state.values: what people entered into a view's inputs, in the shape that Slack sends for each kind of input.

https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload (view_submission)
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from .records import Json

Entered = str | Sequence[str] | None


class ImpossibleAction(Exception):
    """Slack's client would not let a person do this: nothing of the kind is on their screen."""


def values_of(view: Mapping[str, Any], entered: Mapping[str, Entered], *, submitting: bool) -> Json:
    """`state.values` of a view: what was entered by block id, elsewhere what the view started with.

    Selects, radio buttons and checkboxes take the `value` (or values) of options. With `submitting`, required inputs
    must be filled, as Slack's client insists.
    """
    inputs = {block["block_id"]: block for block in view["blocks"] if _input_element(block)}
    strangers = entered.keys() - inputs.keys()
    if strangers:
        raise ImpossibleAction(f"no input {sorted(strangers)} in this view, only {sorted(inputs)}")
    values: Json = {}
    for block_id, block in inputs.items():
        element = _input_element(block)
        assert element is not None
        state = _initial(element) if block_id not in entered else _state(element, entered[block_id])
        required = block["type"] == "input" and not block.get("optional", False)
        if submitting and required and not _answer(state):
            raise ImpossibleAction(f"the input {block_id} is required and empty")
        values[block_id] = {element["action_id"]: state}
    return values


def _input_element(block: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The element of a block that holds an entry; buttons, overflows and pictures hold none."""
    candidates = [block.get("element"), block.get("accessory"), *(block.get("elements") or [])]
    stateless = ("button", "overflow", "image", "plain_text", "mrkdwn")
    return next((one for one in candidates if one is not None and one.get("type") not in stateless), None)


def _answer(state: Mapping[str, Any]) -> Any:
    return next(value for key, value in state.items() if key != "type")


def _initial(element: Mapping[str, Any]) -> Json:
    kind = str(element["type"])
    if kind in ("checkboxes", "multi_static_select"):
        return {"type": kind, "selected_options": element.get("initial_options") or []}
    if kind in ("static_select", "radio_buttons"):
        return {"type": kind, "selected_option": element.get("initial_option")}
    starts = next((value for key, value in element.items() if key.startswith("initial_")), None)
    return {"type": kind, _FIELDS.get(kind, "value"): [] if starts is None and kind.startswith("multi_") else starts}


_FIELDS = {
    "users_select": "selected_user",
    "multi_users_select": "selected_users",
    "conversations_select": "selected_conversation",
    "channels_select": "selected_channel",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
}
_SHAPES = {"datepicker": r"\d{4}-\d\d-\d\d", "timepicker": r"\d\d:\d\d"}


def _state(element: Mapping[str, Any], entered: Entered) -> Json:
    kind = str(element["type"])
    match kind:
        case "checkboxes" | "multi_static_select":
            return {"type": kind, "selected_options": [_option(element, value) for value in _several(entered)]}
        case "static_select" | "radio_buttons":
            return {"type": kind, "selected_option": None if entered is None else _option(element, str(entered))}
        case "multi_users_select":
            return {"type": kind, "selected_users": _several(entered)}
        case "plain_text_input":
            return {"type": kind, "value": _written(element, entered)}
        case _:
            if kind in _SHAPES and entered is not None and not re.fullmatch(_SHAPES[kind], str(entered)):
                raise ImpossibleAction(f"a {kind} cannot give {entered!r}")
            return {"type": kind, _FIELDS.get(kind, "value"): entered or None}


def _several(entered: Entered) -> list[str]:
    return [entered] if isinstance(entered, str) else list(entered or [])


def _written(element: Mapping[str, Any], entered: Entered) -> str | None:
    """An empty text field is null, and its length is checked by Slack's client."""
    text = str(entered or "")
    shortest, longest = element.get("min_length", 0), element.get("max_length", 3000)
    if text and not shortest <= len(text) <= longest:
        raise ImpossibleAction(f"the field takes {shortest} to {longest} characters, not {len(text)}")
    return text or None


def _option(element: Mapping[str, Any], value: str) -> Json:
    groups = element.get("option_groups") or [element]
    options = [option for group in groups for option in group["options"]]
    for option in options:
        if option["value"] == value:
            return dict(option)
    raise ImpossibleAction(f"no option {value!r}, only {[option['value'] for option in options]}")
