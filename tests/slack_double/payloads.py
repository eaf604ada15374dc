"""What people do, as the payloads that Slack sends to the app, and how such a request is signed.

Shapes follow https://docs.slack.dev/reference/interaction-payloads, .../interactivity/implementing-slash-commands, and
the recorded payloads in the scenario tests of slackapi/bolt-python. An external person's click on a message says
`team` = HOME and `user.team_id` = their own; inside a view `team` is their own, `view.app_installed_team_id` = HOME.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from .chat import message_json
from .records import Json, Message, View
from .state import Entered, ImpossibleAction, values_of
from .world import World

__all__ = ["ImpossibleAction", "Person", "form_body", "sign"]


class Person:
    """One member of HOME or of another workspace. Each action returns the payload (or form fields) that Slack sends."""

    def __init__(self, world: World, user: str) -> None:
        self._world = world
        self._user = world.users[user]

    def clicks(self, action_id: str, *, on: Message | Json, value: str | None = None) -> Json:
        """A `block_actions` payload for a button or select, on a message (ephemeral or not) or on an open view.

        `on` is a Message or a view as `views_of` gives it; `value` chooses an option of a select, radio group or menu.
        """
        with self._world.lock:
            return (
                self._click_message(action_id, on, value)
                if isinstance(on, Message)
                else self._click_view(action_id, on, value)
            )

    def _click_message(self, action_id: str, message: Message, value: str | None) -> Json:
        channel = self._world.channels[message.channel]
        if self._user.id not in channel.members:
            raise ImpossibleAction(f"{self._user.id} is not in {channel.id}")
        if message.ephemeral_to not in (None, self._user.id) or message not in channel.messages:
            raise ImpossibleAction(f"{self._user.id} does not see this message")
        action = self._action(action_id, message.blocks, value)
        url = self._world.issue_response_url(self._user.id, channel.id, message.ts)
        ephemeral = message.ephemeral_to is not None
        container: Json = {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": channel.id,
            "is_ephemeral": ephemeral,
        }
        payload = self._interaction("block_actions", self._world.HOME) | {
            "container": container,
            "trigger_id": self._world.issue_trigger(self._user.id),
            "channel": {"id": channel.id, "name": channel.name},
            "state": {"values": {}},
            "response_url": f"{self._world.origin}/response/{url.id}",
            "actions": [action],
        }
        if message.thread_ts:
            container["thread_ts"] = message.thread_ts
        # an ephemeral message is not kept by Slack, so its payload carries no `message`
        return payload if ephemeral else payload | {"message": json.loads(json.dumps(message_json(message)))}

    def _click_view(self, action_id: str, shown: Mapping[str, Any], value: str | None) -> Json:
        view = self._open_view(str(shown["id"]))
        team = self._user.team_id
        return self._interaction("block_actions", team) | {
            "container": {"type": "view", "view_id": view.id},
            "trigger_id": self._world.issue_trigger(self._user.id, view.id),
            "view": self._with_state(view, {}, submitting=False),
            "actions": [self._action(action_id, view.body["blocks"], value)],
        }

    def submits(self, view: Mapping[str, Any], entered: Mapping[str, Entered] | None = None) -> Json:
        """A `view_submission` payload: the view's inputs filled by block id (state.py)."""
        with self._world.lock:
            known = self._open_view(str(view["id"]))
            return self._interaction("view_submission", self._user.team_id) | {
                "trigger_id": self._world.issue_trigger(self._user.id, known.id),
                "view": self._with_state(known, entered or {}, submitting=True),
                "response_urls": [],
            }

    def closes(self, view: Mapping[str, Any], *, all_of_them: bool = False) -> Json:
        """A `view_closed` payload; the view (or with `all_of_them` the whole stack) is gone from the screen."""
        with self._world.lock:
            known = self._open_view(str(view["id"]))
            stack = self._world.stacks[self._user.id]
            self._world.stacks[self._user.id] = [] if all_of_them else [one for one in stack if one is not known]
            return self._interaction("view_closed", self._user.team_id) | {
                "view": self._with_state(known, {}, submitting=False),
                "is_cleared": all_of_them,
            }

    def commands(self, command: str, text: str = "", *, channel: str) -> dict[str, str]:
        """The form fields of a slash command. External people have no slash commands of the app."""
        with self._world.lock:
            if self._user.team_id != World.HOME:
                raise ImpossibleAction("slash commands exist in the workspace of the installation only")
            known = self._world.channels[channel]
            url = self._world.issue_response_url(self._user.id, channel)
            return {
                "token": "verification-token",
                "team_id": World.HOME,
                "team_domain": self._world.workspaces[World.HOME].domain,
                "channel_id": channel,
                "channel_name": known.name,
                "user_id": self._user.id,
                "user_name": self._user.name,
                "command": command,
                "text": text,
                "api_app_id": World.APP_ID,
                "is_enterprise_install": "false",
                "response_url": f"{self._world.origin}/response/{url.id}",
                "trigger_id": self._world.issue_trigger(self._user.id),
            }

    def _interaction(self, kind: str, team: str) -> Json:
        user, workspace = self._user, self._world.workspaces[team]
        return {
            "type": kind,
            "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team_id},
            "api_app_id": World.APP_ID,
            "token": "verification-token",
            "team": {"id": workspace.id, "domain": workspace.domain},
            "enterprise": None,
            "is_enterprise_install": False,
        }

    def _open_view(self, view_id: str) -> View:
        view = self._world.find_view(view_id)
        if view is None or view.user != self._user.id:
            raise ImpossibleAction(f"{self._user.id} has no view {view_id} open")
        return view

    def _with_state(self, view: View, entered: Mapping[str, Entered], *, submitting: bool) -> Json:
        body: Json = json.loads(json.dumps(view.body))
        return body | {"state": {"values": values_of(body, entered, submitting=submitting)}}

    def _action(self, action_id: str, blocks: list[Json], value: str | None) -> Json:
        for block in blocks:
            for element in filter(None, [block.get("accessory"), block.get("element"), *(block.get("elements") or [])]):
                if element.get("action_id") == action_id:
                    acted = _acted(block, element, value)
                    return acted | {"block_id": block["block_id"], "action_ts": self._world.next_ts()}
        raise ImpossibleAction(f"nothing here has the action_id {action_id!r}")


