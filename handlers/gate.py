"""The gate in front of all listeners: through which installation a request comes, without asking anybody when warm."""

import asyncio
import json
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.domain.errors import BadInput, NotHere, PulseError, Unavailable
from bot.domain.ids import ChannelId, DraftId, EnterpriseId, TeamId
from bot.domain.people import Person
from bot.services import installations
from bot.services.ports import Door, Installed
from bot.views.hub import draw_note
from bot.views.ids import ANSWER_PATTERN, unpack
from handlers.deps import Deps, channel_of, come_from, person_of, tell
from handlers.shape import is_as_documented

log = logging.getLogger(__name__)

ENDS = frozenset({"app_uninstalled", "tokens_revoked"})
"""Events that tell of an installation that may be gone already; they pass without one, and have no home."""

_INSTALLED = "pulse_installation"
_CHANNEL = re.compile(r"[CG][A-Z0-9]{1,30}")
_AWAY = "The bot cannot reach its database, so nothing was saved. Please try again in a minute."


class OneInstallation:
    """The installation of a single bot token: whatever Slack sends comes through it."""

    def __init__(self, installed: Installed) -> None:
        self.only = installed

    def known(self, door: Door) -> Installed:
        """The one."""
        return self.only

    def is_due(self, door: Door) -> bool:
        """Never: it lasts as long as the process."""
        return False

    def read(self, door: Door) -> Installed:
        """The one."""
        return self.only

    def token_of(self, team_id: TeamId) -> str:
        """bot.services.ports.Tokens: the one token."""
        return self.only.token

    def forget(self, door: Door) -> None:
        """Nothing: the token may have ended, but there is no other."""


class Gate(AsyncMiddleware):
    """Finds the installation and the home workspace of a request, or tells the person that there is none."""

    def __init__(self, deps: Deps, install_at: str = "") -> None:
        self._deps = deps
        self._known = deps.known
        self._reading: dict[Door, asyncio.Task[Installed | None]] = {}
        self._workspaces: set[tuple[EnterpriseId | None, TeamId]] = set()
        where = f" at {install_at}" if install_at else ""
        self._not_installed = NotHere(
            "Partnership Pulse is not installed in this workspace any more, so nothing was saved. An administrator of "
            f"the workspace can install it again{where}."
        )

    async def async_process(
        self, *, req: AsyncBoltRequest, resp: BoltResponse, next: Callable[[], Awaitable[BoltResponse]]
    ) -> BoltResponse | None:
        """Let the request through, or answer it."""
        come_from(None)
        if not is_as_documented(req.body, req.context):
            log.warning("a request does not have the shape that Slack documents", extra={"type": _kind(req.body)})
            return BoltResponse(status=400, body="cannot be read")
        if _dict(req.body.get("event")).get("type") in ENDS:
            return await next()
        door = door_of(req.context)
        installed = self._known.known(door)
        try:
            if installed is None:
                installed = await self._read(door)
            elif self._known.is_due(door):
                self._begin(door)  # nobody waits for it
            if installed is None:
                log.warning("a request came from where the app is not installed", extra={"team": door.team_id})
                return await self._refuse(req, self._not_installed)
            if not installed.is_enterprise_install:
                come_from(installed.team_id)
            elif not _is_answer(req.body):
                come_from(await self._home(installed, req))
        except Unavailable as refusal:  # the key that the token was sealed with is missing
            return await self._refuse(req, refusal)
        except Exception as error:
            log.error("a request was not let in", extra={"error": type(error).__name__})
            return await self._refuse(req, Unavailable(_AWAY))
        req.context[_INSTALLED] = installed
        return await next()

    async def _read(self, door: Door) -> Installed | None:
        return await asyncio.shield(self._begin(door))

    def _begin(self, door: Door) -> asyncio.Task[Installed | None]:
        """Ask once, however many requests wait for the answer."""
        task = self._reading.get(door)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._deps.run(self._known.read, door))
            self._reading[door] = task
            task.add_done_callback(lambda done: self._end(door, done))
        return task

    def _end(self, door: Door, done: asyncio.Task[Installed | None]) -> None:
        del self._reading[door]
        if not done.cancelled() and (error := done.exception()) is not None:
            log.warning("an installation could not be looked up", extra={"error": type(error).__name__})

    async def _home(self, installed: Installed, req: AsyncBoltRequest) -> TeamId:
        """The home workspace where a whole organisation has installed the app."""
        stated = stated_workspace(req.body, installed.enterprise_id)
        pair = (installed.enterprise_id, stated or TeamId(""))
        if stated is not None and pair not in self._workspaces:
            await self._deps.run(installations.note_workspace, self._deps.ports, installed, stated)
            self._workspaces.add(pair)
        named, draft_id = named_in(req.body)
        return await self._deps.run(
            installations.home_of, self._deps.ports, installed, named, draft_id, stated, _actor(req.body)
        )

    async def _refuse(self, req: AsyncBoltRequest, refusal: PulseError) -> BoltResponse:
        """Say it where the person looks; Slack hears that the request has arrived."""
        if req.body.get("type") == "view_submission":
            view = {"response_action": "update", "view": draw_note("Not done", refusal.sentence)}
            return BoltResponse(status=200, body=json.dumps(view), headers={"content-type": "application/json"})
        respond = req.context.respond
        if req.context.response_url is not None and respond is not None:
            self._deps.after.add_refusal(tell(self._deps, respond, refusal))
        return BoltResponse(status=200, body="")


