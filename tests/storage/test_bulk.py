"""Many rows in one statement: whatever the values, both databases keep what SQLAlchemy would have kept."""

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import JSON, Boolean, Column, Connection, Date, Integer, MetaData, String, Table, select
from sqlalchemy.exc import IntegrityError

from storage.bulk import Bulk, Verb, write
from storage.engine import Database
from storage.tables import Instant

THINGS = Table(
    "things",
    MetaData(),
    Column("place", String(20), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("words", String(200)),
    Column("body", JSON, nullable=False),
    Column("on", Date),
    Column("at", Instant),
    Column("agreed", Boolean, nullable=False),
)
NAMES, KEY = tuple(THINGS.c.keys()), ("place", "number")
ADD = Bulk(Verb.ADD, THINGS, NAMES)
ADD_NEW = Bulk(Verb.ADD_NEW, THINGS, NAMES, KEY)
PUT = Bulk(Verb.PUT, THINGS, NAMES, KEY)
CHANGE = Bulk(Verb.CHANGE, THINGS, (*KEY, "words", "at"), KEY)
REMOVE = Bulk(Verb.REMOVE, THINGS, KEY, KEY)
AT = dt.datetime(2026, 5, 12, 9, 0, 0, 123_456, tzinfo=dt.UTC)


def thing(number: int, **changes: Any) -> dict[str, Any]:
    plain = {"place": "here", "number": number, "words": "word", "body": {}, "on": None, "at": None, "agreed": False}
    return plain | changes


ROWS = [
    thing(1, words="O'Brien said: “100% \\ yes”, 🙂\n", body={"key": ["it's", {"deep": None}], "é": 1.5}),
    thing(2, words="007", on=dt.date(2026, 5, 12), at=AT, agreed=True),
    thing(3, words=None, body=[], at=dt.datetime(1969, 12, 31, tzinfo=dt.UTC)),
    thing(4, words="null", body="text", place="true"),
    thing(5, words="", body={"1": "a"}, place='{"a": 1}'),
]


@pytest.fixture
def empty(database: Database) -> Database:
    with database.writing() as connection:
        THINGS.create(connection)
    return database


def kept(connection: Connection) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(select(THINGS).order_by(THINGS.c.number)).mappings()]


def test_what_is_added_is_read_back_as_it_was(empty: Database) -> None:
    with empty.writing() as connection:
        write(connection, ADD, ROWS)
        write(connection, ADD, [])
        assert kept(connection) == ROWS


def test_both_ways_of_writing_store_the_same(empty: Database) -> None:
    """Also in the eyes of the database itself: a text is no number, and a body is no other JSON."""
    told = 'SELECT place, words, CAST(body AS text) AS body, "on", at, agreed FROM things ORDER BY number'
    with empty.writing() as connection:
        write(connection, ADD, ROWS)
        in_bulk = connection.exec_driver_sql(told).all()
        connection.execute(THINGS.delete())
        connection.execute(THINGS.insert(), ROWS)
        assert connection.exec_driver_sql(told).all() == in_bulk


def test_a_taken_key_fails_or_stays_or_gives_way(empty: Database) -> None:
    with empty.writing() as connection:
        write(connection, ADD, [thing(1)])
        write(connection, ADD_NEW, [thing(1, words="late"), thing(2, words="first"), thing(2, words="second")])
        assert [row["words"] for row in kept(connection)] == ["word", "first"]
        write(connection, PUT, [thing(2, words="put"), thing(3)])
        assert [row["words"] for row in kept(connection)] == ["word", "put", "word"]
    with pytest.raises(IntegrityError), empty.writing() as connection:
        write(connection, ADD, [thing(9), thing(1)])
    with empty.reading() as connection:
        assert [row["number"] for row in kept(connection)] == [1, 2, 3]


def test_rows_are_changed_or_removed_by_their_key(empty: Database) -> None:
    with empty.writing() as connection:
        write(connection, ADD, [thing(1, agreed=True), thing(2), thing(3, place="elsewhere")])
        write(connection, CHANGE, [thing(1, words=None, at=AT), thing(3, words="not here")])
        write(connection, REMOVE, [thing(2), thing(3)])
        assert kept(connection) == [thing(1, words=None, at=AT, agreed=True), thing(3, place="elsewhere")]
