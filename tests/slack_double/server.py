"""The strict Slack double: an HTTP and websocket server on loopback, in a thread of its own, for one test."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from . import chat, conversations, files, people, response_urls, socket_mode, views
from . import refusals as no
from .calls import Call, Method, Recorded, structured
from .clock import Clock
from .events import Events
from .faults import Faults
from .pacing import Pacing
from .payloads import Person
from .records import Json, Message, Token
from .refusals import Refused
from .world import ALL_SCOPES, World

METHODS: Mapping[str, Method] = {
    **chat.METHODS,
    **conversations.METHODS,
    **files.METHODS,
    **people.METHODS,
    **socket_mode.METHODS,
    **views.METHODS,
}


class SlackDouble:
    """Slack for one test: `with SlackDouble() as slack: WebClient(token=slack.token, base_url=slack.url)`.

    It starts with two workspaces (World.HOME and World.EXT), the bot, a bot token with every scope and an app token.
    Rate limits are off unless asked for; `clock` moves only when the test moves it.
    """

    token = "xoxb-double"
    app_token = "xapp-double"

    def __init__(
        self, *, clock: Clock | None = None, rate_limits: bool = False, scopes: Iterable[str] = ALL_SCOPES
    ) -> None:
        self.clock = clock or Clock()
        self.world = World(self.clock)
        self.world.add_token(self.token, scopes)
        self.world.add_token(self.app_token, {"connections:write"}, is_app_level=True)
        self.faults = Faults()
        self.calls: list[Recorded] = []
        self._pacing = Pacing(self.clock) if rate_limits else None
        self._origin = ""
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="slack-double", daemon=True)

    # -- life ------------------------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._started.wait(5), "the Slack double did not start"
        self.world.origin = self._origin
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(5)

    async def _serve(self) -> None:
        self._loop, self._stop, self._hub = asyncio.get_running_loop(), asyncio.Event(), socket_mode.SocketHub()
        app = web.Application(client_max_size=4 * 1024 * 1024)
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_post("/response/{id}", self._response_url)
        app.router.add_post("/upload/{id}", self._upload)
        app.router.add_get("/link/", self._hub.serve)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self._origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
        self._started.set()
        await self._stop.wait()
        await self._hub.disconnect(warn=False)
        await runner.cleanup()

    @property
    def url(self) -> str:
        """The `base_url` for slack_sdk's clients."""
        return f"{self._origin}/api/"

    # -- requests --------------------------------------------------------------------------------------------------

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method, args = request.match_info["method"], await _arguments(request)
        bearer = _bearer(request, args)
        outcome = self._attempt(method, args, lambda: self._carry_out(method, args, bearer))
        if isinstance(outcome, Refused):
            return web.json_response(outcome.body, status=outcome.status, headers=outcome.headers)
        scopes = sorted(self.world.tokens[bearer].scopes)
        return _reply(request, outcome, web.json_response(outcome, headers={"X-OAuth-Scopes": ",".join(scopes)}))

    async def _response_url(self, request: web.Request) -> web.StreamResponse:
        payload, id_ = await _arguments(request), request.match_info["id"]
        outcome = self._attempt("response_url", payload, lambda: response_urls.respond(self.world, id_, payload))
        if isinstance(outcome, Refused):
            return web.Response(text=outcome.error, status=outcome.status if outcome.status != 200 else 400)
        return _reply(request, outcome, web.Response(text="ok"))

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        content, id_ = await request.read(), request.match_info["id"]
        outcome = self._attempt("upload", {"id": id_}, lambda: files.receive(self.world, id_, content))
        if isinstance(outcome, Refused):
            return web.Response(text=outcome.error, status=outcome.status)
        return _reply(request, outcome, web.Response(text=f"OK - {len(content)}"))

    def _attempt(self, name: str, args: Json, run: Callable[[], Json | None]) -> Json | Refused | None:
        """Carry a request out and record how it ended; None if its reply shall get lost."""
        with self.world.lock:
            try:
                self.faults.refuse(name)
                answer = {"ok": True, **(run() or {})}
            except Refused as refusal:
                self.calls.append(Recorded(method=name, args=args, error=refusal.error))
                return refusal
            lost = self.faults.is_reply_lost(name)
            self.calls.append(Recorded(method=name, args=args, reply_lost=lost))
        return None if lost else answer

    def _carry_out(self, name: str, args: Json, token_value: str) -> Json:
        """Check in Slack's order: the method, the token, the scope, the pace; then do it."""
        method = METHODS.get(name)
        if method is None:
            raise Refused(no.UNKNOWN_METHOD, req_method=name)
        token = self._token(token_value, method)
        call = Call(world=self.world, method=name, args=structured(args), token=token, origin=self._origin)
        call.require(*method.scopes)
        if self._pacing is not None:
            self._pacing.admit(name, method.per_minute, call.optional("channel"))
        answer = method.run(call)
        if method.app_level:
            self._hub.tickets.add(answer["url"].partition("ticket=")[2].partition("&")[0])
        return answer

    def _token(self, value: str, method: Method) -> Token:
        if not value:
            raise Refused(no.NOT_AUTHED)
        token = self.world.tokens.get(value)
        if token is None:
            raise Refused(no.INVALID_AUTH)
        if token.revoked:
            raise Refused(no.TOKEN_REVOKED)
        if token.is_app_level != method.app_level:
            raise Refused(no.NOT_ALLOWED_TOKEN_TYPE)
        return token

    # -- what people see -------------------------------------------------------------------------------------------

    def messages(self, channel: str) -> list[Message]:
        """What everybody in a channel sees, oldest first."""
        with self.world.lock:
            return [message for message in self.world.channels[channel].messages if not message.ephemeral_to]

    def ephemerals(self, user: str, channel: str | None = None) -> list[Message]:
        """What only this person sees, oldest first, in one channel or in all."""
        with self.world.lock:
            found = [one for one in self.world.channels.values() if channel in (None, one.id)]
            return [message for one in found for message in one.messages if message.ephemeral_to == user]

    def dms(self, user: str) -> list[Message]:
        """What the bot and this person wrote to each other, oldest first."""
        with self.world.lock:
            return self.messages(self.world.im_with(user).id)

    def views_of(self, user: str) -> list[Json]:
        """The modals this person has open, the visible one last."""
        with self.world.lock:
            return [views.shown(view) for view in self.world.stacks.get(user, [])]

    def home_of(self, user: str) -> Json | None:
        """The Home tab as this person sees it; None if none was published, or for external people (a placeholder)."""
        with self.world.lock:
            known = self.world.homes.get(user)
            is_shown = known is not None and self.world.users[user].team_id == World.HOME
            return views.shown(known) if known is not None and is_shown else None

    # -- what people and Slack do ----------------------------------------------------------------------------------

    def person(self, user: str) -> Person:
        """Somebody who clicks, submits and writes: their actions are the payloads that Slack sends to the app."""
        return Person(self.world, user)

    @property
    def events(self) -> Events:
        """What Slack tells the app by itself, as bodies of the Events API."""
        return Events(self.world)

    def acknowledge(self, submission: Mapping[str, Any], answer: Mapping[str, Any] | None = None) -> dict[str, str]:
        """Let the app's answer to a `view_submission` act on the person's screen; the errors shown under inputs.

        Raises Refused where Slack would show that the app failed (limits, unknown `response_action`).
        """
        with self.world.lock:
            return views.acknowledge(self.world, submission["view"]["id"], answer)

    def deliver(
        self, kind: socket_mode.EnvelopeType, payload: Json, *, retry_attempt: int = 0, timeout: float = 5.0
    ) -> Json:
        """Send a payload through Socket Mode; the acknowledgement's payload, or TimeoutError. Blocks: not on a loop."""
        with self.world.lock:
            envelope_id = self.world.next_id("envelope-")
        delivery = self._hub.deliver(kind, payload, envelope_id, retry_attempt)
        return asyncio.run_coroutine_threadsafe(asyncio.wait_for(delivery, timeout), self._loop).result()

    def disconnect(self, *, warn: bool = True) -> None:
        """End the app's Socket Mode connections, as Slack does every few hours."""
        asyncio.run_coroutine_threadsafe(self._hub.disconnect(warn=warn), self._loop).result(5)


def _bearer(request: web.Request, args: Mapping[str, Any]) -> str:
    """The token: in the header, or as an argument (https://docs.slack.dev/apis/web-api/#authentication)."""
    return request.headers.get("Authorization", "").removeprefix("Bearer ") or str(args.get("token") or "")


async def _arguments(request: web.Request) -> Json:
    """Arguments from the address, a form or JSON, as Slack accepts them."""
    args: Json = dict(request.query)
    if request.content_type == "application/json":
        try:
            args |= json.loads(await request.text() or "{}")
            return args
        except ValueError:
            raise web.HTTPBadRequest(text=json.dumps({"ok": False, "error": no.INVALID_JSON})) from None
    return args | dict(await request.post())


def _reply(request: web.Request, outcome: Json | None, response: web.Response) -> web.Response:
    """The response; without an outcome the connection breaks first, so that it reaches nobody."""
    if outcome is None and request.transport is not None:
        request.transport.abort()
    return response
