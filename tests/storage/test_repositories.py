"""What is stored comes back as it was, names are sealed, and what is deleted is gone."""

import datetime as dt
import itertools
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from bot.adapters.vault import FernetVault
from bot.domain.cadence import Every
from bot.domain.errors import Unavailable
from bot.domain.ids import (
    ChannelId,
    DeliveryKey,
    DraftId,
    ItemId,
    MessageTs,
    OrganisationId,
    PartnershipId,
    Pseudonym,
    RoundId,
    TeamId,
)
from bot.domain.outbox import Delivered, MessageKind, Outgoing
from bot.domain.partnership import Partnership, State
from bot.domain.people import Member, Organisation, Person, Profile, Role, RoleHolder
from bot.domain.promise import PROMISE
from bot.domain.rounds import Click, OwnAnswer, Round, RoundKind, Withdraw
from bot.domain.sentiment import Mood, Sentiment
from bot.services.ports import Draft, Due, DueKind, KeptComment
from storage.engine import Database
from storage.tables import metadata
from tests.builders import (
    BUILDER,
    CHANNEL,
    COUNCIL,
    EXT,
    HOME,
    SECRET,
    TUESDAY,
    Stage,
    add_partnership,
    cadence,
    partnership,
    person,
    stage,
)
from tests.services.stories import open_round

NORTH = PartnershipId("p-north")
OTHER_SECRET = "b3RoZXJvdGhlcm90aGVyb3RoZXJvdGhlcm90aGVyb3Q="
DELIVERED = Delivered(channel_id=CHANNEL, ts=MessageTs("1.0"))
WORD = Sentiment(polarity=-0.25, label=Mood.NEGATIVE, confidence=0.5, themes=("trust", "roles"))


def begin(on: Stage) -> Round:
    """A partnership whose first round is open."""
    made = add_partnership(on)
    open_round(on, made)
    with on.ports.store.read() as tx:
        asked = tx.rounds.current(made.id)
    assert asked is not None
    return asked


def answer(on: Stage, asked: Round, who: Person, score: int | Withdraw | None) -> None:
    """One person answers the first question."""
    given = Click(
        round_id=asked.id, item_id=asked.items[0], score=score, person=who, channel_id=CHANNEL, at=on.clock.now()
    )
    on.writer.store(given)


def pseudonym(on: Stage, who: Person) -> Pseudonym:
    """The person's pseudonym in Northfield Schools."""
    with on.ports.store.read() as tx:
        return on.vault.pseudonym(tx.partnerships.sealed_key(NORTH), who)


def comment(by: str, text: str = "The drawings came late.", **changes: object) -> KeptComment:
    """A comment as it is kept."""
    kept = KeptComment(
        pseudonym=Pseudonym(by), organisation_id=COUNCIL, counts=True, text=text, quotable=True, sentiment=WORD
    )
    return replace(kept, **changes)  # type: ignore[arg-type]  # the caller's fields are KeptComment's own


def dump(database: Database) -> str:
    """Every value of every table, as somebody reads it who stole the database."""
    with database.reading() as connection:
        rows = [row for table in metadata.sorted_tables for row in connection.execute(select(table))]
    values = (value for row in rows for value in row)
    return "\n".join(value.decode("latin-1") if isinstance(value, bytes) else str(value) for value in values)


# -- partnerships ------------------------------------------------------------------------------------------------------

UNUSUAL = partnership(
    name="Küste & Söhne <Nord> 🌊",
    cadence=cadence(every=Every.FORTNIGHT, at=dt.time(7, 30), open_working_days=7, timezone="America/St_Johns"),
    promise=PROMISE.tightened(whole_people=7, retention_weeks=20),
    state=State.PAUSED,
    organisations=(
        Organisation(id=OrganisationId("org-1"), name="Ärzte", email_domains=("a.example", "b.example"), group="All"),
        Organisation(id=OrganisationId("org-2"), name="Bau", team_id=TeamId("T1"), region="DE-BY", confirmed=True),
    ),
    rounds=17,
    regular_rounds=16,
    last_opened_at=TUESDAY + dt.timedelta(microseconds=1),
)


