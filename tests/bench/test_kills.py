"""kill -9 under load, in small: the whole one is `make bench`."""

from storage.engine import Database
from tests.bench.kills import kill_rounds


def address(database: Database) -> str:
    """Its address as the settings have it."""
    return database.engine.url.render_as_string(hide_password=False)


def test_a_kill_loses_no_acknowledged_answer(database: Database) -> None:
    found = kill_rounds(address(database), rounds=2, clicks=300)
    assert len(found.acknowledged) >= 600
    assert found.missing == set()


def test_a_kill_loses_answers_that_are_stored_after_their_acknowledgement(sqlite: Database) -> None:
    assert kill_rounds(address(sqlite), rounds=2, clicks=300, variant="acknowledges-first").missing
