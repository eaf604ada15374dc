"""The life of a channel: invited, removed, archived, restored, renumbered; and who is in it, as Slack tells."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.domain.ids import ChannelId, DeliveryKey, TeamId, UserId
from bot.domain.outbox import CHANNEL_GONE, INSTALLATION_GONE, MessageKind, Outgoing
from bot.domain.partnership import Partnership, State
from bot.domain.people import Person, Profile, Role
from bot.services import erasure, roles, roster, rounds
from bot.services.ports import Due, DueKind, Ports, Transaction

_READ_EVERY = dt.timedelta(days=1)  # finds what no event told: a changed address, an event lost while the bot was down
_LEASE = dt.timedelta(minutes=5)
_LOOKS_REACHABLE = "restricted_action"  # such a channel can be read but not written to: each day is a new attempt
_UNCLEAR_FOR = dt.timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelEvent:
    """Something Slack told about a channel; `id` is the same when Slack tells it again."""

    id: str
    team_id: TeamId
    channel_id: ChannelId


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedRoster:
    """A channel whose people are to be read; it is wanted again at `again_at` unless the outcome is written down."""

    team_id: TeamId
    channel_id: ChannelId
    again_at: dt.datetime


def suspend(tx: Transaction, ports: Ports, partnership: Partnership, reason: str, *, tell: bool = True) -> None:
    """Stop asking in a channel out of reach (`reason`: Slack's error code), and tell leads and administrators.

    An open round still closes at its hour: what it releases is published then, and posted when the channel is back.
    A paused partnership stays paused: when somebody resumes it, Slack's next refusal suspends it. Where the bot was
    taken out, everything will be deleted, and those who are told hear when.
    """
    deleted_at = erasure.begin(tx, ports, partnership) if reason in erasure.TAKEN_OUT else None
    if partnership.state in (State.ACTIVE, State.PAUSED):
        tx.outbox.drop(partnership.id)
    if partnership.state is State.ACTIVE:
        tx.partnerships.save(replace(partnership, state=State.SUSPENDED))
        tx.schedule.drop(partnership.id, DueKind.OPEN, DueKind.COUNTER)
    elif deleted_at is None:
        return
    now = ports.clock.now()
    again = "%G-%V" if reason == _LOOKS_REACHABLE else "%Y-%m-%dT%H:%M:%S.%f"  # told once a week, or each time
    body = {
        "partnership": partnership.name,
        "channel": partnership.channel_id,
        "reason": reason,
        "deleted_at": deleted_at and deleted_at.isoformat(),
        "timezone": partnership.cadence.timezone,
    }
    for person in _answerable(tx, partnership) if tell else []:
        tx.outbox.add(
            Outgoing(
                key=DeliveryKey(f"off:{partnership.id}:{now.strftime(again)}:{person.user_id}"),
                kind=MessageKind.SWITCHED_OFF,
                team_id=partnership.home_team_id,
                partnership_id=partnership.id,
                user_id=person.user_id,
                body=body,
                due_at=now,
            )
        )


def come_back(tx: Transaction, ports: Ports, partnership: Partnership) -> bool:
    """Go on where Slack's refusal stopped a partnership; False, and nothing happens, unless it is suspended."""
    if partnership.state is not State.ACTIVE:
        erasure.stop(tx, partnership)
    if partnership.state is State.PAUSED:
        catch_up_posts(tx, ports, partnership)
    if partnership.state is not State.SUSPENDED:
        return False
    now = ports.clock.now()
    active = replace(partnership, state=State.ACTIVE)
    tx.partnerships.save(active)
    rounds.plan(tx, ports, active, now)
    post_resumed(tx, ports, active)
    catch_up_posts(tx, ports, partnership)
    return True


def catch_up_posts(tx: Transaction, ports: Ports, partnership: Partnership) -> None:
    """Post once what could not be posted while the channel was out of reach: the open pulse, or the last results."""
    now = ports.clock.now()
    latest = tx.rounds.latest(partnership.id)
    if latest is None:
        return
    if latest.is_open(now):
        tx.outbox.revive(latest.id, MessageKind.PULSE)
        tx.schedule.put(Due(partnership_id=partnership.id, kind=DueKind.COUNTER, due_at=now, round_id=latest.id))
        return
    tx.outbox.revive(
        latest.id,
        MessageKind.RESULTS,
        MessageKind.BLOCK_RESULTS,
        MessageKind.BLOCK_COMMENTS,
        MessageKind.ALERT_NOTED,  # the seniors wait for it
    )
    if latest.message_ts is not None:
        tx.outbox.revive(latest.id, MessageKind.PULSE_CLOSED)


def post_resumed(tx: Transaction, ports: Ports, partnership: Partnership) -> None:
    """Tell the channel that the pulse goes on, and when."""
    now = ports.clock.now()
    planned = tx.schedule.get(partnership.id, DueKind.OPEN)
    tx.outbox.add(
        Outgoing(
            key=DeliveryKey(f"resumed:{partnership.id}:{now.isoformat()}"),
            kind=MessageKind.RESUMED,
            team_id=partnership.home_team_id,
            partnership_id=partnership.id,
            channel_id=partnership.channel_id,
            body={
                "partnership": partnership.name,
                "opens_at": planned.due_at.isoformat() if planned else None,
                "timezone": partnership.cadence.timezone,
            },
            due_at=now,
        )
    )


def invited(ports: Ports, event: ChannelEvent) -> None:
    """The bot was invited: it says hello, or goes on with the partnership that lives here."""
    now = ports.clock.now()
    with ports.store.write() as tx:
        if tx.notebook.seen(event.id, ports.clock.real()):
            return
        tx.schedule.roster_wanted(event.channel_id, event.team_id, now)
        partnership = tx.partnerships.in_channel(event.team_id, event.channel_id)
        if partnership is not None:
            come_back(tx, ports, partnership)
            return
        tx.outbox.add(
            Outgoing(
                key=DeliveryKey(f"welcome:{event.team_id}:{event.channel_id}:{event.id}"),
                kind=MessageKind.WELCOME,
                team_id=event.team_id,
                channel_id=event.channel_id,
                body={},
                due_at=now,
            )
        )


def people_changed(ports: Ports, event: ChannelEvent) -> None:
    """Somebody joined, an organisation connected or left, the channel was restored: Slack is asked who is there."""
    with ports.store.write() as tx:
        if not tx.notebook.seen(event.id, ports.clock.real()):
            tx.schedule.roster_wanted(event.channel_id, event.team_id, ports.clock.now())


def person_left(ports: Ports, event: ChannelEvent, user_id: UserId) -> None:
    """Somebody left: off the roster at once, and Slack is asked who is still there."""
    with ports.store.write() as tx:
        if tx.notebook.seen(event.id, ports.clock.real()):
            return
        tx.schedule.roster_wanted(event.channel_id, event.team_id, ports.clock.now())
        partnership = tx.partnerships.in_channel(event.team_id, event.channel_id)
        if partnership is not None:
            roster.remove(tx, ports, partnership, user_id)


def lost(ports: Ports, event: ChannelEvent, reason: str) -> None:
    """The channel is out of reach: the bot was removed, or the channel archived or deleted."""
    with ports.store.write() as tx:
        if tx.notebook.seen(event.id, ports.clock.real()):
            return
        partnership = tx.partnerships.in_channel(event.team_id, event.channel_id)
        if partnership is not None:
            suspend(tx, ports, partnership, reason)


def renumbered(ports: Ports, event: ChannelEvent, new: ChannelId) -> None:
    """Slack gave the channel another id: the partnership, its open round and what is unsent move along."""
    with ports.store.write() as tx:
        if tx.notebook.seen(event.id, ports.clock.real()):
            return
        tx.schedule.roster_wanted(new, event.team_id, ports.clock.now())
        partnership = tx.partnerships.in_channel(event.team_id, event.channel_id)
        if partnership is None or tx.partnerships.in_channel(event.team_id, new) is not None:
            return
        tx.partnerships.save(replace(partnership, channel_id=new))
        asked = tx.rounds.current(partnership.id)
        if asked is not None:
            tx.rounds.move(asked.id, new)
        tx.outbox.readdress(event.team_id, event.channel_id, new)


def take_wanted(ports: Ports, limit: int) -> tuple[WantedRoster, ...]:
    """Claim channels whose people are to be read; whatever becomes of the reader, they are wanted again soon."""
    now = ports.clock.now()
    with ports.store.write() as tx:
        taken = tx.schedule.claim_rosters(now, limit)
        for team_id, channel_id in taken:
            tx.schedule.roster_wanted(channel_id, team_id, now + _LEASE)
    return tuple(WantedRoster(team_id=team, channel_id=channel, again_at=now + _LEASE) for team, channel in taken)


def was_read(ports: Ports, wanted: WantedRoster, profiles: Sequence[Profile]) -> None:
    """Slack said who is in a channel; a suspended partnership whose channel can be read again goes on."""
    with ports.store.write() as tx:
        partnership = tx.partnerships.in_channel(wanted.team_id, wanted.channel_id)
        tx.notebook.put_profiles(wanted.team_id, wanted.channel_id, profiles)
        if partnership is not None:
            come_back(tx, ports, partnership)
            roster.apply_snapshot(tx, ports, partnership, profiles)
        _settle(tx, ports, wanted, _READ_EVERY if partnership else None)


def was_refused(ports: Ports, wanted: WantedRoster, reason: str) -> None:
    """Slack would not say who is in a channel; if the channel is out of reach, its partnership is suspended."""
    with ports.store.write() as tx:
        partnership = tx.partnerships.in_channel(wanted.team_id, wanted.channel_id)
        if reason not in CHANNEL_GONE:
            _settle(tx, ports, wanted, _UNCLEAR_FOR)
            return
        if partnership is not None:
            suspend(tx, ports, partnership, reason, tell=reason not in INSTALLATION_GONE)
        _settle(tx, ports, wanted, _READ_EVERY if partnership else None)


def was_put_off(ports: Ports, wanted: WantedRoster, after: dt.timedelta) -> None:
    """Slack asked to wait before it says who is in a channel."""
    with ports.store.write() as tx:
        _settle(tx, ports, wanted, after)


def _settle(tx: Transaction, ports: Ports, wanted: WantedRoster, again_after: dt.timedelta | None) -> None:
    tx.schedule.roster_settled(wanted.channel_id, wanted.team_id, wanted.again_at)
    if again_after is not None:
        tx.schedule.roster_wanted(wanted.channel_id, wanted.team_id, ports.clock.now() + again_after)


def _answerable(tx: Transaction, partnership: Partnership) -> list[Person]:
    """Whom to tell about the channel: the leads of organisations that confirmed theirs, and the administrators."""
    people = tx.people.roster(partnership.id)
    told = (roles.active(partnership, people, role) for role in (Role.LEAD, Role.ADMINISTRATOR))
    return sorted({person for persons in told for person in persons})
