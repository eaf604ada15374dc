"""The weekly digest: the same bytes at the same minute to the leads and seniors of all organisations."""

import datetime as dt
from collections.abc import Collection
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from bot.domain.digest import ROUNDS_IN_CHART, next_sent_at
from bot.domain.ids import DeliveryKey, RoundId
from bot.domain.outbox import MessageKind, Outgoing
from bot.domain.partnership import Partnership, State
from bot.domain.people import Person, Role
from bot.domain.rounds import Round
from bot.services import actions, alerts, escalation, milestones, roles
from bot.services.ports import Due, Ports, Transaction
from bot.services.rounds import is_holiday_of

_AHEAD = dt.timedelta(weeks=8)  # milestones
_SOON = dt.timedelta(weeks=1)  # agreed actions


def digest_due(tx: Transaction, ports: Ports, due: Due, now: dt.datetime) -> None:
    """Send the digest of a closed round, once."""
    tx.schedule.done(due)
    closed = tx.rounds.get(RoundId(due.subject))
    if closed is None or closed.closed_at is None:
        return
    partnership = tx.partnerships.get(due.partnership_id)
    if partnership.state is State.ENDED:
        return
    if tx.outbox.delivered_ts(_results_of(closed.id)) is None:  # the channel could not be reached
        tx.schedule.put(replace(due, due_at=next_sent_at(now, partnership.cadence, is_holiday_of(ports, partnership))))
        return
    body = gather(tx, ports, partnership, closed, now)
    for reader in readers(tx, partnership):
        tx.outbox.add(
            Outgoing(
                key=DeliveryKey(f"digest:{closed.id}:{reader.user_id}"),
                kind=MessageKind.DIGEST,
                team_id=partnership.home_team_id,
                partnership_id=partnership.id,
                user_id=reader.user_id,
                body=body,
                due_at=now,
            )
        )


def look_ahead(tx: Transaction, dues: Collection[Due]) -> None:
    """Read at once whether the results were told that these digests are about."""
    if dues:
        tx.outbox.prefetch([_results_of(RoundId(each.subject)) for each in dues])


def readers(tx: Transaction, partnership: Partnership) -> tuple[Person, ...]:
    """The leads and seniors of all organisations who may be told, everybody once."""
    roster = tx.people.roster(partnership.id)
    return tuple(
        sorted({each for role in (Role.LEAD, Role.SENIOR) for each in roles.active(partnership, roster, role)})
    )


def gather(tx: Transaction, ports: Ports, partnership: Partnership, closed: Round, now: dt.datetime) -> dict[str, Any]:
    """What the digest of a closed round says, for its view: released values up to that round, and what is open now.

    A round that closed later is left out even if it is published: the days it belongs to the team are not over.
    """
    released = tx.publications.recent(partnership.id)
    rounds = [body for subject, body in released.items() if subject.startswith("round:")]
    blocks = [released.get(f"block:{number}") for number in (closed.block, closed.block - 1)]
    told = [each for each in blocks if each is not None and each["last_number"] <= closed.number]
    ended = bool(told) and told[0]["last_number"] == closed.number
    return {
        "partnership": partnership.name,
        "organisations": list(partnership.names),
        "names": {each.id: each.name for each in partnership.organisations},
        "dimensions": {each.key: each.name for each in ports.bank.dimensions},
        "channel": partnership.channel_id,
        "week": closed.scheduled_on.isocalendar().week,
        "rounds": [each for each in rounds if each["number"] <= closed.number][-ROUNDS_IN_CHART:],
        "block": _without_comments(told[0]) if ended else None,
        "comments": _comments(told[0]) if told else None,
        **_open_items(tx, ports, partnership, closed, now),
    }


def _open_items(
    tx: Transaction, ports: Ports, partnership: Partnership, closed: Round, now: dt.datetime
) -> dict[str, Any]:
    """What asks for attention and what is ahead: of escalations levels and days alone, no word of anybody."""
    today = now.astimezone(ZoneInfo(partnership.cadence.timezone)).date()
    closed_at = closed.closed_at or now
    return {
        "alerts": [
            {
                "dimension": each.dimension,
                "scope": None if each.organisation is None else each.scope,
                "since": each.since.isoformat(),
                "owner": each.owner and each.owner.user_id,
                "climbed": each.climbed,
            }
            for each in alerts.open_alerts(tx, partnership)
        ],
        "notices": [
            {"kind": each.kind, "dimension": each.dimension}
            for each in alerts.notices_since(tx, partnership, closed_at)
            if each.at <= closed_at  # a later close is told by its own digest
        ],
        "milestones": [
            {"title": each.title, "on": each.on.isoformat()}
            for each in milestones.coming(tx, partnership, now)
            if each.on <= today + _AHEAD
        ],
        "escalations": [
            {"level": each.level.called, "day": each.day}
            for each in escalation.open_escalations(tx, ports, partnership)
        ],
        "actions": [
            {
                "text": each.text,
                "owners": sorted(owner.user_id for owner in each.owners.values()),
                "on": each.due_on.isoformat(),
                "late": each.is_late(today),
            }
            for each in actions.open_actions(tx, partnership)
            if each.due_on <= today + _SOON
        ],
    }


def _results_of(round_id: RoundId) -> DeliveryKey:
    return DeliveryKey(f"results:{round_id}")


def _without_comments(block: dict[str, Any]) -> dict[str, Any]:
    """A block's values alone: comments stand in a part of their own, and quotes in the channel only."""
    return {**block, "mood": None, "themes": [], "quotes": []}


def _comments(block: dict[str, Any]) -> dict[str, Any]:
    """A block's mood and themes, with nothing that was measured beside them."""
    return {key: block[key] for key in ("first_number", "last_number", "mood", "themes")}
