"""Who is in a channel, asked of Slack's Web API."""

import datetime as dt
import http.client
from collections.abc import Iterator, Mapping
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.domain.ids import ChannelId, TeamId, UserId
from bot.domain.people import Person, Profile
from bot.services.ports import SlackBusy, SlackRefused

_PAGE = 200
_WHEN_UNREACHABLE = dt.timedelta(seconds=30)
_UNKNOWN = frozenset({"user_not_found", "user_not_visible"})  # gone, or hidden, since the list of members was read


class SlackDirectory:
    """Who is in the channels of one workspace; the client is one that does not retry by itself.

    Bots and deleted people are left out. People of other workspaces carry their own team id, and perhaps no e-mail.
    """

    def __init__(self, client: WebClient) -> None:
        self._client = client
        self._begun: dict[ChannelId, dict[UserId, Profile | None]] = {}

    def members(self, channel_id: ChannelId, known: Mapping[UserId, Profile]) -> tuple[Profile, ...]:
        """Profiles of everybody in the channel; those in `known` are not looked up again.

        Raises SlackRefused with Slack's error code ("not_in_channel" and "is_archived" too: Slack would list the people
        of such a channel), and SlackBusy when Slack asks to wait or does not answer; the next call then goes on where
        this one ended.
        """
        begun = self._begun.setdefault(channel_id, {})
        found: list[Profile] = []
        try:
            self._check(channel_id)
            for user_id in self._user_ids(channel_id):
                if user_id not in begun:
                    begun[user_id] = known.get(user_id) or self._profile(user_id)
                if (profile := begun[user_id]) is not None:
                    found.append(profile)
        except SlackApiError as error:
            if error.response.status_code == http.HTTPStatus.TOO_MANY_REQUESTS:
                after = dt.timedelta(seconds=int(error.response.headers.get("Retry-After", 30)))
                raise SlackBusy(after) from error
            raise SlackRefused(str(error.response.get("error", "unknown_error"))) from error
        except (OSError, http.client.HTTPException) as error:
            raise SlackBusy(_WHEN_UNREACHABLE) from error
        del self._begun[channel_id]
        return tuple(found)

    def _check(self, channel_id: ChannelId) -> None:
        channel = self._client.conversations_info(channel=channel_id)["channel"]
        if channel["is_archived"]:
            raise SlackRefused("is_archived")
        if not channel["is_member"]:
            raise SlackRefused("not_in_channel")

    def _user_ids(self, channel_id: ChannelId) -> Iterator[UserId]:
        cursor: str | None = None
        while cursor != "":
            page = self._client.conversations_members(channel=channel_id, limit=_PAGE, cursor=cursor)
            yield from page["members"]
            cursor = (page.get("response_metadata") or {}).get("next_cursor", "")

    def _profile(self, user_id: UserId) -> Profile | None:
        try:
            user: dict[str, Any] = self._client.users_info(user=user_id)["user"]
        except SlackApiError as error:
            if error.response.get("error") in _UNKNOWN:
                return None
            raise
        if user.get("deleted") or user.get("is_bot"):
            return None
        shown = user.get("profile") or {}
        return Profile(
            person=Person(team_id=TeamId(user["team_id"]), user_id=user_id),
            name=shown.get("real_name") or user.get("real_name") or user.get("name") or user_id,
            email=shown.get("email") or None,
            is_workspace_admin=bool(user.get("is_admin")),  # Slack tells it of its own workspace's people alone
        )
