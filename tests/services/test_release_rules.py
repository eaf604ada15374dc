"""What a close may release, and of what, when a partnership's organisations, groups, keys and rounds change."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from bot.adapters.vault import FernetVault
from bot.domain.cadence import Every
from bot.domain.errors import Unavailable
from bot.domain.ids import ChannelId, OrganisationId, PartnershipId, TeamId, UserId
from bot.domain.outbox import MessageKind, Refused
from bot.domain.partnership import Partnership
from bot.domain.people import Member, Organisation, Person, Profile
from bot.domain.promise import PROMISE
from bot.domain.rounds import Click, Round, RoundKind, Saved, Withdraw
from bot.domain.spec import OrganisationSpec, PartnershipSpec
from bot.services import channels, comments, deliveries, life, rounds, setup
from bot.services.channels import ChannelEvent
from bot.services.ports import DueKind
from schedules.tick import tick
from storage.answer_batch import AnswerBatch
from storage.engine import Database
from storage.tables import outbox
from storage.unit_of_work import SqlStore
from tests.builders import (
    CHANNEL,
    EXT,
    HOME,
    TUESDAY,
    FixedHolidays,
    Stage,
    add_partnership,
    cadence,
    partnership,
    person,
    stage,
)
from tests.services.setting_up import FixedDirectory
from tests.services.stories import everybody, everybody_answers, kinds, open_round, sent

ENGINEER = TeamId("T0ENG")
SIDES = {"Council": HOME, "Builder": EXT, "Engineer": ENGINEER}
Score = Callable[[Person, int], int | None]  # of a person and the number of the round; None is no answer


def side(team: TeamId, each: int = 8) -> tuple[Profile, ...]:
    """The people of one organisation, which has a workspace of its own."""
    people = (Person(team_id=team, user_id=UserId(f"U{team[2:]}{number}")) for number in range(1, each + 1))
    return tuple(Profile(person=who, name=f"Somebody {who.user_id}") for who in people)


def asked_for(*names: str, group: str = "", weekday: str = "tuesday") -> PartnershipSpec:
    """A partnership of these organisations; the first two are joined in the group."""
    sides = tuple(
        OrganisationSpec(name=name, team_id=SIDES[name], host=name == "Council", group=group if place < 2 else "")
        for place, name in enumerate(names)
    )
    administrators = (side(HOME)[0].person.user_id,)
    return PartnershipSpec(
        name="North", channel=CHANNEL, weekday=weekday, organisations=sides, administrators=administrators
    )


def apply(on: Stage, spec: PartnershipSpec) -> Partnership:
    """Apply a file in which people of all its organisations are in the channel."""
    people = tuple(each for found in spec.organisations for each in side(TeamId(found.team_id or "")))
    setup.apply_all(on.ports, [spec], FixedDirectory({CHANNEL: people}), HOME)
    return lives_here(on)


def lives_here(on: Stage) -> Partnership:
    """The partnership of the channel."""
    with on.ports.store.read() as tx:
        found = tx.partnerships.in_channel(HOME, CHANNEL)
    assert found is not None
    return found


def current(on: Stage, of: Partnership) -> Round:
    """The open round."""
    with on.ports.store.read() as tx:
        asked = tx.rounds.current(of.id)
    assert asked is not None
    return asked


def click(on: Stage, asked: Round, who: Person, score: int | Withdraw, place: int = 0) -> Click:
    """One click on one of the round's questions."""
    return Click(
        round_id=asked.id,
        item_id=asked.items[place],
        score=score,
        person=who,
        channel_id=asked.channel_id,
        at=on.clock.now(),
    )


def answer_all(on: Stage, asked: Round, people: Iterable[Person], score: Score) -> None:
    """People answer the question of trust."""
    for who in people:
        given = score(who, asked.number)
        if given is not None:
            on.writer.store(click(on, asked, who, given))


def published(on: Stage, of: Partnership, subject: str) -> dict[str, Any]:
    """What was published of a round or block."""
    with on.ports.store.read() as tx:
        body = tx.publications.get(of.id, subject)
    assert body is not None
    return body


def of_trust(body: dict[str, Any]) -> dict[str, bool]:
    """Scopes for which trust was published, and whether it was released."""
    return {each["scope"]: "tenths" in each for each in body["results"] if each["dimension"] == "trust"}


