"""conversations.*: channels, their people and their messages (https://docs.slack.dev/reference/methods)."""

import re
from decimal import Decimal

from . import refusals as no
from .calls import Answer, Call, Method
from .chat import message_json
from .pacing import TIER_3, TIER_4
from .records import Channel, Json, Message
from .world import World


def channel_json(world: World, channel: Channel) -> Json:
    """A conversation object, https://docs.slack.dev/reference/objects/conversation-object."""
    if channel.im_of:
        return {"id": channel.id, "is_im": True, "user": channel.im_of, "is_archived": channel.is_archived}
    teams = sorted({world.users[user].team_id for user in channel.members if user in world.users})
    return {
        "id": channel.id,
        "name": channel.name,
        "is_channel": not channel.is_private,
        "is_group": channel.is_private,
        "is_im": False,
        "is_mpim": False,
        "is_private": channel.is_private,
        "is_archived": channel.is_archived,
        "is_member": World.BOT in channel.members,
        "is_shared": channel.is_ext_shared,
        "is_ext_shared": channel.is_ext_shared,
        "is_org_shared": False,
        "is_pending_ext_shared": False,
        "context_team_id": World.HOME,
        "shared_team_ids": teams if channel.is_ext_shared else [World.HOME],
        "connected_team_ids": [team for team in teams if team != World.HOME] if channel.is_ext_shared else [],
    }


def info(call: Call) -> Answer:
    """https://docs.slack.dev/reference/methods/conversations.info"""
    channel = call.channel(call.text("channel"), kind_of_scope="read")
    shown = channel_json(call.world, channel)
    if call.flag("include_num_members"):
        shown["num_members"] = len(channel.members)
    return {"channel": shown}


def members(call: Call) -> Answer:
    """https://docs.slack.dev/reference/methods/conversations.members: external people are listed, too."""
    channel = call.channel(call.text("channel"), kind_of_scope="read")
    page, cursor = call.page(channel.members, size=call.number("limit", 100, 1000))
    return {"members": page, "response_metadata": {"next_cursor": cursor}}


def _moment(call: Call, name: str, error: no.ErrorCode) -> Decimal | None:
    written = call.optional(name)
    if written is None:
        return None
    if not re.fullmatch(r"\d+(\.\d+)?", written):
        raise no.Refused(error)
    return Decimal(written)


def _shown(call: Call, message: Message) -> Json:
    shown = message_json(message)
    if message.metadata:
        full = call.flag("include_all_metadata")
        shown["metadata"] = message.metadata if full else {"event_type": message.metadata["event_type"]}
    return shown


def history(call: Call) -> Answer:
    """https://docs.slack.dev/reference/methods/conversations.history: newest first, without threads and ephemerals."""
    channel = call.channel(call.text("channel"), kind_of_scope="history")
    if World.BOT not in channel.members:
        raise no.Refused(no.NOT_IN_CHANNEL)
    latest = _moment(call, "latest", no.INVALID_TS_LATEST)
    oldest = _moment(call, "oldest", no.INVALID_TS_OLDEST)
    edges = call.flag("inclusive")

    def is_asked_for(message: Message) -> bool:
        at = Decimal(message.ts)
        before = latest is None or at < latest or (edges and at == latest)
        after = oldest is None or at > oldest or (edges and at == oldest)
        return before and after and not message.ephemeral_to and message.thread_ts in (None, message.ts)

    found = [message for message in reversed(channel.messages) if is_asked_for(message)]
    page, cursor = call.page(found, size=call.number("limit", 100, 999))
    return {
        "messages": [_shown(call, message) for message in page],
        "has_more": bool(cursor),
        "response_metadata": {"next_cursor": cursor},
    }


def replies(call: Call) -> Answer:
    """https://docs.slack.dev/reference/methods/conversations.replies: the thread's first message, then the replies."""
    channel = call.channel(call.text("channel"), kind_of_scope="history")
    if World.BOT not in channel.members:
        raise no.Refused(no.NOT_IN_CHANNEL)
    parent = call.world.find_message(channel.id, call.text("ts"))
    if parent is None or parent.ephemeral_to:
        raise no.Refused(no.THREAD_NOT_FOUND)
    oldest = _moment(call, "oldest", no.INVALID_TS_OLDEST)
    said = [message for message in channel.messages if message.thread_ts == parent.ts and message is not parent]
    found = [parent, *(message for message in said if oldest is None or Decimal(message.ts) > oldest)]
    page, cursor = call.page(found, size=call.number("limit", 1000, 1000))
    return {
        "messages": [_shown(call, message) for message in page],
        "has_more": bool(cursor),
        "response_metadata": {"next_cursor": cursor},
    }


def open_(call: Call) -> Answer:
    """https://docs.slack.dev/reference/methods/conversations.open, for one person at a time."""
    users = call.optional("users")
    if users is None:
        raise no.Refused(no.USERS_LIST_NOT_SUPPLIED)
    user = call.world.users.get(users)
    if user is None or user.is_bot:
        raise no.Refused(no.USER_NOT_FOUND)
    if not call.world.is_visible(user):
        raise no.Refused(no.USER_NOT_VISIBLE)
    if user.deleted:
        raise no.Refused(no.USER_DISABLED)
    return {"channel": {"id": call.world.im_with(user.id).id}}


METHODS = {
    "conversations.info": Method(run=info, per_minute=TIER_3),
    "conversations.members": Method(run=members, per_minute=TIER_4),
    "conversations.history": Method(run=history, per_minute=TIER_3),
    "conversations.replies": Method(run=replies, per_minute=TIER_3),
    "conversations.open": Method(run=open_, scopes=("im:write",), per_minute=TIER_3),
}
