"""The route map as a file asks for it: what can be wrong with it, and whom it names."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias

from bot.domain.ids import UserId
from bot.domain.people import Profile, Role
from bot.domain.route_map import LONGEST_FOR, Level
from bot.domain.spec import Belonging, OrganisationSpec, PartnershipSpec

Found: TypeAlias = Iterator[tuple[str, str]]  # the field and what is wrong with it


def level_of(said: str) -> Level | None:
    """The level of a name as people write it: "informal", "delivery leads", "Programme level"; None for others."""
    plain = said.strip().lower().replace(" ", "_").replace("-", "_").removesuffix("_level")
    return next((each for each in Level if each == plain), None)


def route_map_faults(spec: PartnershipSpec) -> Found:
    """What is wrong with the levels in themselves."""
    if spec.route_map is None:
        return
    if not spec.route_map:
        yield "route_map", "Give one level or more, or leave it out: then the usual four hold."
    highest = -1
    for number, rung in enumerate(spec.route_map):
        at, level = f"route_map[{number}]", level_of(rung.level)
        if level is None:
            yield f"{at}.level", f"“{rung.level}” is not a level. Levels are {_LEVELS}."
        elif level.rank <= highest:
            yield f"{at}.level", f"Levels go upwards, each once: {_LEVELS}."
        highest = max(highest, -1 if level is None else level.rank)
        if not 1 <= rung.working_days <= LONGEST_FOR:
            yield f"{at}.working_days", f"A level has 1 to {LONGEST_FOR} working days."
        for name in rung.owners:
            if _number(spec, name) is None:
                yield f"{at}.owners.{name}", f"“{name}” is not the name of one of the organisations."


def owner_faults(spec: PartnershipSpec, known: Mapping[UserId, Profile], placed: Mapping[UserId, Belonging]) -> Found:
    """What is wrong with the owners: who is not in the channel, or belongs elsewhere."""
    for number, rung in enumerate(spec.route_map or ()):
        for name, user in rung.owners.items():
            at = f"route_map[{number}].owners.{name}"
            if user not in known or known[user].is_bot:
                yield at, f"“{user}” is not the id of a person in this channel."
            elif (other := placed[user].organisation) not in (None, _number(spec, name)):
                yield at, f"“{user}” belongs to {spec.organisations[other].name}, not to {name}."


def with_owners(spec: PartnershipSpec) -> PartnershipSpec:
    """The spec with everybody who owns a level among the leads or seniors of the own organisation, so that it confirms
    them like all others (PRIVACY: nothing is sent to anybody before)."""
    organisations = list(spec.organisations)
    for rung in spec.route_map or ():
        level = level_of(rung.level)
        for name, user in rung.owners.items():
            number = _number(spec, name)
            if level is not None and number is not None:
                organisations[number] = _naming(organisations[number], user, level.role)
    return replace(spec, organisations=tuple(organisations))


def _naming(organisation: OrganisationSpec, user: UserId, role: Role) -> OrganisationSpec:
    if user in organisation.named:
        return organisation
    if role is Role.LEAD:
        return replace(organisation, leads=(*organisation.leads, user))
    return replace(organisation, seniors=(*organisation.seniors, user))


def _number(spec: PartnershipSpec, name: str) -> int | None:
    names = [each.name.strip().casefold() for each in spec.organisations]
    return names.index(name.strip().casefold()) if name.strip().casefold() in names else None


_LEVELS = ", ".join(each.replace("_", " ") for each in Level)