def one_week(on: Stage, of: Partnership, people: Iterable[Person], score: Score) -> Round:
    """A round opens, people answer, and it closes two days later; its successor is not due yet."""
    tick(on.ports)
    asked = current(on, of)
    answer_all(on, asked, people, score)
    on.clock.move(days=2)
    tick(on.ports)
    sent(on)
    on.clock.move(days=5)
    return asked


def by_team(who: Person, _number: int) -> int:
    """The organisations think differently of it."""
    return {HOME: 2, EXT: 5, ENGINEER: 4}[who.team_id]


EVERYBODY = [each.person for team in SIDES.values() for each in side(team)]


@pytest.mark.parametrize("name", ["whole", "group:whole", "A and B"])
def test_a_group_may_be_called_the_whole_and_its_block_is_published(sqlite: Database, name: str) -> None:
    with stage(sqlite) as on:
        on.clock.at = TUESDAY - dt.timedelta(days=1)
        made = apply(on, asked_for(*SIDES, group=name))
        on.clock.at = TUESDAY
        for _ in range(4):
            one_week(on, made, EVERYBODY, by_team)
        engineer = next(each.id for each in made.organisations if each.name == "Engineer")
        assert of_trust(published(on, made, "block:1")) == {f"group:{name}": True, engineer: True}


def test_a_group_taken_apart_during_a_block_stays_joined_in_it(sqlite: Database) -> None:
    """Answers that were given as a group's are never shown apart; from the next block on they are."""
    with stage(sqlite) as on:
        on.clock.at = TUESDAY - dt.timedelta(days=1)
        made = apply(on, asked_for(*SIDES, group="Both"))
        on.clock.at = TUESDAY
        for number in range(1, 9):
            if number == 4:
                apply(on, asked_for(*SIDES))
            one_week(on, made, EVERYBODY, by_team)
        assert "group:Both" in of_trust(published(on, made, "block:1"))
        assert of_trust(published(on, made, "block:2")) == {each.id: True for each in made.organisations}


def test_an_organisation_that_comes_while_a_round_is_open_withholds_nothing_of_it(sqlite: Database) -> None:
    with stage(sqlite) as on:
        on.clock.at = TUESDAY - dt.timedelta(days=1)
        made = apply(on, asked_for("Council", "Builder"))
        on.clock.at = TUESDAY
        tick(on.ports)
        asked = current(on, made)
        answer_all(on, asked, [each.person for team in (HOME, EXT) for each in side(team)], by_team)
        apply(on, asked_for(*SIDES))
        answer_all(on, asked, [each.person for each in side(ENGINEER)[:3]], by_team)
        on.clock.move(days=2)
        tick(on.ports)
        assert of_trust(published(on, made, f"round:{asked.id}")) == {"whole": True}


def trust_word(on: Stage, of: Partnership, asked: Round) -> object:
    """The word for change beside the score for trust."""
    results = published(on, of, f"round:{asked.id}")["results"]
    return next(each for each in results if each["dimension"] == "trust").get("change")


@pytest.mark.parametrize(("builder_answers_from", "says"), [(7, None), (6, None), (1, "lower")])
def test_a_change_is_said_only_where_people_of_every_organisation_can_be_compared(
    sqlite: Database, builder_answers_from: int, says: str | None
) -> None:
    """A word about the council's earlier answers alone would be a word about the council."""

    def score(who: Person, number: int) -> int | None:
        if who.team_id == HOME:
            return 4 if number < 7 else 2
        return 4 if number >= builder_answers_from else None

    people = [person(number, team) for team in (HOME, EXT) for number in range(1, 8)]
    with stage(sqlite) as on:
        made = add_partnership(on, each=7)
        open_round(on, made)
        asked = [one_week(on, made, people, score) for _ in range(8)][-1]
        assert of_trust(published(on, made, f"round:{asked.id}")) == {"whole": True}
        assert trust_word(on, made, asked) == says


@pytest.mark.parametrize(("weeks", "kept"), [(9, True), (11, False)])
def test_an_ended_partnership_keeps_answers_as_long_as_their_round_promised(
    sqlite: Database, weeks: int, kept: bool
) -> None:
    with stage(sqlite) as on:
        made = add_partnership(on, promise=PROMISE.tightened(retention_weeks=10))
        open_round(on, made)
        asked = current(on, made)
        everybody_answers(on, asked)
        life.end(on.ports, HOME, CHANNEL, person(1))
        on.clock.move(weeks=weeks)
        life.forget_expired(on.ports)
        with on.ports.store.read() as tx:
            assert bool(tx.answers.of_round(asked.id)) == kept


