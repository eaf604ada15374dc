"""Two workspaces that install the app for themselves: two stand-ins with Slack's OAuth v2 flow behind one address.

The stand-in is the npm package `emulate`. It knows one workspace, which always has the same id, so a second one of it
stands behind a door (`Front`) that tells another id, and leads each code and token to the stand-in that made it.
"""

import asyncio
import datetime as dt
import http.client
import json
import re
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

from aiohttp import ClientSession, web
from slack_bolt.async_app import AsyncApp
from slack_sdk import WebClient

from bot.app import Product, bolt_app, build
from bot.config import Settings
from bot.domain.ids import TeamId
from handlers.deps import Deps
from schedules.delivery import drain
from schedules.rosters import read_rosters
from storage.claiming import Pace
from storage.engine import Database
from tests.builders import SECRET, StoppedClock
from tests.journeys.world import SIGNING_SECRET, free_port, listening
from tests.slack_double import form_body, sign

ROOT = Path(__file__).parents[2]
EMULATE = ROOT / "node_modules" / "emulate" / "dist" / "index.js"
CLIENT_ID, CLIENT_SECRET = "1.2", "client-s3cr3t"
ITS_TEAM = "T000000001"
NORTH, EAST = TeamId(ITS_TEAM), TeamId("T000000002")
CHANNEL, ADMIN = "C000000001", "U000000001"
SOMEBODY = "xoxp-somebody"
PATIENCE = 15.0
Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a browser got."""

    status: int
    text: str
    location: str
    cookies: tuple[str, ...]


def browse(address: str, form: Mapping[str, str] | None = None, cookie: str = "") -> Page:
    """One request of a browser that follows nothing by itself. Its cookies are carried by hand: they are Secure."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    headers = {"cookie": cookie} if cookie else {}
    if form is not None:
        headers["content-type"] = "application/x-www-form-urlencoded"
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    connection.request("GET" if form is None else "POST", path, urlencode(form) if form else None, headers)
    answer = connection.getresponse()
    page = Page(
        status=answer.status,
        text=answer.read().decode(),
        location=answer.getheader("location") or "",
        cookies=tuple(answer.headers.get_all("set-cookie") or ()),
    )
    connection.close()
    return page


class _FirstForm(HTMLParser):
    """The action and the hidden fields of the first form of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self._ended = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Forms and inputs, until the first form ends."""
        given = {name: value or "" for name, value in attrs}
        if self._ended:
            return
        if tag == "form":
            self.action = given["action"]
        if tag == "input":
            self.fields[given["name"]] = given["value"]

    def handle_endtag(self, tag: str) -> None:
        """The end of the first form."""
        self._ended = self._ended or tag == "form"


@contextmanager
def stand_in(name: str, redirect_uri: str) -> Iterator[str]:
    """The address of a workspace of this name, in a process of its own."""
    port = free_port()
    seed = {
        "slack": {
            "team": {"name": name},
            "oauth_apps": [
                {
                    "client_id": CLIENT_ID,
                    "client_secret": CLIENT_SECRET,
                    "name": "Partnership Pulse",
                    "redirect_uris": [redirect_uri],
                }
            ],
            "tokens": [{"token": SOMEBODY, "user_id": ADMIN, "scopes": ["channels:read", "channels:manage"]}],
            "strict_scopes": True,
        }
    }
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(seed, file)
        file.flush()
        command = ["node", str(EMULATE), "start", "-s", "slack", "-p", str(port), "--seed", file.name]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                _wait_for(port)
                yield f"http://127.0.0.1:{port}"
            finally:
                process.terminate()


def _wait_for(port: int) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        threading.Event().wait(0.05)
    raise AssertionError("the stand-in does not start")


class Front:
    """Slack's one address in front of both stand-ins, in a thread of its own."""

    def __init__(self, workspaces: Mapping[TeamId, str]) -> None:
        self.workspaces = workspaces
        self._made_by: dict[str, TeamId] = {}
        self.calls: list[tuple[str, TeamId | None]] = []
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="front", daemon=True)
        self.address = ""

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._started.wait(PATIENCE)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(PATIENCE)

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        app = web.Application()
        app.router.add_get("/oauth/v2/authorize", self._authorize)
        app.router.add_post("/api/{method}", self._call)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
        self._started.set()
        await self._stop.wait()
        await runner.cleanup()

    async def _authorize(self, request: web.Request) -> web.Response:
        """Slack shows the consent of the workspace that the link names."""
        here = self.workspaces[TeamId(request.query["team"])]
        return web.Response(status=302, headers={"location": f"{here}/oauth/v2/authorize?{request.query_string}"})

    async def _call(self, request: web.Request) -> web.Response:
        method, body = request.match_info["method"], await request.read()
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        team = self._made_by.get(bearer)
        self.calls.append((method, team))
        if team is None and method != "oauth.v2.access":
            return web.json_response({"ok": False, "error": "invalid_auth"})
        headers = {name: request.headers[name] for name in ("content-type", "authorization") if name in request.headers}
        for each in [team] if team else list(self.workspaces):
            async with (
                ClientSession() as session,
                session.post(f"{self.workspaces[each]}/api/{method}", data=body, headers=headers) as answer,
            ):
                text = (await answer.text()).replace(ITS_TEAM, each)
            read = json.loads(text)
            if read["ok"]:
                if method == "oauth.v2.access":
                    self._made_by[read["access_token"]] = each
                break
        return web.Response(text=text, content_type="application/json")


