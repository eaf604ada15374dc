"""Sends messages to Slack and says what became of them, as a value. Retries nothing by itself."""

import datetime as dt
import http.client
from collections.abc import Callable, Mapping
from typing import Any
from urllib.error import HTTPError, URLError

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.domain.ids import ChannelId, MessageTs
from bot.domain.outbox import Delivered, InDoubt, Outcome, Outgoing, Refused, Retry

EVENT_TYPE = "partnership_pulse"
_TRY_AGAIN = dt.timedelta(seconds=5)
_CLOCKS_APART = dt.timedelta(seconds=30)  # Slack stamps messages with its own clock
_LOOK_AT = 100  # messages; where Slack gives fewer (15), the newest are what we look for
_TROUBLE_AT_SLACK = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout"})

Drawn = Mapping[str, Any]


def client(token: str, api_url: str) -> WebClient:
    """A client without retries: slack_sdk's default handler posts again after a lost reply."""
    return WebClient(token=token, base_url=api_url, timeout=10, retry_handlers=[])


class SlackMessenger:
    """bot.services.ports.Messenger over slack_sdk. `rewrite` adapts drawings for a stand-in that knows less markup."""

    def __init__(self, web: WebClient, rewrite: Callable[[Drawn], Drawn] = lambda drawn: drawn) -> None:
        self._web = web
        self._rewrite = rewrite

    def send(self, message: Outgoing, drawn: Drawn, edits: MessageTs | None) -> Outcome:
        """Post the drawn message, or edit the one at `edits`."""
        drawn = self._rewrite(drawn)
        if edits is not None:
            outcome = self._call(lambda: self._web.chat_update(channel=str(message.channel_id), ts=edits, **drawn))
            return Retry(after=_TRY_AGAIN) if isinstance(outcome, InDoubt) else outcome
        place = self._place(message)
        if not isinstance(place, str):
            return place
        metadata = {"event_type": EVENT_TYPE, "event_payload": {"key": message.key}}
        return self._call(
            lambda: self._web.chat_postMessage(
                channel=place, metadata=metadata, unfurl_links=False, unfurl_media=False, **drawn
            )
        )

    def find(self, message: Outgoing, since: dt.datetime) -> Outcome | None:
        """Look for a message whose reply was lost; InDoubt when Slack cannot say now."""
        place = self._place(message)
        if not isinstance(place, str):
            return InDoubt() if isinstance(place, Retry) else place
        try:
            oldest = str((since - _CLOCKS_APART).timestamp())
            answer = self._web.conversations_history(
                channel=place, oldest=oldest, limit=_LOOK_AT, include_all_metadata=True
            )
        except (SlackApiError, OSError, http.client.HTTPException):
            return InDoubt()
        for each in answer["messages"]:
            metadata = each.get("metadata") or {}
            if (metadata.get("event_payload") or {}).get("key") == message.key:
                return Delivered(channel_id=ChannelId(place), ts=each["ts"])
        return None

    def _place(self, message: Outgoing) -> str | Outcome:
        """The channel, or the direct message that is opened for a person."""
        if message.channel_id is not None:
            return message.channel_id
        opened: list[str] = []
        outcome = self._call(
            lambda: self._web.conversations_open(users=str(message.user_id)),
            keep=lambda answer: opened.append(answer["channel"]["id"]),
        )
        if opened:
            return opened[0]
        return Retry(after=_TRY_AGAIN) if isinstance(outcome, InDoubt) else outcome

    def _call(self, call: Callable[[], Any], keep: Callable[[Any], None] = lambda answer: None) -> Outcome:
        try:
            answer = call()
        except SlackApiError as refusal:
            return _refusal(refusal)
        except HTTPError as error:
            return InDoubt() if error.code >= 500 else Refused(reason=f"http_{error.code}")
        except URLError as error:  # nothing was sent if the connection was never made
            never_sent = isinstance(error.reason, ConnectionRefusedError | OSError) and not isinstance(
                error.reason, TimeoutError | ConnectionResetError
            )
            return Retry(after=_TRY_AGAIN) if never_sent else InDoubt()
        except (OSError, http.client.HTTPException):
            return InDoubt()
        keep(answer)
        return Delivered(channel_id=ChannelId(str(answer.get("channel", ""))), ts=MessageTs(str(answer.get("ts", ""))))


def _refusal(refusal: SlackApiError) -> Outcome:
    answer = refusal.response
    status = getattr(answer, "status_code", 200)
    error = str(answer.get("error", ""))
    if status == 429 or error == "ratelimited":
        headers = getattr(answer, "headers", {}) or {}
        wait = next((value for name, value in headers.items() if name.lower() == "retry-after"), "1")
        return Retry(after=dt.timedelta(seconds=float(wait[0] if isinstance(wait, list) else wait)))
    if status >= 500 or error in _TROUBLE_AT_SLACK:
        return InDoubt()
    return Refused(reason=error or f"http_{status}")
