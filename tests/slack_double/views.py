"""views.*: modals and Home tabs (https://docs.slack.dev/surfaces/modals); a person has one stack of at most three."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from . import refusals as no
from .calls import Answer, Call, Method, check, with_ids
from .pacing import TIER_4
from .records import Json, Trigger, View
from .world import World

STACK_MAX = 3
TRIGGER_LIVES_FOR = timedelta(seconds=3)
VIEW_BYTES_MAX = 250_000  # https://docs.slack.dev/reference/methods/views.open (`view_too_large`)


def _checked(call: Call, kind: str) -> Json:
    view: Any = call.args.get("view")
    if not isinstance(view, dict) or view.get("type") != kind:
        raise no.Refused(no.INVALID_ARGUMENTS, messages=[f"[ERROR] view must be a {kind}"])
    if len(json.dumps(view).encode()) > VIEW_BYTES_MAX:
        raise no.Refused(no.VIEW_TOO_LARGE)
    check(view, kind="view")
    return view


def _refuse_taken_external_id(world: World, view: Mapping[str, Any], but: View | None = None) -> None:
    external_id = view.get("external_id")
    if not external_id:
        return
    open_views = [*world.homes.values(), *(one for stack in world.stacks.values() for one in stack)]
    if any(one is not but and one.body["external_id"] == external_id for one in open_views):
        raise no.Refused(no.DUPLICATE_EXTERNAL_ID)


def _spend(call: Call) -> Trigger:
    """The trigger of an interaction: known, unused and at most three seconds old."""
    trigger = call.world.triggers.get(call.text("trigger_id"))
    if trigger is None:
        raise no.Refused(no.INVALID_TRIGGER_ID)
    if trigger.exchanged:
        raise no.Refused(no.EXCHANGED_TRIGGER_ID)
    if call.world.clock.now() - trigger.issued_at > TRIGGER_LIVES_FOR:
        raise no.Refused(no.EXPIRED_TRIGGER_ID)
    return trigger


def build_view(world: World, user: str, view: Mapping[str, Any], *, below: View | None = None) -> View:
    """A new view as Slack keeps it, for a person, on top of `below` if that is given."""
    id_ = world.next_id("V")
    body: Json = {
        "id": id_,
        "team_id": world.users[user].team_id,
        "root_view_id": below.body["root_view_id"] if below else id_,
        "previous_view_id": below.id if below else None,
        "app_id": World.APP_ID,
        "app_installed_team_id": World.HOME,
        "bot_id": World.BOT_ID,
    }
    built = View(id=id_, user=user, body=body)
    write_view(world, built, view)
    return built


def write_view(world: World, known: View, view: Mapping[str, Any]) -> None:
    """Put new content and a new hash into an open view."""
    known.body |= {part: view.get(part) for part in ("type", "title", "submit", "close")}
    known.body |= {part: view.get(part) or "" for part in ("private_metadata", "callback_id", "external_id")}
    known.body |= {flag: bool(view.get(flag)) for flag in ("clear_on_close", "notify_on_close")}
    known.body["blocks"] = with_ids(world, view["blocks"])
    known.body["state"] = {"values": {}}
    known.body["hash"] = f"{int(world.clock.now().timestamp())}.{world.next_id('h')}"


def shown(view: View) -> Json:
    """A copy of the view object, so that nobody changes the world by changing an answer."""
    copied: Json = json.loads(json.dumps(view.body))
    return copied


def open_(call: Call) -> Answer:
    """https://docs.slack.dev/reference/methods/views.open: a new stack for the person who holds the trigger."""
    view = _checked(call, "modal")
    _refuse_taken_external_id(call.world, view)
    trigger = _spend(call)
    trigger.exchanged = True
    built = build_view(call.world, trigger.user, view)
    call.world.stacks[trigger.user] = [built]
    return {"view": shown(built)}


