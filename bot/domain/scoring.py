"""From answers to released results: the whole of a round, the organisations of a block, gaps and participation."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from bot.domain.anonymity import (
    WHOLE,
    Band,
    Blur,
    Gap,
    Participation,
    Released,
    Scope,
    WholeResult,
    Withheld,
    blurred_score,
)
from bot.domain.drift import Change
from bot.domain.ids import OrganisationId
from bot.domain.promise import Promise
from bot.domain.responses import Answer, counted, people, without_few_unplaced

BLOCK_DIMENSIONS: Final = ("trust", "communication")
"""What organisations are shown apart for. Every other dimension is shown for the whole only."""

_BY_QUARTERS: Final = (
    Participation.FEW,
    Participation.ONE_IN_FOUR,
    Participation.HALF,
    Participation.THREE_IN_FOUR,
    Participation.NEARLY_ALL,
)


def release_whole(
    answers: Collection[Answer],
    *,
    organisations: Collection[OrganisationId],
    invited: int,
    dimensions: Sequence[str],
    promise: Promise,
    blur: Blur,
    changes: Mapping[str, Change],
) -> WholeResult:
    """The whole of one round, regular or extra, once, at its close: results in the order of `dimensions`.

    `organisations` are all of the partnership, also those that sent no answer; `invited` counts the people of all of
    them. `changes` come from the drift statistic. Raises ValueError when an answer names another organisation.
    """
    _refuse_foreign(answers, organisations)

    def release(dimension: str) -> Released | Withheld:
        said = [a for a in answers if a.dimension == dimension]
        heard = without_few_unplaced(said, promise)
        scored = without_few_unplaced((a for a in said if a.score is not None), promise)
        band = _band_of_whole(scored, heard, organisations, invited, promise)
        if band is None:
            return Withheld(dimension=dimension, scope=WHOLE)
        many = _many_could_not_say(heard, promise, blur)
        return _released(scored, dimension, WHOLE, band, promise, blur, changes.get(dimension), cant_say_many=many)

    everybody = without_few_unplaced(answers, promise)
    return WholeResult(
        people=_band_of_whole(everybody, everybody, organisations, invited, promise),
        results=tuple(release(dimension) for dimension in dimensions),
    )


def release_organisations(
    answers: Collection[Answer],
    *,
    groups: Mapping[OrganisationId, Scope],
    invited: Mapping[OrganisationId, int],
    promise: Promise,
    blur: Blur,
) -> tuple[Released | Withheld, ...]:
    """The organisations of one block apart, once, at its close: for each dimension all groups, or none of them.

    `answers` are those of the block's regular rounds to core questions: an answer of an extra round never enters a
    block. `groups` maps every organisation to the unit it is shown in, alone or joined with another at set-up;
    `invited` counts members without the new ones. `promise` is the `strictest` of the block's rounds. Raises
    ValueError when an answer names an organisation that is in no group.
    """
    _refuse_foreign(answers, groups)
    scopes = sorted(set(groups.values()))
    if WHOLE in scopes:
        raise ValueError("a group of organisations cannot be called the whole")
    of_scope = {
        group: sum(invited.get(each, 0) for each, scope in groups.items() if scope == group) for group in scopes
    }
    large_enough = len(scopes) >= 2 and min(of_scope.values()) >= promise.organisation_invited

    def release(dimension: str) -> Iterable[Released | Withheld]:
        heard: dict[Scope, list[Answer]] = {scope: [] for scope in scopes}
        for answer in answers:
            if answer.organisation is not None and answer.dimension == dimension:
                heard[groups[answer.organisation]].append(answer)
        scored = {scope: [each for each in side if each.score is not None] for scope, side in heard.items()}
        bands = {scope: _band_of_side(scored[scope], heard[scope], of_scope[scope], promise) for scope in scopes}
        shown = {scope: band for scope, band in bands.items() if band is not None}
        if not large_enough or len(shown) < len(scopes):
            return [Withheld(dimension=dimension, scope=scope) for scope in scopes]
        return [_released(scored[scope], dimension, scope, shown[scope], promise, blur) for scope in scopes]

    return tuple(result for dimension in BLOCK_DIMENSIONS for result in release(dimension))


def gaps(results: Iterable[Released | Withheld], promise: Promise) -> tuple[Gap, ...]:
    """The pairs of organisations whose released scores lie clearly apart, computed from what was released alone."""
    released = [r for r in results if isinstance(r, Released) and r.scope != WHOLE]
    return tuple(
        Gap(dimension=high.dimension, higher=high.scope, lower=low.scope)
        for high in released
        for low in released
        if high.dimension == low.dimension
        and high.score.tenths - low.score.tenths >= _clear_gap_tenths(min(high.people, low.people), promise)
    )


def participation(
    answers: Collection[Answer], *, organisations: Collection[OrganisationId], invited: int, promise: Promise
) -> Participation | None:
    """How many of the `invited` of the whole took part in a block at least once, to the nearest quarter.

    Said once per block; None below the minima of the whole. All and all but one are told alike: of few people, "nearly
    everybody" would otherwise mean everybody. Raises ValueError as `release_whole` does.
    """
    _refuse_foreign(answers, organisations)
    heard = without_few_unplaced(answers, promise)
    if invited <= 1 or _band_of_whole(heard, heard, organisations, invited, promise) is None:
        return None
    said = min(people(heard), invited - 1)
    return _BY_QUARTERS[min((8 * said + invited) // (2 * invited), 4)]


def _refuse_foreign(answers: Iterable[Answer], organisations: Collection[OrganisationId]) -> None:
    if any(a.organisation is not None and a.organisation not in organisations for a in answers):
        raise ValueError("an answer names an organisation that is not part of the partnership")


def _band_of_whole(
    scored: Collection[Answer],
    heard: Collection[Answer],
    organisations: Iterable[OrganisationId],
    invited: int,
    promise: Promise,
) -> Band | None:
    """The band of all people heard; None when too few of those with a score count, in all or from any organisation.

    Whoever could not say is in the band: else it would tell, where it turns, whether somebody could.
    """
    each_enough = all(
        counted(a for a in scored if a.organisation == organisation) >= promise.whole_people_each
        for organisation in organisations
    )
    return Band.of(people(heard), among=invited) if each_enough and counted(scored) >= promise.whole_people else None


def _band_of_side(scored: Collection[Answer], heard: Collection[Answer], invited: int, promise: Promise) -> Band | None:
    return Band.of(people(heard), among=invited) if counted(scored) >= promise.organisation_people else None


def _released(
    scored: Collection[Answer],
    dimension: str,
    scope: Scope,
    band: Band,
    promise: Promise,
    blur: Blur,
    change: Change | None = None,
    *,
    cant_say_many: bool = False,
) -> Released:
    score = blurred_score(sum(a.score for a in scored if a.score is not None), len(scored), promise, blur)
    return Released(
        dimension=dimension, scope=scope, score=score, people=band, change=change, cant_say_many=cant_say_many
    )


def _many_could_not_say(said: Collection[Answer], promise: Promise, blur: Blur) -> bool:
    """Whether 5 to 9 could not say: how many it takes is drawn in secret, or the fifth would be known for it."""
    cannot = counted(a for a in said if a.score is None)
    if len(said) < promise.cant_say_answers or cannot < promise.cant_say_least:
        return False
    return cannot >= promise.cant_say_least + len(promise.blur_weights) // 2 + blur()


def _clear_gap_tenths(fewer: Band, promise: Promise) -> int:
    if fewer.low < 10:
        return promise.gap_tenths
    return promise.gap_tenths_from_10_people if fewer.low < 20 else promise.gap_tenths_from_20_people
