"""Pausing, resuming and ending a partnership: an administrator's decisions, told to everybody in the channel."""

from dataclasses import dataclass, replace

from bot.domain.cadence import week_of
from bot.domain.errors import NotNow
from bot.domain.ids import ChannelId, DeliveryKey, TeamId
from bot.domain.outbox import MessageKind, Outgoing
from bot.domain.partnership import Partnership, State
from bot.domain.people import Person
from bot.domain.permissions import Deed
from bot.domain.thanks import KEPT_FOR
from bot.services import channels, erasure, escalation, rounds
from bot.services.permissions import permitted
from bot.services.ports import DueKind, Ports, Transaction

_UNREACHABLE = (
    "The pulse is stopped because I cannot reach its channel. It goes on by itself when I am back in the channel: "
    "please invite me, or restore the channel."
)


_OUTLIVES_THE_END = frozenset({DueKind.ESCALATION, DueKind.FORGET})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What ending would do, for whoever is about to confirm it."""

    partnership: str
    organisations: tuple[str, ...]
    open_number: int | None
    kept_weeks: int


def pause(ports: Ports, home_team_id: TeamId, channel_id: ChannelId, person: Person) -> None:
    """Open no further round until it is resumed; an open one closes as planned. Raises NotAllowed, NotHere, NotNow."""
    with ports.store.write() as tx:
        partnership = permitted(tx, home_team_id, channel_id, person, Deed.PAUSE).partnership
        match partnership.state:
            case State.PAUSED:
                raise NotNow("The pulse is already paused. `/pulse resume` starts it again.")
            case State.SUSPENDED:
                raise NotNow(_UNREACHABLE)
        tx.partnerships.save(replace(partnership, state=State.PAUSED))
        tx.schedule.drop(partnership.id, DueKind.OPEN)
        asked = tx.rounds.current(partnership.id)
        _post(
            tx,
            ports,
            partnership,
            MessageKind.PAUSED,
            timezone=partnership.cadence.timezone,
            number=asked.number if asked else None,
            closes_at=asked.closes_at.isoformat() if asked else None,
        )


def resume(ports: Ports, home_team_id: TeamId, channel_id: ChannelId, person: Person) -> None:
    """Ask again, from the next regular time on. Raises NotAllowed, NotHere, or NotNow unless it is paused."""
    with ports.store.write() as tx:
        partnership = permitted(tx, home_team_id, channel_id, person, Deed.RESUME).partnership
        match partnership.state:
            case State.ACTIVE:
                raise NotNow("The pulse is running already. `/pulse pause` pauses it.")
            case State.SUSPENDED:
                raise NotNow(_UNREACHABLE)
        active = replace(partnership, state=State.ACTIVE)
        tx.partnerships.save(active)
        rounds.plan(tx, ports, active, ports.clock.now())
        tx.schedule.roster_wanted(active.channel_id, active.home_team_id, ports.clock.now())
        channels.post_resumed(tx, ports, active)


def ending(ports: Ports, home_team_id: TeamId, channel_id: ChannelId, person: Person, wish: Deed = Deed.END) -> Ending:
    """What ending (or pausing) the partnership would do. Raises NotAllowed or NotHere, as `end` and `pause` do."""
    with ports.store.read() as tx:
        partnership = permitted(tx, home_team_id, channel_id, person, wish).partnership
        asked = tx.rounds.current(partnership.id)
    return Ending(
        partnership=partnership.name,
        organisations=partnership.names,
        open_number=asked.number if asked else None,
        kept_weeks=partnership.promise.retention_weeks,
    )


def end(ports: Ports, home_team_id: TeamId, channel_id: ChannelId, person: Person) -> None:
    """Close the open round now, publish what it releases, and ask nothing more. Raises NotAllowed or NotHere."""
    with ports.store.write() as tx:
        partnership = permitted(tx, home_team_id, channel_id, person, Deed.END).partnership
        closes = tx.rounds.current(partnership.id)
        rounds.close_early(tx, ports, partnership)
        partnership = tx.partnerships.get(partnership.id)
        tx.partnerships.save(replace(partnership, state=State.ENDED))
        tx.schedule.drop(partnership.id, *(each for each in DueKind if each not in _OUTLIVES_THE_END))
        erasure.ended(tx, ports, partnership)
        tx.notebook.put_profiles(home_team_id, channel_id, ())
        _post(
            tx,
            ports,
            partnership,
            MessageKind.ENDED,
            number=closes.number if closes else None,
            kept_weeks=partnership.promise.retention_weeks,
        )


def forget_expired(ports: Ports) -> int:
    """Delete answers as old as PRIVACY allows, of ended and paused partnerships too; returns of how many rounds."""
    week = week_of(ports.clock.now(), "UTC")
    with ports.store.write() as tx:
        tx.milestones.forget_before(ports.clock.now().date() - KEPT_FOR)
        tx.actions.forget_before(ports.clock.now().date() - KEPT_FOR)
        tx.notebook.forget_drafts(ports.clock.now())
        escalation.forget_expired(tx, ports.clock.now())
        return tx.answers.forget_expired(week)


def _post(tx: Transaction, ports: Ports, partnership: Partnership, kind: MessageKind, **body: object) -> None:
    now = ports.clock.now()
    tx.outbox.add(
        Outgoing(
            key=DeliveryKey(f"{kind}:{partnership.id}:{now.isoformat()}"),
            kind=kind,
            team_id=partnership.home_team_id,
            partnership_id=partnership.id,
            channel_id=partnership.channel_id,
            body={"partnership": partnership.name, **body},
            due_at=now,
        )
    )
