"""slack_sdk's store interfaces of an OAuth installation, over our database: any replica can finish what one began."""

import asyncio
import datetime as dt
import hashlib
import logging
import secrets
from collections.abc import Callable

from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.installation_store.models import Bot, Installation
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from sqlalchemy import Column, String, Table, delete, func, insert, select

from bot.domain.errors import NotNow
from bot.domain.ids import EnterpriseId, TeamId
from bot.services.ports import Door, Installed, Transaction
from storage.engine import Database
from storage.tables import Instant, metadata
from storage.unit_of_work import SqlStore

log = logging.getLogger(__name__)

STATE_LIVES = dt.timedelta(minutes=10)
_MOST_STATES = 10_000  # anybody can ask for one, and nobody shall fill the disk with them
_TOO_MANY = "Too many installations have been begun in the last ten minutes. Please try again a little later."
_EXPIRES = (
    "This app's tokens expire, because token rotation is turned on in its settings at Slack, and this bot does not "
    "renew them. Whoever runs the bot needs to create the app again from its manifest, where it is off."
)

oauth_states = Table(
    "oauth_states",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("expires_at", Instant, nullable=False, index=True),
)

Now = Callable[[], dt.datetime]


class SqlStateStore(AsyncOAuthStateStore):
    """States of installations that were begun: each is taken once, within ten minutes; only their digests are kept."""

    def __init__(self, database: Database, now: Now) -> None:
        self._database = database
        self._now = now

    @property
    def logger(self) -> logging.Logger:
        """Where slack_sdk would log."""
        return log

    async def async_issue(self, *args: object, **kwargs: object) -> str:
        """A new state. Raises NotNow when far too many are open."""
        return await asyncio.to_thread(self.issue)

    async def async_consume(self, state: str) -> bool:
        """Whether the state was issued, has not expired and was not taken before; it is taken now."""
        return await asyncio.to_thread(self.consume, state)

    def issue(self) -> str:
        """A new state, from a thread."""
        state = secrets.token_urlsafe(32)
        now = self._now()
        with self._database.writing() as connection:
            connection.execute(delete(oauth_states).where(oauth_states.c.expires_at <= now))
            if connection.execute(select(func.count()).select_from(oauth_states)).scalar_one() >= _MOST_STATES:
                raise NotNow(_TOO_MANY)
            row = {"digest": _digest(state), "expires_at": now + STATE_LIVES}
            connection.execute(insert(oauth_states), row)
        return state

    def consume(self, state: str) -> bool:
        """Take a state, from a thread."""
        taken = delete(oauth_states).where(
            oauth_states.c.digest == _digest(state), oauth_states.c.expires_at > self._now()
        )
        with self._database.writing() as connection:
            return connection.execute(taken.returning(oauth_states.c.digest)).first() is not None


class SqlInstallationStore(AsyncInstallationStore):
    """Installations as slack_sdk speaks of them. The bot asks for no user tokens, so none are kept.

    `installed` does what follows from an installation, in its transaction; what it returns is put into the custom
    value `resumed` for the page that the person sees.
    """

    def __init__(self, store: SqlStore, now: Now, installed: Callable[[Transaction, Installed], int]) -> None:
        self._store = store
        self._now = now
        self._installed = installed

    @property
    def logger(self) -> logging.Logger:
        """Where slack_sdk would log."""
        return log

    async def async_save(self, installation: Installation) -> None:
        """Keep an installation. Raises NotNow when its token would expire."""
        if installation.bot_token_expires_at is not None or installation.bot_refresh_token:
            raise NotNow(_EXPIRES)
        record = Installed(
            team_id=None if installation.is_enterprise_install else _team(installation.team_id),
            enterprise_id=_enterprise(installation.enterprise_id),
            is_enterprise_install=installation.is_enterprise_install,
            app_id=installation.app_id or "",
            bot_id=installation.bot_id or "",
            bot_user_id=installation.bot_user_id or "",
            scopes=tuple(installation.bot_scopes or ()),
            installed_at=self._now(),
            token=installation.bot_token or "",
        )
        installation.set_custom_value("resumed", await asyncio.to_thread(self._save, record))

    def _save(self, record: Installed) -> int:
        with self._store.write() as tx:
            tx.installations.put(record)
            return self._installed(tx, record)

    async def async_find_installation(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None = None,
        is_enterprise_install: bool | None = False,
    ) -> Installation | None:
        """The installation that serves a workspace or an organisation; whoever installed it is not kept."""
        found = await asyncio.to_thread(self._find, _door(enterprise_id, team_id, is_enterprise_install))
        return None if found is None else _as_installation(found)

    async def async_find_bot(
        self, *, enterprise_id: str | None, team_id: str | None, is_enterprise_install: bool | None = False
    ) -> Bot | None:
        """The same, as slack_sdk speaks of an app without user tokens."""
        found = await asyncio.to_thread(self._find, _door(enterprise_id, team_id, is_enterprise_install))
        return None if found is None else _as_installation(found).to_bot()

    def _find(self, door: Door) -> Installed | None:
        with self._store.read() as tx:
            return tx.installations.serving(door)

    async def async_delete_bot(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        """Take an installation away: the workspace's own, or the organisation's where no workspace is named."""
        await asyncio.to_thread(self._delete, _door(enterprise_id, team_id, team_id is None))

    async def async_delete_installation(
        self, *, enterprise_id: str | None, team_id: str | None, user_id: str | None = None
    ) -> None:
        """The same; there is no part of an installation that belongs to one person."""
        if user_id is None:
            await self.async_delete_bot(enterprise_id=enterprise_id, team_id=team_id)

    def _delete(self, door: Door) -> None:
        with self._store.write() as tx:
            tx.installations.remove(door)


def _digest(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()


def _team(team_id: str | None) -> TeamId | None:
    return TeamId(team_id) if team_id else None


def _enterprise(enterprise_id: str | None) -> EnterpriseId | None:
    return EnterpriseId(enterprise_id) if enterprise_id else None


def _door(enterprise_id: str | None, team_id: str | None, is_enterprise_install: bool | None) -> Door:
    return Door(
        team_id=_team(team_id),
        enterprise_id=_enterprise(enterprise_id),
        is_enterprise_install=bool(is_enterprise_install),
    )


def _as_installation(found: Installed) -> Installation:
    return Installation(
        app_id=found.app_id,
        enterprise_id=found.enterprise_id,
        team_id=found.team_id,
        bot_token=found.token,
        bot_id=found.bot_id,
        bot_user_id=found.bot_user_id,
        bot_scopes=list(found.scopes),
        user_id="",
        is_enterprise_install=found.is_enterprise_install,
        installed_at=found.installed_at.timestamp(),
    )
