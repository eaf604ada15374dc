"""`python -m bot doctor`: what is configured, what answers, and what to do about the rest."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import yaml
from slack_sdk.errors import SlackApiError

from bot.adapters.slack_messenger import client
from bot.adapters.vault import FernetVault
from bot.app import open_database
from bot.config import VARIABLES, BadSetting, Settings, read_database_url, read_settings
from bot.domain.errors import Unavailable
from bot.domain.ids import TeamId, UserId
from bot.domain.people import Person
from bot.manifest import manifest_text
from storage.migrate import pending
from storage.partnerships import SqlPartnerships

_SECRETS = frozenset({"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "PULSE_SECRET_KEY", "DATABASE_URL"})

_ABOUT_THE_KEY = (
    "fits the database. Keep a copy apart from the database's backups: while it is lost no answer can be taken, and "
    "names and comments cannot be read; published results stay"
)
_OTHER_KEY = "is not the one that this database was sealed with, so no answer can be taken; put the old key back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at: `says` is what was found, or what to do."""

    name: str
    ok: bool
    says: str


def examine(env: Mapping[str, str]) -> Iterator[Check]:
    """Look at everything, the cheap things first; goes as far as the settings allow."""
    for name, what in VARIABLES.items():
        value = env.get(name, "")
        shown = ("set" if value else "unset") if name in _SECRETS else (value or "unset")
        yield Check(name=name, ok=True, says=f"{shown}; {what}")
    try:
        settings = read_settings(env)
    except BadSetting as fault:
        for line in str(fault).splitlines():
            yield Check(name="settings", ok=False, says=line)
        yield from _database(env)
        return
    yield Check(name="settings", ok=True, says=f"complete, {settings.mode} mode")
    yield from _database(env, FernetVault(settings.secret_key))
    yield from _slack(settings)


def _database(env: Mapping[str, str], vault: FernetVault | None = None) -> Iterator[Check]:
    """Whether it answers, is up to date, and can be opened with the key (one that cannot looks healthy till a "
    "click)."""
    try:
        url = read_database_url(env)
    except BadSetting:
        return  # said above, with the other settings
    try:
        database = open_database(url)
    except (BadSetting, OSError) as fault:
        yield Check(name="database", ok=False, says=str(fault))
        return
    trouble = database.trouble()
    if trouble is not None:
        yield Check(name="database", ok=False, says=f"does not answer ({trouble}); check DATABASE_URL")
    else:
        yield Check(name="database", ok=True, says="answers")
        behind = pending(database)
        says = "run `python -m bot migrate` (or simply `run`, which does it)" if behind else "up to date"
        yield Check(name="migrations", ok=not behind, says=says)
        if vault is not None and not behind:
            with database.reading() as connection:
                yield _opens(vault, SqlPartnerships(connection, locks=False).some_sealed_key())
    database.close()


def _opens(vault: FernetVault, sealed: bytes | None) -> Check:
    if sealed is not None:
        try:
            vault.pseudonym(sealed, Person(team_id=TeamId("T"), user_id=UserId("U")))
        except Unavailable:
            return Check(name="secret key", ok=False, says=_OTHER_KEY)
    return Check(name="secret key", ok=True, says=_ABOUT_THE_KEY)


def _slack(settings: Settings) -> Iterator[Check]:
    web = client(settings.bot_token, settings.api_url)
    try:
        who = web.auth_test()
    except SlackApiError as error:
        reason = error.response.get("error")
        yield Check(name="Slack", ok=False, says=f"refused the bot token ({reason}); install the app again and copy it")
        return
    except OSError as error:
        yield Check(name="Slack", ok=False, says=f"cannot be reached ({error}); check the network and SLACK_API_URL")
        return
    yield Check(name="Slack", ok=True, says=f"knows the bot as {who.get('user')} in {who.get('team')}")
    wanted = set(yaml.safe_load(manifest_text(None))["oauth_config"]["scopes"]["bot"])
    headers = {name.lower(): str(value) for name, value in who.headers.items()}
    granted = {each.strip() for each in headers.get("x-oauth-scopes", "").split(",") if each.strip()}
    if not granted:
        yield Check(name="scopes", ok=True, says="Slack does not tell them here")
        return
    missing = sorted(wanted - granted)
    says = f"missing: {', '.join(missing)}; update the app's manifest with app.yaml and install it again"
    yield Check(name="scopes", ok=not missing, says=says if missing else "all there")
    surplus = sorted(granted - wanted)
    says = f"more than app.yaml asks for: {', '.join(surplus)}; they can be taken away" if surplus else "as in app.yaml"
    yield Check(name="manifest", ok=True, says=says)
