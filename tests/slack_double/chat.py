"""chat.*: posting, changing and deleting messages (https://docs.slack.dev/reference/methods?filter=chat)."""

import json
from typing import Any

from . import refusals as no
from .calls import Answer, Call, Method, check, with_ids
from .files import refuse_unknown_files
from .pacing import TIER_3, TIER_4
from .records import Channel, Json, Message
from .world import World

METADATA_MAX = 16_000  # bytes, https://docs.slack.dev/messaging/message-metadata
# chat.update refuses a long text (`msg_too_long`) where chat.postMessage truncates; strictly read, beyond the 4,000
# characters that https://docs.slack.dev/reference/methods/chat.postMessage recommends
UPDATE_TEXT_MAX = 4_000


def message_json(message: Message) -> Json:
    """A message as Slack shows it to apps; metadata is added only where it was asked for."""
    shown: Json = {
        "type": "message",
        "user": message.user,
        "ts": message.ts,
        "text": message.text,
        "team": message.team_id,
        "blocks": message.blocks,
    }
    if message.user == World.BOT:
        shown |= {"bot_id": World.BOT_ID, "app_id": World.APP_ID}
    if message.thread_ts:
        shown["thread_ts"] = message.thread_ts
    if message.edited_at:
        shown["edited"] = {"user": message.user, "ts": message.edited_at}
    return shown


def _content(call: Call) -> Json:
    """The checked `text` and `blocks` of a message."""
    content: Json = {"text": call.args.get("text") or "", "blocks": call.args.get("blocks") or []}
    check(content, kind="message")
    refuse_unknown_files(call.world, content["blocks"])
    return content


def _metadata(call: Call) -> Json | None:
    metadata: Any = call.args.get("metadata")
    if not metadata:
        return None
    if not isinstance(metadata, dict) or not {"event_type", "event_payload"} <= metadata.keys():
        raise no.Refused(no.INVALID_METADATA_FORMAT)
    if len(json.dumps(metadata).encode()) > METADATA_MAX:
        raise no.Refused(no.METADATA_TOO_LARGE)
    return metadata


def _destination(call: Call) -> Channel:
    """Where to post: a channel, or a person's direct messages by their user id."""
    target = call.text("channel")
    user = call.world.users.get(target)
    if user is not None:
        # chat.postMessage, "Post to a DM": only people whom the app can see
        if not call.world.is_visible(user) or user.deleted:
            raise no.Refused(no.CHANNEL_NOT_FOUND)
        return call.world.im_with(user.id)
    channel = call.channel(target)
    if channel.is_archived:
        raise no.Refused(no.IS_ARCHIVED)
    if World.BOT not in channel.members:
        raise no.Refused(no.NOT_IN_CHANNEL)
    return channel


def _new(call: Call, channel: Channel, **more: Any) -> Message:
    content = _content(call)
    thread = call.optional("thread_ts")
    if thread is not None:
        parent = call.world.find_message(channel.id, thread)
        if parent is None or parent.ephemeral_to:
            raise no.Refused(no.CANNOT_REPLY_TO_MESSAGE)
    message = Message(
        channel=channel.id,
        ts=call.world.next_ts(),
        user=World.BOT,
        text=content["text"],
        blocks=with_ids(call.world, content["blocks"]),
        thread_ts=thread,
        **more,
    )
    channel.messages.append(message)
    return message


def post_message(call: Call) -> Answer:
    """https://docs.slack.dev/reference/methods/chat.postMessage"""
    channel = _destination(call)
    message = _new(call, channel, metadata=_metadata(call))
    shown = message_json(message) | ({"metadata": message.metadata} if message.metadata else {})
    return {"channel": channel.id, "ts": message.ts, "message": shown}


def post_ephemeral(call: Call) -> Answer:
    """https://docs.slack.dev/reference/methods/chat.postEphemeral"""
    channel = _destination(call)
    user = call.text("user")
    if user not in channel.members:
        raise no.Refused(no.USER_NOT_IN_CHANNEL)
    return {"message_ts": _new(call, channel, ephemeral_to=user).ts}


def _own(call: Call, forbidden: no.ErrorCode) -> tuple[Channel, Message]:
    """The bot's own message that is to be changed. Ephemeral ones cannot be: they are no messages of the channel."""
    channel = call.channel(call.text("channel"))
    message = call.world.find_message(channel.id, call.text("ts"))
    if message is None or message.ephemeral_to:
        raise no.Refused(no.MESSAGE_NOT_FOUND)
    if message.user != World.BOT:
        raise no.Refused(forbidden)
    if channel.is_archived:
        raise no.Refused(no.IS_INACTIVE)
    return channel, message


def update(call: Call) -> Answer:
    """https://docs.slack.dev/reference/methods/chat.update: blocks or metadata that are left out stay as they are."""
    channel, message = _own(call, no.CANT_UPDATE_MESSAGE)
    content = _content(call)
    if len(content["text"]) > UPDATE_TEXT_MAX:
        raise no.Refused(no.MSG_TOO_LONG)
    message.text = content["text"]
    if "blocks" in call.args:
        message.blocks = with_ids(call.world, content["blocks"])
    if "metadata" in call.args:
        message.metadata = _metadata(call)
    message.edited_at = call.world.next_ts()
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": message_json(message)}


def delete(call: Call) -> Answer:
    """https://docs.slack.dev/reference/methods/chat.delete"""
    channel, message = _own(call, no.CANT_DELETE_MESSAGE)
    channel.messages.remove(message)
    return {"channel": channel.id, "ts": message.ts}


METHODS = {
    "chat.postMessage": Method(run=post_message, scopes=("chat:write",)),
    "chat.postEphemeral": Method(run=post_ephemeral, scopes=("chat:write",), per_minute=TIER_4),
    "chat.update": Method(run=update, scopes=("chat:write",), per_minute=TIER_3),
    "chat.delete": Method(run=delete, scopes=("chat:write",), per_minute=TIER_3),
}
