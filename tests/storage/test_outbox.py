"""The outbox: once per key, in order, one worker per place, at a pace that all workers share."""

import datetime as dt
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from bot.domain.ids import ChannelId, DeliveryKey, MessageTs, PartnershipId, RoundId, TeamId, UserId
from bot.domain.outbox import (
    CHANNEL_GONE,
    EDITS,
    Claimed,
    Delivered,
    InDoubt,
    MessageKind,
    Outcome,
    Outgoing,
    Refused,
    Retry,
    Untried,
)
from storage.claiming import AT_ONCE, Pace
from storage.engine import Database
from storage.outbox import SqlOutbox
from storage.tables import outbox, pacing
from tests.builders import CHANNEL, HOME, TUESDAY, add_partnership, stage
from tests.conftest import postgres_database
from tests.services.stories import open_round

OTHER = ChannelId("C0SOUTH")
SECOND = dt.timedelta(seconds=1)
LEASE = dt.timedelta(seconds=60)
DONE = Delivered(channel_id=CHANNEL, ts=MessageTs("1.5"))


@pytest.fixture
def postgresql(postgres_url: str) -> Iterator[Database]:
    """A migrated PostgreSQL database, for what SQLite cannot come to."""
    yield from postgres_database(postgres_url)


def message(name: str, **changes: Any) -> Outgoing:
    """A message to Northfield's channel, due on Tuesday."""
    given: dict[str, Any] = {
        "key": DeliveryKey(name),
        "kind": MessageKind.REMINDER,
        "team_id": HOME,
        "body": {"of": name},
        "due_at": TUESDAY,
        "channel_id": CHANNEL,
        **changes,
    }
    return Outgoing(**given)


def put(database: Database, *messages: Outgoing) -> None:
    """Put messages in, in one transaction."""
    with database.writing() as connection:
        for each in messages:
            SqlOutbox(connection, AT_ONCE).add(each)


def claim(
    database: Database,
    real: dt.datetime = TUESDAY,
    *,
    now: dt.datetime = TUESDAY,
    limit: int = 20,
    pace: Pace = AT_ONCE,
) -> tuple[Claimed, ...]:
    """What a worker takes at a moment."""
    with database.writing() as connection:
        return SqlOutbox(connection, pace).claim(now, real, limit)


def settle(database: Database, claimed: Claimed, outcome: Outcome, real: dt.datetime = TUESDAY) -> None:
    """Write down what became of a message."""
    with database.writing() as connection:
        SqlOutbox(connection, AT_ONCE).settle(claimed, outcome, real)


def keys(claimed: tuple[Claimed, ...]) -> list[str]:
    """Which messages these are."""
    return [each.message.key for each in claimed]


def stored(database: Database, key: str) -> Any:
    """The row of a message."""
    with database.reading() as connection:
        return connection.execute(select(outbox).where(outbox.c.key == key)).one()


def test_a_key_goes_in_once_and_the_first_message_stays(database: Database) -> None:
    put(database, message("a"), message("a", body={"of": "a forger"}), message("b"))
    put(database, message("b"))
    assert [each.message.body for each in claim(database)] == [{"of": "a"}, {"of": "b"}]


def test_a_key_that_was_delivered_does_not_go_in_again(database: Database) -> None:
    put(database, message("a"))
    (taken,) = claim(database)
    settle(database, taken, DONE)
    put(database, message("a"))
    assert claim(database) == ()


def test_a_message_is_claimed_as_it_was_put_in(database: Database) -> None:
    to_person = message("a", channel_id=None, user_id=UserId("U0E01"), partnership_id=PartnershipId("p-north"))
    put(database, to_person)
    (taken,) = claim(database)
    assert taken.message == to_person
    assert (taken.in_doubt, taken.first_tried_at, taken.edits_ts, taken.wait_for) == (False, TUESDAY, None, 0 * SECOND)


def test_what_is_due_first_is_claimed_first_and_what_is_not_due_is_left(database: Database) -> None:
    put(
        database,
        message("second"),
        message("third"),
        message("first", due_at=TUESDAY - SECOND),
        message("later", due_at=TUESDAY + SECOND),
    )
    assert keys(claim(database, limit=2)) == ["first", "second"]


