"""Attacks on the database: on how rows lie, and on a copy of it without the key."""

import hashlib
import hmac
import json
import random
from collections.abc import Iterable, Mapping

from sqlalchemy import text

from bot.adapters import vault
from bot.domain.anonymity import WITHHELD_TEXT
from bot.domain.ids import PartnershipId, Pseudonym
from bot.domain.people import Member, Person
from bot.domain.promise import PROMISE
from bot.domain.rounds import Click
from bot.services import comments
from bot.services import export as export_service
from bot.services.export import export
from schedules.tick import tick
from storage import answers as stored_answers
from storage import rekeying
from storage.engine import Database
from storage.rekeying import rekey
from tests.attack.arena import Arena
from tests.attack.defences import without
from tests.attack.registry import Attack, Effort, Outcome
from tests.builders import CHANNEL, EXT, HOME, Stage, add_partnership, person, stage
from tests.services.falling_trust import partnership_of, steady
from tests.services.stories import open_round
from tests.storage.test_physical_order import (
    answer_one_by_one,
    as_stored,
    begin,
    close,
    correlation,
    neighbours_kept,
    people,
)

UNRELATED, NEIGHBOURS = 0.45, 5  # of 60 people: what unrelated orders show at most, but for once in ten thousand
BY_CHANCE = 0.6, 8  # the database draws its own dice: unrelated orders show more once in a million times
MANY, TABLES = 60, ("answers", "comments")
EVERYBODY = [person(number, team) for team in (HOME, EXT) for number in range(1, 11)]


def physical_order(arena: Arena, effort: Effort) -> Outcome:
    """Somebody who watched who answered when compares that with how the rows lie: by place, and by transaction."""
    tries = breaks = 0
    for kind in arena.both:
        for seed in range(1, 9 if effort is Effort.FULL else 2):
            with kind() as database:
                round_id, order = begin(database), people(seed)
                answer_one_by_one(database, round_id, order)
                close(database, round_id, seed=seed + 1)
                for table in TABLES:
                    lie = as_stored(database, table)
                    found = abs(correlation(order, lie)) > UNRELATED or neighbours_kept(order, lie) > NEIGHBOURS
                    tries, breaks = tries + 1, breaks + (found or _transactions(database, table) > 1)
    return Outcome(tries=tries, breaks=breaks, note="60 people one by one; order, ctid and xmin on both databases")


def _transactions(database: Database, table: str) -> int:
    return 1 if database.is_sqlite else len(set(as_stored(database, table, "xmin::text")))


