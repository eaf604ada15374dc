"""A short soak over a clock change and a holiday, and that it notices harm: the whole one is `make bench`."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest

from bot.domain.ids import MessageTs
from bot.domain.outbox import Outcome, Outgoing
from storage.engine import Database
from tests.bench.invariants import Postman
from tests.bench.soak import Meddle, live
from tests.builders import Stage

BEFORE_THE_CLOCKS_GO_BACK = dt.datetime(2026, 10, 19, tzinfo=dt.UTC)
HOARD: list[bytes] = []


def test_weeks_go_by_and_nothing_is_missed_doubled_or_lost(database: Database) -> None:
    found = live(database, partnerships=5, weeks=3, begins=BEFORE_THE_CLOCKS_GO_BACK)
    assert found.opened == 15
    assert found.answered > 15 * 3 * 6
    assert found.faults == 0
    assert found.growth < 0.1


def forget_an_opening(on: Stage) -> None:
    run(on, "DELETE FROM due_work WHERE kind = 'open' AND partnership_id = 's-0002'")


def lose_an_answer(on: Stage) -> None:
    run(
        on,
        "DELETE FROM answers WHERE item_id = (SELECT min(item_id) FROM answers "
        "WHERE round_id IN (SELECT id FROM rounds WHERE closed_at IS NULL))",
    )


def forget_a_message(on: Stage) -> None:
    run(on, "UPDATE outbox SET state = 'refused' WHERE seq = 3")


def hoard(on: Stage) -> None:
    HOARD.append(b"x" * 40_000_000)


def run(on: Stage, statement: str) -> None:
    with on.database.writing() as connection:
        connection.exec_driver_sql(statement)


@pytest.mark.parametrize(
    ("meddle", "noticed_as"),
    [
        (forget_an_opening, "not_opened"),
        (lose_an_answer, "lost"),
        (forget_a_message, "undelivered"),
        (hoard, "growth"),
    ],
)
def test_harm_that_is_done_on_the_way_is_noticed(sqlite: Database, meddle: Meddle, noticed_as: str) -> None:
    found = live(sqlite, partnerships=5, weeks=2, meddle=meddle)
    HOARD.clear()
    assert getattr(found, noticed_as) > 0.05


class Twice(Postman):
    """Posts everything twice."""

    def send(self, message: Outgoing, drawn: Mapping[str, Any], edits: MessageTs | None) -> Outcome:
        """Delivered, and delivered."""
        super().send(message, drawn, edits)
        return super().send(message, drawn, edits)


def test_a_message_posted_twice_is_noticed(sqlite: Database) -> None:
    assert live(sqlite, partnerships=5, weeks=1, postman=Twice()).doubled > 0
