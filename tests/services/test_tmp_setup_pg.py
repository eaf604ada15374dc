"""Setting up: what becomes of a form or a file, that twice is once, and what may change later."""

import datetime as dt
from collections.abc import Iterator

import pytest

from bot.domain.errors import InvalidForm
from bot.domain.ids import ChannelId, UserId
from bot.domain.outbox import MessageKind
from bot.domain.people import Role
from bot.domain.spec import OrganisationSpec, PartnershipSpec
from bot.domain.spec_form import Step
from bot.services import setup
from bot.services.ports import DueKind
from storage.engine import Database
from tests.builders import CHANNEL, EXT, HOME, Stage, person, stage
from tests.services.setting_up import (
    BOT,
    SETTER,
    STRAY,
    asked_once,
    bodies,
    by_file,
    by_form,
    in_channel,
    kinds,
    named,
    now_here,
    seen_by_slack,
    spec,
    with_organisation,
)


@pytest.fixture
def on(database: Database) -> Iterator[Stage]:
    with stage(database) as made:
        yield made


# -- the first time ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("apply", ["form", "file"])
def test_a_form_and_a_file_that_ask_for_the_same_make_the_same(on: Stage, apply: str) -> None:
    seen_by_slack(on)
    applied = by_form(on, spec()) if apply == "form" else by_file(on, spec())[0]
    partnership, people = now_here(on)
    assert applied.created
    assert applied.partnership.id == partnership.id
    assert partnership.names == ("Brightbuild", "Northfield Council")
    council, builder = named(partnership, "Northfield Council"), named(partnership, "Brightbuild")
    assert people.invited(1) == {council: 6, builder: 6}
    assert [each.person for each in people.unplaced()] == [STRAY]
    assert people.holding(Role.LEAD, builder) == (person(1, EXT),)
    assert people.holding(Role.SENIOR, council) == (person(2),)
    assert {each.id for each in partnership.organisations if each.confirmed} == {council}
    assert partnership.cadence.anchor_on == dt.date(2026, 5, 19)  # set up on a Tuesday: the first is the next one
    with on.ports.store.read() as tx:
        due = tx.schedule.get(partnership.id, DueKind.OPEN)
    assert due is not None
    assert due.due_at == dt.datetime(2026, 5, 19, 9, tzinfo=dt.UTC)
    assert kinds(on) == ["set_up", "confirm_roles", "roles_confirmed"]


def test_whoever_sets_up_by_the_form_becomes_administrator_and_nobody_else(on: Stage) -> None:
    seen_by_slack(on)
    by_form(on, spec())
    assert now_here(on)[1].holding(Role.ADMINISTRATOR) == (SETTER,)


def test_bots_are_no_members(on: Stage) -> None:
    by_file(on, spec())
    assert now_here(on)[1].member(BOT) is None


def side(name: str, **said: object) -> dict[str, object]:
    return {"name": name, "group": "", "people": 6, **said}


def test_what_everybody_is_told_names_who_can_command_who_was_not_placed_and_the_sizes(on: Stage) -> None:
    by_file(on, spec())
    [told] = bodies(on, MessageKind.SET_UP)
    assert told["unplaced"] == ["Name U0STRAY"]
    assert told["organisations"] == [
        side("Brightbuild", leads=["Name U0E01"], seniors=["Name U0E02"], commands=False),
        side("Northfield Council", leads=["Name U0H01"], seniors=["Name U0H02"], commands=True),
    ]
    assert told["asks"] == ["Brightbuild"]


@pytest.mark.parametrize(
    ("changes", "host"),
    [
        ({"host": False}, None),
        ({"host": True}, "Northfield Council"),
        ({"host": False, "team_id": str(HOME)}, None),  # the builder might share the workspace
    ],
)
def test_a_file_confirms_only_the_organisation_of_the_host(
    on: Stage, changes: dict[str, object], host: str | None
) -> None:
    by_file(on, with_organisation(0, spec(), **changes))
    assert [each.name for each in now_here(on)[0].organisations if each.confirmed] == ([host] if host else [])


