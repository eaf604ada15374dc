"""The close of a round: what PRIVACY allows is computed once, kept, and nothing else leaves."""

import datetime as dt
from collections.abc import Sequence

from bot.domain import drift
from bot.domain.anonymity import Scope, WholeResult, draw_blur
from bot.domain.mood_release import release_comments
from bot.domain.partnership import Partnership
from bot.domain.promise import strictest
from bot.domain.publication import BlockPublication, whole_to_dict
from bot.domain.responses import Comment
from bot.domain.rounds import Round, RoundKind
from bot.domain.scoring import gaps, participation, release_organisations, release_whole
from bot.services.ports import KeptComment, PastAnswer, Ports, Transaction


def publish_round(
    tx: Transaction, ports: Ports, partnership: Partnership, closed: Round, now: dt.datetime
) -> WholeResult:
    """Compute and keep the whole of a round."""
    answers = tx.answers.of_round(closed.id)
    dimensions = [ports.bank.item(item).dimension for item in closed.items]
    result = release_whole(
        answers,
        organisations=[each.id for each in partnership.organisations],
        dimensions=dimensions,
        promise=closed.promise,
        blur=lambda: draw_blur(ports.randomness),
        changes=_changes(tx, partnership, closed, dimensions),
    )
    tx.publications.add(partnership.id, f"round:{closed.id}", {"number": closed.number, **whole_to_dict(result)}, now)
    return result


def publish_block(
    tx: Transaction, ports: Ports, partnership: Partnership, closed: Round, now: dt.datetime
) -> BlockPublication | None:
    """Compute and keep what a block adds, if `closed` is its last regular round; else None."""
    rounds = tx.rounds.of_block(partnership.id, closed.block)
    regular = [each for each in rounds if each.kind is RoundKind.REGULAR]
    if closed.kind is not RoundKind.REGULAR or len(regular) < closed.promise.block_rounds:
        return None
    promise = strictest(each.promise for each in rounds)
    answers = [answer for each in regular for answer in tx.answers.of_round(each.id)]
    invitations = [tx.rounds.invited(each.id) for each in regular]
    invited = {
        each.id: min(invitation.get(each.id, 0) for invitation in invitations) for each in partnership.organisations
    }
    groups = {each.id: Scope(each.group or each.id) for each in partnership.organisations}
    results = release_organisations(
        [answer for answer in answers if ports.bank.item(answer.item).core],
        groups=groups,
        invited=invited,
        promise=promise,
        blur=lambda: draw_blur(ports.randomness),
    )
    publication = BlockPublication(
        first_number=min(each.number for each in regular),
        last_number=closed.number,
        results=results,
        gaps=gaps(results, promise),
        participation=participation(
            answers,
            organisations=list(groups),
            invited=sum(invited.values()),
            promise=promise,
        ),
        comments=release_comments(
            _comments(tx.answers.comments_of([each.id for each in rounds])),
            answers=answers,
            promise=promise,
            random=ports.randomness,
        ),
    )
    tx.publications.add(partnership.id, f"block:{closed.block}", publication.to_dict(), now)
    return publication


def _changes(
    tx: Transaction, partnership: Partnership, closed: Round, dimensions: Sequence[str]
) -> dict[str, drift.Change]:
    """The word for each dimension: everybody's answers against the same person's earlier ones (DRIFT)."""
    first_week = closed.week - closed.promise.retention_weeks + 1
    history = [each for each in tx.answers.history(partnership.id, first_week) if each.organisation_id is not None]
    by_dimension = {dimension: _observations(history, dimension) for dimension in {each.dimension for each in history}}
    variance = drift.pooled_variance(by_dimension.values())
    return {
        dimension: drift.change(by_dimension[dimension], week=closed.week, variance=variance)
        for dimension in dimensions
        if any(
            _is_comparable(by_dimension.get(dimension, []), closed.week, window, variance) for window in drift.WINDOWS
        )
    }


def _is_comparable(observations: Sequence[drift.Observation], week: int, window: int, variance: float) -> bool:
    """Whether the warm-up is over; before, no word is said rather than "no clear change"."""
    return drift.statistic(observations, week=week, window=window, variance=variance) is not None


def _observations(history: Sequence[PastAnswer], dimension: str) -> list[drift.Observation]:
    return [
        drift.Observation(week=each.week, person=each.person, score=each.score)
        for each in history
        if each.dimension == dimension
    ]


def _comments(kept: Sequence[KeptComment]) -> list[Comment]:
    return [
        Comment(
            person=each.pseudonym,
            organisation=each.organisation_id,
            counts=each.counts,
            mood=each.sentiment.label,
            themes=each.sentiment.themes,
            quotable=each.text if each.quotable else None,
        )
        for each in kept
    ]
