"""Answers in threads: they wait for the message they answer, learn its place, and go without it if there is none."""

import datetime as dt

import pytest

from bot.domain.ids import ChannelId, DeliveryKey
from bot.domain.outbox import Delivered, InDoubt, Outcome, Refused, Retry
from storage.engine import Database
from tests.builders import CHANNEL, TUESDAY
from tests.storage.test_outbox import DONE, LEASE, claim, keys, message, put, settle

ANSWER = message("answer", thread_of=DeliveryKey("asked"))


def test_an_answer_is_claimed_with_the_place_of_what_it_answers(database: Database) -> None:
    put(database, message("asked"))
    (asked,) = claim(database)
    settle(database, asked, DONE)
    put(database, ANSWER)
    (taken,) = claim(database)
    assert (taken.message.thread_of, taken.message.thread_ts) == ("asked", DONE.ts)


@pytest.mark.parametrize("elsewhere", [CHANNEL, ChannelId("C0SOUTH")], ids=["same channel", "renumbered channel"])
def test_an_answer_waits_until_it_is_known_where_its_message_stands(database: Database, elsewhere: ChannelId) -> None:
    put(database, message("asked"), message("answer", thread_of=DeliveryKey("asked"), channel_id=elsewhere))
    (asked,) = claim(database)
    assert asked.message.key == "asked"
    assert claim(database) == ()
    settle(database, asked, DONE)
    (taken,) = claim(database)
    assert taken.message.thread_ts == DONE.ts


@pytest.mark.parametrize("outcome", [InDoubt(), Retry(after=dt.timedelta(seconds=9))], ids=["in doubt", "held up"])
def test_an_answer_waits_as_long_as_its_message_does(database: Database, outcome: Outcome) -> None:
    put(database, message("asked"), message("answer", thread_of=DeliveryKey("asked")))
    (asked,) = claim(database)
    settle(database, asked, outcome)
    assert keys(claim(database, TUESDAY + LEASE)) == ["asked"]


def test_an_answer_to_what_was_refused_or_never_sent_goes_to_the_channel(database: Database) -> None:
    put(database, message("asked"))
    (asked,) = claim(database)
    settle(database, asked, Refused(reason="msg_too_long"))
    put(database, ANSWER, message("other", thread_of=DeliveryKey("never")))
    assert [(each.message.key, each.message.thread_ts) for each in claim(database)] == [
        ("answer", None),
        ("other", None),
    ]


def test_what_answers_nothing_has_no_thread(database: Database) -> None:
    put(database, message("plain"))
    (taken,) = claim(database)
    assert (taken.message.thread_of, taken.message.thread_ts) == (None, None)
    settle(database, taken, Delivered(channel_id=CHANNEL, ts=DONE.ts))
