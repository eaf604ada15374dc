"""What Slack tells about channels, their people and the installation."""

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.domain.ids import ChannelId, TeamId, UserId
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

    @app.event("member_joined_channel")
    async def joined(body: dict[str, Any], context: dict[str, Any]) -> None:
        is_bot = body["event"]["user"] == context["bot_user_id"]
        await deps.run(channels.invited if is_bot else channels.people_changed, deps.ports, _told(body))

    @app.event("member_left_channel")
    async def left(body: dict[str, Any], context: dict[str, Any]) -> None:
        user_id = body["event"]["user"]
        if user_id == context["bot_user_id"]:
            await deps.run(channels.lost, deps.ports, _told(body), "not_in_channel")
        else:
            await deps.run(channels.person_left, deps.ports, _told(body), UserId(user_id))

    async def out_of_reach(body: dict[str, Any]) -> None:
        await deps.run(channels.lost, deps.ports, _told(body), OUT_OF_REACH[body["event"]["type"]])

    async def people_changed(body: dict[str, Any]) -> None:
        await deps.run(channels.people_changed, deps.ports, _told(body))

    async def renamed() -> None:
        """A channel's name is never kept: messages name it by its id, and Slack shows the new name."""

    for listener, events in ((out_of_reach, OUT_OF_REACH), (people_changed, PEOPLE_CHANGED), (renamed, RENAMED)):
        for event in events:
            app.event(event)(listener)

    @app.event("channel_id_changed")
    async def renumbered(body: dict[str, Any]) -> None:
        event = body["event"]
        told = ChannelEvent(id=body["event_id"], team_id=_home(body), channel_id=ChannelId(event["old_channel_id"]))
        await deps.run(channels.renumbered, deps.ports, told, ChannelId(event["new_channel_id"]))

    @app.event("app_uninstalled")
    async def uninstalled(body: dict[str, Any]) -> None:
        await deps.run(channels.uninstalled, deps.ports, body["event_id"], _home(body))

    @app.event("tokens_revoked")
    async def revoked(body: dict[str, Any]) -> None:
        if body["event"]["tokens"].get("bot"):  # tokens of single users are not ours
            await deps.run(channels.uninstalled, deps.ports, body["event_id"], _home(body))


def _told(body: dict[str, Any]) -> ChannelEvent:
    return ChannelEvent(id=body["event_id"], team_id=_home(body), channel_id=ChannelId(body["event"]["channel"]))


def _home(body: dict[str, Any]) -> TeamId:
    """The workspace of the installation: `team_id` names the partner's when somebody of the partner's caused it."""
    authorizations = body.get("authorizations") or [{}]
    return TeamId(authorizations[0].get("team_id") or body.get("context_team_id") or body["team_id"])
