"""response_url: answering an interaction without a token.

https://docs.slack.dev/interactivity/handling-user-interaction#message_responses: five uses within thirty minutes. It
names no error codes for a spent address; `used_url` and `expired_url` with 404 are what Slack is seen to answer.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from . import refusals as no
from .calls import check, with_ids
from .records import Channel, Json, Message, ResponseUrl
from .world import World

USES_MAX = 5
LIVES_FOR = timedelta(minutes=30)
USED_URL = no.ErrorCode("used_url")
EXPIRED_URL = no.ErrorCode("expired_url")
NO_SUCH_URL = no.ErrorCode("no_service")


def respond(world: World, id_: str, payload: Mapping[str, Any]) -> None:
    """Carry out one answer: a new message (ephemeral unless `in_channel`), or a change of the original."""
    url = world.response_urls.get(id_)
    if url is None:
        raise no.Refused(NO_SUCH_URL, status=404)
    if world.clock.now() - url.issued_at > LIVES_FOR:
        raise no.Refused(EXPIRED_URL, status=404)
    if url.uses >= USES_MAX:
        raise no.Refused(USED_URL, status=404)
    channel = world.channels[url.channel]
    original = world.find_message(url.channel, url.message_ts) if url.message_ts else None
    if payload.get("delete_original"):
        _delete(channel, original)
    else:
        content: Json = {"text": payload.get("text") or "", "blocks": payload.get("blocks") or []}
        check(content, kind="message")
        if payload.get("replace_original") and original is not None:
            original.text = content["text"]
            original.blocks = with_ids(world, content["blocks"])
            original.edited_at = world.next_ts()
        else:
            _post(world, url, channel, content, in_channel=payload.get("response_type") == "in_channel")
    url.uses += 1


def _delete(channel: Channel, original: Message | None) -> None:
    if original is None:
        raise no.Refused(no.MESSAGE_NOT_FOUND, status=404)
    channel.messages.remove(original)


def _post(world: World, url: ResponseUrl, channel: Channel, content: Mapping[str, Any], *, in_channel: bool) -> None:
    if channel.is_archived:
        raise no.Refused(no.IS_ARCHIVED, status=404)
    channel.messages.append(
        Message(
            channel=channel.id,
            ts=world.next_ts(),
            user=World.BOT,
            text=content["text"],
            blocks=with_ids(world, content["blocks"]),
            ephemeral_to=None if in_channel else url.user,
        )
    )