def test_workspaces_of_their_own_tell_the_host(on: Stage) -> None:
    asked = with_organisation(0, spec(), host=False, team_id=str(HOME))
    by_file(on, with_organisation(1, asked, team_id=str(EXT)))
    assert [each.name for each in now_here(on)[0].organisations if each.confirmed] == ["Northfield Council"]


def test_an_administrator_named_in_a_file_speaks_for_the_own_organisation(on: Stage) -> None:
    asked = with_organisation(0, spec(administrators=(person(3).user_id,)), host=False)
    by_file(on, asked)
    partnership, people = now_here(on)
    assert [each.name for each in partnership.organisations if each.confirmed] == ["Northfield Council"]
    assert people.holding(Role.ADMINISTRATOR) == (person(3),)


def test_somebody_unrecognised_who_is_named_as_lead_belongs_to_that_organisation(on: Stage) -> None:
    by_file(on, with_organisation(1, spec(), leads=(STRAY.user_id,)))
    partnership, people = now_here(on)
    member = people.member(STRAY)
    assert member is not None
    assert (member.organisation_id, member.explicit) == (named(partnership, "Brightbuild"), True)


# -- twice is once -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "asked",
    [
        spec(),
        with_organisation(1, spec(), leads=(STRAY.user_id,)),
        with_organisation(1, spec(), members=(STRAY.user_id, person(4, EXT).user_id)),
        spec(promise={"whole_people": 8}, facilitators=(person(5).user_id,), administrators=(person(3).user_id,)),
        spec(every="fortnight", open_working_days=9),
    ],
)
@pytest.mark.parametrize("rounds_before", [0, 1])
def test_the_same_file_again_changes_nothing_and_sends_nothing(
    on: Stage, asked: PartnershipSpec, rounds_before: int
) -> None:
    by_file(on, asked)
    if rounds_before:
        asked_once(on)
    before, sent = now_here(on), kinds(on)
    on.clock.move(days=3)
    [again] = by_file(on, asked)
    assert str(again) == "Northfield Schools: nothing changed"
    assert kinds(on) == sent
    assert now_here(on)[0] == before[0]
    assert set(now_here(on)[1].members) == set(before[1].members)
    assert set(now_here(on)[1].holders) == set(before[1].holders)


def test_the_form_opened_and_started_unchanged_changes_nothing(on: Stage) -> None:
    by_file(on, spec(administrators=(SETTER.user_id,)))
    seen_by_slack(on, ())
    before, sent = now_here(on), kinds(on)
    form = setup.begin(on.ports, HOME, CHANNEL, SETTER)
    for step in Step:
        setup.write(on.ports, HOME, form.draft_id, SETTER, step, {})
    assert not setup.start(on.ports, HOME, form.draft_id, SETTER).changes
    assert kinds(on) == sent
    assert now_here(on)[0] == before[0]


# -- changes -----------------------------------------------------------------------------------------------------------


def test_another_rhythm_is_planned_anew_and_told(on: Stage) -> None:
    by_file(on, spec())
    [applied] = by_file(on, spec(weekday="thursday", at="14:30"))
    assert str(applied) == "Northfield Schools: changed rhythm"
    with on.ports.store.read() as tx:
        due = tx.schedule.get(applied.partnership.id, DueKind.OPEN)
    assert due is not None
    assert due.due_at == dt.datetime(2026, 5, 14, 13, 30, tzinfo=dt.UTC)
    assert kinds(on)[-1] == "set_up"


def test_a_renamed_organisation_is_known_by_its_domain(on: Stage) -> None:
    by_file(on, spec())
    before = now_here(on)[0]
    by_file(on, with_organisation(1, spec(), name="Brightbuild Group"))
    assert named(now_here(on)[0], "Brightbuild Group") == named(before, "Brightbuild")


