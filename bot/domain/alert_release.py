"""What an alert may say: the detector decides that there is one, this decides whom and how much it names.

Source of every rule: docs/drift.md, "What an alert may say".
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.domain.anonymity import WHOLE, Band, Scope
from bot.domain.ids import OrganisationId
from bot.domain.promise import Promise

MUCH_FROM_POINTS: Final = 0.8  # the fall that the bench of the detector treats as large


class Size(StrEnum):
    """How far answers fell: a word, never a figure."""

    LOWER = "lower"
    MUCH_LOWER = "much lower"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedAlert:
    """An alert as everybody it is sent to may read it.

    `scope` is WHOLE for "in the partnership". `people` is None for "at least 5". `unchanged` are the other scopes of
    which "no clear change" may be said; about the rest nothing is said. What is lower is so since the block began.
    """

    dimension: str
    scope: Scope
    size: Size
    people: Band | None
    unchanged: tuple[Scope, ...]


def release_alert(
    *,
    dimension: str,
    organisation: OrganisationId | None,
    fall: float,
    pairs: Mapping[OrganisationId, int],
    pairs_of_whole: int,
    unchanged: Collection[OrganisationId],
    groups: Mapping[OrganisationId, Scope],
    promise: Promise,
) -> ReleasedAlert | None:
    """The alert as it may be worded; None when fewer than 5 people are behind it.

    `organisation` is where the detector saw the fall of `fall` points, None for everywhere. `pairs` counts the people
    with earlier and later answers by organisation, `pairs_of_whole` all of them. `groups` is as for a block: whoever
    is shown joined with another there is not named here either.
    """
    alone = [each for each, scope in groups.items() if list(groups.values()).count(scope) == 1]
    may_name = organisation in alone and all(
        sum(pairs.get(each, 0) for each, scope in groups.items() if scope == group) >= promise.alert_people
        for group in groups.values()
    )
    named = organisation if may_name else None
    people = pairs_of_whole if named is None else pairs[named]
    if people < promise.alert_people:
        return None
    much = fall >= MUCH_FROM_POINTS and people >= promise.much_lower_people
    others = sorted(groups[each] for each in alone if each != named and each in unchanged)
    return ReleasedAlert(
        dimension=dimension,
        scope=WHOLE if named is None else groups[named],
        size=Size.MUCH_LOWER if much else Size.LOWER,
        people=Band(low=2 * promise.people_band, is_last=True) if people >= 2 * promise.people_band else None,
        unchanged=tuple(others) if named is not None else (),
    )
