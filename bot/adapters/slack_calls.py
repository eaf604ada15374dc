"""One call to Slack and what became of it, as a value."""

import datetime as dt
import http.client
import re
from collections.abc import Callable
from typing import Any
from urllib.error import HTTPError, URLError

from slack_sdk.errors import SlackApiError

from bot.domain.ids import ChannelId, MessageTs
from bot.domain.outbox import Delivered, InDoubt, Outcome, Refused, Retry

TRY_AGAIN = dt.timedelta(seconds=5)
_TROUBLE_AT_SLACK = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout"})
_ERROR_CODE = re.compile(r"\w{1,100}")


def attempt(call: Callable[[], Any], keep: Callable[[Any], None] = lambda answer: None) -> Outcome:
    """Make a call; `keep` is given Slack's answer if it is a good one."""
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
        return Retry(after=TRY_AGAIN) if never_sent else InDoubt()
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
    if not _ERROR_CODE.fullmatch(error):  # not Slack's words but those of something between: a proxy's page
        return Refused(reason=f"http_{status}") if status >= 400 else InDoubt()
    return Refused(reason=error)
