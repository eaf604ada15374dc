"""Slack's clients, built here alone, and the right one for each workspace."""

import datetime as dt
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from slack_sdk import WebClient
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack_directory import SlackDirectory
from bot.adapters.slack_messenger import Drawn, SlackMessenger
from bot.domain.errors import Unavailable
from bot.domain.ids import ChannelId, MessageTs, TeamId, UserId
from bot.domain.outbox import InDoubt, Outcome, Outgoing, Refused, Retry
from bot.domain.people import Profile
from bot.services.ports import SlackBusy, SlackRefused, Tokens

NOT_INSTALLED = "token_revoked"  # what Slack says to a token that has ended; a workspace without one is the same to us
_DESKS_KEPT = 500
_UNTIL_THE_KEY_IS_BACK = dt.timedelta(minutes=1)


def client(token: str, api_url: str) -> WebClient:
    """A client without retries: slack_sdk's default handler posts again after a lost reply."""
    return WebClient(token=token, base_url=api_url, timeout=10, retry_handlers=[])


def async_client(api_url: str, token: str | None = None) -> AsyncWebClient:
    """A client for the event loop: of Bolt, of Socket Mode and of installing."""
    return AsyncWebClient(token=token, base_url=api_url)


@dataclass(frozen=True, slots=True)
class _Desk:
    """What speaks with one workspace."""

    token: str
    messenger: SlackMessenger
    directory: SlackDirectory


class SlackWorkspaces:
    """bot.services.ports.Messenger and Directory: each call goes out with the token of the workspace it is about.

    Where the app is not installed (any more) the answer is Slack's own to an ended token, without asking Slack. What
    waits for a token that cannot be opened, because its key is missing, is tried again and holds up nobody else.
    """

    def __init__(self, tokens: Tokens, api_url: str, rewrite: Callable[[Drawn], Drawn] = lambda drawn: drawn) -> None:
        self._tokens = tokens
        self._api_url = api_url
        self._rewrite = rewrite
        self._lock = threading.Lock()
        self._desks: OrderedDict[TeamId, _Desk] = OrderedDict()

    def send(self, message: Outgoing, drawn: Drawn, edits: MessageTs | None) -> Outcome:
        """Post the drawn message, or edit the one at `edits`."""
        try:
            desk = self._desk(message.team_id)
        except Unavailable:
            return Retry(after=_UNTIL_THE_KEY_IS_BACK)
        return Refused(reason=NOT_INSTALLED) if desk is None else desk.messenger.send(message, drawn, edits)

    def find(self, message: Outgoing, since: dt.datetime) -> Outcome | None:
        """Look for a message whose reply was lost; where the app is gone, it is given up."""
        try:
            desk = self._desk(message.team_id)
        except Unavailable:
            return InDoubt()
        return Refused(reason=NOT_INSTALLED) if desk is None else desk.messenger.find(message, since)

    def members(self, team_id: TeamId, channel_id: ChannelId, known: Mapping[UserId, Profile]) -> tuple[Profile, ...]:
        """Profiles of everybody in a channel of a workspace. Raises SlackRefused, SlackBusy."""
        try:
            desk = self._desk(team_id)
        except Unavailable as error:
            raise SlackBusy(_UNTIL_THE_KEY_IS_BACK) from error
        if desk is None:
            raise SlackRefused(NOT_INSTALLED)
        return desk.directory.members(channel_id, known)

    def _desk(self, team_id: TeamId) -> _Desk | None:
        token = self._tokens.token_of(team_id)
        if token is None:
            return None
        with self._lock:
            desk = self._desks.get(team_id)
            if desk is None or desk.token != token:
                web = client(token, self._api_url)
                desk = _Desk(token, SlackMessenger(web, self._rewrite), SlackDirectory(web))
                self._desks[team_id] = desk
                while len(self._desks) > _DESKS_KEPT:
                    self._desks.popitem(last=False)
            self._desks.move_to_end(team_id)
        return desk