def push(call: Call) -> Answer:
    """https://docs.slack.dev/reference/methods/views.push: only by a trigger from inside an open modal, three deep."""
    view = _checked(call, "modal")
    _refuse_taken_external_id(call.world, view)
    trigger = _spend(call)
    stack = call.world.stacks.get(trigger.user, [])
    if trigger.view_id is None or not stack:
        raise no.Refused(no.INVALID_TRIGGER_ID)
    if len(stack) >= STACK_MAX:
        raise no.Refused(no.PUSH_LIMIT_REACHED)
    trigger.exchanged = True
    built = build_view(call.world, trigger.user, view, below=stack[-1])
    stack.append(built)
    return {"view": shown(built)}


def _refuse_stale(call: Call, known: View) -> None:
    hash_ = call.optional("hash")
    if hash_ is not None and hash_ != known.body["hash"]:
        raise no.Refused(no.HASH_CONFLICT)


def update(call: Call) -> Answer:
    """https://docs.slack.dev/reference/methods/views.update: an open view by its id or its external id."""
    view = _checked(call, "modal")
    view_id, external_id = call.optional("view_id"), call.optional("external_id")
    stacks = call.world.stacks.values()
    matches = [one for stack in stacks for one in stack if one.id == view_id or one.body["external_id"] == external_id]
    if not matches:
        raise no.Refused(no.VIEW_NOT_FOUND)
    _refuse_stale(call, matches[0])
    _refuse_taken_external_id(call.world, view, but=matches[0])
    write_view(call.world, matches[0], view)
    return {"view": shown(matches[0])}


def publish(call: Call) -> Answer:
    """https://docs.slack.dev/reference/methods/views.publish.

    For an external person Slack answers ok, and they see a placeholder: `SlackDouble.home_of` tells None.
    """
    view = _checked(call, "home")
    user = call.text("user_id")
    if user not in call.world.users:
        # the page names no code for unknown people; Slack's words for a bad argument
        raise no.Refused(no.INVALID_ARGUMENTS, messages=["[ERROR] invalid `user_id`"])
    known = call.world.homes.get(user)
    if known is None:
        known = call.world.homes[user] = build_view(call.world, user, view)
    else:
        _refuse_stale(call, known)
        write_view(call.world, known, view)
    return {"view": shown(known)}


def acknowledge(world: World, view_id: str, answer: Mapping[str, Any] | None) -> dict[str, str]:
    """What the app's answer to a `view_submission` does to the person's stack; the errors they are shown, if any.

    https://docs.slack.dev/surfaces/modals#updating_response: an empty answer closes the view, `response_action` clears,
    updates or pushes, or shows `errors` under inputs by block id. A view beyond a limit is refused as by `views.open`.
    """
    view = world.find_view(view_id)
    if view is None:
        raise no.Refused(no.VIEW_NOT_FOUND)
    stack, answer = world.stacks[view.user], answer or {}
    match answer.get("response_action"):
        case None:
            stack.remove(view)
        case "clear":
            stack.clear()
        case "errors":
            errors: dict[str, str] = answer["errors"]
            inputs = {block["block_id"] for block in view.body["blocks"] if block["type"] == "input"}
            if not errors or errors.keys() - inputs:
                raise no.Refused(no.INVALID_ARGUMENTS, messages=[f"[ERROR] {sorted(errors)} are no inputs"])
            return errors
        case "update":
            check(answer["view"], kind="view")
            write_view(world, view, answer["view"])
        case "push":
            check(answer["view"], kind="view")
            if len(stack) >= STACK_MAX:
                raise no.Refused(no.PUSH_LIMIT_REACHED)
            stack.append(build_view(world, view.user, answer["view"], below=view))
        case other:
            raise no.Refused(no.INVALID_ARGUMENTS, messages=[f"[ERROR] unknown response_action {other!r}"])
    return {}


METHODS = {
    "views.open": Method(run=open_, per_minute=TIER_4),
    "views.push": Method(run=push, per_minute=TIER_4),
    "views.update": Method(run=update, per_minute=TIER_4),
    "views.publish": Method(run=publish, per_minute=TIER_4),
}
