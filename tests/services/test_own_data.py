"""One's own data: its author sees all of it, nobody else any, and "Forget me" deletes what it says it deletes."""

import logging
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from bot.adapters.vault import FernetVault
from bot.domain.errors import NotHere, Unavailable
from bot.domain.ids import ChannelId, PartnershipId, TeamId
from bot.domain.outbox import MessageKind
from bot.domain.own_data import Held
from bot.domain.partnership import State
from bot.domain.people import Member, Person, Profile, Role
from bot.domain.rounds import Round, Saved
from bot.services import comments, escalation, own_data, roster, thanks
from schedules.tick import tick
from storage.engine import Database
from storage.tables import partnerships
from storage.unit_of_work import metadata
from tests.builders import CHANNEL, EXT, HOME, Stage, add_partnership, partnership, person, stage
from tests.services.falling_trust import council_loses_trust, partnership_of
from tests.services.stories import everybody_answers, sent
from tests.services.test_group_commit import PEOPLE, begin, click, stored, writing_waits

AUTHOR, OTHER = person(5), person(6, EXT)
OTHER_CHANNEL = ChannelId("C0BRIDGE")


@pytest.fixture
def on(sqlite: Database) -> Iterator[Stage]:
    with stage(sqlite) as made:
        yield made


def seen_by(on: Stage, who: Person, channel: ChannelId = CHANNEL) -> tuple[Held, ...]:
    """What somebody sees of themselves."""
    return own_data.held(on.ports, HOME, channel, who)


def forget(on: Stage, who: Person = AUTHOR) -> None:
    """Somebody says "Forget me"."""
    own_data.forget(on.ports, HOME, CHANNEL, who)


def second_partnership(on: Stage) -> None:
    """Another partnership of the same workspace with some of the same people, whose organisations nobody knows."""
    made = partnership(id=PartnershipId("p-bridge"), name="Bridge", channel_id=OTHER_CHANNEL, organisations=())
    with on.ports.store.write() as tx:
        tx.partnerships.add(made, on.vault.new_key())
        for who in PEOPLE:
            tx.people.put(made.id, Member(person=who, organisation_id=None))


def closed(on: Stage, asked: Round) -> None:
    """The round comes to its close."""
    on.clock.at = asked.closes_at
    tick(on.ports)


def test_a_person_sees_answers_with_the_words_of_the_questions_and_the_own_comment(database: Database) -> None:
    with stage(database) as on:
        asked = begin(on)
        on.writer.store(click(on, asked, AUTHOR, 0, 2))
        on.writer.store(click(on, asked, AUTHOR, 2, None))
        on.writer.store(click(on, asked, OTHER, 0, 5))
        comments.write(on.ports, HOME, CHANNEL, AUTHOR, asked.id, "All is good.")
        (own,) = seen_by(on, AUTHOR)
        (said,) = own.rounds
        questions = [on.ports.question(asked.items[place], asked.organisations) for place in (0, 2)]
        assert [(words, answer.score) for words, answer in said.answers] == list(zip(questions, (2, None), strict=True))
        assert (said.number, said.comment, said.quotable) == (1, "All is good.", False)
        (other,) = seen_by(on, OTHER)
        assert [answer.score for each in other.rounds for _, answer in each.answers] == [5]
        assert other.rounds[0].comment is None


def test_a_person_sees_the_place_the_roles_and_what_carries_the_name(on: Stage) -> None:
    made = add_partnership(on)
    with on.ports.store.write() as tx:
        tx.notebook.put_profiles(HOME, CHANNEL, [Profile(person=person(1), name="Harper", email="h@northfield.gov.uk")])
    thanks.say(
        on.ports,
        HOME,
        CHANNEL,
        person(1),
        about="",
        thanked=thanks.handle(OTHER),
        text="You called first",
        behaviour=None,
        unsigned=False,
    )
    words = {"what": "The drawings are late.", "stake": "Six weeks.", "tried": "Two calls."}
    raised = escalation.preview(on.ports, HOME, CHANNEL, person(1), words)
    escalation.send(on.ports, HOME, raised.draft_id, person(1))
    (own,) = seen_by(on, person(1))
    assert own.place is not None
    assert (own.place.name, own.place.email, own.place.organisation) == (
        "Harper Number1",
        "h@northfield.gov.uk",
        "Northfield Council",
    )
    assert set(own.roles) == {Role.LEAD, Role.ADMINISTRATOR}
    assert [(each.given, each.other, each.text) for each in own.thanks] == [(True, OTHER.user_id, "You called first")]
    assert [(each.raised, each.words) for each in own.escalations] == [(True, tuple(words.values()))]
    (told,) = seen_by(on, person(1, EXT))
    assert [(each.raised, each.words) for each in told.escalations] == [(False, tuple(words.values()))]
    (thanked,) = seen_by(on, OTHER)
    assert [(each.given, each.other) for each in thanked.thanks] == [(False, person(1).user_id)]
    assert thanked.escalations == ()
    with on.ports.store.write() as tx:
        roster.remove(tx, on.ports, tx.partnerships.get(made.id), person(1, EXT).user_id)
    (left,) = seen_by(on, person(1, EXT))
    assert left.place is None
    assert [each.words for each in left.escalations] == [()]


