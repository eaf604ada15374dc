"""Where the app is installed, and with which token it speaks there."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Protocol

from bot.domain.ids import EnterpriseId, TeamId


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Where a request came in, as Slack says: a workspace, its Enterprise Grid organisation, how the app stands there.

    Slack leaves the workspace out of some requests when an organisation has installed the app as a whole.
    """

    team_id: TeamId | None = None
    enterprise_id: EnterpriseId | None = None
    is_enterprise_install: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """The app in one workspace, or in all that an Enterprise Grid organisation gives it (then `team_id` is None)."""

    team_id: TeamId | None
    enterprise_id: EnterpriseId | None = None
    is_enterprise_install: bool = False
    app_id: str = ""
    bot_id: str = ""
    bot_user_id: str = ""
    scopes: tuple[str, ...] = ()
    installed_at: dt.datetime
    token: str = field(repr=False)

    def __post_init__(self) -> None:
        assert self.place, "an installation is in a workspace or in an organisation"

    @property
    def place(self) -> TeamId | EnterpriseId | None:
        """What it is known by: the organisation when that installed it as a whole, else the workspace."""
        return self.enterprise_id if self.is_enterprise_install else self.team_id


class Installations(Protocol):
    """Installations, and which workspaces belong to an organisation that has one."""

    def put(self, installed: Installed) -> None:
        """Keep an installation in place of an earlier one of the same place."""
        ...

    def serving(self, door: Door) -> Installed | None:
        """The installation that serves a door: the workspace's own, else its organisation's."""
        ...

    def made_at(self, door: Door) -> dt.datetime | None:
        """When the app was installed in exactly this place; None when it is not."""
        ...

    def remove(self, door: Door) -> None:
        """Take away the installation of exactly this place, and its token."""
        ...

    def all(self) -> tuple[Installed, ...]: ...
    def belongs(self, team_id: TeamId, enterprise_id: EnterpriseId) -> None:
        """Keep that a workspace belongs to an organisation."""
        ...

    def workspaces_of(self, enterprise_id: EnterpriseId) -> frozenset[TeamId]:
        """The workspaces of an organisation, as far as the app has been used in them."""
        ...


class Tokens(Protocol):
    """The token to speak with in a workspace."""

    def token_of(self, team_id: TeamId) -> str | None:
        """None when the app is not installed there (any more)."""
        ...
