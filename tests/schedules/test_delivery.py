"""Delivery against the strict Slack double over the real client: once each, in order, no second post on doubt."""

import datetime as dt
import itertools
import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from sqlalchemy import select

from bot.adapters.slack_clients import client
from bot.adapters.slack_messenger import SlackMessenger
from bot.domain.ids import ChannelId, DeliveryKey, MessageTs, OrganisationId, PartnershipId, UserId
from bot.domain.outbox import InDoubt, MessageKind, Outcome, Outgoing, Refused
from bot.domain.partnership import State
from bot.domain.people import Organisation
from bot.services import deliveries
from bot.services.ports import Messenger, Ports
from bot.views.messages import draw
from schedules.delivery import deliver, drain
from storage.claiming import Pace
from storage.engine import Database
from storage.tables import outbox
from storage.unit_of_work import SqlStore
from tests.builders import CHANNEL, HOME, TUESDAY, Stage, add_partnership, stage
from tests.services.stories import now_in, open_round
from tests.slack_double import Clock, SlackDouble, World

NORTH = str(CHANNEL)
SOUTH = "C0SOUTH"
LEAD, OTHER_LEAD, ADMINISTRATOR = "U0H01", "U0E01", "U0H01"
POST = "chat.postMessage"


@dataclass(slots=True, kw_only=True)
class Post:
    """A stage whose messages go to a strict Slack, with one clock for both."""

    on: Stage
    slack: SlackDouble
    messenger: SlackMessenger
    ports: Ports

    def put(self, *names: str, **changes: Any) -> None:
        """Put reminders into the outbox; the name is what they say."""
        with self.ports.store.write() as tx:
            for name in names:
                tx.outbox.add(reminder(name, **changes))

    def pass_time(self, seconds: float) -> None:
        """Let time pass, for the bot and for Slack."""
        self.on.clock.move(seconds=seconds)
        self.slack.clock.advance(seconds)

    def said(self, channel: str = NORTH) -> list[str]:
        """The names of the reminders that stand in a channel, oldest first."""
        return [each.text.split()[1] for each in self.slack.messages(channel)]

    def posts(self) -> int:
        """How often the bot asked Slack to post."""
        return sum(each.method == POST for each in self.slack.calls)


class Patience(threading.Event):
    """Waiting for a slot lets time pass at once, and notes for how long."""

    def __init__(self, post: Post) -> None:
        super().__init__()
        self.waits: list[float] = []
        self._post = post

    def wait(self, timeout: float | None = None) -> bool:
        """Let the time pass."""
        self.waits.append(timeout or 0.0)
        self._post.pass_time(timeout or 0.0)
        return self.is_set()


class Forgetful(SlackMessenger):
    """A messenger that never looks whether its message arrived before it posts it again."""

    def find(self, message: Outgoing, since: dt.datetime) -> Outcome | None:
        """It does not look."""
        return None


def reminder(name: str, **changes: Any) -> Outgoing:
    """A reminder to Northfield's channel."""
    given: dict[str, Any] = {
        "key": DeliveryKey(f"reminder:{name}"),
        "kind": MessageKind.REMINDER,
        "team_id": HOME,
        "channel_id": CHANNEL,
        "body": {"number": name, "closes_at": TUESDAY.isoformat(), "timezone": "Europe/London"},
        "due_at": TUESDAY,
        **changes,
    }
    return Outgoing(**given)


def furnish(slack: SlackDouble) -> None:
    """The people of the builders' partnership, in both channels; the double's own names do not matter."""
    members = []
    for number in range(1, 11):
        for user, team in ((f"U0H{number:02}", World.HOME), (f"U0E{number:02}", World.EXT)):
            slack.world.add_user(user, team_id=team)
            members.append(user)
    slack.world.add_channel(NORTH, members=members)
    slack.world.add_channel(SOUTH, members=members)


@pytest.fixture
def post(sqlite: Database) -> Iterator[Post]:
    with SlackDouble(clock=Clock(TUESDAY)) as slack, stage(sqlite) as on:
        furnish(slack)
        yield Post(on=on, slack=slack, messenger=SlackMessenger(client(slack.token, slack.url)), ports=on.ports)


