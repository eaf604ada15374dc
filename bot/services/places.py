"""Where a person stands: the partnership of a channel, for its members and nobody else."""

from dataclasses import dataclass

from bot.domain.errors import NotHere
from bot.domain.ids import ChannelId, TeamId
from bot.domain.partnership import Partnership, Roster
from bot.domain.people import Member, Person
from bot.domain.rounds import Round
from bot.services.ports import Transaction

NOTHING_HERE = "There is no partnership here that you are part of. In a channel with me, its members can use this."


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a person stands: the partnership of the channel, everybody there and the own entry, the newest round."""

    partnership: Partnership
    member: Member
    people: Roster
    latest: Round | None


def place_of(tx: Transaction, home_team_id: TeamId, channel_id: ChannelId, person: Person) -> Place:
    """Where a person stands in a channel. Raises NotHere, which tells a stranger nothing.

    Whoever does something there asks bot.services.permissions, which begins with this.
    """
    partnership = tx.partnerships.in_channel(home_team_id, channel_id)
    people = None if partnership is None else tx.people.roster(partnership.id)
    member = None if people is None else people.member(person)
    if partnership is None or people is None or member is None:
        raise NotHere(NOTHING_HERE)
    return Place(partnership=partnership, member=member, people=people, latest=tx.rounds.latest(partnership.id))
