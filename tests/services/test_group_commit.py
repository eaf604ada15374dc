"""Clicks that arrive together are stored together: what is acknowledged is kept, and everybody else is told."""

import asyncio
import itertools
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.errors import Busy, PulseError, Unavailable
from bot.domain.ids import ItemId
from bot.domain.people import Person
from bot.domain.rounds import Click, Round, Saved, Withdraw
from bot.services import rounds
from schedules.tick import tick
from storage.engine import Database
from tests.builders import CHANNEL, EXT, HOME, Stage, add_partnership, person, stage
from tests.journeys.database_away import hangs, is_unreachable

PEOPLE = [person(number, team) for team in (HOME, EXT) for number in range(1, 11)]
BACKLOG = 1_500

a_score = st.one_of(st.integers(1, 5), st.none(), st.just(Withdraw.ANSWER))
a_persons_clicks = st.lists(st.tuples(st.integers(0, 2), a_score), max_size=8)
Answers = dict[tuple[Person, ItemId], int | None]


def begin(on: Stage) -> Round:
    """A round that has just opened, for ten people on each side."""
    partnership = add_partnership(on)
    with on.ports.store.write() as tx:
        rounds.plan(tx, on.ports, partnership, on.clock.now().replace(hour=0))
    tick(on.ports)
    with on.ports.store.read() as tx:
        asked = tx.rounds.current(partnership.id)
    assert asked is not None
    return asked


def click(on: Stage, asked: Round, who: Person, place: int = 0, score: int | Withdraw | None = 4) -> Click:
    """One click on the question at a place."""
    return Click(
        round_id=asked.id,
        item_id=asked.items[place],
        score=score,
        person=who,
        channel_id=CHANNEL,
        at=on.clock.now(),
    )


def stored(on: Stage, asked: Round) -> Answers:
    """All answers of the round, by whom and to what."""
    with on.ports.store.read() as tx:
        key = tx.partnerships.sealed_key(asked.partnership_id)
        own = {who: tx.answers.own(asked.id, on.vault.pseudonym(key, who)) for who in PEOPLE}
        assert len(tx.answers.of_round(asked.id)) == sum(len(each) for each in own.values())
    return {(who, answer.item_id): answer.score for who, answers in own.items() for answer in answers}


def last_words(clicks: Sequence[Click]) -> Answers:
    """What must be stored when these clicks were acknowledged in this order."""
    final = {(each.person, each.item_id): each.score for each in clicks}
    return {key: score for key, score in final.items() if not isinstance(score, Withdraw)}


async def all_at_once(on: Stage, clicks: Sequence[Click]) -> list[Saved | BaseException]:
    """Submit from an event loop without waiting in between; each click's acknowledgement or refusal."""

    async def one(each: Click) -> Saved:
        return await on.writer.submit(each)

    return await asyncio.gather(*(one(each) for each in clicks), return_exceptions=True)


@contextmanager
def writing_waits(database: Database) -> Iterator[None]:
    """Hold what the writer needs, so that clicks pile up behind the first batch."""
    with database.writing() as connection:
        if not database.is_sqlite:
            connection.exec_driver_sql("LOCK TABLE answers IN EXCLUSIVE MODE")
        yield


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(by_person=st.lists(a_persons_clicks, min_size=1, max_size=len(PEOPLE)))
def test_everything_acknowledged_is_stored(
    database: Database, by_person: list[list[tuple[int, int | Withdraw | None]]]
) -> None:
    """Some people click from threads, each waiting for the acknowledgement; the others' clicks share one loop."""
    with empty_round(database) as (on, asked):
        everybody = [
            [click(on, asked, who, place, score) for place, score in clicks]
            for who, clicks in zip(PEOPLE, by_person, strict=False)
        ]
        in_loop = [each for clicks in everybody[1::2] for each in clicks]
        with ThreadPoolExecutor(max_workers=10) as threads:
            told = [threads.submit(lambda own: [on.writer.store(each) for each in own], own) for own in everybody[::2]]
            acknowledged = asyncio.run(all_at_once(on, in_loop))
            saved = [each for future in told for each in future.result()]
        assert len(saved) + len(acknowledged) == sum(len(clicks) for clicks in everybody)
        assert all(isinstance(each, Saved) for each in acknowledged)
        assert stored(on, asked) == last_words([each for clicks in everybody for each in clicks])


def test_a_row_that_the_database_refuses_fails_alone(database: Database) -> None:
    refused = (
        "CREATE TRIGGER no_ones BEFORE INSERT ON answers WHEN NEW.score = 1 BEGIN SELECT RAISE(ABORT, 'no'); END"
        if database.is_sqlite
        else "ALTER TABLE answers ADD CONSTRAINT no_ones CHECK (score <> 1)"
    )
    with stage(database) as on:
        asked = begin(on)
        with database.writing() as connection:
            connection.exec_driver_sql(refused)
        clicks = [click(on, asked, who, score=1 if who == PEOPLE[7] else 4) for who in PEOPLE]

        async def in_one_batch() -> list[Saved | BaseException]:
            with writing_waits(database):
                waiting = asyncio.gather(*(on.writer.submit(each) for each in clicks), return_exceptions=True)
            return await waiting

        told = asyncio.run(in_one_batch())
        assert [type(each) for each in told] == [Unavailable if who == PEOPLE[7] else Saved for who in PEOPLE]
        assert {who for who, _ in stored(on, asked)} == set(PEOPLE) - {PEOPLE[7]}
        assert on.writer.is_healthy


