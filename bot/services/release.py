"""The close of a round: what PRIVACY allows is computed once, kept, and nothing else leaves."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import replace

from bot.domain import drift
from bot.domain.anonymity import WholeResult, draw_blur, draw_clear_change
from bot.domain.groups import units
from bot.domain.ids import OrganisationId, Pseudonym
from bot.domain.mood_release import release_comments
from bot.domain.partnership import Partnership
from bot.domain.promise import strictest
from bot.domain.publication import BlockPublication, whole_to_dict
from bot.domain.responses import Answer, Comment
from bot.domain.rounds import Round, RoundKind
from bot.domain.scoring import gaps, participation, release_organisations, release_whole
from bot.services.ports import KeptComment, PastAnswer, Ports, Transaction


def publish_round(
    tx: Transaction, ports: Ports, partnership: Partnership, closed: Round, now: dt.datetime
) -> WholeResult:
    """Compute and keep the whole of a round."""
    organisations = tx.rounds.invited(closed.id)
    answers = _of(organisations, tx.answers.of_round(closed.id))
    dimensions = [ports.bank.item(item).dimension for item in closed.items]
    result = release_whole(
        answers,
        organisations=list(organisations),
        invited=sum(organisations.values()),
        dimensions=dimensions,
        promise=closed.promise,
        blur=lambda: draw_blur(ports.randomness),
        changes=_changes(tx, ports, partnership, closed, dimensions, list(organisations)),
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
    invitations = [tx.rounds.invited(each.id) for each in regular]
    organisations = {organisation for invitation in invitations for organisation in invitation}
    invited = {each: min(invitation.get(each, 0) for invitation in invitations) for each in organisations}
    answers = _of(organisations, [answer for each in regular for answer in tx.answers.of_round(each.id)])
    groups = units(organisations, [tx.rounds.groups(each.id) for each in regular])
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
            [each for each in answers if each.organisation is not None],  # only they are among the invited
            organisations=list(groups),
            invited=sum(invited.values()),
            promise=promise,
        ),
        comments=release_comments(
            _comments(organisations, tx.answers.comments_of([each.id for each in rounds])),
            answers=answers,
            promise=promise,
            random=ports.randomness,
        ),
    )
    tx.publications.add(partnership.id, f"block:{closed.block}", publication.to_dict(), now)
    return publication


def _of(organisations: Collection[OrganisationId], answers: Sequence[Answer]) -> list[Answer]:
    """Answers as they enter the release: of an organisation that came later, they are of people nobody could place."""
    return [
        answer if answer.organisation in (None, *organisations) else replace(answer, organisation=None)
        for answer in answers
    ]


def _changes(
    tx: Transaction,
    ports: Ports,
    partnership: Partnership,
    closed: Round,
    dimensions: Sequence[str],
    organisations: Collection[OrganisationId],
) -> dict[str, drift.Change]:
    """The word for each dimension: everybody's answers against the same person's earlier ones (DRIFT).

    A word is said only of people who would also make a whole: enough of them, and of every organisation.
    """
    first_week = closed.week - closed.promise.retention_weeks + 1
    history = [each for each in tx.answers.history(partnership.id, first_week) if each.organisation_id in organisations]
    by_dimension: dict[str, list[PastAnswer]] = {}
    for answer in history:
        by_dimension.setdefault(answer.dimension, []).append(answer)
    variance = drift.pooled_variance(by_dimension.values())
    sides = {each.person: each.organisation_id for each in history if each.counts}

    def make_a_whole(paired: Collection[str]) -> bool:
        counting = [sides[person] for person in map(Pseudonym, paired) if person in sides]
        promise = closed.promise
        each_enough = all(counting.count(organisation) >= promise.whole_people_each for organisation in organisations)
        return len(counting) >= promise.whole_people and each_enough

    words = {
        dimension: drift.change(
            by_dimension.get(dimension, []),
            week=closed.week,
            variance=variance,
            is_enough=make_a_whole,
            clear=draw_clear_change(closed.promise, ports.randomness),
        )
        for dimension in dimensions
    }
    return {dimension: word for dimension, word in words.items() if word is not None}


def _comments(organisations: Collection[OrganisationId], kept: Sequence[KeptComment]) -> list[Comment]:
    return [
        Comment(
            person=each.pseudonym,
            organisation=each.organisation_id if each.organisation_id in organisations else None,
            counts=each.counts,
            mood=each.sentiment.label,
            themes=each.sentiment.themes,
            quotable=each.text if each.quotable else None,
        )
        for each in kept
    ]
