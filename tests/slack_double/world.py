"""The whole state of one double, and the ids, times and rights that Slack hands out."""

import threading
from collections.abc import Iterable

from .clock import Clock
from .records import HOME, Channel, File, Message, ResponseUrl, Token, Trigger, User, View, Workspace

# Every scope the bot's manifest may ask for; a test narrows a token to show `missing_scope`.
ALL_SCOPES = frozenset(
    {
        *("channels:history", "groups:history", "im:history"),
        *("channels:read", "groups:read", "im:read", "team:read", "users:read", "users:read.email"),
        *("chat:write", "chat:write.public", "im:write", "files:write", "commands"),
    }
)


class World:
    """The whole state of the double. `lock` is held for each call, because the server has its own thread."""

    HOME = HOME
    EXT = "T0EXT"
    BOT = "U0BOT"
    BOT_ID = "B0BOT"
    APP_ID = "A0PULSE"

    def __init__(self, clock: Clock) -> None:
        self.lock = threading.RLock()
        self.clock = clock
        self.origin = ""  # where the double listens, for the addresses it hands out
        self.workspaces = {
            self.HOME: Workspace(id=self.HOME, name="Brightbuild", domain="brightbuild"),
            self.EXT: Workspace(id=self.EXT, name="Northfield Council", domain="northfield"),
        }
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.stacks: dict[str, list[View]] = {}
        self.homes: dict[str, View] = {}
        self.files: dict[str, File] = {}
        self.tokens: dict[str, Token] = {}
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self._serial = 0
        self._last_ts = 0
        self.add_user(self.BOT, name="pulse", real_name="Partnership Pulse", is_bot=True)

    def add_workspace(self, id_: str, *, name: str) -> Workspace:
        """One more partner organisation's workspace (Slack Connect joins up to 250)."""
        self.workspaces[id_] = Workspace(id=id_, name=name, domain=name.lower().replace(" ", "-"))
        return self.workspaces[id_]

    def add_user(
        self,
        id_: str,
        *,
        team_id: str = HOME,
        name: str = "",
        real_name: str = "",
        email: str | None = None,
        is_admin: bool = False,
        is_bot: bool = False,
        tz: str = "Europe/London",
    ) -> User:
        """A person; the names default to the id, so that tests name only what matters to them."""
        assert team_id in self.workspaces, f"no workspace {team_id}"
        user = User(
            id=id_,
            team_id=team_id,
            name=name or id_.lower(),
            real_name=real_name or id_,
            email=email,
            is_admin=is_admin,
            is_bot=is_bot,
            tz=tz,
        )
        self.users[id_] = user
        return user

    def add_channel(
        self,
        id_: str,
        *,
        name: str = "",
        members: Iterable[str] = (),
        with_bot: bool = True,
        is_private: bool = False,
        is_ext_shared: bool | None = None,
    ) -> Channel:
        """A channel; it is shared when somebody of another workspace is in it, unless told otherwise."""
        people = [*([self.BOT] if with_bot else []), *members]
        shared = any(self.users[user].team_id != self.HOME for user in people)
        channel = Channel(
            id=id_,
            name=name or id_.lower(),
            members=people,
            is_private=is_private,
            is_ext_shared=shared if is_ext_shared is None else is_ext_shared,
        )
        self.channels[id_] = channel
        return channel

    def add_token(self, value: str, scopes: Iterable[str] = ALL_SCOPES, *, is_app_level: bool = False) -> Token:
        """A credential that the double accepts from now on."""
        self.tokens[value] = Token(value=value, scopes=frozenset(scopes), is_app_level=is_app_level)
        return self.tokens[value]

    def change_channel_id(self, old: str, new: str) -> Channel:
        """What `channel_id_changed` tells: the channel lives on under another id, the old one is unknown."""
        channel = self.channels.pop(old)
        channel.id = new
        for message in channel.messages:
            message.channel = new
        self.channels[new] = channel
        return channel

    def next_id(self, prefix: str) -> str:
        """A fresh id with Slack's prefix for its kind (V for views, D for direct messages ...)."""
        self._serial += 1
        return f"{prefix}{self._serial:08d}"

    def next_ts(self) -> str:
        """A message's `ts`: seconds and microseconds, unique and growing even while the clock stands still."""
        micros = max(int(self.clock.now().timestamp() * 1_000_000), self._last_ts + 1)
        self._last_ts = micros
        return f"{micros // 1_000_000}.{micros % 1_000_000:06d}"

    def issue_trigger(self, user: str, view_id: str | None = None) -> str:
        """A new `trigger_id` for one interaction of a person."""
        trigger = Trigger(
            id=self.next_id("13345224609.738474920."), user=user, issued_at=self.clock.now(), view_id=view_id
        )
        self.triggers[trigger.id] = trigger
        return trigger.id

    def issue_response_url(self, user: str, channel: str, message_ts: str | None = None) -> ResponseUrl:
        """A new `response_url` for one interaction of a person in a channel."""
        url = ResponseUrl(
            id=self.next_id("R"), user=user, channel=channel, message_ts=message_ts, issued_at=self.clock.now()
        )
        self.response_urls[url.id] = url
        return url

    def im_with(self, user: str) -> Channel:
        """The direct messages between the bot and a person, opened if they were not."""
        for channel in self.channels.values():
            if channel.im_of == user:
                return channel
        channel = Channel(id=self.next_id("D"), name="directmessage", members=[self.BOT, user], im_of=user)
        self.channels[channel.id] = channel
        return channel

    def is_visible(self, user: User) -> bool:
        """Whether the app may know of a person: of HOME, or in a channel together with the bot."""
        return user.team_id == self.HOME or any(
            {user.id, self.BOT} <= set(channel.members) for channel in self.channels.values() if channel.im_of is None
        )

    def find_message(self, channel: str, ts: str) -> Message | None:
        """The message that this channel shows under this `ts`, ephemeral ones included."""
        found = self.channels.get(channel)
        return next((message for message in found.messages if message.ts == ts), None) if found else None

    def find_view(self, view_id: str) -> View | None:
        """An open modal or a Home tab by its id."""
        views = [*self.homes.values(), *(view for stack in self.stacks.values() for view in stack)]
        return next((view for view in views if view.id == view_id), None)