@pytest.mark.parametrize("given", [partnership(), UNUSUAL], ids=["usual", "unusual"])
def test_a_partnership_comes_back_as_it_was(database: Database, given: Partnership) -> None:
    with stage(database) as on:
        with on.ports.store.write() as tx:
            tx.partnerships.add(given, b"sealed")
        with on.ports.store.read() as tx:
            found = tx.partnerships.get(given.id)
            assert replace(found, organisations=tuple(sorted(found.organisations, key=lambda o: o.id))) == replace(
                given, organisations=tuple(sorted(given.organisations, key=lambda o: o.id))
            )
            assert tx.partnerships.sealed_key(given.id) == b"sealed"


def test_saving_keeps_the_key_of_the_pseudonyms(database: Database) -> None:
    with stage(database) as on:
        made = add_partnership(on)
        before = pseudonym(on, person(1))
        with on.ports.store.write() as tx:
            tx.partnerships.save(replace(made, name="Renamed", state=State.PAUSED))
        with on.ports.store.read() as tx:
            assert tx.partnerships.get(made.id).name == "Renamed"
        assert pseudonym(on, person(1)) == before


def test_an_organisation_that_is_taken_out_leaves_its_people_unplaced_and_without_roles(database: Database) -> None:
    with stage(database) as on:
        made = add_partnership(on, each=2)
        left = tuple(each for each in made.organisations if each.id != BUILDER)
        with on.ports.store.write() as tx:
            tx.partnerships.save(replace(made, organisations=left))
            roster = tx.people.roster(made.id)
        assert {each.person for each in roster.unplaced()} == {person(1, EXT), person(2, EXT)}
        assert not any(each.organisation_id == BUILDER for each in roster.holders)


def test_an_ended_partnership_is_found_by_its_id_alone_and_its_channel_is_free_again(database: Database) -> None:
    with stage(database) as on:
        made = add_partnership(on, each=1)
        with on.ports.store.write() as tx:
            tx.partnerships.save(replace(made, state=State.ENDED))
        with on.ports.store.write() as tx:
            assert tx.partnerships.get(made.id).state is State.ENDED
            assert tx.partnerships.in_channel(HOME, CHANNEL) is None
            assert tx.partnerships.of_workspace(HOME) == ()
            assert tx.partnerships.of_person(person(1)) == ()
            tx.partnerships.add(replace(made, id=PartnershipId("p-2"), organisations=()), b"key")
        with on.ports.store.read() as tx:
            found = tx.partnerships.in_channel(HOME, CHANNEL)
        assert found is not None
        assert found.id == "p-2"


def test_a_partnership_that_is_not_there_is_a_key_error(sqlite: Database) -> None:
    with stage(sqlite) as on, on.ports.store.read() as tx, pytest.raises(KeyError):
        tx.partnerships.get(NORTH)


# -- people ------------------------------------------------------------------------------------------------------------


def test_a_member_comes_back_as_they_were(database: Database) -> None:
    unusual = Member(
        person=person(3, EXT),
        organisation_id=None,
        name="Zoë O'Neill 🌊",
        explicit=True,
        joined_block=4,
        move_waits=True,
        moves_to=BUILDER,
    )
    with stage(database) as on:
        add_partnership(on, each=1)
        with on.ports.store.write() as tx:
            tx.people.put(NORTH, replace(unusual, name="before", joined_block=0))
            tx.people.put(NORTH, unusual)
            assert tx.people.roster(NORTH).member(unusual.person) == unusual
            tx.people.remove(NORTH, unusual.person)
            assert tx.people.roster(NORTH).member(unusual.person) is None


def test_roles_are_replaced_together(database: Database) -> None:
    lead = RoleHolder(person=person(1), role=Role.LEAD, organisation_id=COUNCIL)
    helper = RoleHolder(person=person(9, EXT), role=Role.FACILITATOR)
    with stage(database) as on:
        add_partnership(on, each=1)
        with on.ports.store.write() as tx:
            tx.people.set_holders(NORTH, [lead, helper, lead])
            assert set(tx.people.roster(NORTH).holders) == {lead, helper}
            tx.people.set_holders(NORTH, [])
            assert tx.people.roster(NORTH).holders == ()


