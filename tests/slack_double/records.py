"""What the double keeps: plain, changeable records of workspaces, people, channels, messages, views and rights."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Json = dict[str, Any]

HOME = "T0HOME"  # the workspace in which the app is installed


@dataclass(slots=True, kw_only=True)
class Workspace:
    """A Slack workspace ("team"): HOME has the app installed, the others are partners'."""

    id: str
    name: str
    domain: str


@dataclass(slots=True, kw_only=True)
class User:
    """A person or bot; `team_id` other than HOME's makes them external. `email` None: not shown to the app."""

    id: str
    team_id: str
    name: str
    real_name: str
    email: str | None = None
    is_admin: bool = False
    is_bot: bool = False
    tz: str = "Europe/London"
    deleted: bool = False


@dataclass(slots=True, kw_only=True)
class Message:
    """A posted message; `ephemeral_to` names the only person who sees it."""

    channel: str
    ts: str
    user: str
    text: str
    team_id: str = HOME
    blocks: list[Json] = field(default_factory=list)
    thread_ts: str | None = None
    metadata: Json | None = None
    ephemeral_to: str | None = None
    edited_at: str | None = None


@dataclass(slots=True, kw_only=True)
class Channel:
    """A channel or (with `im_of`) the direct messages between the bot and one person."""

    id: str
    name: str
    members: list[str]
    is_private: bool = False
    is_ext_shared: bool = False
    is_archived: bool = False
    im_of: str | None = None
    messages: list[Message] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class File:
    """An upload: announced, then received (`content`), then complete and fit to be shown."""

    id: str
    name: str
    length: int
    content: bytes | None = None
    complete: bool = False


@dataclass(slots=True, kw_only=True)
class View:
    """A modal or Home tab as its person has it; `body` is the view object that Slack returns."""

    id: str
    user: str
    body: Json


@dataclass(slots=True, kw_only=True)
class Token:
    """A credential: what it may do, and whether it still works. `is_app_level` for xapp tokens."""

    value: str
    scopes: frozenset[str]
    is_app_level: bool = False
    revoked: bool = False


@dataclass(slots=True, kw_only=True)
class Trigger:
    """The right to open one view for one person, for three seconds; `view_id` if it came from inside a modal."""

    id: str
    user: str
    issued_at: datetime
    view_id: str | None = None
    exchanged: bool = False


@dataclass(slots=True, kw_only=True)
class ResponseUrl:
    """The right to answer an interaction five times within thirty minutes."""

    id: str
    user: str
    channel: str
    message_ts: str | None
    issued_at: datetime
    uses: int = 0
