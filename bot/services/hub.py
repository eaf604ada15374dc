"""The hub: everything that this person may do here, in one place, for people who have no slash commands."""

from dataclasses import dataclass
from typing import Any

from bot.domain.hub import DEED_OF, Choice
from bot.domain.ids import ChannelId, TeamId
from bot.domain.partnership import State
from bot.domain.people import Person
from bot.domain.permissions import Deed, Standing, may
from bot.services import rounds
from bot.services.permissions import able, permitted
from bot.services.ports import Ports

RESULTS_SHOWN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """What this person may choose here and now, in the order of the screen."""

    partnership: str
    choices: tuple[Choice, ...]


def choices(ports: Ports, home_team_id: TeamId, channel_id: ChannelId, person: Person) -> Hub:
    """The hub of a person in a channel. Raises NotHere for a stranger."""
    with ports.store.read() as tx:
        place = permitted(tx, home_team_id, channel_id, person, Deed.LOOK)
        escalations = tx.escalations.of_partnership(place.partnership.id)
    open_now = place.latest is not None and place.latest.is_open(ports.clock.now())
    state = place.partnership.state
    pointless = {
        Choice.OWN_ANSWERS: place.latest is None,
        Choice.COMMENT: not open_now,
        Choice.ESCALATIONS: not any(each.is_seen_by(person) for each in escalations),
        Choice.THANK: state is not State.ACTIVE,
        Choice.EXTRA_ROUND: open_now or not rounds.has_room_for_extra(ports, place.partnership),
        Choice.PAUSE: state is not State.ACTIVE,
        Choice.RESUME: state is not State.PAUSED,
    }
    who = able(place.partnership, place.people, {Standing.SUBJECT: {person}})
    offered = (each for each in Choice if may(DEED_OF[each], person, who) and not pointless.get(each))
    return Hub(partnership=place.partnership.name, choices=tuple(offered))


def latest_results(
    ports: Ports, home_team_id: TeamId, channel_id: ChannelId, person: Person
) -> tuple[dict[str, Any], ...]:
    """What the latest rounds published, newest first: the same for everybody."""
    with ports.store.read() as tx:
        place = permitted(tx, home_team_id, channel_id, person, Deed.SEE_RESULTS)
        found = tx.publications.latest(place.partnership.id, RESULTS_SHOWN)
    names = {each.key: each.name for each in ports.bank.dimensions}
    return tuple({**each, "dimensions": names} for each in reversed(found))