def test_the_products_time_says_what_is_due_and_the_real_time_how_long_a_lease_lasts(database: Database) -> None:
    next_year = TUESDAY + dt.timedelta(days=365)
    put(database, message("a", due_at=next_year))
    assert claim(database, now=next_year - SECOND) == ()
    assert keys(claim(database, now=next_year)) == ["a"]
    assert claim(database, now=next_year + LEASE * 2) == ()


def test_a_place_served_by_another_worker_is_left_to_it(database: Database) -> None:
    put(database, message("a1"), message("a2"), message("b1", channel_id=OTHER))
    assert keys(claim(database, limit=1)) == ["a1"]
    assert keys(claim(database)) == ["b1"]
    assert claim(database, TUESDAY + LEASE - SECOND) == ()


def test_the_same_channel_id_in_another_workspace_is_another_place(database: Database) -> None:
    put(database, message("a"), message("b", team_id=TeamId("T0OTHER")))
    assert keys(claim(database, limit=1)) == ["a"]
    assert keys(claim(database)) == ["b"]


def test_after_its_lease_a_message_is_in_doubt_and_keeps_the_time_of_its_first_claim(database: Database) -> None:
    put(database, message("a"))
    claim(database)
    (again,) = claim(database, TUESDAY + LEASE)
    assert again.in_doubt
    assert again.first_tried_at == TUESDAY


@pytest.mark.parametrize("outcome", [InDoubt(), Untried()])
def test_doubt_lasts_until_slack_was_asked(database: Database, outcome: Outcome) -> None:
    put(database, message("a"))
    claim(database)
    (doubtful,) = claim(database, TUESDAY + LEASE)
    settle(database, doubtful, outcome, TUESDAY + LEASE)
    (again,) = claim(database, TUESDAY + LEASE * 3)
    assert again.in_doubt


def test_a_lost_reply_leaves_a_message_in_doubt(database: Database) -> None:
    put(database, message("a"))
    (taken,) = claim(database)
    settle(database, taken, InDoubt())
    assert claim(database, TUESDAY + SECOND) == ()
    (again,) = claim(database, TUESDAY + 2 * SECOND)
    assert again.in_doubt


def test_a_message_given_back_untried_may_be_taken_at_once_and_is_not_in_doubt(database: Database) -> None:
    put(database, message("a"))
    for _ in range(100):
        (taken,) = claim(database)
        assert not taken.in_doubt
        settle(database, taken, Untried())
    assert stored(database, "a").attempts == 0


def test_slack_is_left_alone_for_as_long_as_it_asks(database: Database) -> None:
    put(database, message("a"))
    (taken,) = claim(database)
    settle(database, taken, Retry(after=30 * SECOND))
    assert claim(database, TUESDAY + 29 * SECOND) == ()
    (again,) = claim(database, TUESDAY + 30 * SECOND)
    assert not again.in_doubt


def test_a_post_that_has_to_wait_holds_up_its_place_and_no_other(database: Database) -> None:
    put(database, message("a1"), message("a2"), message("b1", channel_id=OTHER))
    a1, *others = claim(database)
    settle(database, a1, Retry(after=30 * SECOND))
    for each in others:
        settle(database, each, Untried())
    assert keys(claim(database, TUESDAY + SECOND)) == ["b1"]
    assert keys(claim(database, TUESDAY + 30 * SECOND)) == ["a1", "a2"]


@pytest.mark.parametrize("edit", sorted(EDITS))
def test_an_edit_that_has_to_wait_holds_up_later_edits_but_no_post(database: Database, edit: MessageKind) -> None:
    put(database, message("edit", kind=edit), message("post"), message("later edit", kind=MessageKind.PULSE_CLOSED))
    first, *others = claim(database)
    settle(database, first, Retry(after=30 * SECOND))
    for each in others:
        settle(database, each, Untried())
    assert keys(claim(database, TUESDAY + SECOND)) == ["post"]
    assert keys(claim(database, TUESDAY + LEASE * 2)) == ["edit", "post", "later edit"]


