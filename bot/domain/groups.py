"""Organisations that are shown together because one of them is too small to be shown apart."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from bot.domain.anonymity import Scope
from bot.domain.ids import OrganisationId

_GROUP: Final = "group:"


def units(
    organisations: Collection[OrganisationId], groups_of_rounds: Sequence[Mapping[OrganisationId, str]]
) -> dict[OrganisationId, Scope]:
    """What each organisation is shown as: itself, or the group it shares with others.

    `groups_of_rounds` are the groups as they were frozen with each round of a block ("" is none): whoever was joined
    in any of them stays joined, so that taking a group apart later shows nobody apart (PRIVACY, frozen promise).
    """
    together = {each: frozenset({each}) for each in organisations}
    names: dict[OrganisationId, str] = {}
    for groups in groups_of_rounds:
        for name in sorted({name for name in groups.values() if name}):
            joined = [each for each in organisations if groups.get(each) == name]
            unit = frozenset().union(*(together[each] for each in joined))
            together |= dict.fromkeys(unit, unit)
            names |= dict.fromkeys(joined, name)
    return {
        each: Scope(each) if len(unit) == 1 else Scope(_GROUP + min(names[one] for one in unit if one in names))
        for each, unit in together.items()
    }


def called(scope: str, names: Mapping[str, str]) -> str:
    """How a unit is called on the screen; `names` are those of the organisations."""
    return names.get(scope, scope.removeprefix(_GROUP))
