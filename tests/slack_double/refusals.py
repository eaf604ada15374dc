"""Slack's refusals: one name per error code, each with the page that documents it."""

from collections.abc import Mapping
from typing import Any, NewType

ErrorCode = NewType("ErrorCode", str)

# https://docs.slack.dev/reference/methods/auth.test (errors common to all methods)
NOT_AUTHED = ErrorCode("not_authed")
INVALID_AUTH = ErrorCode("invalid_auth")
TOKEN_REVOKED = ErrorCode("token_revoked")
MISSING_SCOPE = ErrorCode("missing_scope")
NOT_ALLOWED_TOKEN_TYPE = ErrorCode("not_allowed_token_type")
INVALID_ARGUMENTS = ErrorCode("invalid_arguments")
INVALID_JSON = ErrorCode("invalid_json")
# https://docs.slack.dev/apis/web-api/ (a method that does not exist)
UNKNOWN_METHOD = ErrorCode("unknown_method")
# https://docs.slack.dev/apis/web-api/rate-limits
RATELIMITED = ErrorCode("ratelimited")

# https://docs.slack.dev/reference/methods/chat.postMessage
CHANNEL_NOT_FOUND = ErrorCode("channel_not_found")
NOT_IN_CHANNEL = ErrorCode("not_in_channel")
IS_ARCHIVED = ErrorCode("is_archived")
NO_TEXT = ErrorCode("no_text")
MSG_TOO_LONG = ErrorCode("msg_too_long")
MSG_BLOCKS_TOO_LONG = ErrorCode("msg_blocks_too_long")
INVALID_BLOCKS = ErrorCode("invalid_blocks")
INVALID_BLOCKS_FORMAT = ErrorCode("invalid_blocks_format")
INVALID_METADATA_FORMAT = ErrorCode("invalid_metadata_format")
METADATA_TOO_LARGE = ErrorCode("metadata_too_large")
CANNOT_REPLY_TO_MESSAGE = ErrorCode("cannot_reply_to_message")
# https://docs.slack.dev/reference/methods/chat.postEphemeral
USER_NOT_IN_CHANNEL = ErrorCode("user_not_in_channel")
# https://docs.slack.dev/reference/methods/chat.update
MESSAGE_NOT_FOUND = ErrorCode("message_not_found")
CANT_UPDATE_MESSAGE = ErrorCode("cant_update_message")
IS_INACTIVE = ErrorCode("is_inactive")
# https://docs.slack.dev/reference/methods/chat.delete
CANT_DELETE_MESSAGE = ErrorCode("cant_delete_message")

# https://docs.slack.dev/reference/methods/conversations.members
INVALID_CURSOR = ErrorCode("invalid_cursor")
INVALID_LIMIT = ErrorCode("invalid_limit")
# https://docs.slack.dev/reference/methods/conversations.history
INVALID_TS_LATEST = ErrorCode("invalid_ts_latest")
INVALID_TS_OLDEST = ErrorCode("invalid_ts_oldest")
# https://docs.slack.dev/reference/methods/conversations.replies
THREAD_NOT_FOUND = ErrorCode("thread_not_found")
# https://docs.slack.dev/reference/methods/conversations.open
USERS_LIST_NOT_SUPPLIED = ErrorCode("users_list_not_supplied")
USER_DISABLED = ErrorCode("user_disabled")
# https://docs.slack.dev/reference/methods/users.info
USER_NOT_FOUND = ErrorCode("user_not_found")
USER_NOT_VISIBLE = ErrorCode("user_not_visible")
# https://docs.slack.dev/reference/methods/users.lookupByEmail
USERS_NOT_FOUND = ErrorCode("users_not_found")
# https://docs.slack.dev/reference/methods/team.info
TEAM_NOT_FOUND = ErrorCode("team_not_found")

# https://docs.slack.dev/reference/methods/files.completeUploadExternal
FILE_NOT_FOUND = ErrorCode("file_not_found")
INVALID_CHANNEL = ErrorCode("invalid_channel")

# https://docs.slack.dev/reference/methods/views.open
INVALID_TRIGGER_ID = ErrorCode("invalid_trigger_id")
EXPIRED_TRIGGER_ID = ErrorCode("expired_trigger_id")
EXCHANGED_TRIGGER_ID = ErrorCode("exchanged_trigger_id")
DUPLICATE_EXTERNAL_ID = ErrorCode("duplicate_external_id")
VIEW_TOO_LARGE = ErrorCode("view_too_large")
# https://docs.slack.dev/reference/methods/views.push
PUSH_LIMIT_REACHED = ErrorCode("push_limit_reached")
# https://docs.slack.dev/reference/methods/views.update
VIEW_NOT_FOUND = ErrorCode("not_found")
HASH_CONFLICT = ErrorCode("hash_conflict")


class Refused(Exception):
    """Slack says no: the code, what the answer's body adds to it, and the HTTP status and headers it comes with."""

    def __init__(
        self,
        error: ErrorCode,
        *,
        messages: list[str] | None = None,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **more: str,
    ) -> None:
        super().__init__(error)
        self.error = error
        self.status = status
        self.headers = dict(headers or {})
        self._more = {**more, **({"response_metadata": {"messages": messages}} if messages else {})}

    @property
    def body(self) -> dict[str, Any]:
        """The answer as Slack writes it."""
        return {"ok": False, "error": self.error, **self._more}


def ratelimited(retry_after: int) -> Refused:
    """429 with Retry-After in whole seconds (https://docs.slack.dev/apis/web-api/rate-limits)."""
    return Refused(RATELIMITED, status=429, headers={"Retry-After": str(retry_after)})
