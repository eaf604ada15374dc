"""`python -m bot doctor`: what is configured, what answers, and what to do about the rest."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import yaml
from slack_sdk.errors import SlackApiError

from bot.adapters.slack_clients import client
from bot.adapters.vault import FernetVault
from bot.app import open_database
from bot.config import VARIABLES, BadSetting, Reach, Settings, read_database_url, read_settings
from bot.domain.errors import Unavailable
from bot.domain.ids import TeamId, UserId
from bot.domain.people import Person
from bot.manifest import INSTALL, manifest_text
from storage.migrate import pending
from storage.partnerships import SqlPartnerships
from storage.resealing import Tally, survey
from storage.unit_of_work import SqlStore

_SECRETS = frozenset(
    {
        "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN",
        "SLACK_SIGNING_SECRET",
        "SLACK_CLIENT_SECRET",
        "PULSE_SECRET_KEY",
        "PULSE_OLD_SECRET_KEYS",
        "DATABASE_URL",
    }
)
_WORKSPACES_ASKED = 50

_ABOUT_THE_KEY = (
    "fits the database. Keep a copy apart from the database's backups: while it is lost no answer can be taken, and "
    "names and comments cannot be read; published results stay, and `rotate-key --lost` begins anew"
)
_OTHER_KEY = (
    "is not the one that this database was sealed with, so no answer can be taken; put the old key back. If it is lost "
    "for good, `python -m bot rotate-key --lost` deletes what it linked and takes answers again; published results stay"
)


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
    yield Check(name="settings", ok=True, says=f"complete, {settings.mode} mode, {settings.reach}")
    vault = FernetVault(settings.secret_key, *settings.old_secret_keys)
    yield from _database(env, vault, has_old_keys=bool(settings.old_secret_keys))
    if settings.reach is Reach.ONE:
        yield from _slack(settings.bot_token, settings.api_url)
    else:
        yield from _installations(settings, vault)


def _database(
    env: Mapping[str, str], vault: FernetVault | None = None, *, has_old_keys: bool = False
) -> Iterator[Check]:
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
            if has_old_keys:
                yield _old_keys(survey(database, vault))
    database.close()


def _opens(vault: FernetVault, sealed: bytes | None) -> Check:
    if sealed is not None:
        try:
            vault.pseudonym(sealed, Person(team_id=TeamId("T"), user_id=UserId("U")))
        except Unavailable:
            return Check(name="secret key", ok=False, says=_OTHER_KEY)
    return Check(name="secret key", ok=True, says=_ABOUT_THE_KEY)


def _old_keys(found: Tally) -> Check:
    """Whether the older keys are still needed."""
    if found.lost:
        says = f"none of the keys opens {sum(found.lost.values())} values; is one missing in PULSE_OLD_SECRET_KEYS?"
    elif found.resealed:
        says = f"still needed for {found.resealed} of {found.resealed + found.newest}; run `python -m bot rotate-key`"
    else:
        says = "no longer needed; empty PULSE_OLD_SECRET_KEYS once backups that need them have expired"
    return Check(name="old keys", ok=not (found.lost or found.resealed), says=says)


def _installations(settings: Settings, vault: FernetVault) -> Iterator[Check]:
    """Where the app is installed, and whether Slack still takes its tokens there."""
    try:
        database = open_database(settings.database_url)
        if database.trouble() is not None or pending(database):
            return  # said above
        with SqlStore(database, vault).read() as tx:
            found = tx.installations.all()
    except (BadSetting, OSError):
        return  # said above
    except Unavailable:
        yield Check(name="installations", ok=False, says=f"their tokens cannot be opened: the key {_OTHER_KEY}")
        return
    database.close()
    where = f"{settings.public_url}{INSTALL}"
    says = f"in {len(found)} places; others install it at {where}" if found else f"nobody has installed it yet: {where}"
    yield Check(name="installations", ok=True, says=says)
    for each in found[:_WORKSPACES_ASKED]:
        for check in _slack(each.token, settings.api_url):
            if not check.ok or check.name == "Slack":
                yield replace(check, name=f"{check.name} {each.place}")


def _slack(token: str, api_url: str) -> Iterator[Check]:
    web = client(token, api_url)
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