def test_a_dump_of_the_database_contains_no_name_and_no_address(database: Database) -> None:
    told = Profile(person=person(1), name="Harper Number1", email="harper@northfield.gov.uk")
    with stage(database) as on:
        asked = begin(on)
        with on.ports.store.write() as tx:
            tx.notebook.put_profiles(HOME, CHANNEL, [told])
            tx.answers.put_comment(NORTH, asked.id, comment("f" * 64, text="Emery was late."))
            for number, member in enumerate(tx.people.roster(NORTH).members):
                tx.outbox.add(_naming(f"a{number}", member.name))
            for claimed in tx.outbox.claim(on.clock.now(), on.clock.real(), 100):
                tx.outbox.settle(claimed, DELIVERED, on.clock.real())
        stolen = dump(database)
    assert "U0H01" in stolen
    for secret in ("Harper", "Emery", "northfield.gov.uk", "late"):
        assert secret not in stolen


def test_another_key_opens_nothing(sqlite: Database) -> None:
    sealed = FernetVault(SECRET).seal("Harper Number1")
    assert FernetVault(SECRET).open(sealed) == "Harper Number1"
    with pytest.raises(Unavailable, match="PULSE_SECRET_KEY"):
        FernetVault(OTHER_SECRET).open(sealed)


# -- answers and comments ----------------------------------------------------------------------------------------------


def test_a_pseudonym_is_the_same_in_one_partnership_and_another_in_the_next() -> None:
    vault = FernetVault(SECRET)
    keys = [vault.new_key(), vault.new_key()]
    people = [person(1), person(2), person(1, EXT)]
    made = [vault.pseudonym(key, who) for key, who in itertools.product(keys, people)]
    assert len(set(made)) == 6
    assert made == [FernetVault(SECRET).pseudonym(key, who) for key, who in itertools.product(keys, people)]
    assert not any(who.user_id in each or who.team_id in each for each in made for who in people)


def test_the_last_answer_counts_and_a_withdrawn_one_is_gone(database: Database) -> None:
    with stage(database) as on:
        asked = begin(on)
        for score in (2, 5, None):
            answer(on, asked, person(1), score)
        answer(on, asked, person(2), 3)
        answer(on, asked, person(2), Withdraw.ANSWER)
        with on.ports.store.read() as tx:
            own = pseudonym(on, person(1))
            assert tx.answers.own(asked.id, own) == (OwnAnswer(item_id=asked.items[0], score=None),)
            (kept,) = tx.answers.of_round(asked.id)
            assert (kept.person, kept.organisation, kept.score, kept.counts) == (own, COUNCIL, None, True)
            assert tx.answers.people_in(asked.id) == 1


def test_nobody_finds_their_answers_under_the_name_of_another_round(database: Database) -> None:
    with stage(database) as on:
        asked = begin(on)
        answer(on, asked, person(1), 4)
        with on.ports.store.read() as tx:
            assert tx.answers.own(RoundId("r-other"), pseudonym(on, person(1))) == ()
            assert tx.answers.own(asked.id, pseudonym(on, person(2))) == ()


def test_a_comment_comes_back_as_it_was_and_a_second_one_replaces_it(database: Database) -> None:
    with stage(database) as on:
        asked = begin(on)
        first, last = comment("a" * 64, text="1"), comment("a" * 64, text="Ünï & <b> 🌊", quotable=False)
        with on.ports.store.write() as tx:
            for each in (first, last, comment("b" * 64)):
                tx.answers.put_comment(NORTH, asked.id, each)
            assert tx.answers.comment(asked.id, last.pseudonym) == last
            assert len(tx.answers.comments_of([asked.id])) == 2
            tx.answers.remove_comment(asked.id, last.pseudonym)
            assert tx.answers.comment(asked.id, last.pseudonym) is None
            assert tx.answers.comments_of([asked.id, RoundId("r-other")]) == (comment("b" * 64),)


