"""How rows lie in the database says nothing about the order in which people answered (PRIVACY, physical order)."""

import random
import struct
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import insert, text

from bot.domain.ids import PartnershipId, Pseudonym, RoundId
from storage.answers import SqlAnswers
from storage.engine import Database
from storage.tables import answers, comments
from tests.builders import COUNCIL, add_partnership, stage
from tests.services.stories import open_round

NORTH = PartnershipId("p-north")
PEOPLE = 60
TABLES = pytest.mark.parametrize("table", ["answers", "comments"])


def people(seed: int) -> list[str]:
    """Pseudonyms in the order of answering; HMACs are as good as random."""
    dice = random.Random(seed)
    return [f"{dice.getrandbits(256):064x}" for _ in range(PEOPLE)]


def as_stored(database: Database, table: str, columns: str = "pseudonym") -> list[str]:
    """The rows as they lie: by their place on PostgreSQL, as a scan of the table finds them on SQLite."""
    order = "" if database.is_sqlite else "ORDER BY ctid"
    with database.reading() as connection:
        return [row[0] for row in connection.execute(text(f"SELECT {columns} FROM {table} {order}"))]  # noqa: S608


def correlation(first: Sequence[str], second: Sequence[str]) -> float:
    """Spearman's rank correlation of two orders of the same people: 1 the same, 0 unrelated."""
    place = {each: at for at, each in enumerate(second)}
    differences = sum((at - place[each]) ** 2 for at, each in enumerate(first))
    return 1 - 6 * differences / (len(first) * (len(first) ** 2 - 1))


def neighbours_kept(first: Sequence[str], second: Sequence[str]) -> int:
    """How many people lie directly behind the one who answered before them."""
    return len(set(pairwise(first)) & set(pairwise(second)))


def answer_one_by_one(database: Database, round_id: RoundId, order: Sequence[str]) -> None:
    """Everybody answers and comments, each in a transaction of their own."""
    for each in order:
        who = {"round_id": round_id, "pseudonym": each, "partnership_id": NORTH, "organisation_id": COUNCIL}
        with database.writing() as connection:
            answer = {**who, "item_id": "TRU1", "dimension": "trust", "counts": True, "score": 4}
            connection.execute(insert(answers), answer)
            comment = {**who, "counts": True, "sealed_text": b"", "quotable": False, "sentiment": {}}
            connection.execute(insert(comments), comment)


def close(database: Database, round_id: RoundId, seed: int) -> None:
    """What the close of a round does with the rows."""
    with stage(database) as on, database.writing() as connection:
        SqlAnswers(connection, on.vault).rewrite_shuffled(round_id, random.Random(seed))


def begin(database: Database) -> RoundId:
    """An open round."""
    with stage(database) as on:
        made = add_partnership(on, each=2)
        open_round(on, made)
        with on.ports.store.read() as tx:
            asked = tx.rounds.current(made.id)
    assert asked is not None
    return asked.id


@TABLES
def test_rows_of_a_closed_round_lie_in_an_order_unrelated_to_that_of_answering(database: Database, table: str) -> None:
    round_id = begin(database)
    order = people(1)
    answer_one_by_one(database, round_id, order)
    close(database, round_id, seed=2)
    stored = as_stored(database, table)
    assert sorted(stored) == sorted(order)
    assert abs(correlation(order, stored)) < 0.38  # five times in a thousand beyond, for unrelated orders of 60
    assert neighbours_kept(order, stored) <= 5


def test_without_the_rewriting_postgresql_would_tell_the_order_of_answering(database: Database) -> None:
    """Shows that the measure finds an order where there is one; SQLite keeps rows by pseudonym from the start."""
    round_id = begin(database)
    order = people(1)
    answer_one_by_one(database, round_id, order)
    stored = as_stored(database, "answers")
    assert stored == (sorted(order) if database.is_sqlite else order)


