"""The stand-in workspace `local-slack`: its process, its configuration, and the protocol of its page.

For the demonstration and the journey tests only. It knows no passwords and listens on every interface.
"""

import asyncio
import base64
import json
import re
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any

import aiohttp

from bot.adapters.charts import draw_png

BOT_TOKEN = "xoxb-demonstration"  # noqa: S105 - the stand-in takes any token
APP_TOKEN = "xapp-demonstration"  # noqa: S105
SIGNING_SECRET = "demonstration"  # noqa: S105
BOT_USER = "U0PULSE"
TEAM = "T01NORTH"

_BINARY = Path("node_modules/local-slack-linux-x64/bin/local-slack")
_PATIENCE = 10  # seconds
_SLACK_DATE = re.compile(r"<!date\^\d+\^[^|>]*\|([^>]*)>")


class NoStandIn(OSError):
    """The stand-in's program is not there, or does not start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandInUser:
    """A person of the stand-in workspace."""

    id: str
    name: str
    email: str

    def to_config(self) -> dict[str, str]:
        """The entry in the stand-in's configuration."""
        handle = self.email.partition("@")[0]
        return {"id": self.id, "name": handle, "real_name": self.name, "email": self.email, "tz": "Europe/London"}


def binary(root: Path) -> Path:
    """The program in the project's node_modules. Raises NoStandIn with what to do."""
    path = root / _BINARY
    if not path.exists():
        raise NoStandIn(
            "The stand-in workspace is not installed: `make setup` installs it on Linux x64. On other systems, set the "
            "Slack credentials of a test workspace in .env instead (docs/set-up.md)"
        )
    return path


def without_slack_dates(drawn: Mapping[str, Any]) -> Mapping[str, Any]:
    """The drawing with spelled-out moments: the page does not know Slack's date markup."""
    rewritten: Mapping[str, Any] = json.loads(_SLACK_DATE.sub(r"\1", json.dumps(drawn, ensure_ascii=False)))
    return rewritten


def for_the_page(drawn: Mapping[str, Any]) -> Mapping[str, Any]:
    """The drawing as the page can show it: without date markup, and with pictures inside the message, for the page
    does not show uploaded ones."""
    spelled_out = without_slack_dates(drawn)
    blocks = [_with_its_picture(block) for block in spelled_out.get("blocks", ())]
    return {**spelled_out, "blocks": [block for block in blocks if block is not None]}


def _with_its_picture(block: dict[str, Any]) -> dict[str, Any] | None:
    drawing = block.get("slack_file", {}).get("drawing")
    if drawing is None:
        return block
    address = _picture_address(json.dumps(drawing))
    return {"type": "image", "alt_text": block["alt_text"], "image_url": address} if address else None


@lru_cache(maxsize=32)
def _picture_address(drawing: str) -> str | None:
    png = draw_png(json.loads(drawing))
    return None if png is None else f"data:image/png;base64,{base64.b64encode(png).decode()}"


