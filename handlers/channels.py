"""What Slack tells about channels and their people."""

from dataclasses import replace
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.domain.ids import ChannelId, UserId
from bot.services import channels
from bot.services.channels import ChannelEvent
from handlers.deps import Deps

OUT_OF_REACH = {
    "channel_left": "not_in_channel",
    "group_left": "not_in_channel",
    "channel_archive": "is_archived",
    "group_archive": "is_archived",
    "channel_deleted": "channel_not_found",
    "group_deleted": "channel_not_found",
}
"""Events after which nothing can be posted, each with the code by which Slack would refuse."""

PEOPLE_CHANGED = ("channel_unarchive", "group_unarchive", "channel_shared", "channel_unshared")
RENAMED = ("channel_rename", "group_rename")


def register(app: AsyncApp, deps: Deps) -> None:
    """Listen to the events of a channel's life. Bolt acknowledges each after its listener has returned."""

    def told(body: dict[str, Any]) -> ChannelEvent:
        """Of the installation's workspace: the event's own `team_id` names a partner's when a partner caused it."""
        channel = body["event"].get("channel", "")
        return ChannelEvent(id=body["event_id"], team_id=deps.home_team_id, channel_id=ChannelId(channel))

    @app.event("member_joined_channel")
    async def joined(body: dict[str, Any], context: dict[str, Any]) -> None:
        is_bot = body["event"]["user"] == context["bot_user_id"]
        await deps.run(channels.invited if is_bot else channels.people_changed, deps.ports, told(body))

    @app.event("member_left_channel")
    async def left(body: dict[str, Any], context: dict[str, Any]) -> None:
        user_id = body["event"]["user"]
        if user_id == context["bot_user_id"]:
            await deps.run(channels.lost, deps.ports, told(body), "not_in_channel")
        else:
            await deps.run(channels.person_left, deps.ports, told(body), UserId(user_id))

    async def out_of_reach(body: dict[str, Any]) -> None:
        await deps.run(channels.lost, deps.ports, told(body), OUT_OF_REACH[body["event"]["type"]])

    async def people_changed(body: dict[str, Any]) -> None:
        await deps.run(channels.people_changed, deps.ports, told(body))

    async def renamed() -> None:
        """A channel's name is never kept: messages name it by its id, and Slack shows the new name."""

    for listener, events in ((out_of_reach, OUT_OF_REACH), (people_changed, PEOPLE_CHANGED), (renamed, RENAMED)):
        for event in events:
            app.event(event)(listener)

    @app.event("channel_id_changed")
    async def renumbered(body: dict[str, Any]) -> None:
        event = body["event"]
        old, new = ChannelId(event["old_channel_id"]), ChannelId(event["new_channel_id"])
        await deps.run(channels.renumbered, deps.ports, replace(told(body), channel_id=old), new)