@pytest.mark.parametrize("weekday", ["tuesday", "wednesday", "thursday", "friday"])
def test_who_ends_a_partnership_and_sets_it_up_again_waits_seven_days_for_a_round(
    sqlite: Database, weekday: str
) -> None:
    with stage(sqlite) as on:
        on.clock.at = TUESDAY - dt.timedelta(days=1)
        apply(on, asked_for("Council", "Builder"))
        on.clock.at = TUESDAY
        tick(on.ports)
        life.end(on.ports, HOME, CHANNEL, side(HOME)[0].person)
        on.clock.move(hours=1)
        again = apply(on, asked_for("Council", "Builder", weekday=weekday))
        with on.ports.store.read() as tx:
            planned = tx.schedule.get(again.id, DueKind.OPEN)
        assert planned is not None
        assert planned.due_at - TUESDAY >= dt.timedelta(days=7)


def test_an_extra_round_after_a_full_block_belongs_to_the_next_one(sqlite: Database) -> None:
    """Its comments would otherwise belong to a block that has been published, and never be heard."""
    with stage(sqlite) as on:
        made = add_partnership(on, cadence=cadence(every=Every.FORTNIGHT))
        open_round(on, made)
        for _ in range(4):
            everybody_answers(on, current(on, made))
            on.clock.move(days=2)
            tick(on.ports)
            on.clock.move(days=12)
            if lives_here(on).rounds < 4:
                tick(on.ports)
        on.clock.move(days=-7)
        extra = rounds.open_extra(on.ports, HOME, CHANNEL, person(1))
        assert (extra.kind, extra.number, extra.block) == (RoundKind.EXTRA, 5, 2)
        for each in everybody():
            comments.write(on.ports, HOME, CHANNEL, each.person, extra.id, "A good word about trust.")
        for _ in range(60):
            on.clock.move(days=1)
            tick(on.ports)
        heard = published(on, made, "block:2")["themes"]
        assert [each["dimension"] for each in heard] == ["trust"]


def test_leave_to_quote_is_for_the_words_that_were_shown_and_for_no_others(sqlite: Database) -> None:
    with stage(sqlite) as on:
        made = add_partnership(on)
        open_round(on, made)
        asked = current(on, made)
        place = (on.ports, HOME, CHANNEL, person(3))
        shown = comments.write(*place, asked.id, "Harmless words.")
        rewritten = comments.write(*place, asked.id, "Words for nobody.")
        comments.allow_quoting(*place, asked.id, seal=shown.seal, allowed=True)
        assert not comments.current(*place).quotable
        comments.allow_quoting(*place, asked.id, seal=rewritten.seal, allowed=True)
        assert comments.current(*place).quotable
        comments.write(*place, asked.id, "Other words.")
        assert not comments.current(*place).quotable


def lost(on: Stage) -> None:
    """Slack takes the bot out of the channel."""
    channels.lost(on.ports, ChannelEvent(id="lost", team_id=HOME, channel_id=CHANNEL), "not_in_channel")


def invited(on: Stage) -> list[MessageKind]:
    """The bot is back; what it posts."""
    channels.invited(on.ports, ChannelEvent(id="back", team_id=HOME, channel_id=CHANNEL))
    return kinds(sent(on))


def test_all_that_a_block_adds_is_posted_when_the_channel_is_back(sqlite: Database) -> None:
    with stage(sqlite) as on:
        made = add_partnership(on)
        open_round(on, made)
        for number in range(1, 5):
            everybody_answers(on, current(on, made))
            sent(on)
            if number == 4:
                lost(on)
            on.clock.move(days=2)
            tick(on.ports)
            if number < 4:
                on.clock.move(days=5)
                tick(on.ports)
        sent(on, refused="not_in_channel")
        assert set(invited(on)) >= {MessageKind.RESULTS, MessageKind.BLOCK_RESULTS, MessageKind.BLOCK_COMMENTS}