class StandIn:
    """A running stand-in workspace; ends with the `with` block."""

    def __init__(
        self,
        root: Path,
        port: int,
        users: Sequence[StandInUser],
        channels: Mapping[str, tuple[str, Sequence[str]]],
        request_url: str = "",
    ) -> None:
        """Start it: `channels` maps ids to names and members; with `request_url` it calls the bot by HTTP."""
        program = binary(root)
        _refuse_taken(port)
        self.port = port
        self.address = f"http://localhost:{port}"
        self._folder = tempfile.mkdtemp(prefix="pulse-stand-in-")
        config = Path(self._folder) / "config.json"
        mode = {"mode": "events", "requestUrl": request_url} if request_url else {"mode": "socket"}
        config.write_text(
            json.dumps(
                {
                    "workspace": {"name": "Northfield", "domain": "northfield", "teamId": TEAM},
                    "app": {
                        "appId": "A0PULSE",
                        "botUserId": BOT_USER,
                        "botName": "Partnership Pulse",
                        "botToken": BOT_TOKEN,
                        "appToken": APP_TOKEN,
                        "signingSecret": SIGNING_SECRET,
                        **mode,
                    },
                    "users": [each.to_config() for each in users],
                    "channels": [
                        {"id": channel, "name": name, "members": [*members, BOT_USER]}
                        for channel, (name, members) in channels.items()
                    ],
                }
            ),
            encoding="utf-8",
        )
        self._process = subprocess.Popen(  # noqa: S603 - our own program with our own arguments
            [program, "--config", config, "--port", str(port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C reaches the bot first, which then ends this
        )
        try:
            self._wait_until_ready()
        except BaseException:  # Ctrl-C too: nobody else would end it yet
            self.close()
            raise

    def __enter__(self) -> "StandIn":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def messages(self, channel: str) -> list[dict[str, Any]]:
        """All messages of a channel, oldest first, private ones included."""
        found: list[dict[str, Any]] = self._call(f"/_control/messages/{channel}")["messages"]
        return found

    def click(self, channel: str, message: Mapping[str, Any], user: str, action_id: str, value: str) -> None:
        """Click the button with this action id and value, as a person would; returns when the bot has acknowledged."""
        for block in message["blocks"]:
            for element in block.get("elements", ()):
                if element.get("action_id") == action_id and element.get("value") == value:
                    action = {**element, "block_id": block.get("block_id", "b")}
                    self._call(
                        "/_control/interact",
                        {"channel": channel, "messageTs": message["ts"], "user": user, "action": action},
                    )
                    return
        raise LookupError(f"no button {action_id} {value}")

    def command(self, channel: str, user: str, command: str, text: str) -> None:
        """Type a slash command."""
        self._call("/_control/command", {"channel": channel, "user": user, "command": command, "text": text})

    def forget_message(self, channel: str, ts: str) -> None:
        """Take a message off the page."""
        self._call("/api/chat.delete", {"channel": channel, "ts": ts})

    async def fill(
        self, channel: str, message_ts: str, user: str, action_id: str, steps: Sequence[Mapping[str, Any]]
    ) -> None:
        """Click a button that opens a modal and submit it once for each step (block id -> what an input holds)."""
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"ws://localhost:{self.port}/ui", max_msg_size=0) as page,
        ):
            action = {"type": "button", "action_id": action_id, "block_id": "b", "value": "pulse"}
            sent: dict[str, Any] = {"t": "block_action", "channel": channel, "messageTs": message_ts, "user": user}
            await page.send_json({**sent, "action": action, "appId": "A0PULSE"})
            for step in steps:
                view = await _next_view(page)
                values = {block: {_action_of(view, block): held} for block, held in step.items()}
                await page.send_json({"t": "view_submit", "user": user, "values": values})
            await _next_stack(page)

    def _wait_until_ready(self) -> None:
        for _ in range(100):
            if self._process.poll() is not None:
                raise NoStandIn(f"The stand-in workspace does not start; is port {self.port} taken?")
            try:
                self._call("/_control/state")
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise NoStandIn("The stand-in workspace does not answer")

    def _call(self, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - the stand-in's own address
            self.address + path, data=data, headers={"content-type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            read: dict[str, Any] = json.load(answer)
        return read


def _refuse_taken(port: int) -> None:
    """Whoever listens there already would be taken for our own."""
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise NoStandIn(f"Something listens on port {port} already; end it, or choose another with --port")


async def _next_stack(page: aiohttp.ClientWebSocketResponse) -> list[dict[str, Any]]:
    async with asyncio.timeout(_PATIENCE):
        while True:
            said = await page.receive_json()
            if said.get("t") == "view":
                stack: list[dict[str, Any]] = said.get("stack") or []
                return stack


async def _next_view(page: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
    while not (stack := await _next_stack(page)):
        pass
    return stack[-1]


def _action_of(view: Mapping[str, Any], block_id: str) -> str:
    for block in view["blocks"]:
        if block.get("block_id") == block_id:
            return str(block["element"]["action_id"])
    raise LookupError(f"the form has no field {block_id}")