def paced(post: Post) -> Ports:
    """The ports with the pace of production."""
    return replace(post.ports, store=SqlStore(post.on.database, post.on.vault, Pace()))


def test_a_message_is_delivered_once_and_carries_its_key_for_finding_it_again(post: Post) -> None:
    post.put("1")
    assert drain(post.ports, post.messenger) == 1
    assert drain(post.ports, post.messenger) == 0
    (message,) = post.slack.messages(NORTH)
    assert message.metadata == {"event_type": "partnership_pulse", "event_payload": {"key": "reminder:1"}}


def test_a_message_whose_reply_was_lost_is_found_and_not_posted_twice(post: Post) -> None:
    post.put("1")
    post.slack.faults.lose_replies(next_calls=1, method=POST)
    drain(post.ports, post.messenger)
    post.pass_time(5)
    drain(post.ports, post.messenger)
    assert post.said() == ["1"]
    with post.ports.store.read() as tx:
        assert tx.outbox.delivered_ts(DeliveryKey("reminder:1")) == post.slack.messages(NORTH)[0].ts


def test_a_messenger_that_does_not_look_would_post_twice(post: Post) -> None:
    post.put("1")
    post.slack.faults.lose_replies(next_calls=1, method=POST)
    naive = Forgetful(client(post.slack.token, post.slack.url))
    drain(post.ports, naive)
    post.pass_time(5)
    drain(post.ports, naive)
    assert post.said() == ["1", "1"]


def test_nothing_is_posted_while_slack_cannot_say_whether_a_message_arrived(post: Post) -> None:
    post.put("1")
    post.slack.faults.lose_replies(next_calls=1, method=POST)
    post.slack.faults.fail_next("conversations.history", "ratelimited", times=3, status=429)
    for _ in range(4):
        drain(post.ports, post.messenger)
        post.pass_time(70)
    assert post.posts() == 1
    drain(post.ports, post.messenger)
    assert (post.said(), post.posts()) == (["1"], 1)


@pytest.mark.parametrize("error", ["internal_error", "fatal_error", "service_unavailable"])
def test_after_trouble_at_slack_a_message_that_did_not_arrive_is_posted(post: Post, error: str) -> None:
    post.put("1")
    post.slack.faults.fail_next(POST, error, status=503)
    drain(post.ports, post.messenger)
    post.pass_time(5)
    drain(post.ports, post.messenger)
    assert post.said() == ["1"]


def test_slack_is_left_alone_for_as_long_as_it_asks(post: Post) -> None:
    post.put("1")
    post.slack.faults.fail_next(POST, "ratelimited", status=429, headers={"Retry-After": "30"})
    drain(post.ports, post.messenger)
    post.pass_time(29)
    drain(post.ports, post.messenger)
    assert post.posts() == 1
    post.pass_time(1)
    drain(post.ports, post.messenger)
    assert post.said() == ["1"]


def test_the_order_of_a_channel_is_kept_when_a_message_has_to_wait(post: Post) -> None:
    post.put("1", "2", "3")
    post.put("south", channel_id=ChannelId(SOUTH))
    post.slack.faults.fail_next(POST, "ratelimited", status=429, headers={"Retry-After": "30"})
    for _ in range(40):
        drain(post.ports, post.messenger)
        post.pass_time(1)
    assert post.said() == ["1", "2", "3"]
    assert post.said(SOUTH) == ["south"]


def test_another_channel_does_not_wait_for_one_that_slack_slows_down(post: Post) -> None:
    post.put("1", "2")
    post.slack.faults.fail_next(POST, "ratelimited", status=429, headers={"Retry-After": "30"})
    drain(post.ports, post.messenger)
    post.put("south", channel_id=ChannelId(SOUTH))
    drain(post.ports, post.messenger)
    assert (post.said(), post.said(SOUTH)) == ([], ["south"])


