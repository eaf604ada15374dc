"""Rows that are gathered: whoever reads in the same transaction finds them; a transaction that fails leaves none."""

import datetime as dt

import pytest
from sqlalchemy import event, func, select

from bot.domain.ids import PartnershipId
from bot.services.ports import Due, DueKind
from storage.engine import Database
from storage.tables import due_work
from tests.builders import TUESDAY, Stage, add_partnership, stage

MINUTE = dt.timedelta(minutes=1)
NORTH = PartnershipId("p-north")


def due(kind: DueKind, *, minutes: int = 0) -> Due:
    """Work of Northfield Schools."""
    return Due(partnership_id=NORTH, kind=kind, due_at=TUESDAY + minutes * MINUTE)


def planned(on: Stage) -> dict[DueKind, dt.datetime]:
    """What is stored, as another transaction sees it."""
    with on.database.reading() as connection:
        return {DueKind(row.kind): row.due_at for row in connection.execute(select(due_work))}


def test_what_is_gathered_is_found_by_the_next_statement_whatever_it_is(database: Database) -> None:
    with stage(database) as on:
        add_partnership(on)
        with on.ports.store.write() as tx:
            tx.schedule.put(due(DueKind.OPEN))
            assert tx.schedule.get(NORTH, DueKind.OPEN) == due(DueKind.OPEN)
            tx.schedule.put(due(DueKind.CLOSE))
            tx.schedule.drop(NORTH, DueKind.CLOSE)
        assert planned(on) == {DueKind.OPEN: TUESDAY}


def test_of_two_with_the_same_key_the_later_counts(database: Database) -> None:
    with stage(database) as on:
        add_partnership(on)
        with on.ports.store.write() as tx:
            tx.schedule.put(due(DueKind.OPEN))
            tx.schedule.put(due(DueKind.OPEN, minutes=5))
        assert planned(on) == {DueKind.OPEN: TUESDAY + 5 * MINUTE}


@pytest.mark.parametrize("stored", [False, True])
def test_of_putting_and_removing_the_later_counts(database: Database, stored: bool) -> None:
    with stage(database) as on:
        add_partnership(on)
        with on.ports.store.write() as tx:
            for kind in (DueKind.OPEN, DueKind.CLOSE) if stored else ():
                tx.schedule.put(due(kind))
        with on.ports.store.write() as tx:
            tx.schedule.put(due(DueKind.REMIND))
            tx.schedule.done(due(DueKind.OPEN))
            tx.schedule.put(due(DueKind.OPEN, minutes=5))
            tx.schedule.put(due(DueKind.CLOSE, minutes=5))
            tx.schedule.done(due(DueKind.CLOSE))
        assert planned(on) == {DueKind.REMIND: TUESDAY, DueKind.OPEN: TUESDAY + 5 * MINUTE}


def test_a_transaction_that_fails_leaves_nothing_behind_and_nothing_for_the_next(database: Database) -> None:
    with stage(database) as on:
        add_partnership(on)

        def fails() -> None:
            with on.ports.store.write() as tx:
                tx.schedule.put(due(DueKind.OPEN))
                raise RuntimeError

        with pytest.raises(RuntimeError):
            fails()
        with on.ports.store.write() as tx:
            tx.schedule.put(due(DueKind.CLOSE))
        assert planned(on) == {DueKind.CLOSE: TUESDAY}


def test_many_rows_of_one_kind_are_one_statement(database: Database) -> None:
    statements: list[str] = []
    with stage(database) as on:
        add_partnership(on)
        with on.ports.store.write() as tx:
            event.listen(database.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
            for kind in DueKind:
                tx.schedule.put(due(kind))
            assert statements == []
    assert len(statements) == 1
    with database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(due_work)).scalar_one() == len(DueKind)