def order_after_rekeying(arena: Arena, effort: Effort) -> Outcome:
    """Somebody with the old key, or a copy from before, compares how rows lay with how they lie under new keys.

    Tried on PostgreSQL, where rows lie as they were written; on SQLite they lie by their pseudonyms, old or new.
    """
    tries = breaks = 0
    for seed in range(1, 9 if effort is Effort.FULL else 2):
        with arena.postgres() as database, stage(database) as on:
            made = add_partnership(on, each=MANY // 2)
            open_round(on, made)
            answering = [person(number, team) for team in (HOME, EXT) for number in range(1, MANY // 2 + 1)]
            random.Random(seed).shuffle(answering)
            for who in answering:
                _answers_and_writes(on, made.id, who)
            old = _key(on, made.id)
            before = {table: as_stored(database, table) for table in TABLES}
            rekey(database, on.vault)
            new = _key(on, made.id)
            same = {on.vault.pseudonym(new, who): on.vault.pseudonym(old, who) for who in answering}
            asked = [on.vault.pseudonym(old, who) for who in answering]
            for table in TABLES:
                lie = [same[Pseudonym(each)] for each in as_stored(database, table)]
                for order in (asked, before[table], sorted(asked)):
                    tries += 1
                    breaks += abs(correlation(order, lie)) > BY_CHANCE[0] or neighbours_kept(order, lie) > BY_CHANCE[1]
                tries, breaks = tries + 1, breaks + (_transactions(database, table) > 1)
    return Outcome(tries=tries, breaks=breaks, note=f"{MANY} people; by order of answering, old place, old pseudonym")


def _answers_and_writes(on: Stage, of: PartnershipId, who: Person) -> None:
    with on.ports.store.read() as tx:
        asked = tx.rounds.current(of)
    assert asked is not None
    at = on.clock.now()
    on.writer.store(Click(round_id=asked.id, item_id=asked.items[0], score=4, person=who, channel_id=CHANNEL, at=at))
    comments.write(on.ports, HOME, CHANNEL, who, asked.id, "All is good.")


def _key(on: Stage, of: PartnershipId) -> bytes:
    with on.ports.store.read() as tx:
        return tx.partnerships.sealed_key(of)


def _weeks_pass(on: Stage, weeks: int, absent: Mapping[Person, int]) -> None:
    """Everybody answers every week but the one in which they are away."""
    made = add_partnership(on)
    open_round(on, made)
    for week in range(weeks):
        with on.ports.store.read() as tx:
            asked = tx.rounds.current(made.id)
        assert asked is not None
        for who in EVERYBODY:
            if absent.get(who) != week:
                click = Click(
                    round_id=asked.id,
                    item_id=asked.items[0],
                    score=4,
                    person=who,
                    channel_id=CHANNEL,
                    at=on.clock.now(),
                )
                on.writer.store(click)
        on.clock.move(days=2)
        tick(on.ports)
        on.clock.move(days=5)
        tick(on.ports)


def dump_without_key(arena: Arena, effort: Effort) -> Outcome:
    """A copy of the database: its bytes hold no name, and no guess at the making of pseudonyms links anybody."""
    tries = breaks = 0
    for kind in arena.both if effort is Effort.FULL else (arena.sqlite,):
        with kind() as database, stage(database) as on:
            _weeks_pass(on, 2, {})
            rows = _dump(database)
            held = {row[1] for row in rows["answers"]}
            for who in EVERYBODY:
                tries += 1
                breaks += bool(held & set(_guesses(who, rows)))
                name = next(m.name for m in _members(on) if m.person == who)
                breaks += any(name in str(row) for every in rows.values() for row in every)
    return Outcome(tries=tries, breaks=breaks, note="names in the clear, and 20 people hashed with every value in it")


def _members(on: Stage) -> tuple[Member, ...]:
    with on.ports.store.read() as tx:
        (made,) = tx.partnerships.of_workspace(HOME)
        return tx.people.roster(made.id).members


def _dump(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables; an answer's second value is its pseudonym."""
    with database.reading() as connection:
        answers = connection.execute(text("SELECT round_id, pseudonym FROM answers"))
        partnerships = connection.execute(text("SELECT * FROM partnerships"))
        members = connection.execute(text("SELECT * FROM members"))
        return {
            "answers": [tuple(row) for row in answers],
            "partnerships": [tuple(row) for row in partnerships],
            "members": [tuple(row) for row in members],
        }


def _guesses(who: Person, rows: Mapping[str, Iterable[tuple[object, ...]]]) -> Iterable[Pseudonym]:
    """Pseudonyms made with everything that stands in the database, and with nothing."""
    said = (f"{who.team_id}/{who.user_id}".encode(), who.user_id.encode())
    keys = [b"", *(_as_bytes(value) for row in rows["partnerships"] for value in row)]
    for words in said:
        yield Pseudonym(hashlib.sha256(words).hexdigest())
        for key in keys:
            yield Pseudonym(hmac.new(key, words, hashlib.sha256).hexdigest())


def _as_bytes(value: object) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()


def known_absences(arena: Arena, effort: Effort) -> Outcome:
    """Who knows when each person was away finds their rows by the weeks in which one pseudonym is missing.

    Within 34 weeks nothing hinders that but the key, and docs/privacy.md says so. What is tried is what goes: whoever
    was away in an early week can not be found by it when that week is forgotten.
    """
    weeks = 3
    absent = {who: number % weeks for number, who in enumerate(EVERYBODY)}
    with arena.sqlite() as database, stage(database) as on:
        _weeks_pass(on, weeks, absent)
        on.clock.move(weeks=PROMISE.retention_weeks + 1)
        _another_close(on)
        with database.reading() as connection:
            kept = connection.execute(text("SELECT round_id, pseudonym FROM answers")).all()
            old = {row[0] for row in connection.execute(text("SELECT id FROM rounds WHERE number <= 3"))}
    linkable = {pseudonym for round_id, pseudonym in kept if round_id in old}
    return Outcome(tries=len(EVERYBODY), breaks=len(linkable), note="rows older than 34 weeks that are still there")


def _another_close(on: Stage) -> None:
    """A pulse after a long pause opens and closes, and the bot does what is due."""
    for _ in range(9):
        on.clock.move(days=1)
        tick(on.ports)


def names_in_comments(arena: Arena, effort: Effort) -> Outcome:
    """A comment that names a colleague, in every way in which people do; read back as it is kept and may be quoted."""
    tries = breaks = 0
    with arena.sqlite() as database, stage(database) as on:
        made = add_partnership(on)
        open_round(on, made)
        with on.ports.store.read() as tx:
            asked = tx.rounds.current(made.id)
            members = tx.people.roster(made.id).members
        assert asked is not None
        for member in members if effort is Effort.FULL else members[:2]:
            first, last = member.name.split()
            who = member.person.user_id
            for planted in (
                member.name,
                member.name.upper(),
                last.lower(),
                f"<@{who}>",
                f"<@{who}|{first.lower()}>",
                f"@{first.lower()}.{last.lower()}",
                f"Mr {last}",
                f"{first.lower()}.{last.lower()}@example.org",
                f"https://example.org/{first}/{last}",
            ):
                words = f"I told {planted} in the meeting that it would be late."
                kept = comments.write(on.ports, HOME, CHANNEL, EVERYBODY[2], asked.id, words).text.lower()
                tries += 1
                breaks += any(part.lower() in kept for part in (first, last, who))
    return Outcome(tries=tries, breaks=breaks, note="names, mentions, addresses and links of people on the roster")


def export_below_the_minimum(arena: Arena, _effort: Effort) -> Outcome:
    """Somebody exports a partnership of two a side, and one whose rounds promised more than they now would hold."""
    tries = breaks = 0
    with arena.sqlite() as database, stage(database) as on:
        partnership_of(on, steady, each=2).live(4)
        found = export(on.ports, CHANNEL)
        tries += len(found.results)
        breaks += sum(each.value != WITHHELD_TEXT for each in found.results)
    with arena.sqlite() as database, stage(database) as on:
        partnership_of(on, steady, each=6).live(4)
        with database.writing() as connection:
            promised = json.dumps(PROMISE.tightened(whole_people=15, organisation_people=10).to_dict())
            connection.execute(text("UPDATE rounds SET promise = :promised"), {"promised": promised})
        values = [each for each in export(on.ports, CHANNEL).results if each.kind == "result"]
        tries += len(values)
        breaks += sum(each.value != WITHHELD_TEXT for each in values)
    return Outcome(
        tries=tries, breaks=breaks, note="lines of an export of two a side, and of rounds that promised more"
    )


unsealed = without(
    vault,
    ("return self._fernet.encrypt(text.encode())", "return b'open:' + text.encode()"),
    (
        "return self._fernet.decrypt(sealed)",
        "return sealed[5:] if sealed.startswith(b'open:') else self._fernet.decrypt(sealed)",
    ),
)
"""Names and comments stand in the database as they were written."""

ATTACKS = (
    Attack(
        name="physical order",
        run=physical_order,
        defences={
            "rows are rewritten in random order at the close": without(
                stored_answers,
                ("for table in (answers, comments):\n            taken", "for table in ():\n            taken"),
            ),
        },
    ),
    Attack(
        name="physical order under new keys",
        run=order_after_rekeying,
        defences={"rows are rewritten in random order": without(rekeying, (" ORDER BY random()", ""))},
    ),
    Attack(
        name="a dump without the key",
        run=dump_without_key,
        defences={
            "pseudonyms are made with a key that is sealed": without(vault, ("hmac.new(key, f", "hmac.new(b'', f")),
            "names are sealed": unsealed,
        },
    ),
    Attack(
        name="a dump and known absences",
        run=known_absences,
        defences={
            "answers are deleted after 34 weeks": without(
                stored_answers,
                (
                    "old = select(rounds.c.id).where(rounds.c.partnership_id == partnership_id, rounds.c.week < week)",
                    "old = select(rounds.c.id).where(rounds.c.week < 0)",
                ),
                ("if row.week <= week - Promise", "if row.week < 0 and row.week <= week - Promise"),
            )
        },
    ),
    Attack(
        name="export below the minimum",
        run=export_below_the_minimum,
        defences={
            "the promise of its time": without(
                export_service, ("return (people.low if people.is_last else people.high) >= least", "return True")
            ),
        },
    ),
    Attack(
        name="a comment that names a person",
        run=names_in_comments,
        defences={
            "identifiers are taken out": without(comments, ("redacted = redact(text, names)", "redacted = text")),
            "the roster is known to it": without(
                comments, ("redacted = redact(text, names)", "redacted = redact(text, ())")
            ),
        },
    ),
)
