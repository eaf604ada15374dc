"""The scopes of `app.yaml` are the least: enough with all, too few without any one; docs/scopes.md has the reasons."""

import ast
import datetime as dt
import re
from collections.abc import Callable

import pytest
import yaml
from slack_sdk import WebClient

from bot.adapters.slack_clients import client
from bot.adapters.slack_directory import SlackDirectory
from bot.adapters.slack_messenger import SlackMessenger
from bot.domain.anonymity import Score
from bot.domain.digest import Point
from bot.domain.ids import ChannelId, DeliveryKey, TeamId, UserId
from bot.domain.outbox import Delivered, InDoubt, MessageKind, Outgoing, Refused
from bot.manifest import manifest_text
from bot.services.ports import SlackRefused
from bot.views.blocks import message as drawn_message
from bot.views.blocks import picture, section
from bot.views.charts import drawing, in_words
from tests.manifest.listening import ROOT
from tests.slack_double import SlackDouble, World
from tests.slack_double.server import METHODS

MANIFEST = yaml.safe_load(manifest_text(None))
SCOPES: list[str] = MANIFEST["oauth_config"]["scopes"]["bot"]
DRAWN = {"text": "Hello", "blocks": []}
TRUST = {"Trust": (Point(number=1, score=Score(tenths=40)),)}
PICTURED = drawn_message(section("Hello"), picture(drawing(TRUST), in_words(TRUST)))
LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
Deed = Callable[[SlackDouble], bool]


def message(**to: ChannelId | UserId) -> Outgoing:
    return Outgoing(
        key=DeliveryKey("hello"),
        kind=MessageKind.WELCOME,
        team_id=TeamId(World.HOME),
        body={},
        due_at=LONG_AGO,
        **to,  # type: ignore[arg-type]  # a channel or a person
    )


def reads(channel: str) -> Deed:
    def deed(slack: SlackDouble) -> bool:
        directory = SlackDirectory(client(slack.token, slack.url))
        try:
            found = directory.members(ChannelId(channel), {})
        except SlackRefused:
            return False
        return [each.email for each in found if not each.is_bot] == ["ana@council.example"]

    return deed


def writes(sent: Outgoing) -> Deed:
    def deed(slack: SlackDouble) -> bool:
        outcome = SlackMessenger(client(slack.token, slack.url)).send(sent, DRAWN, None)
        assert isinstance(outcome, Delivered | Refused)
        return isinstance(outcome, Delivered)

    return deed


def shows(sent: Outgoing) -> Deed:
    def deed(slack: SlackDouble) -> bool:
        outcome = SlackMessenger(client(slack.token, slack.url)).send(sent, PICTURED, None)
        assert isinstance(outcome, Delivered)
        return any(block["type"] == "image" for block in slack.messages(outcome.channel_id)[-1].blocks)

    return deed


def finds(sent: Outgoing) -> Deed:
    def deed(slack: SlackDouble) -> bool:
        messenger = SlackMessenger(client(slack.token, slack.url))
        messenger.send(sent, DRAWN, None)
        found = messenger.find(sent, LONG_AGO)
        assert isinstance(found, Delivered | InDoubt | Refused)
        return isinstance(found, Delivered)

    return deed


def workspace(scopes: list[str]) -> SlackDouble:
    slack = SlackDouble(scopes=scopes)
    slack.world.add_user("U_ANA", email="ana@council.example")
    slack.world.add_channel("C_PUBLIC", members=["U_ANA"], is_private=False)
    slack.world.add_channel("C_PRIVATE", members=["U_ANA"], is_private=True)
    return slack


DEEDS = {
    "channels:read": reads("C_PUBLIC"),
    "groups:read": reads("C_PRIVATE"),
    "users:read": reads("C_PUBLIC"),
    "users:read.email": reads("C_PUBLIC"),
    "chat:write": writes(message(channel_id=ChannelId("C_PUBLIC"))),
    "im:write": writes(message(user_id=UserId("U_ANA"))),
    "files:write": shows(message(user_id=UserId("U_ANA"))),
    "channels:history": finds(message(channel_id=ChannelId("C_PUBLIC"))),
    "groups:history": finds(message(channel_id=ChannelId("C_PRIVATE"))),
    "im:history": finds(message(user_id=UserId("U_ANA"))),
}


@pytest.mark.parametrize("scope", DEEDS)
def test_the_bot_can_do_it_with_the_scopes_of_the_manifest_and_not_without_this_one(scope: str) -> None:
    with workspace(SCOPES) as slack:
        assert DEEDS[scope](slack)
    with workspace([each for each in SCOPES if each != scope]) as slack:
        assert not DEEDS[scope](slack)


def test_every_scope_but_the_one_for_commands_was_tried() -> None:
    assert {*DEEDS, "commands"} == set(SCOPES)


def methods_used() -> set[str]:
    """The methods of Slack's Web API that the code calls, as attributes of a client: chat_postMessage(...)."""
    called = {
        node.func.attr
        for folder in ("bot", "handlers", "schedules", "storage")
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    there = {each for each in called if re.match("[a-z]+_", each) and hasattr(WebClient, each)}
    return {each.replace("_", ".", 1) for each in there}  # Slack's names have a dot where the client's have the first _


PAGE = (ROOT / "docs/scopes.md").read_text(encoding="utf-8")
ROWS = {
    cells[0].strip(" `"): {
        "reason": {cells[1].strip()},
        "methods": set(re.findall(r"`([^`]+)`", cells[2])),
        "events": set(re.findall(r"`([^`]+)`", cells[3])),
    }
    for cells in (line.strip("|").split("|") for line in PAGE.splitlines() if re.match(r"\| (`|no scope)", line))
}
NEEDS_NONE = ROWS["no scope"]


def test_every_scope_that_is_asked_for_is_on_the_page_with_its_reason_and_no_other() -> None:
    assert ROWS.keys() - {"no scope"} == set(SCOPES)
    assert all(reason for row in ROWS.values() for reason in row["reason"])


def test_every_scope_has_a_use_in_the_code() -> None:
    used, heard = methods_used(), set(MANIFEST["settings"]["event_subscriptions"]["bot_events"])
    unused = {scope for scope, row in ROWS.items() if not (row["methods"] & used or row["events"] & heard)}
    assert unused == {"commands"}  # whose use is the commands themselves
    assert MANIFEST["features"]["slash_commands"]


@pytest.mark.parametrize("method", sorted(methods_used()))
def test_every_method_that_is_called_is_on_the_page_beside_the_scopes_that_it_needs(method: str) -> None:
    named = {scope for scope, row in ROWS.items() if method in row["methods"]}
    assert named
    assert set(METHODS[method].scopes) <= named


def test_the_page_names_no_method_or_event_that_is_not_used() -> None:
    assert {each for row in ROWS.values() for each in row["methods"]} == methods_used()
    events = {each for row in ROWS.values() for each in row["events"]}
    assert events == set(MANIFEST["settings"]["event_subscriptions"]["bot_events"])


def test_what_needs_a_scope_is_not_listed_as_needing_none() -> None:
    elsewhere = [row for scope, row in ROWS.items() if scope != "no scope"]
    assert all(not (row[kind] & NEEDS_NONE[kind]) for row in elsewhere for kind in ("methods", "events"))
    assert [each for each in NEEDS_NONE["methods"] if METHODS[each].scopes] == []