def test_messages_to_one_channel_go_out_a_second_apart_and_slack_never_has_to_slow_them_down(sqlite: Database) -> None:
    with SlackDouble(clock=Clock(TUESDAY), rate_limits=True) as slack, stage(sqlite) as on:
        furnish(slack)
        post = Post(on=on, slack=slack, messenger=SlackMessenger(client(slack.token, slack.url)), ports=on.ports)
        post.put(*"abcdefgh")
        patience = Patience(post)
        deliver(paced(post), post.messenger, patience)
        sent_at = [round(float(each.ts) - TUESDAY.timestamp()) for each in slack.messages(NORTH)]
        refused = [each.error for each in slack.calls if each.error]
    assert sent_at == [0, 1, 2, 3, 4, 5, 6, 7]
    assert refused == []
    assert sum(patience.waits) == pytest.approx(7)


def test_what_has_waited_too_long_in_a_workers_hands_is_claimed_anew_before_it_is_posted(post: Post) -> None:
    """Otherwise another worker could have taken it meanwhile."""
    post.put("1", "2")
    left: list[dt.timedelta] = []

    class Slow(SlackMessenger):
        def send(self, message: Outgoing, drawn: Any, edits: MessageTs | None) -> Outcome:
            with post.on.database.reading() as connection:
                query = select(outbox.c.leased_until).where(outbox.c.key == message.key)
                left.append(connection.execute(query).scalar_one() - post.on.clock.at)
            outcome = super().send(message, drawn, edits)
            post.pass_time(30)
            return outcome

    deliver(post.ports, Slow(client(post.slack.token, post.slack.url)))
    assert post.said() == ["1", "2"]
    assert left == [dt.timedelta(seconds=60)] * 2


def test_after_a_hold_up_messages_go_out_hardly_faster_than_the_pace_allows(post: Post) -> None:
    """All at once would be refused by Slack."""
    for number in range(6):
        post.put(f"{number}", channel_id=None, user_id=UserId(f"U0E{number + 1:02}"))
    patience = HeldUp(post)
    pace = Pace(workspace=dt.timedelta(seconds=0.4), people=dt.timedelta())
    deliver(replace(post.ports, store=SqlStore(post.on.database, post.on.vault, pace)), post.messenger, patience)
    at = [float(post.slack.dms(f"U0E{number:02}")[0].ts) for number in range(1, 7)]
    assert [round(later - earlier, 2) for earlier, later in itertools.pairwise(at)] == [3.0, 0.36, 0.36, 0.36, 0.36]


class HeldUp(Patience):
    """The first wait takes three seconds, whatever was asked for."""

    def wait(self, timeout: float | None = None) -> bool:
        """Let the time pass."""
        return super().wait(timeout if self.waits else 3.0)


def test_messages_to_different_places_are_posted_at_the_same_time(post: Post) -> None:
    post.put("1")
    post.put("south", channel_id=ChannelId(SOUTH))
    both = threading.Barrier(2)

    class Together(SlackMessenger):
        def send(self, message: Outgoing, drawn: Any, edits: MessageTs | None) -> Outcome:
            both.wait(timeout=5)
            return super().send(message, drawn, edits)

    deliver(post.ports, Together(client(post.slack.token, post.slack.url)))
    assert (post.said(), post.said(SOUTH)) == (["1"], ["south"])


def test_a_message_that_cannot_be_drawn_holds_up_nobody_else(post: Post) -> None:
    post.put("1", body={})
    post.put("south", channel_id=ChannelId(SOUTH))
    assert deliver(post.ports, post.messenger) == 2
    assert (post.said(), post.said(SOUTH)) == ([], ["south"])


def archive(slack: SlackDouble) -> None:
    slack.world.channels[NORTH].is_archived = True


def remove_the_bot(slack: SlackDouble) -> None:
    slack.world.channels[NORTH].members.remove(World.BOT)


def remove_the_bot_from_a_private_channel(slack: SlackDouble) -> None:
    slack.world.channels[NORTH].is_private = True
    slack.world.channels[NORTH].members.remove(World.BOT)


LOSSES = (archive, remove_the_bot, remove_the_bot_from_a_private_channel)