def test_answers_and_comments_of_old_rounds_are_deleted_and_the_round_stays(database: Database) -> None:
    with stage(database) as on:
        asked = begin(on)
        answer(on, asked, person(1), 4)
        with on.ports.store.write() as tx:
            tx.answers.put_comment(NORTH, asked.id, comment("a" * 64))
            tx.answers.forget_before(NORTH, asked.week)
            assert len(tx.answers.of_round(asked.id)) == 1
            tx.answers.forget_before(PartnershipId("p-other"), asked.week + 1)
            assert len(tx.answers.of_round(asked.id)) == 1
            tx.answers.forget_before(NORTH, asked.week + 1)
            assert tx.answers.of_round(asked.id) == ()
            assert tx.answers.comments_of([asked.id]) == ()
            assert tx.rounds.get(asked.id) is not None


def test_a_round_comes_back_as_it_was_and_each_day_has_one(database: Database) -> None:
    with stage(database) as on:
        add_partnership(on)
        given = Round(
            id=RoundId("r-1"),
            partnership_id=NORTH,
            number=9,
            block=3,
            kind=RoundKind.EXTRA,
            items=(ItemId("TRU1"), ItemId("COM2"), ItemId("ROL3")),
            channel_id=CHANNEL,
            scheduled_on=TUESDAY.date(),
            opens_at=TUESDAY,
            remind_at=TUESDAY + dt.timedelta(days=1),
            closes_at=TUESDAY + dt.timedelta(days=2),
            promise=PROMISE.tightened(whole_people=6),
            week=2900,
            organisations=3,
        )
        with on.ports.store.write() as tx:
            assert tx.rounds.add(given, {COUNCIL: 5, BUILDER: 0}, {COUNCIL: "Public"})
            assert not tx.rounds.add(replace(given, id=RoundId("r-2"), number=10), {}, {})
            assert (tx.rounds.get(given.id), tx.rounds.current(NORTH)) == (given, given)
            assert tx.rounds.invited(given.id) == {COUNCIL: 5, BUILDER: 0}
            assert tx.rounds.groups(given.id) == {COUNCIL: "Public"}
            tx.rounds.counted(given.id, 10)
            tx.rounds.posted(given.id, MessageTs("7.5"))
            assert tx.rounds.close(given.id, given.closes_at)
            assert not tx.rounds.close(given.id, TUESDAY)
            closed = replace(given, closed_at=given.closes_at, shown_counter=10, message_ts=MessageTs("7.5"))
            assert (tx.rounds.current(NORTH), tx.rounds.latest(NORTH)) == (None, closed)
            assert tx.rounds.of_block(NORTH, 3) == (closed,)
            assert tx.rounds.of_block(NORTH, 2) == ()


# -- notebook and schedule ---------------------------------------------------------------------------------------------


def test_an_event_is_new_once_and_forgotten_after_a_day(database: Database) -> None:
    with stage(database) as on, on.ports.store.write() as tx:
        assert not tx.notebook.seen("Ev1", TUESDAY)
        assert tx.notebook.seen("Ev1", TUESDAY + dt.timedelta(minutes=6))
        assert not tx.notebook.seen("Ev2", TUESDAY + dt.timedelta(days=2))
        assert not tx.notebook.seen("Ev1", TUESDAY + dt.timedelta(days=2))


def test_a_draft_comes_back_to_be_filled_in_and_is_forgotten_after_a_week(database: Database) -> None:
    draft = Draft(
        id=DraftId("d-1"), author=person(1, EXT), channel_id=CHANNEL, body={"name": "Nörd", "list": [1, None]}
    )
    later = replace(draft, id=DraftId("d-2"))
    with stage(database) as on, on.ports.store.write() as tx:
        tx.notebook.put_draft(replace(draft, body={}), TUESDAY)
        tx.notebook.put_draft(draft, TUESDAY)
        assert tx.notebook.draft(draft.id) == draft
        tx.notebook.put_draft(later, TUESDAY + dt.timedelta(days=8))
        tx.notebook.forget_drafts(TUESDAY + dt.timedelta(days=8))
        assert tx.notebook.drafts_of(person(1, EXT), CHANNEL) == (later,)
        assert tx.notebook.drafts_of(person(1), CHANNEL) == ()
        assert (tx.notebook.draft(draft.id), tx.notebook.draft(later.id)) == (None, later)
        tx.notebook.drop_draft(later.id)
        assert tx.notebook.draft(later.id) is None


