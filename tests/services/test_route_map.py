"""The route map from a file: read, checked with its lines, kept, and confirmed by those who are named."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.domain.errors import InvalidForm
from bot.domain.ids import UserId
from bot.domain.people import Role
from bot.domain.route_map import DEFAULT, Level, Rung
from bot.domain.route_map_spec import level_of
from bot.domain.spec import PartnershipSpec, RungSpec
from bot.services import roles, route_map
from storage.engine import Database
from tests.builders import EXT, Stage, person, stage
from tests.services.setting_up import by_file, kinds, named, now_here, spec

INFORMAL = RungSpec(
    level="informal", working_days=2, owners={"Brightbuild": UserId("U0E01"), "Northfield Council": UserId("U0H01")}
)
PROGRAMME = RungSpec(level="Programme level", working_days=4, owners={"brightbuild": UserId("U0E02")})


@pytest.fixture
def on(sqlite: Database) -> Iterator[Stage]:
    with stage(sqlite) as made:
        yield made


def kept(on: Stage) -> tuple[Rung, ...]:
    partnership, _ = now_here(on)
    with on.ports.store.read() as tx:
        return route_map.rungs(tx, partnership)


def faults(on: Stage, *rungs: RungSpec) -> list[str]:
    with pytest.raises(InvalidForm) as refused:
        by_file(on, spec(route_map=rungs))
    return [f"{each.field}: {each.reason}" for each in refused.value.faults]


def test_without_one_the_usual_four_levels_hold(on: Stage) -> None:
    by_file(on, spec())
    assert kept(on) == DEFAULT


def test_levels_and_owners_of_a_file_are_kept_and_the_same_again_changes_nothing(on: Stage) -> None:
    asked = spec(route_map=(INFORMAL, PROGRAMME))
    [applied] = by_file(on, asked)
    assert "route map" in applied.changes
    builder = named(applied.partnership, "Brightbuild")
    council = named(applied.partnership, "Northfield Council")
    assert kept(on) == (
        Rung(level=Level.INFORMAL, working_days=2, owners={builder: person(1, EXT), council: person(1)}),
        Rung(level=Level.PROGRAMME, working_days=4, owners={builder: person(2, EXT)}),
    )
    sent = kinds(on)
    [again] = by_file(on, asked)
    assert again.changes == ()
    [silent] = by_file(on, spec())
    assert silent.changes == ()
    assert [each.level for each in kept(on)] == [Level.INFORMAL, Level.PROGRAMME]
    [changed] = by_file(on, spec(route_map=(INFORMAL,)))
    assert changed.changes == ("route map",)
    assert kinds(on) == sent


def test_an_owner_who_is_neither_lead_nor_senior_is_proposed_as_one_and_told_nothing_before(on: Stage) -> None:
    owners = {"Brightbuild": UserId("U0E04"), "Northfield Council": UserId("U0H04")}
    by_file(on, spec(route_map=(replace(INFORMAL, owners=owners), RungSpec(level="sponsors", working_days=5))))
    partnership, roster = now_here(on)
    assert roster.has(person(4, EXT), Role.LEAD)
    assert roster.has(person(4), Role.LEAD)
    assert not roles.holds(partnership, roster, person(4, EXT), Role.LEAD)
    assert "confirm_roles" in kinds(on)
    with on.ports.store.read() as tx:
        around = route_map.circumstances(tx, on.ports, partnership)
    assert around.present[named(partnership, "Brightbuild")] == ()


@pytest.mark.parametrize(
    ("rungs", "says"),
    [
        ((), "route_map: Give one level or more"),
        ((replace(INFORMAL, level="boss"),), "route_map[0].level: “boss” is not a level"),
        ((PROGRAMME, INFORMAL), "route_map[1].level: Levels go upwards"),
        ((INFORMAL, INFORMAL), "route_map[1].level: Levels go upwards"),
        ((replace(INFORMAL, working_days=0),), "route_map[0].working_days: A level has 1 to 20"),
        ((replace(INFORMAL, working_days=21),), "route_map[0].working_days: A level has 1 to 20"),
        ((replace(INFORMAL, owners={"Nobody": UserId("U0E01")}),), "“Nobody” is not the name of one"),
        ((replace(INFORMAL, owners={"Brightbuild": UserId("U0XX")}),), "“U0XX” is not the id of a person"),
        ((replace(INFORMAL, owners={"Brightbuild": UserId("U0BOT")}),), "“U0BOT” is not the id of a person"),
        ((replace(INFORMAL, owners={"Brightbuild": UserId("U0H05")}),), "belongs to Northfield Council"),
    ],
)
def test_what_cannot_be_a_route_map_is_refused_with_its_place(
    on: Stage, rungs: tuple[RungSpec, ...], says: str
) -> None:
    assert any(says in each for each in faults(on, *rungs)), faults(on, *rungs)


def test_a_route_map_survives_the_way_through_a_draft() -> None:
    asked = spec(route_map=(INFORMAL, PROGRAMME))
    assert PartnershipSpec.from_dict(asked.to_dict()) == asked
    assert PartnershipSpec.from_dict(spec().to_dict()).route_map is None


@pytest.mark.parametrize("level", Level)
def test_levels_are_understood_as_people_write_them(level: Level) -> None:
    for written in (level, level.called, level.called.upper(), level.replace("_", "-")):
        assert level_of(written) is level
