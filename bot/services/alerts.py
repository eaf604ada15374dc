"""Drift, judged at every regular close: alerts for seniors, lines for the digest, and recovery (docs/drift.md)."""

import datetime as dt
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from bot.domain.alert_release import ReleasedAlert, release_alert
from bot.domain.alerts import (
    Noticed,
    NoticedKind,
    OpenAlert,
    OwnedAlert,
)
from bot.domain.anonymity import WHOLE, Scope
from bot.domain.drift_alerts import Alert
from bot.domain.drift_detector import REST_WEEKS, DriftState, detect
from bot.domain.drift_notices import Notice, NoticeKind
from bot.domain.groups import units
from bot.domain.ids import AlertId, ChannelId, OrganisationId, TeamId
from bot.domain.partnership import Partnership, State
from bot.domain.people import Person
from bot.domain.permissions import Deed
from bot.domain.rounds import Round, RoundKind
from bot.services import alert_owners, alert_recovery
from bot.services.alert_messages import as_open
from bot.services.alert_recovery import regular_rounds
from bot.services.identity import new_id
from bot.services.permissions import permitted
from bot.services.ports import Ports, Transaction


def judge_close(tx: Transaction, ports: Ports, partnership: Partnership, closed: Round, now: dt.datetime) -> None:
    """Look for drift at the regular close of a round, once everything it releases is published.

    The first four rounds are the baseline: nothing is judged. What an extra round was told counts from the next
    regular close on. A partnership out of reach is judged as ever, but nothing recovers where nobody could be told.
    """
    if closed.kind is not RoundKind.REGULAR or closed.block == 1:
        return
    ports.meter.judged_drift()
    state = DriftState.from_dict(tx.alerts.detector_state(partnership.id))
    following, events = detect(
        state,
        tx.answers.comparable(partnership.id, _first_week(closed)),
        week=closed.week,
        invited={str(each): people for each, people in tx.rounds.invited(closed.id).items()},
        present=tx.people.pseudonyms(partnership.id),
    )
    tx.alerts.keep_detector_state(partnership.id, following.to_dict())
    if partnership.state is not State.SUSPENDED:
        alert_recovery.look_after(tx, ports, partnership, closed, now)
    noticed: set[tuple[NoticedKind, str | None]] = set()
    for event in events:
        if isinstance(event, Notice):
            noticed.add((_KINDS[event.kind], event.dimension))
        elif (released := _released(event, _groups(tx, closed), closed)) is None:
            continue  # the detector remembers it; nothing is said
        elif event.is_for_seniors:
            _raise(tx, ports, partnership, closed, released, now)
        else:
            noticed.add((NoticedKind.LOWER, event.dimension))
    _notice(tx, partnership, noticed, now)


def open_alerts(tx: Transaction, partnership: Partnership) -> tuple[OpenAlert, ...]:
    """The alerts that the seniors have and that have not recovered, oldest first."""
    return tuple(
        as_open(tx, partnership, alert) for alert in tx.alerts.open_of(partnership.id) if alert.told_at is not None
    )


def of_channel(ports: Ports, home_team_id: TeamId, channel_id: ChannelId, person: Person) -> tuple[OpenAlert, ...]:
    """The open alerts of a channel's partnership, for its seniors. Raises NotHere, or NotAllowed for others."""
    with ports.store.read() as tx:
        place = permitted(tx, home_team_id, channel_id, person, Deed.SEE_ALERTS)
        return open_alerts(tx, place.partnership)


def notices_since(tx: Transaction, partnership: Partnership, at: dt.datetime) -> tuple[Noticed, ...]:
    """Lines for the digest that were noticed at this time or later, oldest first; each about the whole."""
    return tx.alerts.notices_since(partnership.id, at)


_KINDS = {NoticeKind.SPLIT: NoticedKind.SPLIT, NoticeKind.SILENCE: NoticedKind.SILENCE}


def _groups(tx: Transaction, closed: Round) -> dict[OrganisationId, Scope]:
    """The unit each organisation may be named in: whoever was shown joined while answers were given stays so."""
    rounds: list[Round] = []
    for block in range(closed.block, 0, -1):
        kept = [each for each in tx.rounds.of_block(closed.partnership_id, block) if each.week >= _first_week(closed)]
        if not kept:
            break
        rounds += kept
    return units(list(tx.rounds.invited(closed.id)), [tx.rounds.groups(each.id) for each in rounds])


def _first_week(closed: Round) -> int:
    return closed.week - closed.promise.retention_weeks + 1


def _released(event: Alert, groups: Mapping[OrganisationId, Scope], closed: Round) -> ReleasedAlert | None:
    """The event as it may be worded. Where no organisation may be named, the whole's own figures decide the words."""
    pairs = {OrganisationId(each): people for each, people in event.pairs.items()}
    unchanged = [OrganisationId(each) for each in event.unchanged]

    def gate(organisation: str | None, fall: float) -> ReleasedAlert | None:
        return release_alert(
            dimension=event.dimension,
            organisation=None if organisation is None else OrganisationId(organisation),
            fall=fall,
            pairs=pairs,
            pairs_of_whole=event.people_of_whole,
            unchanged=unchanged,
            groups=groups,
            promise=closed.promise,
        )

    named = gate(event.partner, event.fall)
    return named if named is not None and named.scope != WHOLE else gate(None, event.fall_of_whole)


def _raise(
    tx: Transaction, ports: Ports, partnership: Partnership, closed: Round, released: ReleasedAlert, now: dt.datetime
) -> None:
    """Keep an alert, tell the channel, and plan when the seniors hear of it."""
    since = _since(tx, closed)
    alert = OwnedAlert(
        id=AlertId(new_id("a")),
        partnership_id=partnership.id,
        round_id=closed.id,
        released=released,
        since_block=since.block,
        since_on=since.opens_at.astimezone(ZoneInfo(partnership.cadence.timezone)).date(),
        block=closed.block,
        raised_at=now,
    )
    alert_owners.announce(tx, ports, partnership, alert, now)


def _since(tx: Transaction, closed: Round) -> Round:
    """The first round of the block that the fall is said to have begun with.

    No single week alarms, so the round before this one was low too: its block it is.
    """
    own = regular_rounds(tx, closed, closed.block)
    return (own if len(own) > 1 else regular_rounds(tx, closed, closed.block - 1) or own)[0]


def _notice(
    tx: Transaction, partnership: Partnership, noticed: set[tuple[NoticedKind, str | None]], now: dt.datetime
) -> None:
    """Keep lines for the digest, none twice within the detector's weeks of rest: two sides that fall silent are one."""
    if not noticed:
        return
    recent = tx.alerts.notices_since(partnership.id, now - dt.timedelta(weeks=REST_WEEKS))
    known = {(each.kind, each.dimension) for each in recent}
    for kind, dimension in sorted(noticed - known, key=str):
        tx.alerts.add_notice(partnership.id, Noticed(kind=kind, dimension=dimension, at=now))
