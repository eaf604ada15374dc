"""What is read ahead for many partnerships is what each of them would have been told alone."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, select

from bot.domain.ids import PartnershipId
from bot.domain.outbox import MessageKind
from bot.domain.people import Person
from bot.services.ports import Due, DueKind, Transaction
from schedules.tick import tick
from storage.ahead import Question, ask
from storage.engine import Database
from storage.tables import due_work
from tests.bench.crowd import multiply
from tests.builders import Stage, add_partnership, person, stage
from tests.services.stories import open_round, sent

PLACES = [PartnershipId(f"{number:05}-p-north") for number in range(3)]
STATE = {"last_week": 7}


@pytest.fixture
def on(database: Database) -> Iterator[Stage]:
    """Three partnerships of different sizes, each of which the detector remembers."""
    with stage(database) as it:
        multiply(database, add_partnership(it, each=4).id, len(PLACES))
        for number, place in enumerate(PLACES):
            with it.ports.store.write() as tx:
                tx.alerts.keep_detector_state(place, {"last_week": number})
                for one in range(number):
                    tx.people.remove(place, person(4 - one))
        yield it


@contextmanager
def counted(on: Stage) -> Iterator[list[str]]:
    """The statements of a block."""
    statements: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(on.database.engine, "before_cursor_execute", count)
    yield statements
    event.remove(on.database.engine, "before_cursor_execute", count)


def told(tx: Transaction, place: PartnershipId) -> tuple[Any, ...]:
    """Answers to several questions."""
    return (
        tx.people.roster(place),
        tx.people.pseudonyms(place),
        tx.alerts.detector_state(place),
        tx.alerts.open_of(place),
        tx.publications.recent(place),
        tx.partnerships.sealed_key(place),
    )


def test_each_is_told_what_it_would_be_told_alone(on: Stage) -> None:
    with on.ports.store.write() as tx:
        alone = [told(tx, place) for place in PLACES]
    assert len({len(answers[0].members) for answers in alone}) == len(PLACES)
    with on.ports.store.write() as tx:
        tx.prefetch(PLACES)
        assert [told(tx, place) for place in PLACES] == alone


def test_a_question_is_asked_once_for_all(on: Stage) -> None:
    with on.ports.store.write() as tx:
        tx.prefetch(PLACES)
        with counted(on) as statements:
            for place in PLACES:
                told(tx, place)
        assert len(statements) == 7  # a roster is two questions


def test_whoever_is_not_expected_is_asked_for_alone(on: Stage) -> None:
    with on.ports.store.write() as tx:
        tx.prefetch(PLACES[:2])
        assert tx.alerts.detector_state(PLACES[2]) == {"last_week": 2}
        assert tx.alerts.detector_state(PartnershipId("p-nobody")) == {}


def test_what_the_transaction_changes_is_found_however_it_is_written(on: Stage) -> None:
    """At once or gathered, before or after the first question."""
    east, north, west = PLACES
    with on.ports.store.write() as tx:
        tx.prefetch(PLACES)
        assert tx.alerts.detector_state(east) == {"last_week": 0}
        tx.alerts.keep_detector_state(north, STATE)
        assert tx.alerts.detector_state(north) == STATE
        assert tx.alerts.detector_state(west) == {"last_week": 2}
        before = tx.people.roster(east)
        tx.people.remove(west, person(1))
        assert person(1) not in members(tx, west)
        assert tx.people.roster(east) == before


def test_what_is_gathered_is_found_by_a_question(on: Stage) -> None:
    planned = Question(due_work, select(due_work.c.kind))
    with on.ports.store.write() as tx:
        tx.prefetch(PLACES)
        connection = tx.schedule._connection  # type: ignore[attr-defined]  # of SqlSchedule
        before = [len(ask(connection, planned, place)) for place in PLACES]
        tx.schedule.put(Due(partnership_id=PLACES[1], kind=DueKind.FORGET, due_at=on.clock.now()))
        assert [len(ask(connection, planned, place)) for place in PLACES] == [before[0], before[1] + 1, before[2]]


def test_nothing_is_left_for_the_next_transaction(on: Stage) -> None:
    with on.ports.store.write() as tx:
        tx.prefetch(PLACES)
        tx.alerts.detector_state(PLACES[0])
    with on.ports.store.write() as tx:
        tx.alerts.keep_detector_state(PLACES[0], STATE)
    with on.ports.store.write() as tx:
        assert tx.alerts.detector_state(PLACES[0]) == STATE


def test_digests_that_fall_due_together_ask_each_question_once(database: Database) -> None:
    with stage(database) as on:
        made = add_partnership(on)
        open_round(on, made)
        with on.ports.store.read() as tx:
            asked = tx.rounds.latest(made.id)
        assert asked is not None
        on.clock.at = asked.closes_at
        tick(on.ports)
        sent(on)
        multiply(database, made.id, len(PLACES))
        with on.ports.store.read() as tx:
            due = tx.schedule.get(made.id, DueKind.DIGEST, asked.id)
        assert due is not None
        on.clock.at = due.due_at
        with counted(on) as statements:
            tick(on.ports)
        digests = [each for each in sent(on) if each.kind is MessageKind.DIGEST]
    assert Counter(each.partnership_id for each in digests) == dict.fromkeys([made.id, *PLACES], 4)
    assert len({str(each.body["rounds"]) for each in digests}) == 1
    for table in ("publications", "members", "alerts", "escalations", "actions", "milestones"):
        times = Counter(each for each in statements if f"FROM {table}" in each)
        assert set(times.values()) == {1}, table


def members(tx: Transaction, place: PartnershipId) -> set[Person]:
    return {each.person for each in tx.people.roster(place).members}
