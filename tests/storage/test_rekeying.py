"""`rotate-key` links people to their answers by new keys: an old key opens nothing, and no click is lost meanwhile."""

import datetime as dt
import itertools
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from bot.adapters.vault import FernetVault
from bot.domain.errors import Unavailable
from bot.domain.ids import Pseudonym
from bot.domain.outbox import MessageKind
from bot.domain.people import Person, Profile
from bot.domain.rounds import Round, Saved
from bot.services import comments, own_data, roster
from bot.services.ports import Door, Installed
from schedules.tick import tick
from storage.answer_writer import GroupCommitWriter
from storage.engine import Database
from storage.rekeying import begin_anew, rekey
from storage.resealing import survey
from storage.tables import answers, partnerships
from storage.unit_of_work import SqlStore
from tests.builders import CHANNEL, HOME, TUESDAY, Stage, person, stage
from tests.services.falling_trust import council_loses_trust, partnership_of
from tests.services.stories import everybody_answers, open_round, sent
from tests.services.test_group_commit import PEOPLE, begin, click, stored
from tests.storage.test_physical_order import as_stored, correlation, neighbours_kept

AUTHOR = PEOPLE[4]


def key_of(database: Database) -> bytes:
    """The sealed key of the one partnership."""
    with database.reading() as connection:
        return bytes(connection.execute(select(partnerships.c.sealed_key)).scalar_one())


def pseudonyms(database: Database, table: str = "answers") -> set[str]:
    """All that stand in the database."""
    return set(as_stored(database, table))


def by_old_key(on: Stage, old: bytes) -> set[Pseudonym]:
    """What somebody who has the old key takes for everybody's pseudonyms."""
    return {on.vault.pseudonym(old, who) for who in PEOPLE}


def remove(on: Stage, asked: Round, who: Person) -> None:
    """Somebody leaves the channel."""
    with on.ports.store.write() as tx:
        roster.remove(tx, on.ports, tx.partnerships.get(asked.partnership_id), who.user_id)


def test_who_is_there_keeps_the_link_and_the_old_key_opens_nothing(database: Database) -> None:
    with stage(database) as on:
        asked = begin(on)
        everybody_answers(on, asked)
        comments.write(on.ports, HOME, CHANNEL, AUTHOR, asked.id, "All is good.")
        before, old = stored(on, asked), key_of(database)
        done = rekey(database, on.vault)
        assert (done.partnerships, done.linked, done.unlinked, done.lost) == (1, len(PEOPLE), 0, 0)
        assert stored(on, asked) == before
        assert pseudonyms(database).isdisjoint(by_old_key(on, old))
        assert pseudonyms(database, "comments").isdisjoint(by_old_key(on, old))
        (own,) = own_data.held(on.ports, HOME, CHANNEL, AUTHOR)
        assert own.rounds[0].comment == "All is good."


def test_who_has_left_is_linked_to_nothing_but_to_the_own_other_answers(database: Database) -> None:
    with stage(database) as on:
        asked = begin(on)
        for place in range(3):
            on.writer.store(click(on, asked, AUTHOR, place))
            on.writer.store(click(on, asked, PEOPLE[5], place))
        comments.write(on.ports, HOME, CHANNEL, AUTHOR, asked.id, "All is good.")
        old = key_of(database)
        remove(on, asked, AUTHOR)
        assert rekey(database, on.vault).unlinked == 1
        new = key_of(database)
        links = {on.vault.pseudonym(key, AUTHOR) for key in (old, new)}
        with database.reading() as connection:
            rows = connection.execute(select(answers.c.pseudonym)).scalars().all()
        unlinked = set(rows) - {on.vault.pseudonym(new, PEOPLE[5])}
        assert len(rows) == 6
        assert len(unlinked) == 1
        assert unlinked == pseudonyms(database, "comments")
        assert unlinked.isdisjoint(links)


def test_a_click_by_a_writer_that_knows_the_old_key_is_stored_under_the_new_one(database: Database) -> None:
    with stage(database) as on:
        asked = begin(on)
        on.writer.store(click(on, asked, AUTHOR, 0, 2))
        rekey(database, on.vault)
        on.writer.store(click(on, asked, AUTHOR, 0, 5))
        on.writer.store(click(on, asked, PEOPLE[5]))
        assert stored(on, asked) == {(AUTHOR, asked.items[0]): 5, (PEOPLE[5], asked.items[0]): 4}


