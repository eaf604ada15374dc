"""Sends messages to Slack and says what became of them, as a value. Retries nothing by itself."""

import datetime as dt
import http.client
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.adapters.slack_calls import TRY_AGAIN, attempt
from bot.adapters.slack_pictures import PICTURE_REFUSED, SlackPictures, without_pictures
from bot.domain.ids import ChannelId, MessageTs
from bot.domain.outbox import Delivered, InDoubt, Outcome, Outgoing, Refused, Retry

EVENT_TYPE = "partnership_pulse"
_CLOCKS_APART = dt.timedelta(seconds=30)  # Slack stamps messages with its own clock
_LOOK_AT = 100  # messages; where Slack gives fewer (15), the newest are what we look for
_THREAD_GONE = frozenset({"thread_not_found", "cannot_reply_to_message", "message_not_found"})

Drawn = Mapping[str, Any]


class SlackMessenger:
    """bot.services.ports.Messenger in one workspace. `rewrite` adapts drawings for a stand-in with less markup."""

    def __init__(self, web: WebClient, rewrite: Callable[[Drawn], Drawn] = lambda drawn: drawn) -> None:
        self._web = web
        self._rewrite = rewrite
        self._pictures = SlackPictures(web)

    def send(self, message: Outgoing, drawn: Drawn, edits: MessageTs | None) -> Outcome:
        """Post the drawn message, or edit the one at `edits`."""
        drawn = self._rewrite(drawn)
        if edits is not None:
            outcome = attempt(lambda: self._web.chat_update(channel=str(message.channel_id), ts=edits, **drawn))
            return Retry(after=TRY_AGAIN) if isinstance(outcome, InDoubt) else outcome
        place = self._place(message)
        if not isinstance(place, str):
            return place
        shown = self._pictures.shown(drawn)
        if isinstance(shown, Retry):
            return shown
        outcome = self._post(message, place, shown)
        if isinstance(outcome, Refused) and outcome.reason == PICTURE_REFUSED and shown is not drawn:
            return self._pictures.not_ready(message.key) or self._post(message, place, without_pictures(drawn))
        return outcome

    def _post(self, message: Outgoing, place: str, drawn: Drawn) -> Outcome:
        """Post to a channel or in a thread of it; in the channel itself if the thread is gone."""
        metadata = {"event_type": EVENT_TYPE, "event_payload": {"key": message.key}}

        def post(thread: MessageTs | None) -> Outcome:
            return attempt(
                lambda: self._web.chat_postMessage(
                    channel=place, thread_ts=thread, metadata=metadata, unfurl_links=False, unfurl_media=False, **drawn
                )
            )

        outcome = post(message.thread_ts)
        if message.thread_ts and isinstance(outcome, Refused) and outcome.reason in _THREAD_GONE:
            return post(None)
        return outcome

    def find(self, message: Outgoing, since: dt.datetime) -> Outcome | None:
        """Look for a message whose reply was lost; InDoubt when Slack cannot say now."""
        place = self._place(message)
        if not isinstance(place, str):
            return InDoubt() if isinstance(place, Retry) else place
        try:
            oldest = str((since - _CLOCKS_APART).timestamp())
            found = list(self._look(place, oldest, None))
            if message.thread_ts:  # it stands in the thread, or in the channel if the thread was gone
                found += self._look(place, oldest, message.thread_ts)
        except (SlackApiError, OSError, http.client.HTTPException):
            return InDoubt()
        for each in found:
            metadata = each.get("metadata") or {}
            if (metadata.get("event_payload") or {}).get("key") == message.key:
                return Delivered(channel_id=ChannelId(place), ts=each["ts"])
        return None

    def _look(self, place: str, oldest: str, thread: MessageTs | None) -> Sequence[Mapping[str, Any]]:
        """What was said in a channel, or in one of its threads, since a moment."""
        asked: dict[str, Any] = {
            "channel": place,
            "oldest": oldest,
            "limit": _LOOK_AT,
            "include_all_metadata": True,
        }
        if thread is None:
            answer = self._web.conversations_history(**asked)
        else:
            try:
                answer = self._web.conversations_replies(ts=thread, **asked)
            except SlackApiError as refusal:
                if str(refusal.response.get("error", "")) in _THREAD_GONE:
                    return ()
                raise
        messages: Sequence[Mapping[str, Any]] = answer["messages"]
        return messages

    def _place(self, message: Outgoing) -> str | Outcome:
        """The channel, or the direct message that is opened for a person."""
        if message.channel_id is not None:
            return message.channel_id
        opened: list[str] = []
        outcome = attempt(
            lambda: self._web.conversations_open(users=str(message.user_id)),
            keep=lambda answer: opened.append(answer["channel"]["id"]),
        )
        if opened:
            return opened[0]
        return Retry(after=TRY_AGAIN) if isinstance(outcome, InDoubt) else outcome