def test_a_click_that_may_not_be_stored_fails_alone(database: Database) -> None:
    with stage(database) as on:
        asked = begin(on)
        told = asyncio.run(all_at_once(on, [click(on, asked, who) for who in (*PEOPLE, person(99, EXT))]))
        assert [isinstance(each, PulseError) for each in told] == [False] * len(PEOPLE) + [True]
        assert len(stored(on, asked)) == len(PEOPLE)


def test_a_full_queue_refuses_and_keeps_what_it_took(database: Database) -> None:
    with stage(database) as on:
        asked = begin(on)
        clicks = [click(on, asked, who, place) for place in range(3) for who in PEOPLE] * 40
        taken: list[asyncio.Future[Saved]] = []

        async def too_many() -> list[Saved]:
            with writing_waits(database), pytest.raises(Busy, match="too many arrived at once"):
                taken.extend(on.writer.submit(each) for each in clicks)
            return await asyncio.gather(*taken)

        saved = asyncio.run(too_many())
        assert BACKLOG <= len(saved) < len(clicks)
        assert len(stored(on, asked)) == 3 * len(PEOPLE)
        on.writer.store(click(on, asked, PEOPLE[0], score=5))
        assert stored(on, asked)[PEOPLE[0], asked.items[0]] == 5


def test_stopping_finishes_what_was_taken_and_refuses_what_comes_later(database: Database) -> None:
    with stage(database) as on:
        asked = begin(on)
        clicks = [click(on, asked, who, place) for place in range(3) for who in PEOPLE] * 10

        async def stopped_meanwhile() -> list[Saved]:
            with writing_waits(database):
                taken = [on.writer.submit(each) for each in clicks]
                stopping = threading.Thread(target=on.writer.stop)
                stopping.start()
            saved = await asyncio.gather(*taken)
            await asyncio.to_thread(stopping.join)
            with pytest.raises(Unavailable):
                on.writer.submit(clicks[0])
            return saved

        assert len(asyncio.run(stopped_meanwhile())) == len(clicks)
        assert len(stored(on, asked)) == 3 * len(PEOPLE)
        with pytest.raises(Unavailable):
            on.writer.store(clicks[0])
        assert not on.writer.is_healthy


def test_whoever_clicks_while_the_writer_stops_is_answered(sqlite: Database) -> None:
    """Each of many threads clicks until it is refused: nobody is left waiting, and what was acknowledged is stored."""
    with stage(sqlite) as on:
        asked = begin(on)

        def until_refused(who: Person) -> None:
            for number in itertools.count():
                on.writer.store(click(on, asked, who, number % 3))
                acknowledged.add((who, asked.items[number % 3]))

        acknowledged: set[tuple[Person, ItemId]] = set()
        with ThreadPoolExecutor(max_workers=len(PEOPLE)) as threads:
            clicking = [threads.submit(until_refused, who) for who in PEOPLE]
            on.writer.store(click(on, asked, PEOPLE[0]))
            on.writer.stop()
            refusals = [each.exception(timeout=5) for each in clicking]
        assert [type(each) for each in refusals] == [Unavailable] * len(PEOPLE)
        assert acknowledged <= stored(on, asked).keys()


def test_the_bot_is_ready_again_when_the_database_is_back_though_nobody_clicks(database: Database) -> None:
    away = hangs if database.is_sqlite else is_unreachable
    with stage(database) as on:
        asked = begin(on)
        with away(database):
            with pytest.raises(Unavailable):
                on.writer.store(click(on, asked, PEOPLE[0]))
            assert not on.writer.is_healthy
            assert not on.writer.recover()
        assert on.writer.recover()
        assert on.writer.is_healthy


def test_an_answer_is_either_in_the_rounds_result_or_refused(database: Database) -> None:
    """A click that arrives while the round is being closed waits for the close and is told."""
    with stage(database) as on:
        asked = begin(on)
        with ThreadPoolExecutor(max_workers=1) as threads:
            with on.ports.store.write() as tx:
                rounds.close_early(tx, on.ports, tx.partnerships.get(asked.partnership_id))
                told = threads.submit(on.writer.store, click(on, asked, PEOPLE[0]))
                wait([told], timeout=0.3)
            refusal = told.exception(timeout=5)
        assert isinstance(refusal, PulseError)
        assert "closed" in refusal.sentence
        assert stored(on, asked) == {}


def test_a_connection_that_broke_in_between_is_noticed_by_nobody(database: Database) -> None:
    """PostgreSQL was started anew: the first batch afterwards goes out on a new connection."""
    with stage(database) as on:
        asked = begin(on)
        on.writer.store(click(on, asked, PEOPLE[0]))
        break_connections(database)
        on.writer.store(click(on, asked, PEOPLE[1]))
        assert {who for who, _ in stored(on, asked)} == {PEOPLE[0], PEOPLE[1]}


def break_connections(database: Database) -> None:
    """End all connections but the one that asks for it; SQLite's cannot break."""
    with database.writing() as connection:
        if not database.is_sqlite:
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@contextmanager
def empty_round(database: Database) -> Iterator[tuple[Stage, Round]]:
    """A round without answers in a database that an earlier example may have used."""
    with stage(database) as on:
        with database.writing() as connection:
            for table in ("answers", "outbox", "due_work", "rounds", "holders", "members", "organisations"):
                connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608 - names of our own
            connection.exec_driver_sql("DELETE FROM partnerships")
        yield on, begin(on)
