"""The Slack app manifest, `app.yaml`, in the form for Socket Mode or for HTTP."""

import json
import re
from pathlib import Path

APP_YAML = Path(__file__).parent.parent / "app.yaml"
PATH = "/slack/events"
"""Where the bot listens in HTTP mode, for commands, clicks and events alike."""

_ASKS_FOR_ADDRESS = re.compile(r"^( *)(- command: |event_subscriptions:|interactivity:)")
_SOCKET_MODE = re.compile(r"^( *socket_mode_enabled: )true")
_FORM = re.compile(r"^# This is its Socket Mode form\..*$", re.MULTILINE)


def manifest_text(url: str | None) -> str:
    """The manifest as YAML with its comments: for Socket Mode, or for HTTP at the bot's public address `url`."""
    text = APP_YAML.read_text(encoding="utf-8")
    if url is None:
        return text
    address = json.dumps(url.strip().rstrip("/").removesuffix(PATH) + PATH)
    lines = [each for line in text.splitlines() for each in _for_http(line, address)]
    return _FORM.sub("# This is its HTTP form.", "\n".join(lines)) + "\n"


def _for_http(line: str, address: str) -> list[str]:
    asks = _ASKS_FOR_ADDRESS.match(line)
    if asks is None:
        return [_SOCKET_MODE.sub(r"\1false", line)]
    name = "url" if asks[2].startswith("-") else "request_url"
    return [line, f"{asks[1]}  {name}: {address}"]