def test_unsigned_thanks_are_nobodys_own(on: Stage) -> None:
    add_partnership(on)
    said = {"about": "", "text": "You called first", "behaviour": None, "unsigned": True}
    thanks.say(on.ports, HOME, CHANNEL, AUTHOR, thanked=thanks.handle(OTHER), **said)  # type: ignore[arg-type]  # its own
    assert seen_by(on, AUTHOR)[0].thanks == ()
    (received,) = seen_by(on, OTHER)[0].thanks
    assert (received.other, received.organisation) == (None, "Northfield Council")


def test_the_partnership_of_the_channel_comes_first_and_ended_ones_and_those_left_are_there_too(on: Stage) -> None:
    asked = begin(on)
    second_partnership(on)
    on.writer.store(click(on, asked, AUTHOR))
    with on.ports.store.write() as tx:
        north = tx.partnerships.get(asked.partnership_id)
        roster.remove(tx, on.ports, north, AUTHOR.user_id)
        tx.partnerships.save(replace(north, state=State.ENDED))
    assert [each.partnership for each in seen_by(on, AUTHOR, OTHER_CHANNEL)] == ["Bridge", "Northfield Schools"]
    assert [each.partnership for each in seen_by(on, AUTHOR, CHANNEL)] == ["Northfield Schools", "Bridge"]
    assert [each.ended for each in seen_by(on, AUTHOR)] == [True, False]
    assert len(seen_by(on, AUTHOR)[0].rounds) == 1


@pytest.mark.parametrize("home", [HOME, TeamId("T0ELSE")])
def test_a_stranger_learns_nothing_and_deletes_nothing(on: Stage, home: TeamId) -> None:
    asked = begin(on)
    everybody_answers(on, asked)
    who = person(99) if home == HOME else AUTHOR
    for use in (own_data.held, own_data.forget):
        with pytest.raises(NotHere, match="no partnership here that you are part of"):
            use(on.ports, home, CHANNEL, who)
    assert len(stored(on, asked)) == len(PEOPLE)


def test_forgetting_deletes_answers_comments_and_drift_history_and_nobody_elses(database: Database) -> None:
    with stage(database) as on:
        asked = begin(on)
        everybody_answers(on, asked)
        comments.write(on.ports, HOME, CHANNEL, AUTHOR, asked.id, "All is good.")
        closed(on, asked)
        with on.ports.store.read() as tx:
            before = tx.answers.history(asked.partnership_id, 0)
            published = tx.publications.latest(asked.partnership_id, 9)
        forget(on)
        assert seen_by(on, AUTHOR)[0].rounds == ()
        with on.ports.store.read() as tx:
            own = on.vault.pseudonym(tx.partnerships.sealed_key(asked.partnership_id), AUTHOR)
            after = tx.answers.history(asked.partnership_id, 0)
            assert set(after) == {each for each in before if each.person != own}
            assert len(after) == len(before) - 1
            assert tx.answers.comments_of([asked.id]) == ()
            assert tx.publications.latest(asked.partnership_id, 9) == published


def test_forgetting_reaches_all_partnerships_of_the_workspace_and_the_open_round(on: Stage) -> None:
    asked = begin(on)
    second_partnership(on)
    on.writer.store(click(on, asked, AUTHOR))
    own_data.forget(on.ports, HOME, OTHER_CHANNEL, AUTHOR)
    assert stored(on, asked) == {}
    assert all(each.rounds == () for each in seen_by(on, AUTHOR))


def test_whoever_forgets_leaves_what_carries_the_name_and_stays_on_the_roster(on: Stage) -> None:
    add_partnership(on)
    said = {"about": "", "text": "You called first", "behaviour": None, "unsigned": False}
    thanks.say(on.ports, HOME, CHANNEL, AUTHOR, thanked=thanks.handle(OTHER), **said)  # type: ignore[arg-type]  # its own
    begun = escalation.preview(on.ports, HOME, CHANNEL, AUTHOR, {"what": "Late.", "stake": "", "tried": ""})
    forget(on)
    (own,) = seen_by(on, AUTHOR)
    assert own.place is not None
    assert len(own.thanks) == 1
    assert own.drafts == 0
    with on.ports.store.read() as tx:
        assert tx.notebook.draft(begun.draft_id) is None