@pytest.mark.parametrize("lose", LOSSES)
def test_a_channel_out_of_reach_suspends_its_partnership_tells_the_leads_and_stops_nobody_else(
    post: Post, lose: Any
) -> None:
    north = add_partnership(post.on)
    others = tuple(Organisation(id=OrganisationId(f"org-s{each}"), name=f"South {each}") for each in "ab")
    south = add_partnership(
        post.on, id=PartnershipId("p-south"), channel_id=ChannelId(SOUTH), organisations=others, name="South"
    )
    open_round(post.on, north)
    open_round(post.on, south)
    lose(post.slack)
    drain(post.ports, post.messenger)
    assert now_in(post.on, north).state is State.SUSPENDED
    assert now_in(post.on, south).state is State.ACTIVE
    assert post.slack.messages(NORTH) == []
    assert len(post.slack.messages(SOUTH)) == 1
    for lead in (LEAD, OTHER_LEAD):
        (told,) = post.slack.dms(lead)
        assert "The pulse of Northfield Schools has stopped." in told.text


def test_a_person_who_cannot_be_reached_suspends_nothing(post: Post) -> None:
    north = add_partnership(post.on)
    post.slack.world.users["U0E01"].deleted = True
    post.put("1", channel_id=None, user_id=UserId("U0E01"), partnership_id=north.id)
    drain(post.ports, post.messenger)
    assert now_in(post.on, north).state is State.ACTIVE
    assert drain(post.ports, post.messenger) == 0


def test_a_person_of_the_other_workspace_gets_a_direct_message(post: Post) -> None:
    post.put("1", channel_id=None, user_id=UserId("U0E03"))
    drain(post.ports, post.messenger)
    assert [each.text.split()[1] for each in post.slack.dms("U0E03")] == ["1"]
    assert post.said() == []


def test_a_direct_message_whose_reply_was_lost_is_found_and_not_sent_twice(post: Post) -> None:
    post.put("1", channel_id=None, user_id=UserId("U0E03"))
    post.slack.faults.lose_replies(next_calls=1, method=POST)
    drain(post.ports, post.messenger)
    post.pass_time(5)
    drain(post.ports, post.messenger)
    assert len(post.slack.dms("U0E03")) == 1


@pytest.mark.parametrize("lost", ["chat.update", POST])
def test_the_pulse_is_edited_where_it_stands_even_if_replies_get_lost(post: Post, lost: str) -> None:
    north = add_partnership(post.on)
    open_round(post.on, north)
    post.slack.faults.lose_replies(next_calls=1, method=lost)
    for _ in range(3):
        drain(post.ports, post.messenger)
        post.pass_time(5)
    post.pass_time(dt.timedelta(days=3).total_seconds())
    for _ in range(3):
        drain(post.ports, post.messenger)
        post.pass_time(5)
    pulse, results = post.slack.messages(NORTH)
    assert "This pulse is closed." in pulse.text
    assert "Pulse 1 is closed." in results.text


def test_a_worker_killed_after_posting_leaves_no_duplicate(post: Post) -> None:
    post.put("1")
    (taken,) = deliveries.take(post.ports, 20)
    post.messenger.send(taken.message, draw(taken.message.kind, taken.message.body), None)
    assert drain(post.ports, post.messenger) == 0  # the lease of the one that was killed
    post.pass_time(61)
    drain(post.ports, post.messenger)
    assert (post.said(), post.posts()) == (["1"], 1)


def test_a_worker_killed_before_posting_leaves_no_gap(post: Post) -> None:
    post.put("1", "2")
    deliveries.take(post.ports, 20)
    post.pass_time(61)
    drain(post.ports, post.messenger)
    assert post.said() == ["1", "2"]


def test_a_worker_that_stops_while_a_message_is_in_doubt_does_not_forget_the_doubt(post: Post) -> None:
    post.put("1")
    post.slack.faults.lose_replies(next_calls=1, method=POST)
    drain(post.ports, post.messenger)
    post.pass_time(5)
    post.put("south", channel_id=ChannelId(SOUTH), due_at=TUESDAY - dt.timedelta(hours=1))
    assert deliver(paced(post), post.messenger, Hurried()) == 2  # the second one waits for its slot
    post.pass_time(2)
    drain(post.ports, post.messenger)
    assert (post.said(), post.posts()) == (["1"], 2)


class Hurried(threading.Event):
    """The signal to stop arrives while the worker waits for its slot."""

    def wait(self, timeout: float | None = None) -> bool:
        """It arrives now."""
        self.set()
        return True


