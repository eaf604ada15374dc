"""Two things at the same moment on PostgreSQL: whatever the order, nothing that was acknowledged is lost or undone.

One thread is stopped in front of a statement, the other goes on until it waits for the first or has finished.
"""

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event

from bot.domain.errors import NotNow, Unavailable
from bot.domain.ids import ChannelId, DraftId, MessageTs
from bot.domain.outbox import Delivered, MessageKind
from bot.domain.partnership import Partnership
from bot.domain.people import Role
from bot.domain.rounds import Click, Round, Saved, Withdraw
from bot.services import channels, comments, deliveries, roles, setup
from bot.services.channels import ChannelEvent
from bot.services.ports import Draft
from schedules.tick import tick
from storage.answer_batch import AnswerBatch
from storage.engine import Database
from tests.builders import BUILDER, CHANNEL, COUNCIL, EXT, HOME, Stage, add_partnership, partnership, person, stage
from tests.services import setting_up
from tests.services.stories import everybody_answers, now_in, open_round, roster_of

PATIENCE = 10  # seconds, for what takes milliseconds
SECOND = dt.timedelta(seconds=1)


class Gate:
    """Stops the first thread that comes to a statement, or to its commit, until the gate is opened."""

    def __init__(self, database: Database, thread: str, statement: str) -> None:
        self._thread, self._statement = thread, statement
        self.reached, self._open = threading.Event(), threading.Event()
        event.listen(database.engine, "before_cursor_execute", self._before_statement)
        event.listen(database.engine, "commit", self._before_commit)

    def open(self) -> None:
        """Let the thread go on."""
        self._open.set()

    def _before_statement(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self._stop(" ".join(statement.split()))

    def _before_commit(self, _connection: Any) -> None:
        self._stop("COMMIT")

    def _stop(self, statement: str) -> None:
        is_here = threading.current_thread().name.startswith(self._thread) and statement.startswith(self._statement)
        if is_here and not self.reached.is_set():
            self.reached.set()
            assert self._open.wait(PATIENCE)


@contextmanager
def stopped(database: Database, statement: str, *, thread: str = "first") -> Iterator[Gate]:
    """A gate that is open at the end, whatever happens, so that no thread stays behind."""
    gate = Gate(database, thread, statement)
    try:
        yield gate
    finally:
        gate.open()


@contextmanager
def two_threads() -> Iterator[tuple[ThreadPoolExecutor, ThreadPoolExecutor]]:
    """One to be stopped and one to go on."""
    with ThreadPoolExecutor(1, "first") as first, ThreadPoolExecutor(1, "second") as second:
        yield first, second


def waits_or_is_done(database: Database, work: Future[Any]) -> bool:
    """Whether the other thread can come no further: it waits for a lock, or has finished."""
    deadline = threading.Event()
    timer = threading.Timer(PATIENCE, deadline.set)
    timer.start()
    try:
        while not deadline.is_set():
            with database.reading() as connection:
                waiting = connection.exec_driver_sql("SELECT count(*) FROM pg_locks WHERE NOT granted").scalar_one()
            if waiting or work.done():
                return True
        return False
    finally:
        timer.cancel()


def click(on: Stage, asked: Round, number: int, score: int | Withdraw) -> Click:
    """One of the council answers the first question."""
    return Click(
        round_id=asked.id,
        item_id=asked.items[0],
        score=score,
        person=person(number),
        channel_id=CHANNEL,
        at=on.clock.now(),
    )


def begin(on: Stage) -> tuple[Partnership, Round]:
    """A partnership whose first round is open."""
    made = add_partnership(on)
    open_round(on, made)
    return made, current(on, made)


def current(on: Stage, of: Partnership) -> Round:
    """The open round."""
    with on.ports.store.read() as tx:
        asked = tx.rounds.current(of.id)
    assert asked is not None
    return asked


def at_the_close(database: Database, on: Stage, asked: Round) -> Callable[[], int]:
    """A tick of another machine, whose clock is at the hour of the close; the first machine's is a second before."""
    other = stage(database)
    other.clock.at = asked.closes_at
    on.clock.at = asked.closes_at - SECOND
    return lambda: tick(other.ports)


def own_answers(on: Stage, asked: Round, number: int) -> int:
    """How many answers of somebody of the council are stored."""
    with on.ports.store.read() as tx:
        pseudonym = on.vault.pseudonym(tx.partnerships.sealed_key(asked.partnership_id), person(number))
        return len(tx.answers.own(asked.id, pseudonym))


def published(on: Stage, asked: Round) -> Any:
    """What the round released of its first question."""
    with on.ports.store.read() as tx:
        body = tx.publications.get(asked.partnership_id, f"round:{asked.id}")
    assert body is not None
    return body["results"][0]


def test_a_close_waits_for_an_answer_that_is_being_stored(postgres: Database) -> None:
    """The council's second answer makes them enough, and is acknowledged just before the hour."""
    with stage(postgres) as on, two_threads() as (first, second):
        _, asked = begin(on)
        builders = [replace(click(on, asked, 1, 4), person=person(number, EXT)) for number in range(1, 6)]
        for each in (*builders, click(on, asked, 1, 4)):
            on.writer.store(each)
        close = at_the_close(postgres, on, asked)
        with stopped(postgres, "COMMIT", thread="answers") as gate:
            told = first.submit(on.writer.store, click(on, asked, 2, 4))
            assert gate.reached.wait(PATIENCE)
            closing = second.submit(close)
            assert waits_or_is_done(postgres, closing)
        assert isinstance(told.result(PATIENCE), Saved)
        closing.result(PATIENCE)
        assert "tenths" in published(on, asked)
        assert own_answers(on, asked, 2) == 1


@pytest.mark.parametrize("score", [1, Withdraw.ANSWER])
@pytest.mark.parametrize(
    "statement", ["UPDATE rounds SET closed_at", "INSERT INTO publications", "DELETE FROM answers"]
)
def test_a_click_during_a_close_is_never_acknowledged_in_vain(
    postgres: Database, statement: str, score: int | Withdraw
) -> None:
    with stage(postgres) as on, two_threads() as (first, second):
        _, asked = begin(on)
        on.writer.store(click(on, asked, 3, 4))
        close = at_the_close(postgres, on, asked)
        with stopped(postgres, statement) as gate:
            closing = first.submit(close)
            assert gate.reached.wait(PATIENCE)
            told = second.submit(on.writer.store, click(on, asked, 3, score))
            assert waits_or_is_done(postgres, told)
        closing.result(PATIENCE)
        refusal = told.exception(PATIENCE)
        assert refusal is not None
        assert "closed" in str(refusal)
        assert own_answers(on, asked, 3) == 1


def test_a_comment_during_a_close_is_kept_or_refused(postgres: Database) -> None:
    with stage(postgres) as on, two_threads() as (first, second):
        _, asked = begin(on)
        comments.write(on.ports, HOME, CHANNEL, person(4), asked.id, "An early word.")
        close = at_the_close(postgres, on, asked)
        with stopped(postgres, "DELETE FROM comments WHERE comments.round_id") as gate:
            closing = first.submit(close)
            assert gate.reached.wait(PATIENCE)
            written = second.submit(comments.write, on.ports, HOME, CHANNEL, person(5), asked.id, "A late word.")
            assert waits_or_is_done(postgres, written)
        closing.result(PATIENCE)
        was_taken = written.exception(PATIENCE) is None
        with on.ports.store.read() as tx:
            assert len(tx.answers.comments_of([asked.id])) == 1 + was_taken


def test_two_comments_of_one_person_at_once_are_one(postgres: Database) -> None:
    with stage(postgres) as on, two_threads() as (first, second):
        _, asked = begin(on)
        with stopped(postgres, "INSERT INTO comments") as gate:
            one = first.submit(comments.write, on.ports, HOME, CHANNEL, person(3), asked.id, "From the phone.")
            assert gate.reached.wait(PATIENCE)
            other = second.submit(comments.write, on.ports, HOME, CHANNEL, person(3), asked.id, "From the desk.")
            assert waits_or_is_done(postgres, other)
        assert one.exception(PATIENCE) is None
        assert other.exception(PATIENCE) is None
        with on.ports.store.read() as tx:
            assert [each.text for each in tx.answers.comments_of([asked.id])] == ["From the desk."]


def test_a_confirmation_beside_an_opening_takes_no_round_back(postgres: Database) -> None:
    with stage(postgres) as on, two_threads() as (first, second):
        made, _ = begin(on)
        on.clock.move(days=2)
        tick(on.ports)
        on.clock.move(days=5)
        with stopped(postgres, "UPDATE partnerships") as gate:
            told = first.submit(roles.confirm, on.ports, HOME, CHANNEL, person(3, EXT), BUILDER, ["U0E03"], ["U0E02"])
            assert gate.reached.wait(PATIENCE)
            opening = second.submit(tick, on.ports)
            assert waits_or_is_done(postgres, opening)
        told.result(PATIENCE)
        opening.result(PATIENCE)
        tick(on.ports)  # what was left alone is done by the next pass
        assert current(on, made).number == now_in(on, made).rounds == 2
        assert roster_of(on, made).holding(Role.LEAD, BUILDER) == (person(3, EXT),)


def test_a_late_delivery_does_not_open_a_closed_round_again(postgres: Database) -> None:
    with stage(postgres) as on, two_threads() as (first, second):
        made, asked = begin(on)
        everybody_answers(on, asked)
        (pulse,) = [each for each in deliveries.take(on.ports, 10) if each.message.kind is MessageKind.PULSE]
        close = at_the_close(postgres, on, asked)
        with stopped(postgres, "UPDATE rounds") as gate:
            written = first.submit(
                deliveries.settle, on.ports, pulse, Delivered(channel_id=CHANNEL, ts=MessageTs("1.1"))
            )
            assert gate.reached.wait(PATIENCE)
            closing = second.submit(close)
            assert waits_or_is_done(postgres, closing)
        written.result(PATIENCE)
        closing.result(PATIENCE)
        with on.ports.store.read() as tx:
            after = tx.rounds.get(asked.id)
            assert tx.rounds.current(made.id) is None
        assert after is not None
        assert after.closed_at == asked.closes_at
        assert after.message_ts == "1.1"


def test_two_organisations_that_confirm_at_once_are_both_heard(postgres: Database) -> None:
    unconfirmed = tuple(replace(each, confirmed=False) for each in partnership().organisations)
    with stage(postgres) as on, two_threads() as (first, second):
        made = add_partnership(on, organisations=unconfirmed)
        with stopped(postgres, "DELETE FROM holders") as gate:
            one = first.submit(roles.confirm, on.ports, HOME, CHANNEL, person(3), COUNCIL, ["U0H03"], ["U0H02"])
            assert gate.reached.wait(PATIENCE)
            other = second.submit(roles.confirm, on.ports, HOME, CHANNEL, person(3, EXT), BUILDER, ["U0E05"], ["U0E06"])
            assert waits_or_is_done(postgres, other)
        one.result(PATIENCE)
        other.result(PATIENCE)
        assert all(each.confirmed for each in now_in(on, made).organisations)
        assert roster_of(on, made).holding(Role.LEAD) == (person(5, EXT), person(3))


def test_of_two_who_set_up_one_channel_at_once_the_second_is_told(postgres: Database) -> None:
    with stage(postgres) as on, two_threads() as (first, second):
        setting_up.seen_by_slack(on)
        with on.ports.store.write() as tx:
            for number in (1, 2):
                body = setting_up.spec().to_dict()
                draft = Draft(id=DraftId(f"draft-{number}"), author=person(number), channel_id=CHANNEL, body=body)
                tx.notebook.put_draft(draft, on.clock.now())
        with stopped(postgres, "INSERT INTO partnerships") as gate:
            slower = first.submit(setup.start, on.ports, HOME, DraftId("draft-1"), person(1))
            assert gate.reached.wait(PATIENCE)
            quicker = second.submit(setup.start, on.ports, HOME, DraftId("draft-2"), person(2))
            assert quicker.result(PATIENCE).created
        with pytest.raises(NotNow, match="Somebody has just set up this channel"):
            slower.result(PATIENCE)
        with on.ports.store.read() as tx:
            assert len(tx.partnerships.of_workspace(HOME)) == 1


def test_replicas_lock_answers_in_one_order(database: Database) -> None:
    """Two batches with the same people in opposite order would otherwise wait for each other in a circle."""
    with stage(database) as on:
        _, asked = begin(on)
        clicks = [click(on, asked, number, 3) for number in range(1, 11)]
        _note_the_order_of_answers(database)
        batches = AnswerBatch(database, on.vault, on.ports.bank)
        batches.store(clicks)
        batches.store(clicks[::-1])
    with database.reading() as connection:
        noted = connection.exec_driver_sql("SELECT pseudonym FROM noted ORDER BY place").scalars().all()
    assert len(noted) == 20
    assert noted[:10] == noted[10:]


def _note_the_order_of_answers(database: Database) -> None:
    """The database itself notes it, however the rows come to it."""
    note = "INSERT INTO noted (pseudonym) VALUES (new.pseudonym);"
    key, trigger = "serial", f"AS $$ BEGIN {note} RETURN new; END $$ LANGUAGE plpgsql"
    statements = [f"CREATE FUNCTION note() RETURNS trigger {trigger}"]
    action = "FOR EACH ROW EXECUTE FUNCTION note()"
    if database.is_sqlite:
        key, statements, action = "integer PRIMARY KEY", [], f"BEGIN {note} END"
    statements += [
        f"CREATE TABLE noted (place {key}, pseudonym text)",
        f"CREATE TRIGGER noting BEFORE INSERT ON answers {action}",
    ]
    with database.writing() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def test_whoever_waits_too_long_is_not_told_that_nothing_was_stored(postgres: Database) -> None:
    with stage(postgres) as on, two_threads() as (first, _):
        _, asked = begin(on)
        with stopped(postgres, "COMMIT", thread="answers") as gate:
            told = first.submit(on.writer.store, click(on, asked, 1, 2))
            assert gate.reached.wait(PATIENCE)
            refusal = told.exception(PATIENCE)
        assert isinstance(refusal, Unavailable)
        assert "may not have been saved" in refusal.sentence
        on.writer.store(click(on, asked, 2, 2))  # the writer goes on, and the first has been stored after all
        assert own_answers(on, asked, 1) == 1


def test_a_channel_that_moves_while_a_round_opens_keeps_its_messages(postgres: Database) -> None:
    """The change of the channel's id waits for the opening, or the opening for it; the round knows the new one."""
    with stage(postgres) as on, two_threads() as (first, second):
        made, _ = begin(on)
        on.clock.move(days=2)
        tick(on.ports)
        on.clock.move(days=5)
        renumbered = ChannelEvent(id="Ev1", team_id=HOME, channel_id=CHANNEL)
        with stopped(postgres, "INSERT INTO rounds") as gate:
            opening = first.submit(tick, on.ports)
            assert gate.reached.wait(PATIENCE)
            moving = second.submit(channels.renumbered, on.ports, renumbered, ChannelId("C0NEW"))
            assert waits_or_is_done(postgres, moving)
        opening.result(PATIENCE)
        moving.result(PATIENCE)
        assert current(on, made).channel_id == now_in(on, made).channel_id == "C0NEW"
