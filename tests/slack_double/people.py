"""auth.*, users.*, team.*: who is who (https://docs.slack.dev/reference/methods)."""

from . import refusals as no
from .calls import Answer, Call, Method
from .conversations import channel_json
from .pacing import TIER_2, TIER_3, TIER_4
from .records import Json, User
from .world import World


def user_json(call: Call, user: User) -> Json:
    """A user object. An external person's `team_id` is their own, their e-mail may be missing, `locale` always is.

    https://docs.slack.dev/reference/objects/user-object; e-mail needs its own scope:
    https://docs.slack.dev/reference/scopes/users.read.email
    """
    external = user.team_id != World.HOME
    profile: Json = {"real_name": user.real_name, "display_name": user.name, "team": user.team_id}
    if user.email is not None and "users:read.email" in call.token.scopes:
        profile["email"] = user.email
    shown: Json = {
        "id": user.id,
        "team_id": user.team_id,
        "name": user.name,
        "deleted": user.deleted,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "profile": profile,
    }
    if not user.deleted:
        shown |= {"real_name": user.real_name, "tz": user.tz}
    if external:
        shown["is_stranger"] = False
    else:
        shown["is_admin"] = user.is_admin
        if call.flag("include_locale"):
            shown["locale"] = "en-GB"
    return shown


def auth_test(call: Call) -> Answer:
    """https://docs.slack.dev/reference/methods/auth.test; the installation's scopes come in a header (server.py)."""
    home = call.world.workspaces[World.HOME]
    who = {"user": call.world.users[World.BOT].name, "user_id": World.BOT, "bot_id": World.BOT_ID}
    return {
        "url": f"https://{home.domain}.slack.com/",
        "team": home.name,
        "team_id": home.id,
        "is_enterprise_install": False,
        **who,
    }


def _visible(call: Call) -> User:
    user = call.world.users.get(call.text("user"))
    if user is None:
        raise no.Refused(no.USER_NOT_FOUND)
    if not call.world.is_visible(user):
        raise no.Refused(no.USER_NOT_VISIBLE)
    return user


def info(call: Call) -> Answer:
    """https://docs.slack.dev/reference/methods/users.info"""
    return {"user": user_json(call, _visible(call))}


def list_(call: Call) -> Answer:
    """https://docs.slack.dev/reference/methods/users.list: HOME's people only, external ones are never listed."""
    found = [user for user in call.world.users.values() if user.team_id == World.HOME]
    page, cursor = call.page(found, size=call.number("limit", 1000, 1000))
    return {"members": [user_json(call, user) for user in page], "response_metadata": {"next_cursor": cursor}}


def look_up_by_email(call: Call) -> Answer:
    """https://docs.slack.dev/reference/methods/users.lookupByEmail: finds HOME's people only."""
    email = call.text("email")
    for user in call.world.users.values():
        if user.email == email and user.team_id == World.HOME and not user.deleted:
            return {"user": user_json(call, user)}
    raise no.Refused(no.USERS_NOT_FOUND)


def conversations(call: Call) -> Answer:
    """https://docs.slack.dev/reference/methods/users.conversations: the caller's own, by default public ones."""
    kinds = (call.optional("types") or "public_channel").split(",")
    call.require(*(["channels:read"] if "public_channel" in kinds else []))
    call.require(*(["groups:read"] if "private_channel" in kinds else []))
    call.require(*(["im:read"] if "im" in kinds else []))
    who = call.optional("user") or World.BOT
    if who not in call.world.users:
        raise no.Refused(no.USER_NOT_FOUND)
    found = []
    for channel in call.world.channels.values():
        kind = "im" if channel.im_of else "private_channel" if channel.is_private else "public_channel"
        hidden = channel.is_archived and call.flag("exclude_archived")
        if kind in kinds and who in channel.members and not hidden:
            found.append(channel_json(call.world, channel))
    page, cursor = call.page(found, size=call.number("limit", 100, 999))
    return {"channels": page, "response_metadata": {"next_cursor": cursor}}


def team_info(call: Call) -> Answer:
    """https://docs.slack.dev/reference/methods/team.info: HOME, or a workspace that shares a channel with it."""
    team = call.world.workspaces.get(call.optional("team") or World.HOME)
    if team is None:
        raise no.Refused(no.TEAM_NOT_FOUND)
    return {"team": {"id": team.id, "name": team.name, "domain": team.domain}}


METHODS = {
    "auth.test": Method(run=auth_test),
    "users.info": Method(run=info, scopes=("users:read",), per_minute=TIER_4),
    "users.list": Method(run=list_, scopes=("users:read",), per_minute=TIER_2),
    "users.lookupByEmail": Method(run=look_up_by_email, scopes=("users:read.email",), per_minute=TIER_3),
    "users.conversations": Method(run=conversations, per_minute=TIER_3),
    "team.info": Method(run=team_info, scopes=("team:read",), per_minute=TIER_3),
}
