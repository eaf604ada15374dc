"""The Slack app manifest, `app.yaml`, in the form for Socket Mode or for HTTP."""

import json
import re
from pathlib import Path

import yaml

APP_YAML = Path(__file__).parent.parent / "app.yaml"
PATH = "/slack/events"
"""Where the bot listens in HTTP mode, for commands, clicks and events alike."""

INSTALL = "/slack/install"
"""Where a workspace's installation begins, in a browser."""

REDIRECT = "/slack/oauth_redirect"
"""Where Slack sends a browser back to when somebody has consented to an installation."""

_ASKS_FOR_ADDRESS = re.compile(r"^( *)(- command: |event_subscriptions:|interactivity:)")
_OAUTH = "oauth_config:"
_SOCKET_MODE = re.compile(r"^( *socket_mode_enabled: )true")
_FORM = re.compile(r"^# This is its Socket Mode form\..*$", re.MULTILINE)


def scopes() -> list[str]:
    """What the app asks for at Slack: the one list of it is in `app.yaml`."""
    asked: list[str] = yaml.safe_load(APP_YAML.read_text(encoding="utf-8"))["oauth_config"]["scopes"]["bot"]
    return asked


def manifest_text(url: str | None, *, many: bool = False) -> str:
    """The manifest as YAML with its comments: for Socket Mode, or for HTTP at the bot's public address `url`.

    With `many`, workspaces install the app themselves: it names the address at which an installation ends.
    """
    text = APP_YAML.read_text(encoding="utf-8")
    if url is None:
        return text
    public = url.strip().rstrip("/").removesuffix(PATH)
    address = json.dumps(public + PATH)
    lines = [each for line in text.splitlines() for each in _for_http(line, address)]
    if many:
        lines.insert(lines.index(_OAUTH) + 1, f"  redirect_urls:\n    - {json.dumps(public + REDIRECT)}")
    form = "# This is its HTTP form, for many workspaces." if many else "# This is its HTTP form."
    return _FORM.sub(form, "\n".join(lines)) + "\n"


def _for_http(line: str, address: str) -> list[str]:
    asks = _ASKS_FOR_ADDRESS.match(line)
    if asks is None:
        return [_SOCKET_MODE.sub(r"\1false", line)]
    name = "url" if asks[2].startswith("-") else "request_url"
    return [line, f"{asks[1]}  {name}: {address}"]
