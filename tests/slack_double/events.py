"""What Slack tells the app by itself: bodies of the Events API (https://docs.slack.dev/apis/events-api).

Each body is an `event_callback` with a fresh `event_id`; the inner shapes follow https://docs.slack.dev/reference/events.
The events only tell: a test changes the world itself, so that a tale and the truth may also differ.
"""

from .calls import Call
from .people import user_json
from .records import Json, Message
from .world import World


class Events:
    """Builders named after Slack's events."""

    def __init__(self, world: World) -> None:
        self._world = world

    def callback(self, event: Json, *, channel: str | None = None, team: str = World.HOME) -> Json:
        """The envelope around any event; `team` is the workspace of whoever caused it, authorized is always HOME."""
        world = self._world
        with world.lock:
            known = world.channels.get(channel) if channel else None
            now = int(world.clock.now().timestamp())
            return {
                "token": "verification-token",
                "team_id": team,
                "context_team_id": World.HOME,
                "context_enterprise_id": None,
                "api_app_id": World.APP_ID,
                "event": {**event, "event_ts": event.get("event_ts") or world.next_ts()},
                "type": "event_callback",
                "event_id": world.next_id("Ev"),
                "event_time": now,
                "authorizations": [
                    {
                        "enterprise_id": None,
                        "team_id": World.HOME,
                        "user_id": World.BOT,
                        "is_bot": True,
                        "is_enterprise_install": False,
                    }
                ],
                "is_ext_shared_channel": known is not None and known.is_ext_shared,
                "event_context": world.next_id("4-"),
            }

    def member_joined_channel(self, channel: str, user: str, *, inviter: str | None = None) -> Json:
        """https://docs.slack.dev/reference/events/member_joined_channel; `team` is the person's own."""
        event = self._membership("member_joined_channel", channel, user)
        return self.callback(event | ({"inviter": inviter} if inviter else {}), channel=channel, team=event["team"])

    def member_left_channel(self, channel: str, user: str) -> Json:
        """https://docs.slack.dev/reference/events/member_left_channel"""
        event = self._membership("member_left_channel", channel, user)
        return self.callback(event, channel=channel, team=event["team"])

    def _membership(self, kind: str, channel: str, user: str) -> Json:
        private = self._world.channels[channel].is_private
        team = self._world.users[user].team_id
        return {"type": kind, "user": user, "channel": channel, "channel_type": "G" if private else "C", "team": team}

    def channel_archive(self, channel: str, *, user: str) -> Json:
        """https://docs.slack.dev/reference/events/channel_archive"""
        return self.callback({"type": "channel_archive", "channel": channel, "user": user}, channel=channel)

    def channel_unarchive(self, channel: str, *, user: str) -> Json:
        """https://docs.slack.dev/reference/events/channel_unarchive"""
        return self.callback({"type": "channel_unarchive", "channel": channel, "user": user}, channel=channel)

    def channel_rename(self, channel: str, *, name: str) -> Json:
        """https://docs.slack.dev/reference/events/channel_rename"""
        created = int(self._world.clock.now().timestamp())
        renamed = {"id": channel, "name": name, "created": created}
        return self.callback({"type": "channel_rename", "channel": renamed}, channel=channel)

    def channel_id_changed(self, old: str, new: str) -> Json:
        """https://docs.slack.dev/reference/events/channel_id_changed"""
        event = {"type": "channel_id_changed", "old_channel_id": old, "new_channel_id": new}
        return self.callback(event, channel=new)

    def channel_shared(self, channel: str, *, with_team: str) -> Json:
        """https://docs.slack.dev/reference/events/channel_shared"""
        return self.callback(
            {"type": "channel_shared", "connected_team_id": with_team, "channel": channel}, channel=channel
        )

    def channel_unshared(self, channel: str, *, with_team: str) -> Json:
        """https://docs.slack.dev/reference/events/channel_unshared"""
        shared = self._world.channels[channel].is_ext_shared
        event = {"type": "channel_unshared", "previously_connected_team_id": with_team, "channel": channel}
        return self.callback(event | {"is_ext_shared": shared}, channel=channel)

    def app_uninstalled(self) -> Json:
        """https://docs.slack.dev/reference/events/app_uninstalled"""
        return self.callback({"type": "app_uninstalled"})

    def tokens_revoked(self) -> Json:
        """https://docs.slack.dev/reference/events/tokens_revoked: names users, never tokens."""
        return self.callback({"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [World.BOT]}})

    def app_home_opened(self, user: str, *, tab: str = "home") -> Json:
        """https://docs.slack.dev/reference/events/app_home_opened; `view` once a Home tab was published."""
        with self._world.lock:
            event: Json = {"type": "app_home_opened", "user": user, "channel": self._world.im_with(user).id, "tab": tab}
            home = self._world.homes.get(user)
            if home is not None and tab == "home":
                event["view"] = dict(home.body)
        return self.callback(event, team=self._world.users[user].team_id)

    def message(self, channel: str, user: str, text: str, *, thread_ts: str | None = None) -> Json:
        """https://docs.slack.dev/reference/events/message: somebody writes; the channel then holds the message."""
        with self._world.lock:
            known, team = self._world.channels[channel], self._world.users[user].team_id
            written = Message(
                channel=channel, ts=self._world.next_ts(), user=user, team_id=team, text=text, thread_ts=thread_ts
            )
            known.messages.append(written)
            kind = "im" if known.im_of else "group" if known.is_private else "channel"
            event: Json = {
                "type": "message",
                "user": user,
                "text": text,
                "ts": written.ts,
                "event_ts": written.ts,
                "team": team,
                "channel": channel,
                "channel_type": kind,
            }
            if thread_ts:
                event["thread_ts"] = thread_ts
            if known.is_ext_shared:
                event |= {"user_team": team, "source_team": team}
        return self.callback(event, channel=channel, team=team)

    def team_join(self, user: str) -> Json:
        """https://docs.slack.dev/reference/events/team_join"""
        return self.callback({"type": "team_join", "user": self._user(user)})

    def user_change(self, user: str) -> Json:
        """https://docs.slack.dev/reference/events/user_change"""
        return self.callback({"type": "user_change", "user": self._user(user)}, team=self._world.users[user].team_id)

    def _user(self, user: str) -> Json:
        token = next(token for token in self._world.tokens.values() if not token.is_app_level)
        return user_json(Call(world=self._world, method="users.info", args={}, token=token), self._world.users[user])
