"""Installing the app in a workspace, in a browser: Bolt's own OAuth flow, and pages that say what to do next."""

import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response
from slack_bolt.oauth.async_callback_options import AsyncCallbackOptions, AsyncFailureArgs, AsyncSuccessArgs
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from slack_sdk.web.async_client import AsyncWebClient
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from bot.domain.errors import PulseError
from bot.manifest import INSTALL, REDIRECT
from bot.views.pages import Outcome, draw_installed, draw_not_installed
from handlers.deps import reference

log = logging.getLogger(__name__)

_HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
}
_WORKSPACE = re.compile(r"[TE][A-Z0-9]{1,30}")
_SLACKS_REASON = re.compile(r"'error': '(\w{1,60})'")
_OUTCOMES = {
    "access_denied": Outcome.DENIED,
    "invalid_browser": Outcome.EXPIRED,
    "invalid_state": Outcome.EXPIRED,
    "missing_code": Outcome.EXPIRED,
}


class InstallFlow(AsyncOAuthFlow):
    """Bolt's flow. A workspace named in the link is passed on only if it looks like one."""

    async def build_authorize_url(self, state: str, request: AsyncBoltRequest) -> str:
        """The address at Slack where somebody consents."""
        team = next(iter(request.query.get("team") or ()), "")
        return self.settings.authorize_url_generator.generate(
            state=state, team=team if _WORKSPACE.fullmatch(team) else None
        )


def install_flow(
    *,
    client: AsyncWebClient,
    credentials: tuple[str, str],
    public_url: str,
    authorize_url: str,
    scopes: Sequence[str],
    installations: AsyncInstallationStore,
    states: AsyncOAuthStateStore,
) -> InstallFlow:
    """The flow of this app: bot scopes alone, states and installations in our database, pages of our own."""
    client_id, client_secret = credentials
    quiet = logging.getLogger(f"{__name__}.flow")
    quiet.addFilter(_without_codes)
    return InstallFlow(
        client=client,
        logger=quiet,
        settings=AsyncOAuthSettings(
            client_id=client_id,
            client_secret=client_secret,
            scopes=scopes,
            user_scopes=[],
            redirect_uri=public_url + REDIRECT,
            install_path=INSTALL,
            install_page_rendering_enabled=False,
            redirect_uri_path=REDIRECT,
            authorization_url=authorize_url,
            installation_store=installations,
            state_store=states,
            callback_options=AsyncCallbackOptions(success=_succeeded, failure=_failed),
        ),
    )


def routes(flow: InstallFlow) -> tuple[Route, ...]:
    """The two addresses that browsers are sent to."""
    return (
        Route(INSTALL, _page(flow.handle_installation), methods=["GET"]),
        Route(REDIRECT, _page(flow.handle_callback), methods=["GET"]),
    )


def _page(step: Callable[[AsyncBoltRequest], Awaitable[BoltResponse]]) -> Callable[[Request], Awaitable[Response]]:
    """One step of the flow as a page; whatever fails is said in words, and logged once."""

    async def page(request: Request) -> Response:
        try:
            return to_starlette_response(await step(to_async_bolt_request(request, b"")))
        except PulseError as refusal:
            return HTMLResponse(draw_not_installed(Outcome.REFUSED, INSTALL, refusal.sentence), 503, _HEADERS)
        except Exception as error:
            number = reference()
            log.error("an installation failed", exc_info=error, extra={"reference": number})
            return HTMLResponse(draw_not_installed(Outcome.BROKEN, INSTALL, f"(ref {number})"), 500, _HEADERS)

    return page


async def _succeeded(args: AsyncSuccessArgs) -> BoltResponse:
    done = args.installation
    page = draw_installed(
        done.enterprise_name if done.is_enterprise_install else done.team_name,
        whole_organisation=done.is_enterprise_install,
        resumed=int(done.get_custom_value("resumed") or 0),
    )
    return _answer(args.settings, 200, page)


async def _failed(args: AsyncFailureArgs) -> BoltResponse:
    outcome = _OUTCOMES.get(args.reason, Outcome.REFUSED)
    log.warning("an app was not installed", extra={"outcome": outcome})
    return _answer(args.settings, args.suggested_status_code, draw_not_installed(outcome, INSTALL))


def _answer(settings: Any, status: int, page: str) -> BoltResponse:
    """The page; the cookie of the state has served."""
    gone: str = settings.state_utils.build_set_cookie_for_deletion()
    headers: dict[str, str | Sequence[str]] = {**_HEADERS, "Set-Cookie": [gone]}
    return BoltResponse(status=status, body=page, headers=headers)


def _without_codes(record: logging.LogRecord) -> bool:
    """What Bolt logs of a failed exchange holds the code; only Slack's reason is written."""
    found = _SLACKS_REASON.search(record.getMessage())
    record.msg, record.args = "an exchange with Slack failed", ()
    record.reason = found[1] if found else "unknown"
    return True