@pytest.mark.parametrize("outcome", [Retry(after=SECOND), InDoubt()])
def test_slack_may_be_away_for_three_days_before_a_message_is_given_up(database: Database, outcome: Outcome) -> None:
    put(database, message("a"))
    for away_for in (dt.timedelta(), dt.timedelta(days=3) - LEASE * 2, dt.timedelta(days=3)):
        assert stored(database, "a").state != "refused"
        (taken,) = claim(database, TUESDAY + away_for)
        settle(database, taken, outcome, TUESDAY + away_for)
    assert (stored(database, "a").state, stored(database, "a").reason) == ("refused", "gave_up")


@pytest.mark.parametrize("outcome", [Retry(after=SECOND), InDoubt()])
def test_each_attempt_is_further_from_the_last_one_up_to_a_minute(database: Database, outcome: Outcome) -> None:
    put(database, message("a"))
    at, waits = TUESDAY, []
    for _ in range(8):
        (taken,) = claim(database, at)
        settle(database, taken, outcome, at)
        waits.append((stored(database, "a").leased_until - at) / SECOND)
        at = stored(database, "a").leased_until
    assert waits == [2, 4, 8, 16, 32, 60, 60, 60]


def test_a_refused_message_is_not_tried_again(database: Database) -> None:
    put(database, message("a"))
    (taken,) = claim(database)
    settle(database, taken, Refused(reason="msg_blocks_too_long"))
    assert claim(database, TUESDAY + LEASE * 60) == ()
    assert stored(database, "a").reason == "msg_blocks_too_long"


def test_what_a_delivered_message_said_stays_in_slack_alone(database: Database) -> None:
    put(database, message("a", body={"leads": ["Harper Number1"]}))
    (taken,) = claim(database)
    settle(database, taken, DONE)
    assert (stored(database, "a").state, stored(database, "a").body) == ("delivered", {})
    with database.reading() as connection:
        assert SqlOutbox(connection, AT_ONCE).delivered_ts(DeliveryKey("a")) == "1.5"


def waits(taken: tuple[Claimed, ...]) -> list[tuple[str, float]]:
    """Each message and how many seconds from now it may go out."""
    return [(each.message.key, each.wait_for / SECOND) for each in taken]


def test_messages_to_one_channel_are_a_second_apart(database: Database) -> None:
    put(database, *(message(f"a{number}") for number in range(3)))
    assert waits(claim(database, pace=Pace())) == [("a0", 0), ("a1", 1), ("a2", 2)]


def test_messages_of_one_workspace_are_a_fifth_of_a_second_apart(database: Database) -> None:
    put(database, *(message(f"a{number}", channel_id=ChannelId(f"C{number}")) for number in range(4)))
    put(database, message("elsewhere", team_id=TeamId("T0OTHER")))
    taken = dict(waits(claim(database, pace=Pace())))
    assert taken == {"a0": 0, "a1": 0.2, "a2": 0.4, "a3": 0.6, "elsewhere": 0}


def test_edits_keep_a_slower_pace_of_their_own(database: Database) -> None:
    """chat.update is of Slack's third tier; posts need not wait for it."""
    edits = [
        message(f"e{number}", kind=MessageKind.PULSE_CLOSED, channel_id=ChannelId(f"C{number}")) for number in "12"
    ]
    posts = [message(f"p{number}", channel_id=ChannelId(f"C{number}")) for number in "345"]
    put(database, *edits, *posts)
    assert dict(waits(claim(database, pace=Pace()))) == {"e1": 0, "p3": 0, "p4": 0.2, "p5": 0.4, "e2": 1.2}


def test_direct_messages_keep_the_pace_at_which_slack_lets_them_be_opened(database: Database) -> None:
    """conversations.open is of Slack's third tier."""
    to_people = [message(f"d{number}", channel_id=None, user_id=UserId(f"U{number}")) for number in "12"]
    put(database, *to_people, message("post"))
    assert dict(waits(claim(database, pace=Pace()))) == {"d1": 0, "post": 0.2, "d2": 1.2}