@TABLES
def test_no_transaction_number_tells_rows_of_a_closed_round_apart(database: Database, table: str) -> None:
    round_id = begin(database)
    answer_one_by_one(database, round_id, people(1))
    close(database, round_id, seed=2)
    number = "'none'" if database.is_sqlite else "xmin::text"
    assert len(set(as_stored(database, table, number))) == 1


def test_each_close_draws_an_order_of_its_own(database: Database) -> None:
    round_id = begin(database)
    order = people(1)
    answer_one_by_one(database, round_id, order)
    found = []
    for seed in range(20):
        close(database, round_id, seed)
        found.append(as_stored(database, "answers"))
    if_unrelated = [correlation(order, each) for each in found]
    assert abs(sum(if_unrelated)) / len(found) < (0.2 if database.is_sqlite else 0.1)
    assert len({tuple(each) for each in found}) == (1 if database.is_sqlite else 20)


def test_the_rewriting_changes_nothing_but_the_order(database: Database) -> None:
    round_id = begin(database)
    answer_one_by_one(database, round_id, people(1))
    with stage(database) as on, database.reading() as connection:
        before = set(SqlAnswers(connection, on.vault).of_round(round_id))
    close(database, round_id, seed=2)
    with stage(database) as on, database.reading() as connection:
        after = SqlAnswers(connection, on.vault).of_round(round_id)
    assert len(after) == PEOPLE
    assert set(after) == before


def test_sqlite_keeps_no_row_number_beside_an_answer_or_a_comment(sqlite: Database) -> None:
    with sqlite.reading() as connection:
        kept = {row[1]: row[4] for row in connection.execute(text("PRAGMA table_list"))}
    assert (kept["answers"], kept["comments"], kept["members"]) == (1, 1, 1)  # WITHOUT ROWID


def rows_in_the_file(database: Database, table: str) -> int:
    """How many rows a reader of PostgreSQL's own file finds, dead ones included (storage-page-layout in its manual)."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("CHECKPOINT")
        folder = connection.exec_driver_sql("SHOW data_directory").scalar_one()
        file = connection.execute(text("SELECT pg_relation_filepath(:name)"), {"name": table}).scalar_one()
    content = Path(folder, file).read_bytes()
    found = 0
    for at in range(0, len(content), 8192):
        (ends,) = struct.unpack_from("<H", content, at + 12)
        pointers = [struct.unpack_from("<I", content, at + place)[0] for place in range(24, ends, 4)]
        found += sum((each >> 15) & 3 == 1 for each in pointers)
    return found


@TABLES
def test_what_rewriting_leaves_behind_on_postgresql_is_cleared_away(postgres: Database, table: str) -> None:
    """Dead rows lie in the order of answering until they are vacuumed; so does what somebody had forgotten."""
    round_id = begin(postgres)
    answer_one_by_one(postgres, round_id, people(1))
    close(postgres, round_id, seed=2)
    assert rows_in_the_file(postgres, table) == 2 * PEOPLE
    postgres.tidy()
    assert rows_in_the_file(postgres, table) == PEOPLE
    with stage(postgres) as on, on.ports.store.write() as tx:
        tx.answers.forget(NORTH, Pseudonym(people(1)[0]))
    postgres.tidy()
    assert rows_in_the_file(postgres, table) == PEOPLE - 1


def test_what_is_deleted_on_sqlite_is_in_none_of_its_files(sqlite: Database) -> None:
    round_id = begin(sqlite)
    forgotten, kept = people(1)[:2]
    answer_one_by_one(sqlite, round_id, [forgotten, kept])
    with stage(sqlite) as on, on.ports.store.write() as tx:
        tx.answers.forget(NORTH, Pseudonym(forgotten))
    sqlite.tidy()
    files = Path(str(sqlite.engine.url.database)).parent.glob("pulse.db*")
    content = b"".join(each.read_bytes() for each in files)
    assert kept.encode() in content
    assert forgotten.encode() not in content