@dataclass(slots=True, kw_only=True)
class ManyWorkspaces:
    """A bot that serves whoever installs it, and the browser and payloads with which a test reaches it."""

    front: Front
    product: Product
    clock: StoppedClock
    app: AsyncApp
    deps: Deps
    port: int
    answered: list[Json] = field(default_factory=list)

    @property
    def address(self) -> str:
        """The bot, as browsers reach it."""
        return f"http://127.0.0.1:{self.port}"

    def begin(self, team: TeamId) -> tuple[str, str]:
        """Open the link that installs; where it leads, and the cookie of the state."""
        page = browse(f"{self.address}/slack/install?team={team}")
        assert page.status == 302
        (cookie,) = page.cookies
        assert "Secure" in cookie
        assert "HttpOnly" in cookie
        return page.location, cookie.partition(";")[0]

    def consent(self, location: str) -> str:
        """Somebody agrees at Slack; where Slack sends the browser."""
        shown = browse(browse(location).location)
        form = _FirstForm()
        form.feed(shown.text)
        origin = urlsplit(browse(location).location)
        return browse(f"{origin.scheme}://{origin.netloc}{form.action}", form.fields).location

    def install(self, team: TeamId) -> Page:
        """All of it, to the page that the person sees in the end."""
        location, cookie = self.begin(team)
        return browse(self.consent(location), cookie=cookie)

    def event(self, team: TeamId, event: Mapping[str, Any], *, at: dt.datetime | None = None) -> int:
        """Slack tells something of a workspace; the status of the acknowledgement."""
        body = json.dumps(
            {
                "type": "event_callback",
                "team_id": team,
                "context_team_id": team,
                "event_id": f"Ev{len(self.answered)}{time.monotonic_ns()}",
                "event_time": int((at or self.clock.real()).timestamp()),
                "event": dict(event),
                "authorizations": [{"team_id": team, "enterprise_id": None, "is_enterprise_install": False}],
            }
        )
        return self._send(body, "application/json")[0]

    def command(self, team: TeamId, text: str) -> str:
        """Somebody types `/pulse ...` in a workspace; what the bot answers to its response_url is in `answered`."""
        fields = {
            "command": "/pulse",
            "text": text,
            "team_id": team,
            "channel_id": CHANNEL,
            "user_id": ADMIN,
            "trigger_id": "1.1",
            "response_url": f"{self.front.address}/api/response_url",
        }
        return self._send(form_body(fields), "application/x-www-form-urlencoded")[1]

    def submit(self, team: TeamId, callback: str) -> Json:
        """Somebody submits a modal in a workspace; what the bot answers."""
        payload = {
            "type": "view_submission",
            "team": {"id": team},
            "user": {"id": ADMIN, "team_id": team},
            "view": {
                "type": "modal",
                "callback_id": callback,
                "private_metadata": "{}",
                "state": {"values": {}},
                "blocks": [],
            },
        }
        read: Json = json.loads(self._send(form_body(payload), "application/x-www-form-urlencoded")[1])
        return read

    def invite(self, team: TeamId) -> None:
        """Somebody invites the bot to the channel of a workspace, which it may be in already."""
        with self.product.ports.store.read() as tx:
            (bot,) = [each.bot_user_id for each in tx.installations.all() if each.team_id == team]
        somebody = WebClient(token=SOMEBODY, base_url=f"{self.front.workspaces[team]}/api/")
        if bot not in somebody.conversations_members(channel=CHANNEL)["members"]:
            somebody.conversations_invite(channel=CHANNEL, users=bot)
        assert self.event(team, {"type": "member_joined_channel", "user": bot, "channel": CHANNEL}) == 200

    def work(self) -> None:
        """Do due work and send messages."""
        drain(self.product.ports, self.product.messenger)
        read_rosters(self.product.ports, self.product.directory)

    def posts(self, team: TeamId) -> list[str]:
        """What stands in the channel of a workspace."""
        token = self.product.known.token_of(team)
        web = WebClient(token=token, base_url=f"{self.front.address}/api/", retry_handlers=[])
        return [each["text"] for each in web.conversations_history(channel=CHANNEL)["messages"]]

    def _send(self, body: str, content_type: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        headers = {**sign(body, SIGNING_SECRET, time.time()), "Content-Type": content_type}
        connection.request("POST", "/slack/events", body, headers)
        answer = connection.getresponse()
        found = answer.status, answer.read().decode()
        connection.close()
        return found


@contextmanager
def many_workspaces(database: Database) -> Iterator[ManyWorkspaces]:
    """A bot in HTTP mode without a bot token, over a migrated database; ends with the block."""
    port, clock = free_port(), StoppedClock()
    address = f"http://127.0.0.1:{port}"
    with ExitStack() as stack:
        redirect = f"{address}/slack/oauth_redirect"
        workspaces = {
            NORTH: stack.enter_context(stand_in("Northfield Council", redirect)),
            EAST: stack.enter_context(stand_in("Eastern <Rail>", redirect)),
        }
        front = stack.enter_context(Front(workspaces))
        settings = Settings(
            bot_token="",
            app_token="",
            signing_secret=SIGNING_SECRET,
            port=port,
            api_url=f"{front.address}/api/",
            database_url=database.engine.url.render_as_string(hide_password=False),
            secret_key=SECRET,
            operator="Northfield Council",
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            public_url=address,
        )
        unpaced = Pace(channel=dt.timedelta(), workspace=dt.timedelta())
        product = build(settings, clock=clock, pace=unpaced)
        app, deps = bolt_app(product)
        product.writer.start()
        with listening(product, app):
            yield ManyWorkspaces(front=front, product=product, clock=clock, app=app, deps=deps, port=port)
        deps.threads.shutdown(wait=True)
        product.writer.stop()
        product.database.close()


def state_of(location: str) -> str:
    """The state in an address."""
    return parse_qs(urlsplit(location).query)["state"][0]


def heading(page: Page) -> str:
    """What a page says first."""
    found = re.search(r"<h1>(.*?)</h1>", page.text)
    return found[1] if found else ""
