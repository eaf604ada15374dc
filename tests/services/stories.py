"""First moves of the stories about channels, rosters and partnerships: what Slack says, and what the bot sends."""

import datetime as dt

from bot.domain.ids import ChannelId, MessageTs, TeamId, UserId
from bot.domain.outbox import Delivered, MessageKind, Outgoing, Refused
from bot.domain.partnership import Partnership, Roster
from bot.domain.people import Person, Profile
from bot.domain.rounds import Click, Round
from bot.services import deliveries, rounds
from schedules.tick import tick
from tests.builders import EXT, HOME, Stage, person


def profile(who: Person, *, name: str = "", email: str | None = None) -> Profile:
    """What Slack tells of a person."""
    return Profile(person=who, name=name or f"Person {who.user_id}", email=email)


def everybody(each: int = 10) -> tuple[Profile, ...]:
    """The people of builders.add_partnership, as Slack tells of them."""
    return tuple(profile(person(number, team)) for team in (HOME, EXT) for number in range(1, each + 1))


def sent(on: Stage, *, refused: str = "") -> list[Outgoing]:
    """Deliver what is due, or have Slack refuse what goes to a channel; the messages in their order."""
    messages: list[Outgoing] = []
    while batch := deliveries.take(on.ports, 50):
        for claimed in batch:
            messages.append(claimed.message)
            place = ChannelId(claimed.message.channel_id or "D1")
            is_refused = bool(refused and claimed.message.channel_id)
            outcome = Refused(reason=refused) if is_refused else Delivered(channel_id=place, ts=MessageTs("1.000001"))
            deliveries.settle(on.ports, claimed, outcome)
    return messages


def kinds(messages: list[Outgoing]) -> list[MessageKind]:
    """What kinds of messages these are."""
    return [each.kind for each in messages]


def told(messages: list[Outgoing], kind: MessageKind) -> set[UserId | ChannelId | None]:
    """The people and channels that a kind of message goes to."""
    return {each.user_id or each.channel_id for each in messages if each.kind is kind}


def open_round(on: Stage, partnership: Partnership) -> None:
    """Let a round open now."""
    with on.ports.store.write() as tx:
        current = tx.partnerships.get(partnership.id)
        rounds.plan(tx, on.ports, current, on.clock.now() - dt.timedelta(hours=1))
    tick(on.ports)


def everybody_answers(on: Stage, asked: Round) -> None:
    """All ten of each side answer the first question of a round."""
    for each in everybody():
        given = Click(
            round_id=asked.id,
            item_id=asked.items[0],
            score=4,
            person=each.person,
            channel_id=asked.channel_id,
            at=on.clock.now(),
        )
        on.ports.writer.store(given)


def now_in(on: Stage, partnership: Partnership) -> Partnership:
    """The partnership as it is stored."""
    with on.ports.store.read() as tx:
        return tx.partnerships.get(partnership.id)


def roster_of(on: Stage, partnership: Partnership) -> Roster:
    """The roster as it is stored."""
    with on.ports.store.read() as tx:
        return tx.people.roster(partnership.id)


def wanted(on: Stage, *, within: dt.timedelta = dt.timedelta()) -> set[tuple[TeamId, ChannelId]]:
    """The channels whose roster is wanted by then; looking takes nothing away."""
    with on.ports.store.write() as tx:
        found = tx.schedule.claim_rosters(on.clock.now() + within, 100)
        for team_id, channel_id in found:
            tx.schedule.roster_wanted(channel_id, team_id, on.clock.now() + within)
        return set(found)