def test_a_person_who_forgot_can_answer_the_open_round_again_as_new(on: Stage) -> None:
    asked = begin(on)
    on.writer.store(click(on, asked, AUTHOR, 0, 2))
    forget(on)
    on.writer.store(click(on, asked, AUTHOR, 1, 5))
    assert stored(on, asked) == {(AUTHOR, asked.items[1]): 5}


def test_the_counter_never_falls_and_nothing_tells_that_somebody_forgot(
    on: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    asked = begin(on)
    sent(on)
    for who in PEOPLE[:6]:
        on.writer.store(click(on, asked, who))
    on.clock.move(hours=2)
    tick(on.ports)
    assert [each.body["more_than"] for each in sent(on)] == [5]
    rows = {name: count for name, count in _counts(on).items() if name not in ("answers", "comments", "drafts")}
    with caplog.at_level(logging.DEBUG):
        for who in PEOPLE[:3]:
            forget(on, who)
        on.clock.move(hours=2)
        tick(on.ports)
    assert sent(on) == []
    with on.ports.store.read() as tx:
        kept = tx.rounds.get(asked.id)
        assert kept is not None
        assert (kept.shown_counter, tx.answers.people_in(asked.id)) == (5, 3)
    assert {name: count for name, count in _counts(on).items() if name in rows} == rows
    assert [each.getMessage() for each in caplog.records if each.name.split(".")[0] in ("bot", "storage")] == []


def test_too_few_that_are_left_are_withheld_like_any_others(on: Stage) -> None:
    asked = begin(on)
    for who in (*PEOPLE[:3], *PEOPLE[10:12]):
        on.writer.store(click(on, asked, who))
    forget(on, PEOPLE[0])
    closed(on, asked)
    with on.ports.store.read() as tx:
        (published,) = tx.publications.latest(asked.partnership_id, 1)
    assert published["people"] is None
    assert all("tenths" not in each for each in published["results"])


def test_a_click_that_is_being_stored_when_somebody_forgets_is_deleted_and_a_later_one_is_stored(
    database: Database,
) -> None:
    with stage(database) as on:
        asked = begin(on)
        with ThreadPoolExecutor(max_workers=2) as threads:
            with writing_waits(database):
                told = threads.submit(on.writer.store, click(on, asked, AUTHOR))
                wait([told], timeout=0.3)
                forgetting = threads.submit(forget, on)
                wait([forgetting], timeout=0.3)
            assert isinstance(told.result(timeout=5), Saved)
            forgetting.result(timeout=5)
        assert stored(on, asked) == {}
        on.writer.store(click(on, asked, AUTHOR, 1, 3))
        assert stored(on, asked) == {(AUTHOR, asked.items[1]): 3}


def test_without_the_key_forgetting_says_that_it_cannot(on: Stage) -> None:
    asked = begin(on)
    on.writer.store(click(on, asked, AUTHOR))
    other = FernetVault("b" * 43 + "=")
    with on.database.writing() as connection:
        connection.execute(update(partnerships).values(sealed_key=other.new_key()))
    (own,) = seen_by(on, AUTHOR)
    assert not own.linked
    with pytest.raises(Unavailable):
        forget(on)


def test_drift_and_releases_go_on_whoever_forgets_at_whatever_moment(on: Stage) -> None:
    """Fourteen rounds in which somebody forgets now and then: every close comes, and the fall is found all the same."""
    dice = random.Random(5)
    told = partnership_of(on, council_loses_trust, each=10)
    for _ in range(14):
        told.live(1)
        for who in dice.sample(PEOPLE, dice.choice((0, 0, 1))):
            forget(on, who)
    with on.ports.store.read() as tx:
        assert len(tx.publications.latest(told.partnership.id, 20)) == 14
    assert [each.body["dimension"] for each in told.of(MessageKind.ALERT)][:1] == ["Understanding and trust"]
    assert told.of(MessageKind.ALERT_UNHEARD) == []


def _counts(on: Stage) -> dict[str, int]:
    with on.database.reading() as connection:
        return {
            table.name: len(connection.execute(select(table)).all())
            for table in metadata.sorted_tables
            if table.name not in ("due_work", "pacing")
        }
