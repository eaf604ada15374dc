"""New pseudonym keys for partnerships, while the bot runs: whoever is there keeps the link to their answers.

Everything of a partnership is rewritten in one transaction, in random order. Rows of people who left get pseudonyms
that nothing leads to, one for each person. An old key then opens nothing that is in the database.
"""

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Column, ColumnElement, Connection, Table, and_, delete, select, text, union, update

from bot.domain.ids import PartnershipId, Pseudonym, RoundId
from bot.domain.people import Person
from storage.alerts import drift_states
from storage.engine import Database
from storage.installations import installations
from storage.people import persons_of
from storage.rounds import SqlRounds
from storage.tables import answers, channel_profiles, comments, members, partnerships, rounds


class Keys(Protocol):
    """What re-keying needs of the vault."""

    def new_key(self) -> bytes: ...
    def pseudonym(self, sealed_key: bytes, person: Person) -> Pseudonym: ...
    def seal(self, text: str) -> bytes: ...
    def opens(self, sealed: bytes) -> bool: ...


@dataclass(slots=True, kw_only=True)
class Rekeyed:
    """How many partnerships have a new key, and of how many people answers are linked by it, or by nothing any more."""

    partnerships: int = 0
    linked: int = 0
    unlinked: int = 0
    lost: int = 0


@dataclass(slots=True, kw_only=True)
class BegunAnew:
    """What was let go because no key opens it: names of partnerships, and how many workspaces have to install again."""

    partnerships: list[str]
    asked_now: list[str]
    installations: int


def rekey(database: Database, vault: Keys) -> Rekeyed:
    """Give every partnership a new key; those whose key cannot be opened are counted as lost and left alone."""
    done = Rekeyed()
    for partnership_id in _all(database):
        with database.writing() as connection:
            old = _held(connection, partnership_id)
            if old is None:
                continue  # deleted since
            if not vault.opens(old):
                done.lost += 1
                continue
            new = vault.new_key()
            people = persons_of(connection, partnership_id)
            links = {vault.pseudonym(old, each): vault.pseudonym(new, each) for each in people}
            stored = _pseudonyms(connection, partnership_id)
            fresh = {each: links.get(each) or Pseudonym(secrets.token_hex(32)) for each in stored}
            _rewrite(connection, partnership_id, fresh)
            _replace_key(connection, partnership_id, new)
            done.partnerships += 1
            done.linked += len(stored & links.keys())
            done.unlinked += len(stored - links.keys())
    return done


def begin_anew(database: Database, vault: Keys) -> BegunAnew:
    """Let go of what no key opens, so that the pulse takes answers again; for when PULSE_SECRET_KEY is lost for good.

    Partnerships get a new key. Their answers and comments are deleted: nobody could see, withdraw or forget them any
    more, and whoever answers again would count as two people. What was published stays.
    """
    anew = BegunAnew(partnerships=[], asked_now=[], installations=0)
    for partnership_id in _all(database):
        with database.writing() as connection:
            old = _held(connection, partnership_id)
            if old is None or vault.opens(old):
                continue
            for table in (answers, comments):
                connection.execute(delete(table).where(table.c.partnership_id == partnership_id))
            connection.execute(delete(drift_states).where(drift_states.c.partnership_id == partnership_id))
            _replace_key(connection, partnership_id, vault.new_key())
            name = connection.execute(select(partnerships.c.name).where(partnerships.c.id == partnership_id))
            anew.partnerships.append(name.scalar_one())
            if _open_rounds(connection, partnership_id):
                anew.asked_now.append(anew.partnerships[-1])
    with database.writing() as connection:
        for table, sealed in (
            (installations, installations.c.sealed_token),
            (channel_profiles, channel_profiles.c.sealed_profiles),
            (comments, comments.c.sealed_text),
        ):
            gone = _lost(connection, table, sealed, vault)
            anew.installations += len(gone) if table is installations else 0
            for its_key in gone:
                connection.execute(delete(table).where(its_key))
        for its_key in _lost(connection, members, members.c.sealed_name, vault):  # Slack tells names again within a day
            connection.execute(update(members).where(its_key).values(sealed_name=vault.seal("")))
    return anew


def _all(database: Database) -> list[PartnershipId]:
    with database.reading() as connection:
        return list(connection.execute(select(partnerships.c.id).order_by(partnerships.c.id)).scalars())


def _held(connection: Connection, partnership_id: PartnershipId) -> bytes | None:
    """The partnership's sealed key; until the transaction ends nobody changes it or stores an answer to it."""
    query = select(partnerships.c.sealed_key).where(partnerships.c.id == partnership_id)
    sealed = connection.execute(query.with_for_update(key_share=True)).scalar_one_or_none()
    for round_id in sorted(_open_rounds(connection, partnership_id)):
        SqlRounds(connection).hold(round_id)
    return None if sealed is None else bytes(sealed)


def _open_rounds(connection: Connection, partnership_id: PartnershipId) -> Collection[RoundId]:
    query = select(rounds.c.id).where(rounds.c.partnership_id == partnership_id, rounds.c.closed_at.is_(None))
    return connection.execute(query).scalars().all()


def _pseudonyms(connection: Connection, partnership_id: PartnershipId) -> set[Pseudonym]:
    stored = (
        select(table.c.pseudonym).where(table.c.partnership_id == partnership_id) for table in (answers, comments)
    )
    return set(connection.execute(union(*stored)).scalars())


def _rewrite(connection: Connection, partnership_id: PartnershipId, fresh: Mapping[Pseudonym, Pseudonym]) -> None:
    """Store all rows again under other pseudonyms, in random order, so that how they lie says nothing."""
    if not fresh:
        return
    connection.execute(text("CREATE TEMPORARY TABLE pairs (old VARCHAR(64) PRIMARY KEY, new VARCHAR(64) NOT NULL)"))
    pairs = [{"old": old, "new": new} for old, new in fresh.items()]
    connection.execute(text("INSERT INTO pairs (old, new) VALUES (:old, :new)"), pairs)
    for table in (answers, comments):
        others = ", ".join(column.name for column in table.c if column.name != "pseudonym")
        for statement in (
            f"INSERT INTO {table.name} (pseudonym, {others}) SELECT pairs.new, {others} FROM {table.name} "  # noqa: S608 - ours
            "JOIN pairs ON pairs.old = pseudonym WHERE partnership_id = :partnership_id ORDER BY random()",
            f"DELETE FROM {table.name} WHERE partnership_id = :partnership_id "  # noqa: S608 - names of our own
            "AND pseudonym IN (SELECT old FROM pairs)",
        ):
            connection.execute(text(statement), {"partnership_id": partnership_id})
    connection.execute(text("DROP TABLE pairs"))


def _replace_key(connection: Connection, partnership_id: PartnershipId, new: bytes) -> None:
    connection.execute(
        update(partnerships)
        .where(partnerships.c.id == partnership_id)
        .values(sealed_key=new, key_version=partnerships.c.key_version + 1)
    )


def _lost(connection: Connection, table: Table, sealed: Column[Any], vault: Keys) -> list[ColumnElement[bool]]:
    """The rows of a table whose sealed value no key opens, each as the condition that finds it."""
    keys = tuple(table.primary_key)
    return [
        and_(*(column == value for column, value in zip(keys, row[:-1], strict=True)))
        for row in connection.execute(select(*keys, sealed)).all()
        if not vault.opens(bytes(row[-1]))
    ]
