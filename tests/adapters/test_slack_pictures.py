"""A picture is uploaded once and shown by one message; whatever goes wrong with it, the text arrives once."""

import datetime as dt

import pytest

from bot.adapters.slack_clients import client
from bot.adapters.slack_messenger import SlackMessenger
from bot.domain.anonymity import Score
from bot.domain.digest import Point
from bot.domain.ids import DeliveryKey, TeamId, UserId
from bot.domain.outbox import Delivered, InDoubt, MessageKind, Outcome, Outgoing, Retry
from bot.views.blocks import message, picture, section
from bot.views.charts import drawing, in_words
from tests.slack_double import Message, SlackDouble, World

TRUST = {"Trust": (Point(number=1, score=Score(tenths=40)), Point(number=2, score=Score(tenths=38)))}
DRAWN = message(section("Hello"), picture(drawing(TRUST), in_words(TRUST)))


def send(messenger: SlackMessenger, user: str = "U_ANA") -> Outcome:
    """Send the message to a person."""
    outgoing = Outgoing(
        key=DeliveryKey(f"digest:{user}"),
        kind=MessageKind.DIGEST,
        team_id=TeamId(World.HOME),
        user_id=UserId(user),
        body={},
        due_at=dt.datetime(2026, 5, 19, tzinfo=dt.UTC),
    )
    return messenger.send(outgoing, DRAWN, None)


def workspace() -> SlackDouble:
    slack = SlackDouble()
    slack.world.add_user("U_ANA")
    slack.world.add_user("U_BEN")
    slack.world.add_channel("C_SHARED", members=["U_ANA", "U_BEN"])
    return slack


def messenger_of(slack: SlackDouble) -> SlackMessenger:
    return SlackMessenger(client(slack.token, slack.url))


def kinds(shown: Message) -> list[str]:
    return [block["type"] for block in shown.blocks]


def test_a_picture_for_several_people_is_uploaded_once_and_shared_with_no_channel() -> None:
    with workspace() as slack:
        messenger = messenger_of(slack)
        assert isinstance(send(messenger), Delivered)
        assert isinstance(send(messenger, "U_BEN"), Delivered)
        (file,) = slack.world.files.values()
        assert file.content is not None
        assert file.content.startswith(b"\x89PNG")
        for user in ("U_ANA", "U_BEN"):
            (shown,) = slack.dms(user)
            assert shown.blocks[1]["slack_file"] == {"id": file.id}
            assert shown.blocks[1]["alt_text"] == "Trust: from 4.0 in pulse 1 to 3.8 in pulse 2."
        assert "channel_id" not in next(
            each.args for each in slack.calls if each.method == "files.completeUploadExternal"
        )


@pytest.mark.parametrize("step", ["files.getUploadURLExternal", "upload", "files.completeUploadExternal"])
@pytest.mark.parametrize("refusal", [("missing_scope", 200), ("file_not_found", 404), ("internal_error", 500)])
def test_when_slack_will_not_take_the_picture_the_text_goes_alone(step: str, refusal: tuple[str, int]) -> None:
    error, status = refusal
    with workspace() as slack:
        slack.faults.fail_next(step, error, status=status)
        assert isinstance(send(messenger_of(slack)), Delivered)
        assert [kinds(shown) for shown in slack.dms("U_ANA")] == [["section"]]


@pytest.mark.parametrize("step", ["files.getUploadURLExternal", "upload", "files.completeUploadExternal"])
def test_when_the_reply_to_an_upload_is_lost_the_text_goes_alone(step: str) -> None:
    with workspace() as slack:
        slack.faults.lose_replies(next_calls=1, method=step)
        assert isinstance(send(messenger_of(slack)), Delivered)
        assert [kinds(shown) for shown in slack.dms("U_ANA")] == [["section"]]


def test_when_slack_asks_to_wait_nothing_is_sent_and_it_comes_whole_later() -> None:
    with workspace() as slack:
        messenger = messenger_of(slack)
        headers = {"Retry-After": "7"}
        slack.faults.fail_next("files.getUploadURLExternal", "ratelimited", status=429, headers=headers)
        assert send(messenger) == Retry(after=dt.timedelta(seconds=7))
        assert slack.dms("U_ANA") == []
        assert isinstance(send(messenger), Delivered)
        assert [kinds(shown) for shown in slack.dms("U_ANA")] == [["section", "image"]]


def test_a_file_that_slack_is_still_looking_at_is_shown_a_little_later() -> None:
    with workspace() as slack:
        messenger = messenger_of(slack)
        slack.faults.fail_next("chat.postMessage", "invalid_blocks", times=2)
        assert isinstance(send(messenger), Retry)
        assert isinstance(send(messenger), Retry)
        assert isinstance(send(messenger), Delivered)
        assert [kinds(shown) for shown in slack.dms("U_ANA")] == [["section", "image"]]
        assert len(slack.world.files) == 1


def test_a_file_that_slack_never_shows_leaves_the_text_alone() -> None:
    with workspace() as slack:
        messenger = messenger_of(slack)
        slack.faults.fail_next("chat.postMessage", "invalid_blocks", times=4)
        outcomes = [send(messenger) for _ in range(4)]
        assert [type(each) for each in outcomes] == [Retry, Retry, Retry, Delivered]
        assert [kinds(shown) for shown in slack.dms("U_ANA")] == [["section"]]


def test_a_picture_that_cannot_be_drawn_leaves_the_text_alone() -> None:
    with workspace() as slack:
        forged = message(section("Hello"), picture({"panels": [{}]}, "nothing"))
        outgoing = Outgoing(
            key=DeliveryKey("digest:forged"),
            kind=MessageKind.DIGEST,
            team_id=TeamId(World.HOME),
            user_id=UserId("U_ANA"),
            body={},
            due_at=dt.datetime(2026, 5, 19, tzinfo=dt.UTC),
        )
        assert isinstance(messenger_of(slack).send(outgoing, forged, None), Delivered)
        assert [kinds(shown) for shown in slack.dms("U_ANA")] == [["section"]]
        assert slack.world.files == {}


def test_a_lost_reply_leaves_a_message_with_a_picture_in_doubt_and_not_sent_again() -> None:
    with workspace() as slack:
        slack.faults.lose_replies(next_calls=1, method="chat.postMessage")
        assert send(messenger_of(slack)) == InDoubt()
        assert [kinds(shown) for shown in slack.dms("U_ANA")] == [["section", "image"]]
