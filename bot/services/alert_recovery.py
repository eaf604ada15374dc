"""What becomes of open alerts at a close: recovered, by released values alone, or without an owner (docs/drift.md)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from bot.domain.alerts import WHOLES_OF_A_BLOCK, OwnedAlert, is_back
from bot.domain.anonymity import WHOLE, Released, Scope, Score
from bot.domain.partnership import Partnership
from bot.domain.publication import BlockPublication, Result, whole_from_dict
from bot.domain.rounds import Round, RoundKind
from bot.services import alert_owners
from bot.services.alert_messages import owner_of
from bot.services.ports import Ports, Transaction


def look_after(tx: Transaction, ports: Ports, partnership: Partnership, closed: Round, now: dt.datetime) -> None:
    """Say what has recovered, at the close of a block, and offer what its owner has left to the others."""
    told = [alert for alert in tx.alerts.open_of(partnership.id) if alert.told_at is not None]
    block = tx.publications.get(partnership.id, f"block:{closed.block}") if told else None
    for alert in told:
        if block is not None and alert.block < closed.block and _has_recovered(tx, alert, closed):
            alert_owners.recovered(tx, ports, partnership, replace(alert, recovered_at=now), now)
        elif alert.owner is not None and owner_of(tx, partnership, alert) is None:
            alert_owners.owner_left(tx, ports, partnership, replace(alert, owner=None), now)


def regular_rounds(tx: Transaction, closed: Round, block: int) -> list[Round]:
    """The regular rounds of a block of the closed round's partnership, oldest first."""
    rounds = tx.rounds.of_block(closed.partnership_id, block)
    return sorted((each for each in rounds if each.kind is RoundKind.REGULAR), key=lambda each: each.number)


def _has_recovered(tx: Transaction, alert: OwnedAlert, closed: Round) -> bool:
    """Whether a later block's released values are back where they were before the fall.

    Read are the organisation's own values where both blocks released them, else the whole's.
    """
    for values in (_of_scope, _of_whole):
        now = values(tx, alert, closed, closed.block)
        before = next((found for block in alert.blocks_before if (found := values(tx, alert, closed, block))), [])
        if now and before:
            return is_back(now, before)
    return False


def _of_scope(tx: Transaction, alert: OwnedAlert, closed: Round, block: int) -> list[Score]:
    published = tx.publications.get(closed.partnership_id, f"block:{block}")
    results = () if published is None else BlockPublication.from_dict(published).results
    return _scores(results, alert.released.dimension, alert.released.scope)


def _of_whole(tx: Transaction, alert: OwnedAlert, closed: Round, block: int) -> list[Score]:
    found = [
        tx.publications.get(closed.partnership_id, f"round:{each.id}") for each in regular_rounds(tx, closed, block)
    ]
    results = [each for body in found if body is not None for each in whole_from_dict(body).results]
    scores = _scores(results, alert.released.dimension, WHOLE)
    return scores if len(scores) >= WHOLES_OF_A_BLOCK else []


def _scores(results: Sequence[Result], dimension: str, scope: Scope) -> list[Score]:
    return [
        each.score
        for each in results
        if isinstance(each, Released) and (each.dimension, each.scope) == (dimension, scope)
    ]
