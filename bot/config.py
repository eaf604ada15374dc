"""Settings from the environment (and `.env` for local use). A bad one stops the start, with what to do about it."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from cryptography.fernet import Fernet
from dotenv import dotenv_values

SLACK_API = "https://slack.com/api/"


class Mode(StrEnum):
    """How Slack reaches the bot."""

    SOCKET = "socket"
    HTTP = "http"


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

    @property
    def mode(self) -> Mode:
        """Socket Mode when there is an app token, else HTTP."""
        return Mode.SOCKET if self.app_token else Mode.HTTP

    def __repr__(self) -> str:
        return f"Settings(mode={self.mode}, port={self.port}, api_url={self.api_url})"


VARIABLES: Mapping[str, str] = {
    "SLACK_BOT_TOKEN": "the bot token (xoxb-...): your app's page at Slack, OAuth & Permissions",
    "SLACK_APP_TOKEN": "for Socket Mode, the app token (xapp-...): Basic Information, App-Level Tokens",
    "SLACK_SIGNING_SECRET": "for HTTP, the signing secret: Basic Information, App Credentials",
    "PORT": "for HTTP, the port to listen on (default 3000)",
    "SLACK_API_URL": "another address of Slack's Web API, for stand-ins (default https://slack.com/api/)",
    "DATABASE_URL": "the database (default sqlite:///data/pulse.db; postgresql://user@host/name for many machines)",
    "PULSE_SECRET_KEY": "the key that seals who answered: make one with `python -m bot new-key` and keep a copy apart",
    "PULSE_OPERATOR": "who runs this bot, as people read it in the promise (default: the operator of this bot)",
}
"""Every variable and how to get its value; the documentation and `doctor` are made from it."""


def environment(folder: Path) -> dict[str, str]:
    """The environment, with `.env` of a folder for what is not set in it."""
    local = {name: value for name, value in dotenv_values(folder / ".env").items() if value is not None}
    return {**local, **os.environ}


def has_credentials(env: Mapping[str, str]) -> bool:
    """Whether anything of Slack's is configured; without, `run` starts the demonstration."""
    return any(env.get(name) for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"))


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

    if not get("SLACK_BOT_TOKEN").startswith("xoxb-"):
        fault("SLACK_BOT_TOKEN", "does not begin with xoxb-" if get("SLACK_BOT_TOKEN") else "is missing")
    app_token = get("SLACK_APP_TOKEN")
    if app_token and not app_token.startswith("xapp-"):
        fault("SLACK_APP_TOKEN", "does not begin with xapp-")
    if not app_token and not get("SLACK_SIGNING_SECRET"):
        fault("SLACK_SIGNING_SECRET", "is missing, and so is SLACK_APP_TOKEN; one of them is needed")
    port = get("PORT", "3000")
    if not port.isdecimal() or len(port) > 5 or int(port) > 65_535:
        fault("PORT", f"is {port!r} and not a port number")
    api_url = get("SLACK_API_URL", SLACK_API)
    if not re.match(r"https://|http://(localhost|127\.0\.0\.1)(:\d+)?(/|$)", api_url):
        fault("SLACK_API_URL", "is neither https nor on this machine")
    secret_key = get("PULSE_SECRET_KEY")
    try:
        Fernet(secret_key.encode())
    except ValueError:
        fault("PULSE_SECRET_KEY", "is not 32 bytes in URL-safe base64" if secret_key else "is missing")
    try:
        database_url = read_database_url(env)
    except BadSetting as bad:
        database_url = ""
        faults.append(str(bad))
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
    )
