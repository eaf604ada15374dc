"""What Slack tells about the end of an installation."""

import datetime as dt
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.domain.ids import EnterpriseId, TeamId
from bot.services import installations
from bot.services.ports import Door
from handlers.deps import Deps


def register(app: AsyncApp, deps: Deps) -> None:
    """Listen to both events that end an installation; Slack sends both, in any order, and repeats them."""

    @app.event("app_uninstalled")
    async def uninstalled(body: dict[str, Any]) -> None:
        await end(body)

    @app.event("tokens_revoked")
    async def revoked(body: dict[str, Any]) -> None:
        if body["event"]["tokens"].get("bot"):  # tokens of single users are not ours
            await end(body)

    async def end(body: dict[str, Any]) -> None:
        """Once it is written down, nothing of it is used here; other replicas notice within a minute."""
        door = place_of(body)
        told_at = dt.datetime.fromtimestamp(body["event_time"], dt.UTC)
        await deps.run(installations.uninstalled, deps.ports, body["event_id"], door, told_at)
        deps.known.forget(door)


def place_of(body: dict[str, Any]) -> Door:
    """Exactly what has ended: a workspace's own installation, or that of a whole organisation."""
    told = next(iter(body.get("authorizations") or ()), None) or {}
    team_id = told.get("team_id") or body.get("context_team_id") or body.get("team_id")
    enterprise_id = told.get("enterprise_id") or body.get("context_enterprise_id") or body.get("enterprise_id")
    if str(team_id).startswith("E"):  # Slack may name an organisation where it names a workspace elsewhere
        team_id, enterprise_id = None, enterprise_id or team_id
    whole = team_id is None or told.get("is_enterprise_install") or body.get("is_enterprise_install")
    return Door(
        team_id=None if whole else TeamId(str(team_id)),
        enterprise_id=EnterpriseId(enterprise_id) if enterprise_id else None,
        is_enterprise_install=bool(whole),
    )