def test_profiles_of_a_channel_are_kept_until_they_are_read_again(database: Database) -> None:
    first = Profile(person=person(1), name="Ann", email=None, is_workspace_admin=True)
    second = Profile(person=person(2, EXT), name="Bøb", email="b@x.example", is_bot=True)
    with stage(database) as on, on.ports.store.write() as tx:
        assert tx.notebook.profiles(HOME, CHANNEL) == ()
        tx.notebook.put_profiles(HOME, CHANNEL, [first])
        tx.notebook.put_profiles(HOME, CHANNEL, [first, second])
        assert tx.notebook.profiles(HOME, CHANNEL) == (first, second)
        tx.notebook.put_profiles(HOME, CHANNEL, [])
        assert tx.notebook.profiles(HOME, CHANNEL) == ()


def test_each_kind_of_work_of_a_partnership_has_one_time(database: Database) -> None:
    work = Due(partnership_id=NORTH, kind=DueKind.OPEN, due_at=TUESDAY, scheduled_on=TUESDAY.date())
    later = replace(work, due_at=TUESDAY + dt.timedelta(days=7))
    with stage(database) as on:
        add_partnership(on, each=1)
        with on.ports.store.write() as tx:
            tx.schedule.put(work)
            assert tx.schedule.claim(TUESDAY, 10) == (work,)
            tx.schedule.put(later)
            assert (tx.schedule.get(NORTH, DueKind.OPEN), tx.schedule.claim(TUESDAY, 10)) == (later, ())
            assert tx.schedule.next_at() == later.due_at
            tx.schedule.drop(NORTH, DueKind.CLOSE)
            assert tx.schedule.get(NORTH, DueKind.OPEN) == later
            tx.schedule.drop(NORTH, DueKind.OPEN)
            assert tx.schedule.next_at() is None


def test_a_failure_in_a_transaction_leaves_nothing_behind(database: Database) -> None:
    def fail(on: Stage) -> None:
        with on.ports.store.write() as tx:
            tx.partnerships.add(partnership(), b"key")
            tx.outbox.add(_naming("a", "Ann"))
            tx.partnerships.get(PartnershipId("p-none"))

    with stage(database) as on:
        with pytest.raises(KeyError):
            fail(on)
        with on.ports.store.write() as tx:
            assert tx.partnerships.of_workspace(HOME) == ()
            assert tx.outbox.claim(TUESDAY, TUESDAY, 10) == ()


def test_publications_are_kept_for_ever_and_each_subject_once(database: Database) -> None:
    with stage(database) as on:
        add_partnership(on, each=1)
        with on.ports.store.write() as tx:
            for number in range(1, 5):
                at = TUESDAY + dt.timedelta(days=7 * number)
                tx.publications.add(NORTH, f"round:{number}", {"number": number, "results": []}, at)
            tx.publications.add(NORTH, "block:1", {"first": 1}, TUESDAY + dt.timedelta(days=60))
        with on.ports.store.read() as tx:
            assert [each["number"] for each in tx.publications.latest(NORTH, 3)] == [2, 3, 4]
            assert tx.publications.get(NORTH, "block:1") == {"first": 1}
            assert tx.publications.get(NORTH, "block:2") is None
        with pytest.raises(IntegrityError), on.ports.store.write() as tx:
            tx.publications.add(NORTH, "round:1", {"number": "forged"}, TUESDAY)
        with on.ports.store.read() as tx:
            assert tx.publications.get(NORTH, "round:1") == {"number": 1, "results": []}


def _naming(key: str, name: str) -> Outgoing:
    return Outgoing(
        key=DeliveryKey(key),
        kind=MessageKind.ROLES_CONFIRMED,
        team_id=HOME,
        channel_id=ChannelId(f"C{key}"),
        body={"by": name, "leads": [name]},
        due_at=TUESDAY,
    )
