"""An organisation's own word on its leads and seniors."""

from collections.abc import Iterator

import pytest

from bot.domain.errors import NotAllowed, NotHere, PulseError
from bot.domain.outbox import MessageKind
from bot.domain.partnership import Roster
from bot.domain.people import Person, Role
from bot.services import roles
from storage.engine import Database
from tests.builders import CHANNEL, EXT, HOME, Stage, person, stage
from tests.services.setting_up import STRAY, bodies, by_file, kinds, named, now_here, spec, with_organisation


@pytest.fixture
def on(sqlite: Database) -> Iterator[Stage]:
    with stage(sqlite) as made:
        yield made


def test_until_an_organisation_confirms_its_leads_and_seniors_they_have_no_rights(on: Stage) -> None:
    by_file(on, spec())
    partnership, people = now_here(on)
    assert roles.active(partnership, people, Role.SENIOR) == (person(2),)
    assert not roles.holds(partnership, people, person(1, EXT), Role.LEAD, Role.SENIOR)
    roles.confirm(on.ports, HOME, CHANNEL, person(5, EXT), named(partnership, "Brightbuild"), ["U0E01"], ["U0E02"])
    assert roles.holds(*now_here(on), person(1, EXT), Role.LEAD)
    assert bodies(on, MessageKind.ROLES_CONFIRMED)[-1]["by"] == "Name U0E05"


def test_leads_who_left_the_channel_have_no_rights(on: Stage) -> None:
    by_file(on, spec())
    partnership, people = now_here(on)
    left = Roster(members=tuple(each for each in people.members if each.person != person(1)), holders=people.holders)
    assert roles.holds(partnership, people, person(1), Role.LEAD)
    assert not roles.holds(partnership, left, person(1), Role.LEAD)


@pytest.mark.parametrize(
    ("who", "refusal", "says"),
    [
        (person(1), NotAllowed, "Only people of Brightbuild"),
        (STRAY, NotAllowed, "Only people of Brightbuild"),
        (person(99, EXT), NotHere, "no partnership here"),
    ],
)
def test_nobody_else_confirms_for_an_organisation(on: Stage, who: Person, refusal: type[PulseError], says: str) -> None:
    by_file(on, spec())
    with pytest.raises(refusal, match=says):
        roles.confirm(on.ports, HOME, CHANNEL, who, named(now_here(on)[0], "Brightbuild"), ["U0E01"], [])


def test_an_organisation_names_only_its_own_people(on: Stage) -> None:
    by_file(on, spec())
    with pytest.raises(PulseError, match="only people of Brightbuild"):
        roles.confirm(on.ports, HOME, CHANNEL, person(1, EXT), named(now_here(on)[0], "Brightbuild"), ["U0H01"], [])


def test_those_whom_an_organisation_has_named_stay_while_others_are_proposed(on: Stage) -> None:
    """Else an administrator of the host could unseat the other side's seniors before an alert."""
    by_file(on, spec())
    builder = named(now_here(on)[0], "Brightbuild")
    roles.confirm(on.ports, HOME, CHANNEL, person(5, EXT), builder, ["U0E01"], ["U0E02"])
    by_file(on, with_organisation(1, spec(), seniors=(person(3, EXT).user_id,)))
    partnership, people = now_here(on)
    assert partnership.organisation(builder).confirmed
    assert people.holding(Role.SENIOR, builder) == (person(2, EXT),)
    assert kinds(on)[-1] == "confirm_roles"
    assert bodies(on, MessageKind.CONFIRM_ROLES)[-1]["seniors"] == ["Name U0E03"]
    roles.confirm(on.ports, HOME, CHANNEL, person(5, EXT), builder, ["U0E01"], ["U0E03"])
    assert roles.holds(*now_here(on), person(3, EXT), Role.SENIOR)


def test_an_organisation_that_chose_otherwise_keeps_its_choice_when_the_same_is_proposed_again(on: Stage) -> None:
    by_file(on, spec())
    builder = named(now_here(on)[0], "Brightbuild")
    roles.confirm(on.ports, HOME, CHANNEL, person(5, EXT), builder, ["U0E06"], [])
    before, sent = now_here(on), kinds(on)
    [again] = by_file(on, spec())
    assert not again.changes
    assert kinds(on) == sent
    assert now_here(on)[0] == before[0]
    assert roles.holds(*now_here(on), person(6, EXT), Role.LEAD)


def test_an_organisation_that_confirms_the_same_twice_posts_once(on: Stage) -> None:
    by_file(on, spec())
    builder = named(now_here(on)[0], "Brightbuild")
    for _ in range(2):
        roles.confirm(on.ports, HOME, CHANNEL, person(5, EXT), builder, ["U0E01"], ["U0E02"])
    assert [each["organisation"] for each in bodies(on, MessageKind.ROLES_CONFIRMED)].count("Brightbuild") == 1