def test_channels_that_may_be_posted_to_go_first_and_each_keeps_its_order(database: Database) -> None:
    put(database, *(message(f"a{number}") for number in range(4)))
    put(database, *(message(f"b{number}", channel_id=OTHER) for number in range(2)))
    assert waits(claim(database, pace=Pace())) == [("a0", 0), ("b0", 0.2), ("a1", 1), ("b1", 1.2), ("a2", 2)]


def test_a_workspace_with_much_to_say_leaves_the_others_their_turn(database: Database) -> None:
    put(database, *(message(f"a{number}", channel_id=ChannelId(f"C{number}")) for number in range(600)))
    put(database, message("elsewhere", team_id=TeamId("T0OTHER")))
    first = claim(database, limit=50, pace=Pace())
    assert len(first) == 11  # two seconds ahead
    assert keys(claim(database, limit=50, pace=Pace())) == ["elsewhere"]


def test_a_second_worker_keeps_to_the_slots_that_the_first_one_took(database: Database) -> None:
    put(database, message("a"))
    claim(database, pace=Pace())
    put(database, message("b", channel_id=OTHER))
    (taken,) = claim(database, pace=Pace())
    assert taken.wait_for == 0.2 * SECOND


def test_a_slot_far_away_is_not_waited_for(database: Database) -> None:
    put(database, *(message(f"a{number}") for number in range(30)))
    taken = claim(database, limit=30, pace=Pace())
    assert max(each.wait_for for each in taken) == 2 * SECOND
    assert len(taken) == 3


def test_slots_that_are_past_are_forgotten(database: Database) -> None:
    put(database, message("a"), message("b", channel_id=OTHER))
    claim(database, pace=Pace())
    claim(database, TUESDAY + 20 * SECOND, pace=Pace())
    with database.reading() as connection:
        assert connection.execute(select(pacing)).all() == []


def test_an_edit_waits_for_the_timestamp_of_its_message(database: Database) -> None:
    with stage(database) as on:
        partnership = add_partnership(on)
        open_round(on, partnership)
        with on.ports.store.read() as tx:
            asked = tx.rounds.current(partnership.id)
        assert asked is not None
        about = {"round_id": asked.id, "due_at": on.clock.now() + SECOND}
        edit = message("edit", kind=MessageKind.PULSE_COUNTER, **about)
        put(database, edit, message("post", **about))
        pulse, early, post = claim(database, now=edit.due_at)
        assert (pulse.edits_ts, early.edits_ts, post.edits_ts) == (None, None, None)
        for each in (pulse, early, post):
            settle(database, each, Untried())
        with on.ports.store.write() as tx:
            tx.rounds.posted(asked.id, MessageTs("7.5"))
        assert [each.edits_ts for each in claim(database, now=edit.due_at)] == [None, "7.5", None]


def test_an_edit_is_never_in_doubt_because_repeating_it_does_no_harm(database: Database) -> None:
    put(database, message("edit", kind=MessageKind.PULSE_CLOSED))
    claim(database)
    (again,) = claim(database, TUESDAY + LEASE)
    assert not again.in_doubt


def test_the_next_message_is_known_until_the_outbox_is_drained(database: Database) -> None:
    later = TUESDAY + dt.timedelta(hours=3)
    put(database, message("a", due_at=later), message("b", due_at=TUESDAY))
    assert _next_at(database) == TUESDAY
    for moment in (TUESDAY, later):
        for taken in claim(database, now=moment):
            settle(database, taken, DONE)
        assert _next_at(database) in (later, None)
    assert _next_at(database) is None


def test_messages_to_a_lost_channel_are_dropped_but_not_those_to_people(database: Database) -> None:
    about = {"partnership_id": PartnershipId("p-north")}
    put(database, message("a", **about), message("b", **about, channel_id=None, user_id=UserId("U1")), message("c"))
    with database.writing() as connection:
        SqlOutbox(connection, AT_ONCE).drop(PartnershipId("p-north"))
    assert keys(claim(database)) == ["b", "c"]


