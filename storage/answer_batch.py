"""One transaction of answers: who may answer is asked once for all clicks, and all rows are written at once.

Everything else in `storage` builds its statements with SQLAlchemy. These four run for every batch of clicks and are
written out: building and binding them took most of the time of an answer (docs/performance.md).
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import orjson
import psycopg
from sqlalchemy import Connection, select
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from bot.domain.errors import PulseError, Unavailable
from bot.domain.ids import PartnershipId, RoundId
from bot.domain.people import Member
from bot.domain.questions import QuestionBank
from bot.domain.rounds import Click, OwnAnswer, Round, Saved, Withdraw, judge
from bot.services.ports import Vault
from storage.engine import BUSY_FOR, Database
from storage.rounds import read_round
from storage.tables import EPOCH, answers, pacing, partnerships, read_instant, rounds
from storage.upsert import put

log = logging.getLogger(__name__)

Verdict = Saved | PulseError
Row = tuple[Any, ...]
Key = tuple[str, str, str]

_KEPT = 10_000  # rounds whose unchanging part is remembered
_BAD_ROW = (DataError, IntegrityError)  # anything else is the database's trouble and concerns the whole batch

_COLUMNS = "round_id, pseudonym, item_id, partnership_id, dimension, organisation_id, counts, score"
_ON_CONFLICT = (
    "ON CONFLICT (round_id, pseudonym, item_id) DO UPDATE SET "
    "score = excluded.score, organisation_id = excluded.organisation_id, counts = excluded.counts"
)
_FOUND = "r.id, r.closed_at, r.channel_id, p.key_version, m.user_id, m.organisation_id, m.joined_block"
_OF_CLICK = (
    "JOIN rounds r ON r.id = {0} JOIN partnerships p ON p.id = r.partnership_id "
    "LEFT JOIN members m ON m.partnership_id = r.partnership_id AND m.team_id = {1} AND m.user_id = {2}"
)


class _Sqlite:
    """Values go in and out as one JSON text: sqlite3 lets other threads in at every row, and then waits for them."""

    placeholder = "?"
    _find = (
        f"SELECT json_group_array(json_array(w.key, {_FOUND})) FROM json_each(?) w "  # noqa: S608 - texts of ours
        + _OF_CLICK.format(*(f"w.value ->> {place}" for place in range(3)))
    )
    _write = (
        f"INSERT INTO answers ({_COLUMNS}) SELECT {', '.join(f'value ->> {place}' for place in range(8))} "  # noqa: S608 - ours
        f"FROM json_each(?) WHERE true {_ON_CONFLICT}"
    )

    def find(self, connection: Connection, asked: Sequence[Row], keep_open: Sequence[RoundId]) -> Sequence[Any]:
        """Nothing is to be kept open: there is one writer at a time anyway."""
        found: list[Row] = orjson.loads(connection.exec_driver_sql(self._find, _as_json(asked)).scalar_one())
        return found

    def write(self, connection: Connection, rows: list[Row]) -> None:
        connection.exec_driver_sql(self._write, _as_json(rows))

    def write_and_commit(self, connection: Connection, rows: list[Row]) -> None:
        """Commit at the end of the block that began."""
        self.write(connection, rows)


class _Postgres:
    """PostgreSQL takes columns as arrays: one statement and one round trip, however many rows."""

    placeholder = "%s"
    _lock = (
        f"SELECT set_config('lock_timeout', '{int(1000 * BUSY_FOR)}', true), "  # noqa: S608 - a number of ours
        "set_config('plan_cache_mode', 'force_generic_plan', true), "  # planning anew took longer than finding
        "pg_advisory_xact_lock_shared(hashtextextended(id, 0)) FROM unnest(%s::text[]) AS id"
    )
    _find = (
        f"SELECT w.place - 1, {_FOUND} "  # noqa: S608 - texts of ours
        "FROM unnest(%s::text[], %s::text[], %s::text[]) WITH ORDINALITY AS w(round_id, team_id, user_id, place) "
        + _OF_CLICK.format("w.round_id", "w.team_id", "w.user_id")
    )
    _write = (
        f"INSERT INTO answers ({_COLUMNS}) SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], "  # noqa: S608 - ours
        f"%s::text[], %s::text[], %s::boolean[], %s::smallint[]) {_ON_CONFLICT}"
    )

    def find(self, connection: Connection, asked: Sequence[Row], keep_open: Sequence[RoundId]) -> Sequence[Any]:
        """Let no other transaction close these rounds before this one ends, and give up before the person does."""
        with _one_trip(connection) as driver:
            driver.execute(self._lock, (list(keep_open),))
            found = driver.execute(self._find, _columns(asked))
        return found.fetchall()

    def write(self, connection: Connection, rows: list[Row]) -> None:
        connection.exec_driver_sql(self._write, _columns(rows))

    def write_and_commit(self, connection: Connection, rows: list[Row]) -> None:
        with _one_trip(connection) as driver:
            driver.execute(self._write, _columns(rows))
            driver.execute("COMMIT")


class AnswerBatch:
    """Stores batches of clicks; used by one thread."""

    def __init__(self, database: Database, vault: Vault, bank: QuestionBank) -> None:
        self._database = database
        self._vault = vault
        self._bank = bank
        self._sql: _Sqlite | _Postgres = _Sqlite() if database.is_sqlite else _Postgres()
        self._rounds: dict[RoundId, Round] = {}
        self._keys: dict[PartnershipId, tuple[int, bytes]] = {}

    def store(self, clicks: Sequence[Click]) -> list[Verdict]:
        """Store what may be stored; the verdict on each click, in their order. Raises what the database raises.

        A batch that meets a connection which has broken meanwhile is tried once more on a new one: even if the first
        attempt was committed, writing the same answers again changes nothing.
        """
        try:
            return self._once(clicks, one_by_one=False)
        except _BAD_ROW:
            return self._once(clicks, one_by_one=True)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            return self._once(clicks, one_by_one=False)

    def probe(self) -> None:
        """Write and commit something of no meaning, on a connection of its own. Raises what the database raises."""
        with self._database.writing() as connection:
            connection.execute(select(answers.c.score).limit(1))
            if self._database.is_sqlite:  # room for an answer may need a page, and the file may be full
                connection.exec_driver_sql("INSERT INTO pacing VALUES (printf('%.*c', 9000, 'x'), 0)")
                connection.exec_driver_sql("DELETE FROM pacing WHERE length(place) = 9000")
            put(connection, pacing, {"place": "answers", "next_slot_at": EPOCH}, [pacing.c.place])

    def _once(self, clicks: Sequence[Click], *, one_by_one: bool) -> list[Verdict]:
        with self._database.writing_answers() as connection:
            self._remember(connection, clicks)
            in_time = {
                each.round_id
                for each in clicks
                if (known := self._rounds.get(each.round_id)) and each.at < known.closes_at
            }
            verdicts: list[Verdict] = []
            rows: dict[Key, tuple[int, Row | None]] = {}
            found = self._find(connection, clicks, sorted(in_time))
            for place, (click, (here, member)) in enumerate(zip(clicks, found, strict=True)):
                try:
                    judge(click, here, member)
                    assert here is not None
                    assert member is not None
                    row = self._row(click, here, member)  # refuses where one partnership's key cannot be opened
                except PulseError as refusal:
                    verdicts.append(refusal)
                    continue
                rows[row[:3]] = (place, None if click.score is Withdraw.ANSWER else row)
                verdicts.append(Saved(answer=_own(click), asked=here))
            for place in self._write(connection, rows, one_by_one):
                verdicts[place] = Unavailable()
        return verdicts

    def _remember(self, connection: Connection, clicks: Sequence[Click]) -> None:
        """Learn what does not change about rounds and partnerships that are met for the first time."""
        new = {each.round_id for each in clicks} - self._rounds.keys()
        if not new:
            return
        if len(self._rounds) > _KEPT:
            self._rounds.clear()
            self._keys.clear()
        for row in connection.execute(select(rounds).where(rounds.c.id.in_(new))).mappings():
            self._rounds[row["id"]] = read_round(row)

    def _learn_keys(self, connection: Connection, versions: Mapping[PartnershipId, int]) -> None:
        """Read the keys that were replaced since they were read last.

        They stay until this batch is written: whoever replaces one waits until no answer to the round is being stored.
        """
        old = [each for each, version in versions.items() if self._keys.get(each, (None,))[0] != version]
        if old:
            columns = (partnerships.c.id, partnerships.c.key_version, partnerships.c.sealed_key)
            for row in connection.execute(select(*columns).where(partnerships.c.id.in_(old))):
                self._keys[row.id] = (row.key_version, bytes(row.sealed_key))

    def _find(
        self, connection: Connection, clicks: Sequence[Click], keep_open: Sequence[RoundId]
    ) -> list[tuple[Round | None, Member | None]]:
        """The round of each click as it is now, and the person's entry on its roster."""
        found: list[tuple[Round | None, Member | None]] = [(None, None)] * len(clicks)
        wanted = [(each.round_id, each.person.team_id, each.person.user_id) for each in clicks]
        versions: dict[PartnershipId, int] = {}
        for place, round_id, closed_at, channel_id, version, user_id, organisation_id, joined_block in self._sql.find(
            connection, wanted, keep_open
        ):
            asked = self._rounds.get(round_id)
            if asked is None:
                continue  # opened since the batch began; its message cannot have been clicked
            versions[asked.partnership_id] = version
            if closed_at is not None or channel_id != asked.channel_id:
                asked = replace(asked, closed_at=read_instant(closed_at), channel_id=channel_id)
            member = None
            if user_id is not None:
                person = clicks[place].person
                member = Member(person=person, organisation_id=organisation_id, joined_block=joined_block)
            found[place] = (asked, member)
        self._learn_keys(connection, versions)
        return found

    def _row(self, click: Click, asked: Round, member: Member) -> Row:
        return (
            click.round_id,
            self._vault.pseudonym(self._keys[asked.partnership_id][1], click.person),
            click.item_id,
            asked.partnership_id,
            self._bank.item(click.item_id).dimension,
            member.organisation_id,
            member.counts_in(asked.block),
            click.score if isinstance(click.score, int) else None,
        )

    def _write(self, connection: Connection, rows: Mapping[Key, tuple[int, Row | None]], one_by_one: bool) -> list[int]:
        """Write all rows; returns the places of those that the database would not take."""
        ordered = sorted(rows.items())  # replicas lock rows in one order, so none waits for another in a circle
        withdrawn = [key for key, (_, row) in ordered if row is None]
        if withdrawn:
            here = self._sql.placeholder
            connection.exec_driver_sql(
                f"DELETE FROM answers WHERE round_id = {here} AND pseudonym = {here} AND item_id = {here}",  # noqa: S608
                withdrawn,
            )
        given = [(place, row) for _, (place, row) in ordered if row is not None]
        if one_by_one:
            return [place for place, row in given if not self._write_alone(connection, row)]
        if given:
            self._sql.write_and_commit(connection, [row for _, row in given])
        return []

    def _write_alone(self, connection: Connection, row: Row) -> bool:
        try:
            with connection.begin_nested():
                self._sql.write(connection, [row])
        except _BAD_ROW as error:
            log.error("an answer could not be stored", extra={"round": row[0], "error": type(error).__name__})
            return False
        return True


@contextmanager
def _one_trip(connection: Connection) -> Iterator[psycopg.Connection[Row]]:
    """Send what the block executes together; results are there after it. Raises what SQLAlchemy would raise.

    Each answer of the database that is waited for lets the threads in that serve people, and then waits for them.
    """
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    try:
        with driver.pipeline():
            yield driver
    except psycopg.Error as error:
        if driver.closed:
            connection.invalidate(error)
        raise DBAPIError.instance(
            None, None, error, psycopg.Error, connection_invalidated=driver.closed, dialect=connection.dialect
        ) from error


def _as_json(rows: Sequence[Row]) -> tuple[str]:
    return (orjson.dumps(rows).decode(),)


def _columns(rows: Sequence[Row]) -> tuple[list[Any], ...]:
    return tuple(list(column) for column in zip(*rows, strict=True))


def _own(click: Click) -> OwnAnswer | None:
    if isinstance(click.score, Withdraw):
        return None
    return OwnAnswer(item_id=click.item_id, score=click.score)
