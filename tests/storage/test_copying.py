"""Moving to another database: all of it, one moment, and nothing about the order in which people answered."""

import random
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from bot.cli import main
from bot.domain.errors import BadInput
from bot.domain.ids import PartnershipId
from bot.domain.outbox import MessageKind
from bot.domain.rounds import Click
from schedules.tick import tick
from storage.copying import copy_database
from storage.engine import Database
from storage.tables import answers, channel_profiles, metadata, outbox, partnerships, seen_events
from tests.builders import COUNCIL, Stage, add_partnership, stage
from tests.conftest import postgres_database, sqlite_database
from tests.journeys.twelve_rounds import newest, twelve_rounds
from tests.services.stories import everybody_answers, kinds, open_round, sent
from tests.storage.test_physical_order import answer_one_by_one, as_stored, begin, people

Rows = dict[str, list[tuple[Any, ...]]]


@pytest.fixture
def other(request: pytest.FixtureRequest, database: Database, tmp_path: Path) -> Iterator[Database]:
    """An empty database of the other kind."""
    if database.is_sqlite:
        yield from postgres_database(request.getfixturevalue("postgres_url"))
    else:
        yield from sqlite_database(request.getfixturevalue("sqlite_template"), tmp_path)


def rows_of(database: Database) -> Rows:
    """Everything a database holds."""
    with database.reading() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(select(table))), key=repr)
            for table in metadata.sorted_tables
        }


def is_empty(database: Database) -> bool:
    """Whether no table has a row."""
    return not any(rows_of(database).values())


def told(on: Stage) -> None:
    """Twelve rounds of three organisations, and a thirteenth that is open."""
    twelve_rounds(on, random.Random(5))
    on.clock.move(days=5)
    sent(on)
    tick(on.ports)


def a_little(on: Stage) -> None:
    """One open round of one partnership."""
    made = add_partnership(on)
    open_round(on, made)
    everybody_answers(on, newest(on))


def test_everything_is_copied_as_it_was_and_the_source_is_left_as_it_was(database: Database, other: Database) -> None:
    with stage(database) as on:
        told(on)
    before = rows_of(database)
    copied = copy_database(database, other)
    assert rows_of(other) == before == rows_of(database)
    assert copied == {name: len(rows) for name, rows in before.items()}
    assert min(copied[each] for each in ("answers", "comments", "rounds", "members", "outbox", "publications")) > 10


def test_the_bot_goes_on_in_the_new_database(database: Database, other: Database) -> None:
    with stage(database) as on:
        told(on)
        at = on.clock.at
        asked = newest(on)
    copy_database(database, other)
    with stage(other) as on:
        on.clock.at = at
        with on.ports.store.read() as tx:
            members = tx.people.roster(asked.partnership_id).members
        for each in members:
            on.writer.store(
                Click(
                    round_id=asked.id,
                    item_id=asked.items[0],
                    score=4,
                    person=each.person,
                    channel_id=asked.channel_id,
                    at=at,
                )
            )
        assert MessageKind.PULSE in kinds(sent(on))  # it was not posted yet
        on.clock.move(days=7)
        tick(on.ports)
        assert newest(on).number == asked.number + 1
        assert MessageKind.RESULTS in kinds(sent(on))


def test_what_is_written_meanwhile_is_not_half_copied(database: Database, other: Database) -> None:
    with stage(database) as on:
        a_little(on)
    before = rows_of(database)
    writing = iter([True])

    def meanwhile(_line: str) -> None:
        if next(writing, False):
            with database.writing() as connection:
                connection.execute(update(partnerships).values(name="Renamed"))
                connection.execute(insert(seen_events).values(event_id="Ev1", seen_at=on.clock.at))
                connection.execute(outbox.delete())

    copy_database(database, other, meanwhile)
    assert rows_of(other) == before != rows_of(database)


def test_a_database_that_holds_anything_is_never_copied_into(database: Database, other: Database) -> None:
    with stage(database) as on:
        a_little(on)
    with other.writing() as connection:
        connection.execute(insert(channel_profiles).values(place="C1", sealed_profiles=b"x"))
    before = rows_of(other)
    with pytest.raises(BadInput, match="not empty: it has rows in channel_profiles"):
        copy_database(database, other)
    assert rows_of(other) == before


def test_a_database_is_not_copied_into_itself(database: Database) -> None:
    with stage(database) as on:
        a_little(on)
    before = rows_of(database)
    with pytest.raises(BadInput, match="not empty"):
        copy_database(database, database)
    assert rows_of(database) == before


def test_a_row_that_the_new_database_cannot_hold_stops_it_all(sqlite: Database, postgres: Database) -> None:
    with stage(sqlite) as on:
        a_little(on)
    with sqlite.writing() as connection:
        connection.execute(insert(channel_profiles).values(place="C" * 300, sealed_profiles=b"s3cr3t"))
    with pytest.raises(BadInput, match=r"A row of channel_profiles cannot be stored .* Nothing was copied") as refused:
        copy_database(sqlite, postgres)
    assert "s3cr3t" not in str(refused.value)
    assert is_empty(postgres)


def test_a_database_that_misses_a_migration_is_told_and_left_alone(sqlite: Database, postgres: Database) -> None:
    with sqlite.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    with pytest.raises(BadInput, match="python -m bot migrate"):
        copy_database(sqlite, postgres)
    with sqlite.reading() as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one() == "0001"


def test_rows_of_an_open_round_lie_in_the_order_of_their_pseudonyms(database: Database, postgres_url: str) -> None:
    round_id = begin(database)
    order = people(1)
    answer_one_by_one(database, round_id, order)
    for new in postgres_database(postgres_url):
        copy_database(database, new)
        for table in ("answers", "comments"):
            assert as_stored(new, table) == sorted(order)
            assert len(set(as_stored(new, table, "xmin::text"))) == 1


def test_a_large_database_does_not_need_a_large_memory(database: Database, other: Database) -> None:
    round_id = begin(database)
    who = {"round_id": round_id, "partnership_id": PartnershipId("p-north"), "organisation_id": COUNCIL}
    answer = {**who, "item_id": "TRU1", "dimension": "trust", "counts": True, "score": 4}
    with database.writing() as connection:
        connection.execute(insert(answers), [{**answer, "pseudonym": f"{each:064x}"} for each in range(20_000)])
    tracemalloc.start()
    copy_database(database, other)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 15_000_000  # all rows at once take 40


def test_one_command_moves_to_another_database(
    database: Database, other: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with stage(database) as on:
        told(on)
    monkeypatch.setenv("DATABASE_URL", database.engine.url.render_as_string(hide_password=False))
    there = other.engine.url.render_as_string(hide_password=False).replace("+psycopg", "")
    assert main(["copy-database", "--to", there]) == 0
    said = capsys.readouterr().out
    assert f"answers: {len(rows_of(other)['answers'])}\n" in said
    assert rows_of(other) == rows_of(database)
    assert main(["copy-database", "--to", there]) == 1
    assert "is not empty" in capsys.readouterr().err


def test_an_address_that_is_none_is_named_without_its_password(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", str(sqlite.engine.url))
    assert main(["copy-database", "--to", "mysql://u:s3cr3t@db/pulse"]) == 1
    said = capsys.readouterr().err
    assert "--to begins with neither" in said
    assert "s3cr3t" not in said