@pytest.mark.parametrize("reason", [*sorted(CHANNEL_GONE), "dropped"])
def test_what_could_not_be_sent_about_a_round_is_sent_when_its_channel_is_back(sqlite: Database, reason: str) -> None:
    about = {"round_id": RoundId("r-1"), "partnership_id": PartnershipId("p-north")}
    put(sqlite, message("pulse", kind=MessageKind.PULSE, **about), message("reminder", **about))
    for each in claim(sqlite):
        settle(sqlite, each, Refused(reason=reason))
    with sqlite.writing() as connection:
        SqlOutbox(connection, AT_ONCE).revive(RoundId("r-1"), MessageKind.PULSE)
    assert keys(claim(sqlite)) == ["pulse"]


def test_a_message_refused_for_what_it_is_stays_refused_when_the_channel_is_back(sqlite: Database) -> None:
    put(sqlite, message("pulse", kind=MessageKind.PULSE, round_id=RoundId("r-1")))
    (taken,) = claim(sqlite)
    settle(sqlite, taken, Refused(reason="invalid_blocks"))
    with sqlite.writing() as connection:
        SqlOutbox(connection, AT_ONCE).revive(RoundId("r-1"), MessageKind.PULSE)
    assert claim(sqlite) == ()


def test_a_channel_with_a_new_id_gets_what_was_not_delivered_under_the_old_one(database: Database) -> None:
    put(database, message("a"), message("elsewhere", team_id=TeamId("T0OTHER")))
    with database.writing() as connection:
        SqlOutbox(connection, AT_ONCE).readdress(HOME, CHANNEL, OTHER)
    assert {each.message.key: each.message.channel_id for each in claim(database)} == {"a": OTHER, "elsewhere": CHANNEL}


def test_two_workers_that_claim_at_once_never_take_the_same_message(database: Database) -> None:
    put(database, *(message(f"{number}", channel_id=ChannelId(f"C{number}")) for number in range(60)))
    taken: list[list[str]] = [[], [], []]
    start = threading.Barrier(len(taken))

    def work(mine: list[str]) -> None:
        start.wait(timeout=10)
        while batch := claim(database, limit=3):
            mine.extend(keys(batch))

    workers = [threading.Thread(target=work, args=(mine,)) for mine in taken]
    for each in workers:
        each.start()
    for each in workers:
        each.join(timeout=20)
    assert sorted(key for mine in taken for key in mine) == sorted(str(number) for number in range(60))


def test_a_worker_that_claims_while_another_one_does_waits_and_is_left_nothing_of_the_same_channel(
    postgresql: Database,
) -> None:
    """On SQLite there is only one writer at a time; PostgreSQL would show the second one no lease of the first."""
    put(postgresql, message("first"), message("second"))
    with postgresql.writing() as first:
        assert keys(SqlOutbox(first, AT_ONCE).claim(TUESDAY, TUESDAY, 1)) == ["first"]
        with pytest.raises(OperationalError, match="lock timeout"):
            claim_hastily(postgresql)
    assert claim_hastily(postgresql) == ()


def claim_hastily(database: Database) -> tuple[Claimed, ...]:
    """What a worker takes that waits for others for a moment only."""
    with database.writing() as connection:
        connection.execute(text("SET LOCAL lock_timeout = '50ms'"))
        return SqlOutbox(connection, AT_ONCE).claim(TUESDAY, TUESDAY, 1)


def test_taking_a_batch_from_ten_thousand_waiting_messages_is_quick(sqlite: Database) -> None:
    """The work per claim is counted in SQLite's own steps, so that the test does not depend on the machine."""
    put(sqlite, *(message(f"{number}", channel_id=ChannelId(f"C{number % 500}")) for number in range(10_000)))
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1000
        return 0

    with sqlite.writing() as connection:
        raw: Any = connection.connection.dbapi_connection
        raw.set_progress_handler(count, 1000)
        assert len(SqlOutbox(connection, AT_ONCE).claim(TUESDAY, TUESDAY, 20)) == 20
        raw.set_progress_handler(None, 0)
    assert steps < 500_000


def _next_at(database: Database) -> dt.datetime | None:
    with database.reading() as connection:
        return SqlOutbox(connection, AT_ONCE).next_at(TUESDAY)
