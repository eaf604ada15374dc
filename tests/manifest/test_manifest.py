"""`app.yaml` says what the code does: no command, event or scope more, and none less.

The schema is Slack's own (https://github.com/slackapi/manifest-schema, MIT licence, Copyright Slack Technologies, LLC).
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from bot.manifest import PATH, manifest_text, scopes
from handlers.http import web_app
from storage.engine import Database
from tests.builders import stage
from tests.manifest.listening import ROOT, Listening, called_methods, listening

URL = "https://pulse.example.org"
FORMS = (None, URL)
EITHER = frozenset({"channels:read", "groups:read"})
NONE: frozenset[str] = frozenset()
METHODS: Mapping[str, frozenset[str]] = {
    "auth.test": NONE,
    "chat.postMessage": frozenset({"chat:write"}),
    "chat.update": frozenset({"chat:write"}),
    "conversations.history": frozenset({"channels:history", "groups:history", "im:history"}),
    "conversations.replies": frozenset({"channels:history", "groups:history", "im:history"}),
    "conversations.info": EITHER,
    "conversations.members": EITHER,
    "conversations.open": frozenset({"im:write"}),
    "files.completeUploadExternal": frozenset({"files:write"}),
    "files.getUploadURLExternal": frozenset({"files:write"}),
    "users.info": frozenset({"users:read", "users:read.email"}),
    "views.open": NONE,
    "views.publish": NONE,
    "views.update": NONE,
}
"""Scopes for what the bot does with each method (https://docs.slack.dev/reference/methods)."""

EVENTS: Mapping[str, frozenset[str]] = {
    "app_home_opened": NONE,
    "app_uninstalled": NONE,
    "channel_archive": frozenset({"channels:read"}),
    "channel_deleted": frozenset({"channels:read"}),
    "channel_id_changed": NONE,
    "channel_left": frozenset({"channels:read"}),
    "channel_rename": frozenset({"channels:read"}),
    "channel_shared": EITHER,
    "channel_unarchive": frozenset({"channels:read"}),
    "channel_unshared": EITHER,
    "group_archive": frozenset({"groups:read"}),
    "group_deleted": frozenset({"groups:read"}),
    "group_left": frozenset({"groups:read"}),
    "group_rename": frozenset({"groups:read"}),
    "group_unarchive": frozenset({"groups:read"}),
    "member_joined_channel": EITHER,
    "member_left_channel": EITHER,
    "tokens_revoked": NONE,
}
"""Scopes for the events (https://docs.slack.dev/reference/events)."""

COMMANDS = frozenset({"commands"})
KNOWN_SCOPES = COMMANDS.union(*METHODS.values(), *EVENTS.values())


def manifest(url: str | None = None) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(manifest_text(url))
    return read


def scopes_of(read: Mapping[str, Any]) -> list[str]:
    return list(read["oauth_config"]["scopes"]["bot"])


def events_of(read: Mapping[str, Any]) -> list[str]:
    return list(read["settings"]["event_subscriptions"]["bot_events"])


def scopes_with_reasons(text: str) -> Iterator[tuple[str, str]]:
    """Scopes with the comment beside them, or else the one above."""
    above = ""
    for line in text.split("scopes:")[1].split("settings:")[0].splitlines():
        name, _, beside = line.partition("#")
        above = "" if beside and name.strip() else above + beside
        if name.strip().startswith("- "):
            yield name.strip(" -"), beside or above


@pytest.fixture
def app(sqlite: Database) -> Iterator[Listening]:
    with stage(sqlite) as on:
        yield listening(on)


@pytest.mark.parametrize("url", FORMS)
def test_the_manifest_follows_slacks_schema(url: str | None) -> None:
    schema = json.loads((ROOT / "tests/data/slack_manifest.schema.json").read_text(encoding="utf-8"))
    assert list(Draft7Validator(schema).iter_errors(manifest(url))) == []


@pytest.mark.parametrize("url", FORMS)
def test_the_manifest_asks_only_for_scopes_and_events_that_slack_has(url: str | None) -> None:
    assert set(scopes_of(manifest(url))) <= KNOWN_SCOPES
    assert set(events_of(manifest(url))) <= set(EVENTS)


def test_the_commands_of_the_manifest_are_those_the_code_listens_to(app: Listening) -> None:
    assert [each["command"] for each in manifest()["features"]["slash_commands"]] == app.commands


def test_the_events_of_the_manifest_are_those_the_code_listens_to(app: Listening) -> None:
    assert sorted(events_of(manifest())) == sorted(app.events)


def test_clicks_and_modals_reach_the_code_that_listens_to_them(app: Listening) -> None:
    assert manifest()["settings"]["interactivity"]["is_enabled"] == bool(app.interactions)


def test_the_code_listens_to_nothing_that_the_manifest_leaves_out(app: Listening) -> None:
    assert app.others == []
    assert "shortcuts" not in manifest()["features"]


def test_every_method_the_code_calls_is_known_with_its_scopes() -> None:
    assert called_methods() == set(METHODS)


def test_everything_the_bot_does_has_its_scope() -> None:
    needed = COMMANDS.union(
        *(METHODS[method] for method in called_methods()), *(EVENTS[event] for event in events_of(manifest()))
    )
    assert sorted(scopes_of(manifest())) == sorted(needed)


@pytest.mark.parametrize("url", FORMS)
def test_every_scope_tells_its_reason(url: str | None) -> None:
    told = dict(scopes_with_reasons(manifest_text(url)))
    assert list(told) == scopes_of(manifest(url))
    assert all(told.values())


@pytest.mark.parametrize("written", [URL, f"{URL}/", f" {URL}{PATH} "])
def test_for_http_the_same_manifest_names_the_one_address_the_bot_listens_at(written: str) -> None:
    expected = manifest()
    address = URL + PATH
    expected["settings"]["socket_mode_enabled"] = False
    expected["settings"]["interactivity"]["request_url"] = address
    expected["settings"]["event_subscriptions"]["request_url"] = address
    for command in expected["features"]["slash_commands"]:
        command["url"] = address
    assert manifest(written) == expected


def test_for_many_workspaces_it_names_the_address_at_which_an_installation_ends() -> None:
    expected = manifest(URL)
    expected["oauth_config"]["redirect_urls"] = [f"{URL}/slack/oauth_redirect"]
    many = yaml.safe_load(manifest_text(f"{URL}{PATH}", many=True))
    assert many == expected
    schema = json.loads((ROOT / "tests/data/slack_manifest.schema.json").read_text(encoding="utf-8"))
    assert list(Draft7Validator(schema).iter_errors(many)) == []
    assert "for many workspaces" in manifest_text(URL, many=True)


def test_what_is_asked_for_in_an_installation_is_what_the_manifest_lists() -> None:
    assert scopes() == scopes_of(manifest())


def test_the_address_in_the_manifest_is_one_the_web_application_serves(app: Listening) -> None:
    served = web_app(app, "secret", lambda: 0.0)
    assert PATH in [getattr(route, "path", "") for route in served.routes]


def test_what_is_written_as_an_address_cannot_become_more_than_an_address() -> None:
    odd = 'https://pulse.example.org/"\n  is_hosted: true #'
    assert manifest(odd)["settings"]["interactivity"]["request_url"] == odd + PATH


def test_each_form_says_which_one_it_is() -> None:
    assert re.search(r"Socket Mode form", manifest_text(None))
    assert re.search(r"HTTP form", manifest_text(URL))
