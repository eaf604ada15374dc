"""Installations of the app, and the workspaces of organisations. Tokens are sealed: a dump shows none."""

import datetime as dt
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Connection, LargeBinary, Row, Table, delete, select

from bot.domain.ids import EnterpriseId, TeamId
from bot.services.ports import Door, Installed, Vault
from storage.tables import SLACK_ID, Instant, metadata
from storage.upsert import put

installations = Table(
    "installations",
    metadata,
    Column("place", SLACK_ID, primary_key=True),
    Column("team_id", SLACK_ID),
    Column("enterprise_id", SLACK_ID),
    Column("is_enterprise_install", Boolean, nullable=False),
    Column("app_id", SLACK_ID, nullable=False),
    Column("bot_id", SLACK_ID, nullable=False),
    Column("bot_user_id", SLACK_ID, nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("sealed_token", LargeBinary, nullable=False),
    Column("installed_at", Instant, nullable=False),
)

workspaces = Table(
    "workspaces",
    metadata,
    Column("team_id", SLACK_ID, primary_key=True),
    Column("enterprise_id", SLACK_ID, nullable=False, index=True),
)


class SqlInstallations:
    """bot.services.ports.Installations over one connection."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    def put(self, installed: Installed) -> None:
        """Keep an installation in place of an earlier one of the same place."""
        row = {
            "place": installed.place,
            "team_id": installed.team_id,
            "enterprise_id": installed.enterprise_id,
            "is_enterprise_install": installed.is_enterprise_install,
            "app_id": installed.app_id,
            "bot_id": installed.bot_id,
            "bot_user_id": installed.bot_user_id,
            "scopes": list(installed.scopes),
            "sealed_token": self._vault.seal(installed.token),
            "installed_at": installed.installed_at,
        }
        put(self._connection, installations, row, [installations.c.place])

    def serving(self, door: Door) -> Installed | None:
        """The installation that serves a door: the workspace's own, else its organisation's.

        The organisation that is known of the workspace goes before the one that is named: when a partner submits a
        form, Slack may name the partner's. An outgoing message names its workspace alone, and where an organisation
        installed the app as a whole, Slack may name the organisation in the workspace's place.
        """
        query = select(workspaces.c.enterprise_id).where(workspaces.c.team_id == door.team_id)
        known = self._connection.execute(query).scalar_one_or_none()
        places: list[str | None] = [door.team_id, known, door.enterprise_id]
        if door.is_enterprise_install:
            places = [known, door.enterprise_id, door.team_id]
        found = {
            row.place: row
            for row in self._connection.execute(select(installations).where(installations.c.place.in_(places)))
        }
        row = next((found[place] for place in places if place in found), None)
        return None if row is None else self._installed(row)

    def made_at(self, door: Door) -> dt.datetime | None:
        """When the app was installed in exactly this place; None when it is not."""
        query = select(installations.c.installed_at).where(installations.c.place == _place(door))
        at: dt.datetime | None = self._connection.execute(query).scalar_one_or_none()
        return at

    def remove(self, door: Door) -> None:
        """Take away the installation of exactly this place, and its token."""
        self._connection.execute(delete(installations).where(installations.c.place == _place(door)))

    def all(self) -> tuple[Installed, ...]:
        """Every installation, by its place."""
        query = select(installations).order_by(installations.c.place)
        return tuple(self._installed(row) for row in self._connection.execute(query))

    def belongs(self, team_id: TeamId, enterprise_id: EnterpriseId) -> None:
        """Keep that a workspace belongs to an organisation."""
        put(
            self._connection,
            workspaces,
            {"team_id": team_id, "enterprise_id": enterprise_id},
            [workspaces.c.team_id],
        )

    def workspaces_of(self, enterprise_id: EnterpriseId) -> frozenset[TeamId]:
        """The workspaces of an organisation, as far as the app has been used in them."""
        query = select(workspaces.c.team_id).where(workspaces.c.enterprise_id == enterprise_id)
        return frozenset(self._connection.execute(query).scalars())

    def _installed(self, row: Row[Any]) -> Installed:
        return Installed(
            team_id=row.team_id,
            enterprise_id=row.enterprise_id,
            is_enterprise_install=row.is_enterprise_install,
            app_id=row.app_id,
            bot_id=row.bot_id,
            bot_user_id=row.bot_user_id,
            scopes=tuple(row.scopes),
            installed_at=row.installed_at,
            token=self._vault.open(bytes(row.sealed_token)),
        )


def _place(door: Door) -> str | None:
    return door.enterprise_id if door.is_enterprise_install else door.team_id