def test_a_worker_that_stops_sends_nothing_more_and_leaves_everything_for_the_next_one(post: Post) -> None:
    post.put("1", "2", "3")
    assert deliver(paced(post), post.messenger, Hurried()) == 3
    assert post.said() == ["1"]
    post.pass_time(3)
    drain(post.ports, post.messenger)
    assert post.said() == ["1", "2", "3"]


def test_a_worker_that_is_to_stop_takes_nothing(post: Post) -> None:
    post.put("1")
    stopping = threading.Event()
    stopping.set()
    assert deliver(post.ports, post.messenger, stopping) == 0


def test_draining_ends_even_if_slack_is_away(post: Post) -> None:
    post.put(*"abc")
    nobody_listens: Messenger = SlackMessenger(client(post.slack.token, "http://127.0.0.1:9/api/"))
    assert drain(post.ports, nobody_listens) == 3
    post.pass_time(60)
    drain(post.ports, post.messenger)
    assert post.said() == ["a", "b", "c"]


class Killed(BaseException):
    """What a worker dies of in the story below."""


class Mortal(SlackMessenger):
    """A messenger whose worker is sometimes killed, before or after a post."""

    def __init__(self, slack: SlackDouble, dice: random.Random) -> None:
        super().__init__(client(slack.token, slack.url))
        self._dice = dice

    def send(self, message: Outgoing, drawn: Any, edits: MessageTs | None) -> Outcome:
        """Post, unless killed before; perhaps be killed afterwards."""
        if self._dice.random() < 0.1:
            raise Killed
        outcome = super().send(message, drawn, edits)
        if self._dice.random() < 0.1:
            raise Killed
        return outcome


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_however_often_workers_die_and_replies_get_lost_every_message_arrives_once_and_in_order(
    post: Post, seed: int
) -> None:
    dice = random.Random(seed)
    names = [f"{number}" for number in range(12)]
    post.put(*names)
    post.put(*(f"s{name}" for name in names), channel_id=ChannelId(SOUTH))
    post.slack.faults.lose_replies(p=0.2, dice=dice)
    for _ in range(300):
        try:
            deliver(post.ports, Mortal(post.slack, dice))
        except Killed:
            post.pass_time(61)
        post.pass_time(2)
    assert post.said() == names
    assert post.said(SOUTH) == [f"s{name}" for name in names]


def test_a_message_that_slack_will_not_take_is_written_down_and_the_next_one_goes_out(post: Post) -> None:
    post.put("1", "2")
    post.slack.faults.fail_next(POST, "msg_too_long")
    drain(post.ports, post.messenger)
    assert post.said() == ["2"]


def test_a_doubtful_message_is_a_value_and_not_an_exception(post: Post) -> None:
    post.slack.faults.lose_replies(next_calls=1, method=POST)
    message = reminder("1")
    assert post.messenger.send(message, draw(message.kind, message.body), None) == InDoubt()


PAGE = b"<html><body>" + b"Bad gateway " * 50 + b"</body></html>"
BETWEEN = {
    (502, PAGE): InDoubt(),
    (504, b""): InDoubt(),
    (200, PAGE): InDoubt(),
    (407, PAGE): Refused(reason="http_407"),
    (403, PAGE): Refused(reason="http_403"),
    (200, b'{"ok": false, "error": "is_archived"}'): Refused(reason="is_archived"),
    (200, b'{"ok": false, "error": "fatal_error"}'): InDoubt(),
}


@pytest.mark.parametrize(("status", "body"), BETWEEN)
def test_what_stands_between_us_and_slack_never_counts_as_slacks_word(status: int, body: bytes) -> None:
    class Between(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nothing is written to the terminal."""

    with HTTPServer(("127.0.0.1", 0), Between) as proxy:
        serving = threading.Thread(target=proxy.handle_request)
        serving.start()
        message = reminder("1")
        to_proxy = SlackMessenger(client("xoxb-1", f"http://127.0.0.1:{proxy.server_port}/api/"))
        outcome = to_proxy.send(message, draw(message.kind, message.body), None)
        serving.join(timeout=5)
    assert outcome == BETWEEN[status, body]
