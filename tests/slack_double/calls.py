"""One call to the Web API as a method sees it, and the registry of methods."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.slack_limits import Kind, find_breaches

from . import refusals as no
from .records import Channel, Json, Token
from .world import World

Answer = Json
_STRUCTURED = frozenset({"blocks", "attachments", "view", "metadata"})
_UNREADABLE = {"blocks": no.INVALID_BLOCKS_FORMAT, "metadata": no.INVALID_METADATA_FORMAT}


@dataclass(slots=True, kw_only=True)
class Call:
    """A method's view of the request: typed access to arguments, the world, the token, and where to find the double."""

    world: World
    method: str
    args: Mapping[str, Any]
    token: Token
    origin: str = ""

    def text(self, name: str) -> str:
        """A required argument; Slack answers `invalid_arguments` without it."""
        value = self.args.get(name)
        if value in (None, ""):
            raise no.Refused(no.INVALID_ARGUMENTS, messages=[f"[ERROR] missing required field: {name}"])
        return str(value)

    def optional(self, name: str) -> str | None:
        """An argument that may be left out."""
        value = self.args.get(name)
        return None if value in (None, "") else str(value)

    def flag(self, name: str) -> bool:
        """A boolean as forms and JSON write it."""
        return str(self.args.get(name, "")).lower() in ("1", "true")

    def number(self, name: str, default: int, most: int) -> int:
        """A page size; out of range is `invalid_limit`."""
        written = self.optional(name)
        if written is None:
            return default
        if not written.isdigit() or not 1 <= int(written) <= most:
            raise no.Refused(no.INVALID_LIMIT)
        return int(written)

    def require(self, *scopes: str) -> None:
        """Refuse a token that lacks one of the scopes."""
        for scope in scopes:
            if scope not in self.token.scopes:
                provided = ",".join(sorted(self.token.scopes))
                raise no.Refused(no.MISSING_SCOPE, needed=scope, provided=provided)

    def channel(self, id_: str, *, kind_of_scope: str | None = None) -> Channel:
        """A channel that the bot may know of: private ones it is not in do not exist for it.

        `kind_of_scope` "read" or "history" asks for the scope that belongs to the kind of channel.
        """
        channel = self.world.channels.get(id_)
        if channel is None or ((channel.is_private or channel.im_of) and World.BOT not in channel.members):
            raise no.Refused(no.CHANNEL_NOT_FOUND)
        if kind_of_scope:
            family = "im" if channel.im_of else "groups" if channel.is_private else "channels"
            self.require(f"{family}:{kind_of_scope}")
        return channel

    def page(self, items: list[Any], *, size: int) -> tuple[list[Any], str]:
        """One page of a list and the cursor of the next; https://docs.slack.dev/apis/web-api/pagination."""
        cursor = self.optional("cursor")
        if cursor is not None and not (cursor.startswith("at:") and cursor[3:].isdigit()):
            raise no.Refused(no.INVALID_CURSOR)
        start = int(cursor[3:]) if cursor else 0
        following = start + size
        return items[start:following], f"at:{following}" if following < len(items) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A Web API method: what it does, the scopes it needs, how often a minute it may be called."""

    run: Callable[[Call], Answer]
    scopes: tuple[str, ...] = ()
    per_minute: int | None = None
    app_level: bool = False


def check(payload: Mapping[str, Any], *, kind: Kind) -> None:
    """Refuse a message or view that breaks Slack's limits, with Slack's code and one sentence per breach."""
    found = find_breaches(payload, kind=kind)
    if found:
        raise no.Refused(no.ErrorCode(found[0].error), messages=[f"[ERROR] {breach.sentence}" for breach in found])


def structured(args: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments with the JSON ones decoded: forms carry them as strings."""
    decoded = dict(args)
    for name in _STRUCTURED & args.keys():
        if isinstance(args[name], str) and args[name]:
            try:
                decoded[name] = json.loads(args[name])
            except ValueError:
                raise no.Refused(_UNREADABLE.get(name, no.INVALID_ARGUMENTS)) from None
    return decoded


def with_ids(world: World, blocks: Iterable[Mapping[str, Any]]) -> list[Json]:
    """Blocks as Slack keeps them: those without a `block_id`, and elements without an `action_id`, are given one."""
    kept: list[Json] = json.loads(json.dumps(list(blocks)))
    for block in kept:
        block.setdefault("block_id", world.next_id("b"))
        elements = [block.get("accessory"), block.get("element")]
        if block["type"] == "actions":
            elements += block["elements"]
        for element in filter(None, elements):
            if element["type"] != "image":
                element.setdefault("action_id", world.next_id("a"))
    return kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What the app asked for, and how it ended (`error` None: granted)."""

    method: str
    args: Mapping[str, Any] = field(default_factory=dict)
    error: str | None = None
    reply_lost: bool = False
