"""Settings from the environment (and `.env` for local use). A bad one stops the start, with what to do about it."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from cryptography.fernet import Fernet
from dotenv import dotenv_values

SLACK_API = "https://slack.com/api/"
_ADDRESS = re.compile(r"https://[^/\s]|http://(localhost|127\.0\.0\.1)(:\d+)?(/|$)")

Get = Callable[[str], str]
Fault = Callable[[str, str], None]


class Mode(StrEnum):
    """How Slack reaches the bot."""

    SOCKET = "socket"
    HTTP = "http"


class Reach(StrEnum):
    """Whom a process serves: the one workspace of its bot token, or every workspace that installs the app."""

    ONE = "one workspace"
    MANY = "many workspaces"


class Logs(StrEnum):
    """How a line of the log is written."""

    TEXT = "text"
    JSON = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where to listen."""

    host: str
    port: int


class BadSetting(Exception):
    """A setting is missing or unusable; the message names the variable and says how to get it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings. Secrets are left out of its representation."""

    bot_token: str
    app_token: str
    signing_secret: str
    port: int
    api_url: str
    database_url: str
    secret_key: str
    operator: str
    client_id: str = ""
    client_secret: str = ""
    public_url: str = ""
    old_secret_keys: tuple[str, ...] = ()
    metrics_listen: Address | None = None
    drain_seconds: float = 3.0
    logs: Logs = Logs.TEXT

    @property
    def mode(self) -> Mode:
        """Socket Mode when there is an app token, else HTTP."""
        return Mode.SOCKET if self.app_token else Mode.HTTP

    @property
    def reach(self) -> Reach:
        """Many workspaces when the app can be installed by them, else the one of the bot token."""
        return Reach.MANY if self.client_id else Reach.ONE

    def __repr__(self) -> str:
        return f"Settings(mode={self.mode}, reach={self.reach}, port={self.port}, api_url={self.api_url})"


VARIABLES: Mapping[str, str] = {
    "SLACK_BOT_TOKEN": "the bot token (xoxb-...): your app's page at Slack, OAuth & Permissions",
    "SLACK_APP_TOKEN": "for Socket Mode, the app token (xapp-...): Basic Information, App-Level Tokens",
    "SLACK_SIGNING_SECRET": "for HTTP, the signing secret: Basic Information, App Credentials",
    "SLACK_CLIENT_ID": "for many workspaces, in place of the bot token: Basic Information, App Credentials",
    "SLACK_CLIENT_SECRET": "for many workspaces, the client secret: Basic Information, App Credentials",
    "PULSE_PUBLIC_URL": "for many workspaces, the address of this bot as browsers reach it (https://pulse.example.org)",
    "PORT": "for HTTP, the port to listen on (default 3000)",
    "SLACK_API_URL": "another address of Slack's Web API, for stand-ins (default https://slack.com/api/)",
    "DATABASE_URL": "the database (default sqlite:///data/pulse.db; postgresql://user@host/name for many machines)",
    "PULSE_SECRET_KEY": "the key that seals who answered: make one with `python -m bot new-key` and keep a copy apart",
    "PULSE_OLD_SECRET_KEYS": "while the key is replaced, the earlier ones, separated by commas (`rotate-key`)",
    "PULSE_OPERATOR": "who runs this bot, as people read it in the promise (default: the operator of this bot)",
    "METRICS_LISTEN": "the port of /metrics, /healthz and /readyz on this machine, or HOST:PORT (default off)",
    "DRAIN_SECONDS": "for HTTP, how long a stopping bot says it is not ready before it closes its port (default 3)",
    "PULSE_LOGS": "text, or json for one JSON object per line (default text)",
}
"""Every variable and how to get its value; the documentation and `doctor` are made from it."""


def environment(folder: Path) -> dict[str, str]:
    """The environment, with `.env` of a folder for what is not set in it."""
    local = {name: value for name, value in dotenv_values(folder / ".env").items() if value is not None}
    return {**local, **os.environ}


def has_credentials(env: Mapping[str, str]) -> bool:
    """Whether anything of Slack's is configured; without, `run` starts the demonstration."""
    return any(env.get(name) for name in VARIABLES if name.startswith("SLACK_") and name != "SLACK_API_URL")


def read_database_url(env: Mapping[str, str]) -> str:
    """The address of the database, all that `migrate` needs. Raises BadSetting."""
    address = env.get("DATABASE_URL", "").strip() or "sqlite:///data/pulse.db"
    what = VARIABLES["DATABASE_URL"]
    if not address.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
        raise BadSetting(f"DATABASE_URL begins with neither sqlite:/// nor postgresql://. It is {what}.")
    if address.partition("?")[0] in ("sqlite:///", "sqlite:///:memory:"):
        raise BadSetting(f"DATABASE_URL names no file, so nothing would outlast the process. It is {what}.")
    return address


