"""Whether a request has the shape that the listeners take for granted, so that no listener has to ask.

One catch around the listeners would be shorter, but could not tell an odd request from a mistake of ours, and would
come after half of the work. Shapes: https://docs.slack.dev/reference/interaction-payloads, .../reference/events,
.../interactivity/implementing-slash-commands. Only what is read here is looked at; Slack may add whatever it likes.
"""

from collections.abc import Mapping
from typing import Any, Final

from bot.domain.texts import is_text

_LAST_MOMENT: Final = 2**32  # seconds; what is later is no time of an event
OF_EVENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "app_home_opened": ("user",),
    "app_uninstalled": (),
    "channel_archive": ("channel",),
    "channel_deleted": ("channel",),
    "channel_id_changed": ("old_channel_id", "new_channel_id"),
    "channel_left": ("channel",),
    "channel_rename": (),  # its channel is an object, and nobody reads it
    "channel_shared": ("channel",),
    "channel_unarchive": ("channel",),
    "channel_unshared": ("channel",),
    "group_archive": ("channel",),
    "group_deleted": ("channel",),
    "group_left": ("channel",),
    "group_rename": (),
    "group_unarchive": ("channel",),
    "member_joined_channel": ("user", "channel"),
    "member_left_channel": ("user", "channel"),
    "tokens_revoked": (),
}
"""What is read of each event that somebody listens to."""


def is_as_documented(body: Mapping[str, Any], context: Mapping[str, Any]) -> bool:
    """Whether a request is of a kind that somebody listens to, and has what they read; `context` is Bolt's of it."""
    if not _may_have(context, "team_id", "enterprise_id", "response_url") or not _is_told_to(body):
        return False
    kind = body.get("type")
    if "command" in body:
        return _has(body, "command", "team_id", "user_id", "channel_id", "trigger_id") and _may_have(body, "text")
    if kind == "block_actions":
        return _is_person(body.get("user")) and _is_click(body) and _is_around_a_click(body.get("view"))
    if kind == "view_submission":
        return _is_person(body.get("user")) and _is_form(body.get("view"))
    return kind == "event_callback" and _is_event(body)


def _is_person(user: Any) -> bool:
    return isinstance(user, dict) and _has(user, "id", "team_id")


def _is_click(body: Mapping[str, Any]) -> bool:
    actions = body.get("actions")
    if not isinstance(actions, list) or not actions or not isinstance(actions[0], dict):
        return False
    return (
        _has(body, "trigger_id")
        and _has(actions[0], "action_id")
        and _may_have(actions[0], "value", "block_id")
        and _is_place(body.get("channel"))
        and _is_place(body.get("container"))
    )


def _is_place(place: Any) -> bool:
    return place is None or (isinstance(place, dict) and _may_have(place, "id"))


def _is_around_a_click(view: Any) -> bool:
    return view is None or (isinstance(view, dict) and _may_have(view, "id", "private_metadata"))


def _is_form(view: Any) -> bool:
    if not isinstance(view, dict) or not _has(view, "type", "callback_id", "private_metadata"):
        return False
    blocks, state = view.get("blocks"), view.get("state")
    return (
        _may_have(view, "id")
        and isinstance(blocks, list)
        and all(_is_block(each) for each in blocks)
        and isinstance(state, dict)
        and _are_fields(state.get("values"))
    )


def _is_block(block: Any) -> bool:
    if not isinstance(block, dict) or not _has(block, "type") or not _may_have(block, "block_id"):
        return False
    if block["type"] == "input" and not (_has(block, "block_id") and "element" in block):
        return False
    element = block.get("element", {})
    return isinstance(element, dict) and _are_options(element.get("options"))


def _are_fields(values: Any) -> bool:
    if values == []:  # so Slack has written that there are none
        return True
    return isinstance(values, dict) and all(
        isinstance(of_block, dict) and all(_is_field(each) for each in of_block.values())
        for of_block in values.values()
    )


def _is_field(field: Any) -> bool:
    if not isinstance(field, dict) or not _may_have(field, "value", "selected_date", "selected_user"):
        return False
    one = field.get("selected_option")
    return (one is None or _is_option(one)) and _are_options(field.get("selected_options"))


def _are_options(options: Any) -> bool:
    return options is None or (isinstance(options, list) and all(_is_option(each) for each in options))


def _is_option(option: Any) -> bool:
    return isinstance(option, dict) and _has(option, "value")


def _is_event(body: Mapping[str, Any]) -> bool:
    event, moment = body.get("event"), body.get("event_time")
    if not isinstance(event, dict) or not _has(event, "type") or not _has(body, "event_id"):
        return False
    kind = event["type"]
    return (
        _has(event, *OF_EVENTS.get(kind, ()))
        and _may_have(event, "tab")
        and (kind != "tokens_revoked" or isinstance(event.get("tokens"), dict))
        and _may_have(body, "team_id", "enterprise_id", "context_team_id", "context_enterprise_id")
        and type(moment) is int
        and 0 <= moment < _LAST_MOMENT
    )


def _is_told_to(body: Mapping[str, Any]) -> bool:
    installations = body.get("authorizations")
    return installations is None or (
        isinstance(installations, list)
        and all(isinstance(each, dict) and _may_have(each, "team_id", "enterprise_id") for each in installations)
    )


def _has(found: Mapping[str, Any], *names: str) -> bool:
    """Whether all of these are texts."""
    for name in names:  # noqa: SIM110 - `all` and a generator take twice as long, and every click waits for it
        if not is_text(found.get(name)):
            return False
    return True


def _may_have(found: Mapping[str, Any], *names: str) -> bool:
    """Whether these are texts where they are there at all."""
    for name in names:
        text = found.get(name)
        if text is not None and not is_text(text):
            return False
    return True
