"""Three replicas, in small: the whole one is `make bench`."""

from collections.abc import Iterator

import pytest

from storage.engine import Database
from tests.bench.replicas import WITHOUT_KEYS, live
from tests.bench.test_kills import address
from tests.conftest import postgres_database


@pytest.fixture
def postgresql(postgres_url: str) -> Iterator[Database]:
    yield from postgres_database(postgres_url)


def test_what_replicas_do_happens_once_though_one_is_killed_now_and_then(postgresql: Database) -> None:
    found = live(address(postgresql), partnerships=15, seconds=9, kill_every=3, variant="short-leases")
    assert found.kills > 0
    assert found.acknowledged > 100
    assert (found.opened, found.faults) == (15, 0), found


def test_ticks_that_do_not_look_at_what_others_hold_open_rounds_twice(postgresql: Database) -> None:
    found = live(
        address(postgresql), partnerships=15, seconds=9, kill_every=9, variant="ticks-blindly", before=WITHOUT_KEYS
    )
    assert found.opened_twice > 0