def test_no_click_is_lost_or_linked_wrongly_while_keys_are_replaced(database: Database) -> None:
    """Two writers, as of two replicas, store clicks all the time; keys are replaced ten times."""
    with stage(database) as on:
        asked = begin(on)
        replica = Database(database.engine.url.render_as_string(hide_password=False))
        other = GroupCommitWriter(replica, on.vault, on.ports.bank)
        other.start()
        finished = threading.Event()

        def clicks(writer: GroupCommitWriter, people: Sequence[Person]) -> dict[Person, int]:
            last: dict[Person, int] = {}
            for number in itertools.takewhile(lambda _: not finished.is_set(), itertools.count()):
                who, score = people[number % len(people)], number % 5 + 1
                assert isinstance(writer.store(click(on, asked, who, 0, score)), Saved)
                last[who] = score
            return last

        with ThreadPoolExecutor(2) as threads:
            clicking = [threads.submit(clicks, *each) for each in ((on.writer, PEOPLE[:10]), (other, PEOPLE[10:]))]
            replaced = [rekey(database, on.vault) for _ in range(10)]
            finished.set()
            last = clicking[0].result() | clicking[1].result()
        other.stop()
        replica.close()
        assert [each.unlinked for each in replaced] == [0] * 10
        assert stored(on, asked) == {(who, asked.items[0]): score for who, score in last.items()}


def test_a_comment_written_while_keys_are_replaced_is_its_authors(database: Database) -> None:
    with stage(database) as on:
        asked = begin(on)
        with ThreadPoolExecutor(4) as threads:
            written = [
                threads.submit(comments.write, on.ports, HOME, CHANNEL, who, asked.id, f"Good, {who.user_id}.")
                for who in PEOPLE
            ]
            for _ in range(5):
                rekey(database, on.vault)
            assert len([each.result() for each in written]) == len(PEOPLE)
        for who in PEOPLE:
            assert comments.current(on.ports, HOME, CHANNEL, who).text == f"Good, {who.user_id}."
        assert len(pseudonyms(database, "comments")) == len(PEOPLE)


def test_drift_is_found_although_keys_are_replaced_on_the_way(sqlite: Database) -> None:
    with stage(sqlite) as on:
        told = partnership_of(on, council_loses_trust, each=8)
        for _ in range(14):
            told.live(1)
            rekey(sqlite, on.vault)
        assert told.of(MessageKind.ALERT) != []


@pytest.mark.parametrize("table", ["answers", "comments"])
def test_rewritten_rows_lie_in_an_order_unrelated_to_that_of_answering(database: Database, table: str) -> None:
    with stage(database) as on:
        asked = begin(on)
        for who in PEOPLE:
            on.writer.store(click(on, asked, who))
            comments.write(on.ports, HOME, CHANNEL, who, asked.id, "Good.")
        found, in_order = [], 0
        for _ in range(12):
            rekey(database, on.vault)
            key = key_of(database)
            order = [on.vault.pseudonym(key, who) for who in PEOPLE]
            lie = as_stored(database, table)
            found.append(correlation(order, lie))
            in_order += neighbours_kept(order, lie)
            number = "'none'" if database.is_sqlite else "xmin::text"
            assert len(set(as_stored(database, table, number))) == 1
        assert abs(sum(found)) / len(found) < 0.3
        assert in_order <= 3 * len(found)


NEW = FernetVault(Fernet.generate_key().decode())


def test_with_a_lost_key_nothing_is_replaced_until_it_is_said_to_be_lost(database: Database) -> None:
    with stage(database) as on:
        asked = begin(on)
        everybody_answers(on, asked)
        before = stored(on, asked)
        done = rekey(database, NEW)
        assert (done.partnerships, done.lost) == (0, 1)
        assert stored(on, asked) == before
        assert begin_anew(database, on.vault).partnerships == []
        assert stored(on, asked) == before


def test_after_a_loss_the_pulse_takes_answers_again_drift_starts_anew_and_results_stay(database: Database) -> None:
    with stage(database) as on:
        asked = begin(on)
        everybody_answers(on, asked)
        on.clock.at = asked.closes_at
        tick(on.ports)
        with on.ports.store.write() as tx:
            made = tx.partnerships.get(asked.partnership_id)
            tx.installations.put(Installed(team_id=HOME, installed_at=TUESDAY, token="xoxb-1"))
            tx.notebook.put_profiles(HOME, CHANNEL, [Profile(person=person(1), name="Harper")])
        on.clock.at = TUESDAY + dt.timedelta(days=7)
        open_round(on, made)
        sent(on)
        with on.ports.store.read() as tx:
            following = tx.rounds.current(made.id)
        assert following is not None
        everybody_answers(on, following)
        running = GroupCommitWriter(database, NEW, on.ports.bank)
        running.start()
        with pytest.raises(Unavailable):
            running.store(click(on, following, AUTHOR))
        anew = begin_anew(database, NEW)
        assert (anew.partnerships, anew.asked_now, anew.installations) == ([made.name], [made.name], 1)
        assert survey(database, NEW).lost == {}
        running.store(click(on, following, AUTHOR))
        running.stop()
        with SqlStore(database, NEW).read() as tx:
            assert tx.answers.people_in(following.id) == 1
            assert tx.answers.of_round(asked.id) == ()
            assert tx.alerts.detector_state(made.id) == {}
            assert len(tx.publications.latest(made.id, 5)) == 1
            assert tx.installations.serving(Door(team_id=HOME)) is None
            assert tx.notebook.profiles(HOME, CHANNEL) == ()
            assert {each.name for each in tx.people.roster(made.id).members} == {""}
