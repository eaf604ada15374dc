"""PULSE_SECRET_KEY can be replaced: everything is sealed anew while the bot runs, and then the old key can go."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select, update

from bot.adapters.vault import FernetVault
from bot.domain.errors import Unavailable
from bot.domain.people import Profile
from bot.services import comments
from bot.services.ports import Door, Installed
from storage import resealing
from storage.answer_writer import GroupCommitWriter
from storage.engine import Database
from storage.resealing import reseal, sealed_columns, survey
from storage.tables import members, partnerships
from storage.unit_of_work import SqlStore, metadata
from tests.builders import CHANNEL, HOME, SECRET, TUESDAY, Stage, add_partnership, person, stage
from tests.services.test_group_commit import PEOPLE, begin, click

NEW = Fernet.generate_key().decode()
BOTH = FernetVault(NEW, SECRET)


@pytest.fixture(autouse=True)
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resealing, "_SLICE", 3)


def fill(on: Stage) -> None:
    """One of everything that is sealed, with the first key."""
    asked = begin(on)
    comments.write(on.ports, HOME, CHANNEL, person(1), asked.id, "All is good.")
    with on.ports.store.write() as tx:
        tx.installations.put(Installed(team_id=HOME, installed_at=TUESDAY, token="xoxb-1"))
        tx.notebook.put_profiles(HOME, CHANNEL, [Profile(person=person(1), name="Harper", email="h@example.org")])


def everything_opens(database: Database, vault: FernetVault) -> bool:
    """Whether each sealed value of the database can be opened."""
    with database.reading() as connection:
        values = [
            bytes(row[0])
            for table, column in sealed_columns()
            for row in connection.execute(select(table.c[column.key]))
        ]
    opened = []
    for each in values:
        with suppress(Unavailable):
            vault.resealed(each)
            opened.append(each)
    return len(opened) == len(values)


def test_everything_is_sealed_anew_and_the_old_key_is_needed_no_more(database: Database) -> None:
    with stage(database) as on:
        fill(on)
        alone = FernetVault(NEW)
        assert not everything_opens(database, alone)
        assert everything_opens(database, BOTH)
        looked = survey(database, BOTH)
        done = reseal(database, BOTH)
        assert (looked.newest, looked.resealed) == (done.newest, done.resealed) == (0, 1 + 20 + 1 + 1 + 1)
        assert everything_opens(database, alone)
        store = SqlStore(database, alone)
        with store.read() as tx:
            (made,) = tx.partnerships.of_workspace(HOME)
            assert {each.name for each in tx.people.roster(made.id).members} >= {"Harper Number1", "Emery Number10"}
            asked = tx.rounds.current(made.id)
            assert asked is not None
            assert [each.text for each in tx.answers.comments_of([asked.id])] == ["All is good."]
            assert tx.notebook.profiles(HOME, CHANNEL)[0].email == "h@example.org"
            found = tx.installations.serving(Door(team_id=HOME))
            assert found is not None
            assert found.token == "xoxb-1"


def test_every_column_that_holds_something_sealed_is_among_them() -> None:
    sealed = {f"{table.name}.{column.name}" for table, column in sealed_columns()}
    assert sealed == {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.c
        if column.name.startswith("sealed_")
    }
    assert len(sealed) == 5


def test_who_answered_is_the_same_person_under_the_new_key(sqlite: Database) -> None:
    with stage(sqlite) as on:
        add_partnership(on)
        with sqlite.reading() as connection:
            before = bytes(connection.execute(select(partnerships.c.sealed_key)).scalar_one())
        reseal(sqlite, BOTH)
        with sqlite.reading() as connection:
            after = bytes(connection.execute(select(partnerships.c.sealed_key)).scalar_one())
        assert before != after
        assert FernetVault(NEW).pseudonym(after, person(1)) == on.vault.pseudonym(before, person(1))


class Stops(FernetVault):
    """A vault whose process ends in the middle."""

    left = 7

    def resealed(self, sealed: bytes) -> bytes:
        """Seal a few, then end."""
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt
        return super().resealed(sealed)


def test_it_can_be_stopped_at_any_time_and_begun_again(database: Database) -> None:
    with stage(database) as on:
        fill(on)
        with pytest.raises(KeyboardInterrupt):
            reseal(database, Stops(NEW, SECRET))
        assert everything_opens(database, BOTH)
        done = reseal(database, BOTH)
        assert done.newest > 0
        assert done.resealed > 0
        assert done.newest + done.resealed == 24
        assert reseal(database, BOTH).resealed == 0


def test_what_somebody_changes_meanwhile_stays_as_they_leave_it(database: Database) -> None:
    with stage(database) as on:
        add_partnership(on)
        named = members.c.user_id == "U0E01"  # the first of its table, after the one partnership

        class Overtaken(FernetVault):
            """A vault that is slow: a name changes between its being read and its being replaced."""

            sealed = 0

            def resealed(self, sealed: bytes) -> bytes:
                """Somebody is renamed before the second value is written."""
                anew = super().resealed(sealed)
                self.sealed += 1
                if self.sealed == 2:
                    with database.writing() as connection:
                        row = {"sealed_name": self.seal("Harper Renamed")}
                        connection.execute(update(members).where(named).values(**row))
                return anew

        vault = Overtaken(NEW, SECRET)
        reseal(database, vault)
        with database.reading() as connection:
            kept = connection.execute(select(members.c.sealed_name).where(named)).scalar_one()
        assert FernetVault(NEW).open(kept) == "Harper Renamed"


def test_no_click_is_lost_while_everything_is_sealed_anew(database: Database) -> None:
    """Clicks come before, during and after; with warm caches and cold ones."""
    with stage(database) as on:
        asked = begin(on)
        running = GroupCommitWriter(database, BOTH, on.ports.bank)
        running.start()
        running.store(click(on, asked, PEOPLE[0]))
        with ThreadPoolExecutor(4) as threads:
            sealing = threads.submit(reseal, database, BOTH)
            stored = [threads.submit(running.store, click(on, asked, who)) for who in PEOPLE[1:10]]
            assert sealing.result().resealed == 21
            assert all(each.result().answer for each in stored)
        running.stop()
        fresh = GroupCommitWriter(database, FernetVault(NEW), on.ports.bank)
        fresh.start()
        for who in PEOPLE[5:]:
            fresh.store(click(on, asked, who, score=5))
        fresh.stop()
        with on.ports.store.read() as tx:
            assert tx.answers.people_in(asked.id) == len(PEOPLE)


def test_what_no_key_opens_is_counted_and_left_alone(sqlite: Database) -> None:
    with stage(sqlite) as on:
        fill(on)
        stranger = FernetVault(Fernet.generate_key().decode())
        assert sum(reseal(sqlite, stranger).lost.values()) == 24
        assert reseal(sqlite, stranger).lost["members"] == 20
        assert everything_opens(sqlite, on.vault)