def read_settings(env: Mapping[str, str]) -> Settings:
    """The settings of an environment. Raises BadSetting with every fault, one a line."""
    faults = []

    def get(name: str, default: str = "") -> str:
        return env.get(name, "").strip() or default

    def fault(name: str, what: str) -> None:
        faults.append(f"{name} {what}. It is {VARIABLES[name]}.")

    app_token = get("SLACK_APP_TOKEN")
    if get("SLACK_CLIENT_ID") or get("SLACK_CLIENT_SECRET"):
        _many_workspaces(get, fault)
    else:
        _one_workspace(get, fault)
    port = get("PORT", "3000")
    if not _is_port(port):
        fault("PORT", f"is {port!r} and not a port number")
    api_url = get("SLACK_API_URL", SLACK_API)
    if not _ADDRESS.match(api_url):
        fault("SLACK_API_URL", "is neither https nor on this machine")
    secret_key = get("PULSE_SECRET_KEY")
    if not _is_key(secret_key):
        fault("PULSE_SECRET_KEY", "is not 32 bytes in URL-safe base64" if secret_key else "is missing")
    old_keys = tuple(each.strip() for each in get("PULSE_OLD_SECRET_KEYS").split(",") if each.strip())
    if not all(map(_is_key, old_keys)):
        fault("PULSE_OLD_SECRET_KEYS", "holds something else than keys of 32 bytes in URL-safe base64")
    try:
        database_url = read_database_url(env)
    except BadSetting as bad:
        database_url = ""
        faults.append(str(bad))
    metrics_listen = _address(get("METRICS_LISTEN"))
    if get("METRICS_LISTEN") and metrics_listen is None:
        fault("METRICS_LISTEN", "is neither a port nor HOST:PORT")
    drain = get("DRAIN_SECONDS", "3")
    if not re.fullmatch(r"\d{1,2}(\.\d)?", drain):
        fault("DRAIN_SECONDS", f"is {drain[:20]!r} and not a number of seconds below 100")
    if get("PULSE_LOGS", Logs.TEXT) not in tuple(Logs):
        fault("PULSE_LOGS", f"is {get('PULSE_LOGS')[:20]!r}")
    if faults:
        raise BadSetting("\n".join(faults))
    return Settings(
        bot_token=get("SLACK_BOT_TOKEN"),
        app_token=app_token,
        signing_secret=get("SLACK_SIGNING_SECRET"),
        port=int(port),
        api_url=api_url if api_url.endswith("/") else api_url + "/",
        database_url=database_url,
        secret_key=secret_key,
        operator=get("PULSE_OPERATOR", "The operator of this bot"),
        client_id=get("SLACK_CLIENT_ID"),
        client_secret=get("SLACK_CLIENT_SECRET"),
        public_url=get("PULSE_PUBLIC_URL").rstrip("/"),
        old_secret_keys=old_keys,
        metrics_listen=metrics_listen,
        drain_seconds=float(drain),
        logs=Logs(get("PULSE_LOGS", Logs.TEXT)),
    )


def _one_workspace(get: Get, fault: Fault) -> None:
    """Socket Mode or HTTP with one bot token."""
    app_token = get("SLACK_APP_TOKEN")
    if not get("SLACK_BOT_TOKEN").startswith("xoxb-"):
        fault("SLACK_BOT_TOKEN", "does not begin with xoxb-" if get("SLACK_BOT_TOKEN") else "is missing")
    if app_token and not app_token.startswith("xapp-"):
        fault("SLACK_APP_TOKEN", "does not begin with xapp-")
    if not app_token and not get("SLACK_SIGNING_SECRET"):
        fault("SLACK_SIGNING_SECRET", "is missing, and so is SLACK_APP_TOKEN; one of them is needed")


def _many_workspaces(get: Get, fault: Fault) -> None:
    """HTTP, and an installation for each workspace in place of a bot token."""
    pair = ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET")
    for name, other in (pair, pair[::-1]):
        if not get(name):
            fault(name, f"is missing, but {other} is set")
    if get("SLACK_BOT_TOKEN"):
        fault("SLACK_BOT_TOKEN", "is set beside SLACK_CLIENT_ID; leave one of them empty, for one workspace or many")
    if get("SLACK_APP_TOKEN"):
        fault(
            "SLACK_APP_TOKEN",
            "is set beside SLACK_CLIENT_ID, and Socket Mode serves one workspace; leave it empty",
        )
    if not get("SLACK_SIGNING_SECRET"):
        fault("SLACK_SIGNING_SECRET", "is missing")
    if not _ADDRESS.match(get("PULSE_PUBLIC_URL")):
        fault("PULSE_PUBLIC_URL", "is neither https nor on this machine" if get("PULSE_PUBLIC_URL") else "is missing")


def _is_key(text: str) -> bool:
    try:
        Fernet(text.encode())
    except ValueError:
        return False
    return True


def read_logs(env: Mapping[str, str]) -> Logs:
    """How to write logs, known before anything else; a bad value is told by `read_settings`."""
    asked = env.get("PULSE_LOGS", "").strip()
    return Logs(asked) if asked in tuple(Logs) else Logs.TEXT


def _address(text: str) -> Address | None:
    """A port alone is of this machine only: what is counted is for the operator."""
    host, _, port = text.rpartition(":")
    if not _is_port(port):
        return None
    return Address(host=host.strip("[]") or "127.0.0.1", port=int(port))


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 5 and int(text) <= 65_535
