"""The roster follows Slack: people join, leave, change organisation; roles find successors."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.ids import OrganisationId, TeamId
from bot.domain.outbox import MessageKind, Outgoing
from bot.domain.partnership import Partnership
from bot.domain.people import Member, Person, Profile, Role, RoleHolder
from bot.services import roster
from bot.views.blocks import Message
from bot.views.roster import draw_roster_moved, draw_successor_wanted
from storage.engine import Database
from tests.builders import BUILDER, CHANNEL, COUNCIL, EXT, HOME, Stage, add_partnership, partnership, person, stage
from tests.services.stories import everybody, open_round, profile, roster_of, sent, told
from tests.slack_limits import breaches, text_covers_blocks

NEW = person(90, EXT)
DOMAINS = tuple(
    replace(each, email_domains=(domain,))
    for each, domain in zip(partnership().organisations, ("council.example", "brightbuild.example"), strict=True)
)


@pytest.fixture
def on(sqlite: Database) -> Iterator[Stage]:
    with stage(sqlite) as made:
        yield made


def read(on: Stage, made: Partnership, profiles: tuple[Profile, ...]) -> None:
    """Apply what Slack says."""
    with on.ports.store.write() as tx:
        roster.apply_snapshot(tx, on.ports, tx.partnerships.get(made.id), profiles)


def member(on: Stage, made: Partnership, who: Person) -> Member:
    """The entry of somebody who is on the roster."""
    found = roster_of(on, made).member(who)
    assert found is not None
    return found


def without(*gone: Person) -> tuple[Profile, ...]:
    """Everybody except those who left."""
    return tuple(each for each in everybody() if each.person not in gone)


def test_the_same_people_again_change_nothing_but_their_names(database: Database) -> None:
    with stage(database) as on:
        made = add_partnership(on)
        before = roster_of(on, made)
        read(on, made, everybody())
        after = roster_of(on, made)
        assert {replace(each, name="") for each in after.members} == {replace(each, name="") for each in before.members}
        assert set(after.holders) == set(before.holders)
        assert member(on, made, person(3)).name == "Person U0H03"
        assert sent(on) == []


def test_somebody_who_joins_before_the_first_pulse_counts_from_the_start(on: Stage) -> None:
    made = add_partnership(on)
    read(on, made, (*everybody(), profile(NEW)))
    assert member(on, made, NEW).organisation_id == BUILDER
    assert member(on, made, NEW).counts_in(1)


def test_somebody_who_joins_counts_towards_no_minimum_in_the_first_block(on: Stage) -> None:
    made = add_partnership(on)
    open_round(on, made)
    read(on, made, (*everybody(), profile(NEW)))
    assert not member(on, made, NEW).counts_in(1)
    assert member(on, made, NEW).counts_in(2)


def test_somebody_who_joins_after_the_last_pulse_of_a_block_begins_with_the_next_one(on: Stage) -> None:
    made = add_partnership(on, rounds=4, regular_rounds=4)
    read(on, made, (*everybody(), profile(NEW)))
    assert not member(on, made, NEW).counts_in(2)
    assert member(on, made, NEW).counts_in(3)


def test_somebody_who_leaves_and_comes_back_comes_back_as_new(on: Stage) -> None:
    made = add_partnership(on, rounds=1, regular_rounds=1)
    read(on, made, without(person(5)))
    assert roster_of(on, made).member(person(5)) is None
    read(on, made, everybody())
    assert member(on, made, person(5)).joined_block == 1


def test_somebody_nobody_can_place_is_a_member_without_organisation(on: Stage) -> None:
    made = add_partnership(on)
    stranger = person(91, TeamId("T0ELSE"))
    read(on, made, (*everybody(), profile(stranger)))
    assert member(on, made, stranger).organisation_id is None


@pytest.mark.parametrize(
    ("asked", "explicit", "email", "stays", "goes_to"),
    [
        pytest.param(0, False, "a@brightbuild.example", BUILDER, None, id="at once before the first pulse"),
        pytest.param(1, False, "a@brightbuild.example", COUNCIL, BUILDER, id="waits once pulses have been asked"),
        pytest.param(1, True, "a@brightbuild.example", COUNCIL, None, id="not when assigned by hand"),
        pytest.param(1, False, None, COUNCIL, None, id="not when the address is absent"),
        pytest.param(1, False, "a@elsewhere.example", COUNCIL, None, id="not when the address says nothing"),
    ],
)
def test_somebody_who_changes_organisation_moves_with_the_next_block(
    on: Stage, asked: int, explicit: bool, email: str | None, stays: OrganisationId, goes_to: OrganisationId | None
) -> None:
    organisations = tuple(replace(each, team_id=None) for each in DOMAINS)
    made = add_partnership(on, organisations=organisations, rounds=asked, regular_rounds=asked)
    with on.ports.store.write() as tx:
        tx.people.put(made.id, Member(person=person(5), organisation_id=COUNCIL, explicit=explicit))
    read(on, made, (*without(person(5)), profile(person(5), email=email)))
    moved = member(on, made, person(5))
    assert (moved.organisation_id, moved.moves_to) == (stays, goes_to)
    assert moved.move_waits == (goes_to is not None)


def test_a_move_that_turns_out_to_be_a_mistake_no_longer_waits(on: Stage) -> None:
    organisations = tuple(replace(each, team_id=None) for each in DOMAINS)
    made = add_partnership(on, organisations=organisations, rounds=1, regular_rounds=1)
    for address in ("a@brightbuild.example", "a@council.example"):
        read(on, made, (*without(person(5)), profile(person(5), email=address)))
    assert not member(on, made, person(5)).move_waits


def test_moves_take_effect_with_the_block_and_are_announced_once(database: Database) -> None:
    with stage(database) as on:
        made = add_partnership(on)
        for number in (5, 6):
            waits = Member(person=person(number), organisation_id=COUNCIL, move_waits=True, moves_to=BUILDER)
            with on.ports.store.write() as tx:
                tx.people.put(made.id, waits)
        for _ in range(2):
            with on.ports.store.write() as tx:
                roster.begin_block(tx, on.ports, made, 2)
        assert member(on, made, person(5)).organisation_id == BUILDER
        (announced,) = sent(on)
        assert announced.kind is MessageKind.ROSTER_MOVED
        assert announced.body["moves"] == [{"organisation": "Brightbuild", "people": ["U0H05", "U0H06"]}]


def test_a_move_to_an_organisation_that_was_taken_out_is_forgotten(on: Stage) -> None:
    made = add_partnership(on)
    gone = OrganisationId("org-gone")
    with on.ports.store.write() as tx:
        tx.people.put(made.id, Member(person=person(5), organisation_id=COUNCIL, move_waits=True, moves_to=gone))
        roster.begin_block(tx, on.ports, made, 2)
    assert member(on, made, person(5)) == Member(person=person(5), organisation_id=COUNCIL)
    assert sent(on) == []


@pytest.mark.parametrize(
    ("leaves", "asked"),
    [
        pytest.param([person(1, EXT)], {"U0E02"}, id="the senior when the lead leaves"),
        pytest.param([person(2, EXT)], {"U0E01"}, id="the lead when the senior leaves"),
        pytest.param([person(1, EXT), person(2, EXT)], {"U0H01"}, id="the administrator when both leave"),
        pytest.param([person(7, EXT)], set(), id="nobody when the person held no role"),
        pytest.param([person(1), person(2), person(1, EXT), person(2, EXT)], {CHANNEL}, id="the channel at the end"),
    ],
)
def test_the_others_are_asked_for_a_successor_of_a_lead_or_senior_who_leaves(
    on: Stage, leaves: list[Person], asked: set[str]
) -> None:
    made = add_partnership(on)
    read(on, made, without(*leaves))
    assert told(sent(on), MessageKind.SUCCESSOR_WANTED) == asked
    assert not roster_of(on, made).has(leaves[0], *Role)
    read(on, made, without(*leaves))
    assert sent(on) == []


def test_all_who_are_asked_for_a_successor_read_the_same_words(on: Stage) -> None:
    made = add_partnership(on)
    with on.ports.store.write() as tx:
        second = RoleHolder(person=person(3, EXT), role=Role.LEAD, organisation_id=BUILDER)
        tx.people.set_holders(made.id, (*tx.people.roster(made.id).holders, second))
        roster.remove(tx, on.ports, made, person(1, EXT).user_id)
    messages = sent(on)
    assert told(messages, MessageKind.SUCCESSOR_WANTED) == {"U0E02", "U0E03"}
    assert messages[0].body == messages[1].body


def test_leads_of_an_organisation_that_has_not_confirmed_them_are_sent_nothing(on: Stage) -> None:
    council, builder = partnership().organisations
    made = add_partnership(on, organisations=(council, replace(builder, confirmed=False)))
    read(on, made, without(person(1, EXT)))
    assert told(sent(on), MessageKind.SUCCESSOR_WANTED) == {"U0H01"}


def test_the_names_of_people_never_enter_the_outbox(on: Stage) -> None:
    made = add_partnership(on)
    read(on, made, without(person(1), person(1, EXT)))
    messages = sent(on)
    assert messages
    assert not any("Harper" in str(each.body) or "Emery" in str(each.body) for each in messages)


MOVED = {"partnership": "A & B", "moves": [{"organisation": "<B>", "people": [f"U{n}" for n in range(60)]}]}
WANTED = {"partnership": "A & B", "channel": "C1", "organisation": "<B>", "role": "lead"}


@pytest.mark.parametrize(
    ("draw", "body"),
    [
        (draw_roster_moved, MOVED),
        (draw_roster_moved, {"partnership": "A", "moves": [{"organisation": "", "people": ["U1"]}]}),
        (draw_successor_wanted, {**WANTED, "left": ["U1"], "administrators": ["U2"], "in_channel": False}),
        (draw_successor_wanted, {**WANTED, "left": ["U1", "U3"], "administrators": [], "in_channel": True}),
    ],
)
def test_what_is_said_about_the_roster_keeps_slacks_limits(
    draw: Callable[[Mapping[str, Any]], Message], body: dict[str, object]
) -> None:
    drawn = draw(body)
    assert breaches(drawn, kind="message") == []
    assert text_covers_blocks(drawn) == []
    assert "<B>" not in drawn["text"]


def test_outgoing_about_the_roster_belongs_to_the_partnership(on: Stage) -> None:
    made = add_partnership(on)
    read(on, made, without(person(1, EXT)))
    (message,) = sent(on)
    assert isinstance(message, Outgoing)
    assert (message.partnership_id, message.team_id) == (made.id, HOME)