def test_results_of_a_paused_partnership_are_posted_when_the_channel_is_back(sqlite: Database) -> None:
    with stage(sqlite) as on:
        made = add_partnership(on)
        open_round(on, made)
        everybody_answers(on, current(on, made))
        life.pause(on.ports, HOME, CHANNEL, person(1))
        sent(on)
        lost(on)
        on.clock.move(days=2)
        tick(on.ports)
        sent(on, refused="not_in_channel")
        assert MessageKind.RESULTS in invited(on)


def test_a_refused_message_keeps_none_of_its_words(sqlite: Database) -> None:
    with stage(sqlite) as on:
        made = add_partnership(on)
        open_round(on, made)
        for each in deliveries.take(on.ports, 10):
            deliveries.settle(on.ports, each, Refused(reason="msg_too_long"))
        with sqlite.reading() as connection:
            rows = connection.execute(select(outbox.c.state, outbox.c.body)).all()
        assert [tuple(row) for row in rows] == [("refused", {})]


@pytest.mark.parametrize(
    ("score", "says"),
    [(2, "is closed"), (Withdraw.ANSWER, "Your answer stays as it is: this pulse is closed")],
)
def test_whoever_is_too_late_is_told_what_is_true(sqlite: Database, score: int | Withdraw, says: str) -> None:
    with stage(sqlite) as on:
        made = add_partnership(on)
        open_round(on, made)
        asked = current(on, made)
        on.writer.store(click(on, asked, person(3), 5))
        on.clock.move(days=2)
        with pytest.raises(Exception, match=says):
            on.writer.store(click(on, asked, person(3), score))


def test_an_opening_that_failed_opens_the_same_weeks_round_when_it_is_tried_again(sqlite: Database) -> None:
    class Away(FixedHolidays):
        """A calendar that cannot be read for a moment."""

        def is_holiday(self, day: dt.date, regions: Iterable[str]) -> bool:
            raise OSError

    with stage(sqlite) as on:
        made = add_partnership(on)
        on.clock.at = TUESDAY - dt.timedelta(hours=1)
        with on.ports.store.write() as tx:
            rounds.plan(tx, on.ports, made, on.clock.now())
        on.clock.at = TUESDAY
        tick(replace(on.ports, holidays=Away()))
        on.clock.move(minutes=6)
        tick(on.ports)
        asked = current(on, made)
        assert (asked.scheduled_on, asked.opens_at) == (TUESDAY.date(), on.clock.now())
        assert asked.closes_at == TUESDAY + dt.timedelta(days=2)


SOUTH = partnership(
    id=PartnershipId("p-south"),
    channel_id=ChannelId("C0SOUTH"),
    organisations=(
        Organisation(id=OrganisationId("org-1"), name="A", team_id=HOME, confirmed=True),
        Organisation(id=OrganisationId("org-2"), name="B", team_id=EXT, confirmed=True),
    ),
)


def test_a_partnership_whose_key_cannot_be_opened_fails_alone(sqlite: Database) -> None:
    with stage(sqlite) as on:
        made = add_partnership(on)
        with on.ports.store.write() as tx:
            tx.partnerships.add(SOUTH, FernetVault(Fernet.generate_key().decode()).new_key())
            tx.people.put(SOUTH.id, Member(person=person(1), organisation_id=OrganisationId("org-1")))
        open_round(on, made)
        open_round(on, SOUTH)
        clicks = [click(on, current(on, each), person(1), 4) for each in (SOUTH, made)]
        south, north = AnswerBatch(sqlite, on.vault, on.ports.bank).store(clicks)
        assert isinstance(south, Unavailable)
        assert isinstance(north, Saved)


def test_after_the_key_was_lost_rounds_close_and_open_as_before(sqlite: Database) -> None:
    with stage(sqlite) as on:
        made = add_partnership(on)
        open_round(on, made)
        everybody_answers(on, current(on, made))
        comments.write(on.ports, HOME, CHANNEL, person(3), current(on, made).id, "A word under the old key.")
        vault = FernetVault(Fernet.generate_key().decode())
        ports = replace(on.ports, vault=vault, store=SqlStore(sqlite, vault))
        for _ in range(4):
            on.clock.move(days=2)
            tick(ports)
            on.clock.move(days=5)
            tick(ports)
        with on.ports.store.read() as tx:
            assert tx.rounds.latest(made.id) == current(on, made)
        assert current(on, made).number == 5
        assert published(on, made, "block:1")
