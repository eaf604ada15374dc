"""With the scopes of `app.yaml` and no others, the strict Slack double refuses the bot nothing it needs."""

import datetime as dt
from collections.abc import Callable

import pytest
import yaml

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
from tests.slack_double import SlackDouble, World

SCOPES: list[str] = yaml.safe_load(manifest_text(None))["oauth_config"]["scopes"]["bot"]
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