def _acted(block: Mapping[str, Any], element: Mapping[str, Any], value: str | None) -> Json:
    """The entry of `actions` without its block and time."""
    kind = element["type"]
    action: Json = {"type": kind, "action_id": element["action_id"]}
    if kind == "button":
        return action | {key: element[key] for key in ("text", "value", "style") if key in element}
    if kind == "overflow":
        chosen = next((option for option in element["options"] if option["value"] == value), None)
        if chosen is None:
            raise ImpossibleAction(f"no option {value!r} in this menu")
        return action | {"selected_option": chosen}
    holder = {**block, "type": "section", "accessory": element, "elements": [], "element": None}
    entered = {} if value is None else {block["block_id"]: value}
    state: Json = values_of({"blocks": [holder]}, entered, submitting=False)[block["block_id"]][element["action_id"]]
    return action | state


def form_body(payload: Mapping[str, Any]) -> str:
    """The raw body of an HTTP request: interactions as one `payload` field, slash commands as plain fields."""
    return urlencode(payload) if "command" in payload else f"payload={quote(json.dumps(payload))}"


def sign(body: str, secret: str, at: datetime | float) -> dict[str, str]:
    """The headers with which Slack signs a raw body (https://docs.slack.dev/authentication/verifying-requests-from-slack)."""
    timestamp = str(int(at.timestamp() if isinstance(at, datetime) else at))
    digest = hmac.new(secret.encode(), f"v0:{timestamp}:{body}".encode(), hashlib.sha256).hexdigest()
    is_json = body.startswith("{")
    return {
        "Content-Type": "application/json" if is_json else "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": f"v0={digest}",
    }