def test_an_organisation_may_be_added_but_one_that_was_asked_is_never_left_out(on: Stage) -> None:
    third = OrganisationSpec(name="Investor", email_domains=("invest.example",))
    by_file(on, spec())
    asked_once(on)
    by_file(on, spec(organisations=(*spec().organisations, third)))
    assert len(now_here(on)[0].organisations) == 3
    with pytest.raises(InvalidForm, match="Investor has been asked already and cannot be left out"):
        by_file(on, spec())


def test_before_the_first_pulse_an_organisation_can_be_left_out(on: Stage) -> None:
    third = OrganisationSpec(name="Investor", email_domains=("invest.example",))
    by_file(on, spec(organisations=(*spec().organisations, third)))
    by_file(on, spec())
    assert now_here(on)[0].names == ("Brightbuild", "Northfield Council")


@pytest.mark.parametrize("rounds_before", [0, 1])
def test_a_move_between_organisations_waits_once_people_have_been_asked(on: Stage, rounds_before: int) -> None:
    by_file(on, spec())
    if rounds_before:
        asked_once(on)
    by_file(on, with_organisation(0, spec(), members=(person(4, EXT).user_id,)))
    partnership, people = now_here(on)
    council, builder = named(partnership, "Northfield Council"), named(partnership, "Brightbuild")
    moved = people.member(person(4, EXT))
    assert moved is not None
    waits = (builder, True, council) if rounds_before else (council, False, None)
    assert (moved.organisation_id, moved.move_waits, moved.moves_to) == waits


def test_a_move_that_is_taken_back_no_longer_waits(on: Stage) -> None:
    by_file(on, spec())
    asked_once(on)
    by_file(on, with_organisation(0, spec(), members=(person(4, EXT).user_id,)))
    by_file(on, with_organisation(1, spec(), members=(person(4, EXT).user_id,)))
    moved = now_here(on)[1].member(person(4, EXT))
    assert moved is not None
    assert not moved.move_waits


def test_a_promise_is_tightened_and_never_loosened(on: Stage) -> None:
    by_file(on, spec(promise={"whole_people": 8}))
    assert now_here(on)[0].promise.whole_people == 8
    by_file(on, spec())
    assert now_here(on)[0].promise.whole_people == 8
    with pytest.raises(InvalidForm, match=r"promise\.whole_people"):
        by_file(on, spec(promise={"whole_people": 6}))


# -- a wrong file ------------------------------------------------------------------------------------------------------


def test_one_wrong_partnership_keeps_all_others_out(on: Stage) -> None:
    other = ChannelId("C0OTHER")
    wrong = with_organisation(0, spec(name="Other", channel=other), leads=(UserId("U0NOBODY"),))
    with pytest.raises(InvalidForm) as refused:
        by_file(on, spec(), wrong, C0NORTH=in_channel(), C0OTHER=in_channel())
    assert [(each.field, each.reason) for each in refused.value.faults] == [
        ("organisations[0].leads[0]", "“U0NOBODY” is not the id of a person in this channel.")
    ]
    with on.ports.store.read() as tx:
        assert tx.partnerships.of_workspace(HOME) == ()
    assert kinds(on) == []


def test_a_channel_without_the_bot_is_a_fault_with_its_line(on: Stage) -> None:
    with pytest.raises(InvalidForm) as refused:
        by_file(on, spec(channel=ChannelId("C0ELSE"), lines={"channel": 4}))
    assert "line 4, channel: Slack does not tell who is in C0ELSE (not_in_channel)" in refused.value.sentence


def test_two_partnerships_of_one_channel_or_name_are_faults(on: Stage) -> None:
    with pytest.raises(InvalidForm) as refused:
        by_file(on, spec(), spec())
    assert {each.field for each in refused.value.faults} == {"name", "channel"}
