"""Thanks go to somebody of another organisation; unsigned ones leave no trace of their author."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import inspect, select, text

from bot.domain.errors import BadInput, NotHere, NotNow
from bot.domain.ids import MilestoneId, OrganisationId, PartnershipId
from bot.domain.milestones import Fate, Milestone, MilestoneKind, Plan
from bot.domain.outbox import MessageKind, Outgoing
from bot.domain.partnership import Partnership, State
from bot.domain.people import Member, Organisation, Person
from bot.domain.thanks import THANKS_MOST
from bot.services import life, thanks
from storage.engine import Database
from storage.tables import outbox
from tests.builders import BUILDER, CHANNEL, COUNCIL, EXT, HOME, TUESDAY, Stage, add_partnership, person, stage
from tests.services.stories import open_round, sent

AUTHOR, THANKED = person(5), person(6, EXT)


@pytest.fixture
def on(sqlite: Database) -> Iterator[Stage]:
    with stage(sqlite) as made:
        yield made


def say(on: Stage, by: Person = AUTHOR, thanked: Person | str = THANKED, **changes: object) -> Member:
    """Somebody thanks somebody."""
    chosen = thanked if isinstance(thanked, str) else thanks.handle(thanked)
    said = {"about": "", "text": "You called first", "behaviour": None, "unsigned": False, **changes}
    return thanks.say(on.ports, HOME, CHANNEL, by, thanked=chosen, **said)  # type: ignore[arg-type]  # say's own


def posted(on: Stage) -> list[Outgoing]:
    """The thanks that are sent now."""
    return [each for each in sent(on) if each.kind is MessageKind.THANKS]


def celebrated(on: Stage, made: Partnership, name: str = "m-roof") -> None:
    """A milestone of this partnership was told."""
    plan = Plan(title="Roof on", on=TUESDAY.date(), kind=MilestoneKind.DELIVERY)
    done = Milestone(id=MilestoneId(name), partnership_id=made.id, plan=plan, fate=Fate.TOLD, told_on=TUESDAY.date())
    with on.ports.store.write() as tx:
        tx.milestones.put(done)


def everything_stored(on: Stage) -> str:
    """Every value of every row but the roster, as a curious reader of the database finds it."""
    engine = on.database.engine
    names = set(inspect(engine).get_table_names()) - {"members", "holders", "channel_profiles", "alembic_version"}
    with engine.connect() as connection:
        rows = [connection.execute(text(f'SELECT * FROM "{name}"')).all() for name in sorted(names)]  # noqa: S608 - own tables
    return str(rows)


def test_only_people_of_other_organisations_are_offered_by_organisation_and_name(on: Stage) -> None:
    made = add_partnership(on, each=3)
    third = OrganisationId("org-third")
    with on.ports.store.write() as tx:
        organisations = (*made.organisations, Organisation(id=third, name="Acme", confirmed=True))
        tx.partnerships.save(replace(made, organisations=organisations))
        tx.people.put(made.id, Member(person=person(50), organisation_id=third, name="Zoe"))
        tx.people.put(made.id, Member(person=person(51), organisation_id=None, name="Nobody Knows"))
    offered = thanks.choices(on.ports, HOME, CHANNEL, person(1))
    assert [(each.name, of) for each, of in offered.people] == [
        ("Zoe", "Acme"),
        ("Emery Number1", "Brightbuild"),
        ("Emery Number2", "Brightbuild"),
        ("Emery Number3", "Brightbuild"),
    ]
    assert offered.own == "Northfield Council"
    assert thanks.choices(on.ports, HOME, CHANNEL, person(51)).own == ""


@pytest.mark.parametrize("author", [AUTHOR, person(5, EXT)], ids=["host", "partner"])
def test_signed_thanks_carry_the_authors_name_and_mention_the_other_alone(database: Database, author: Person) -> None:
    with stage(database) as on:
        made = add_partnership(on)
        thanked = person(6, EXT if author.team_id == HOME else HOME)
        assert say(on, author, thanked, behaviour="kept_word").person == thanked
        (message,) = posted(on)
        assert message.body["thanked"] == thanked.user_id
        assert message.body["by"].endswith("Number5")
        with on.ports.store.read() as tx:
            (kept,) = tx.milestones.thanks_of(made.id, author)
            assert tx.milestones.thanks_of(made.id, thanked) == (kept,)
        assert (kept.author, kept.thanked, kept.behaviour) == (author, thanked, "kept_word")


def test_whoever_any_list_of_people_offers_is_found_by_the_slack_id_alone(on: Stage) -> None:
    add_partnership(on)
    assert say(on, thanked=THANKED.user_id).person == THANKED


@pytest.mark.parametrize(
    "thanked",
    [AUTHOR, person(6), person(77, EXT), "", "T0EXT|U0E06|", "<!channel>"],
    ids=["oneself", "a colleague", "a stranger", "nobody", "nonsense", "a broadcast"],
)
def test_nobody_else_can_be_thanked_whatever_the_payload_says(on: Stage, thanked: Person | str) -> None:
    add_partnership(on)
    with pytest.raises(BadInput, match="choose somebody of another organisation") as refusal:
        say(on, thanked=thanked)
    assert refusal.value.field == "person"
    assert posted(on) == []


@pytest.mark.parametrize(
    ("words", "sentence"), [(" \n ", "say in a sentence"), ("x" * (THANKS_MOST + 1), "shorten it")]
)
def test_what_for_is_said_within_limits(on: Stage, words: str, sentence: str) -> None:
    add_partnership(on)
    with pytest.raises(BadInput, match=sentence) as refusal:
        say(on, text=words)
    assert refusal.value.field == "text"


def test_an_unknown_behaviour_is_left_out(on: Stage) -> None:
    add_partnership(on)
    say(on, behaviour="was_nice")
    assert posted(on)[0].body["behaviour"] is None


def test_unsigned_thanks_leave_no_trace_of_their_author_anywhere(database: Database) -> None:
    with stage(database) as on:
        made = add_partnership(on)
        say(on, unsigned=True)
        before = everything_stored(on)
        (message,) = posted(on)
        assert AUTHOR.user_id not in before + everything_stored(on)
        assert "Number5" not in before + str(message)
        assert message.body["organisation"] == "Northfield Council"
        with on.ports.store.read() as tx:
            assert tx.milestones.thanks_of(made.id, AUTHOR) == ()
            (kept,) = tx.milestones.thanks_of(made.id, THANKED)
        assert (kept.author, kept.organisation_id, kept.said_on) == (None, COUNCIL, TUESDAY.date())


def test_the_planted_author_of_signed_thanks_is_found_by_the_same_search(on: Stage) -> None:
    add_partnership(on)
    say(on)
    assert AUTHOR.user_id in everything_stored(on)


def test_somebody_whom_nobody_could_place_signs_or_is_told_why_not(on: Stage) -> None:
    made = add_partnership(on)
    with on.ports.store.write() as tx:
        tx.people.put(made.id, Member(person=AUTHOR, organisation_id=None, name="Harper Number5"))
    with pytest.raises(BadInput, match="Please sign them") as refusal:
        say(on, unsigned=True)
    assert refusal.value.field == "unsigned"
    say(on)
    assert posted(on)[0].body["organisation"] == ""


def test_thanks_go_into_the_thread_they_were_started_from(on: Stage) -> None:
    made = add_partnership(on)
    open_round(on, made)
    celebrated(on, made)
    with on.ports.store.read() as tx:
        asked = tx.rounds.current(made.id)
    assert asked is not None
    for about in ("milestone:m-roof", f"round:{asked.id}", ""):
        say(on, about=about)
    with on.database.engine.connect() as connection:
        query = select(outbox.c.thread_of).where(outbox.c.kind == MessageKind.THANKS).order_by(outbox.c.seq)
        assert list(connection.execute(query).scalars()) == ["milestone:m-roof", f"results:{asked.id}", None]


@pytest.mark.parametrize(
    "about", ["milestone:m-south", "milestone:m-none", "round:r-none", "milestone:", "welcome:T:C", "x"]
)
def test_a_forged_place_leads_to_the_channel_and_nowhere_else(on: Stage, about: str) -> None:
    made = add_partnership(on)
    elsewhere = replace(made, id=PartnershipId("p-south"), channel_id=type(CHANNEL)("C0SOUTH"), organisations=())
    with on.ports.store.write() as tx:
        tx.partnerships.add(elsewhere, on.vault.new_key())
    celebrated(on, elsewhere, "m-south")
    say(on, about=about)
    (message,) = posted(on)
    assert (message.thread_of, message.channel_id) == (None, CHANNEL)


@pytest.mark.parametrize("state", [State.PAUSED, State.SUSPENDED])
def test_while_the_partnership_is_stopped_nothing_is_posted_or_kept(on: Stage, state: State) -> None:
    made = add_partnership(on, state=state)
    for attempt in (lambda: thanks.choices(on.ports, HOME, CHANNEL, AUTHOR), lambda: say(on)):
        with pytest.raises(NotNow, match="nothing is posted"):
            attempt()
    assert posted(on) == []
    with on.ports.store.read() as tx:
        assert tx.milestones.thanks_of(made.id, THANKED) == ()


def test_after_the_end_and_for_strangers_there_is_nothing_here(on: Stage) -> None:
    add_partnership(on)
    with pytest.raises(NotHere):
        say(on, person(99))
    life.end(on.ports, HOME, CHANNEL, person(1))
    with pytest.raises(NotHere):
        say(on)


def test_alone_there_is_nobody_to_thank(on: Stage) -> None:
    made = add_partnership(on)
    with on.ports.store.write() as tx:
        for each in tx.people.roster(made.id).members:
            if each.organisation_id == BUILDER:
                tx.people.remove(made.id, each.person)
    with pytest.raises(NotNow, match="nobody of another organisation"):
        thanks.choices(on.ports, HOME, CHANNEL, AUTHOR)


def test_thanks_are_forgotten_after_two_years(database: Database) -> None:
    with stage(database) as on:
        made = add_partnership(on)
        say(on)
        for later, kept in ((731, 1), (732, 0)):
            on.clock.at = TUESDAY + dt.timedelta(days=later)
            life.forget_expired(on.ports)
            with on.ports.store.read() as tx:
                assert len(tx.milestones.thanks_of(made.id, THANKED)) == kept
