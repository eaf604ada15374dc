"""A message that answers in a thread is posted there, found there after a lost reply, and not lost with the thread."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.adapters.slack_clients import client
from bot.adapters.slack_messenger import SlackMessenger
from bot.domain.ids import ChannelId, DeliveryKey, MessageTs, TeamId
from bot.domain.outbox import Delivered, InDoubt, MessageKind, Outgoing
from tests.slack_double import Message, SlackDouble, World

CHANNEL = "C_NORTH"
LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
DRAWN = {"text": "Thank you", "blocks": []}
NOWHERE = MessageTs("1.000001")
SENT = Outgoing(
    key=DeliveryKey("thanks:1"),
    kind=MessageKind.THANKS,
    team_id=TeamId(World.HOME),
    body={},
    due_at=LONG_AGO,
    channel_id=ChannelId(CHANNEL),
)


@pytest.fixture
def slack() -> Iterator[SlackDouble]:
    with SlackDouble() as double:
        double.world.add_user("U_ANA")
        double.world.add_channel(CHANNEL, members=["U_ANA"])
        yield double


def asked(slack: SlackDouble) -> MessageTs:
    """A message to answer; its place."""
    outcome = messenger(slack).send(replace(SENT, key=DeliveryKey("asked")), {**DRAWN, "text": "Whom?"}, None)
    assert isinstance(outcome, Delivered)
    return outcome.ts


def messenger(slack: SlackDouble) -> SlackMessenger:
    return SlackMessenger(client(slack.token, slack.url))


def answers(slack: SlackDouble) -> list[Message]:
    """What was posted after the first message."""
    return list(slack.messages(CHANNEL))[1:]


def test_an_answer_stands_in_its_thread(slack: SlackDouble) -> None:
    ts = asked(slack)
    outcome = messenger(slack).send(replace(SENT, thread_ts=ts), DRAWN, None)
    assert isinstance(outcome, Delivered)
    assert [each.thread_ts for each in answers(slack)] == [ts]


def test_when_its_thread_is_gone_an_answer_goes_to_the_channel(slack: SlackDouble) -> None:
    asked(slack)
    outcome = messenger(slack).send(replace(SENT, thread_ts=NOWHERE), DRAWN, None)
    assert isinstance(outcome, Delivered)
    assert [each.thread_ts for each in answers(slack)] == [None]
    assert messenger(slack).find(replace(SENT, thread_ts=NOWHERE), LONG_AGO) == outcome


def test_after_a_lost_reply_an_answer_is_found_in_its_thread(slack: SlackDouble) -> None:
    answer = replace(SENT, thread_ts=asked(slack))
    slack.faults.lose_replies(next_calls=1, method="chat.postMessage")
    assert messenger(slack).send(answer, DRAWN, None) == InDoubt()
    found = messenger(slack).find(answer, LONG_AGO)
    assert isinstance(found, Delivered)
    assert [each.ts for each in answers(slack)] == [found.ts]


def test_an_answer_that_never_arrived_is_not_found(slack: SlackDouble) -> None:
    answer = replace(SENT, thread_ts=asked(slack))
    messenger(slack).send(replace(answer, key=DeliveryKey("thanks:2")), DRAWN, None)
    assert messenger(slack).find(answer, LONG_AGO) is None
    assert messenger(slack).find(replace(answer, thread_ts=None), LONG_AGO) is None


def test_when_slack_cannot_say_the_doubt_stays(slack: SlackDouble) -> None:
    answer = replace(SENT, thread_ts=asked(slack))
    slack.faults.lose_replies(next_calls=1, method="conversations.replies")
    assert messenger(slack).find(answer, LONG_AGO) == InDoubt()