class Authorize(AsyncAuthorize):
    """Bolt's authorisation from what the gate found: no call of Slack and no look-up."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Bolt leaves it untyped

    async def __call__(
        self,
        *,
        context: AsyncBoltContext,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None,
        actor_enterprise_id: str | None = None,
        actor_team_id: str | None = None,
        actor_user_id: str | None = None,
    ) -> AuthorizeResult | None:
        """The installation, in Bolt's words."""
        installed: Installed | None = context.get(_INSTALLED)
        if installed is None:
            return None
        return AuthorizeResult(
            enterprise_id=installed.enterprise_id,
            team_id=installed.team_id,
            bot_token=installed.token,
            bot_id=installed.bot_id,
            bot_user_id=installed.bot_user_id,
        )


def door_of(context: Mapping[str, Any]) -> Door:
    """Where a request came in, as Bolt reads it: the host's workspace also when a partner's member acts."""
    team_id, enterprise_id = context.get("team_id"), context.get("enterprise_id")
    return Door(
        team_id=TeamId(team_id) if team_id else None,
        enterprise_id=EnterpriseId(enterprise_id) if enterprise_id else None,
        is_enterprise_install=bool(context.get("is_enterprise_install")),
    )


def stated_workspace(body: Mapping[str, Any], enterprise_id: EnterpriseId | None) -> TeamId | None:
    """The workspace that Slack states together with this organisation; a person's own team is no such statement."""
    team = body.get("team")
    pairs = [
        (body.get("team_id"), body.get("enterprise_id")) if "command" in body else (None, None),
        (body.get("context_team_id"), body.get("context_enterprise_id")),
        *((each.get("team_id"), each.get("enterprise_id")) for each in body.get("authorizations") or ()),
        (team.get("id"), team.get("enterprise_id")) if isinstance(team, dict) else (None, None),
    ]
    stated = (str(team_id) for team_id, of in pairs if team_id and of == enterprise_id)
    return next((TeamId(each) for each in stated if each.startswith("T")), None)


def named_in(body: dict[str, Any]) -> tuple[list[ChannelId], DraftId]:
    """The channels that a request names, openly or in hidden fields, and the draft behind its form."""
    event = _dict(body.get("event"))
    try:
        hidden = unpack(_dict(body.get("view")).get("private_metadata") or "{}")
    except BadInput:
        hidden = {}
    button = str(_action(body).get("value", ""))
    named = [
        channel_of(body),
        hidden.get("channel", ""),
        button if _CHANNEL.fullmatch(button) else "",
        event.get("channel"),
        event.get("old_channel_id"),
    ]
    return [ChannelId(each) for each in named if each and isinstance(each, str)], DraftId(hidden.get("draft", ""))


def _is_answer(body: Mapping[str, Any]) -> bool:
    """Answers need no home workspace: their round and the person decide, and nobody waits for a look-up."""
    return ANSWER_PATTERN.match(str(_action(body).get("action_id", ""))) is not None


def _action(body: Mapping[str, Any]) -> Mapping[str, Any]:
    return _dict(next(iter(body.get("actions") or ()), None))


def _kind(body: Mapping[str, Any]) -> str:
    """The kind of a request for the log, which holds no words of a request but Slack's own names."""
    kind = body.get("type")
    return kind if kind in ("block_actions", "view_submission", "event_callback") else ""


def _dict(found: Any) -> dict[str, Any]:
    """A part of a payload, if it has the shape that is expected."""
    return found if isinstance(found, dict) else {}


def _actor(body: dict[str, Any]) -> Person | None:
    try:
        return person_of(body)
    except (KeyError, TypeError):  # an event: nobody acts
        return None
