"""The hub: everything that this person may do here, in one place, for people who have no slash commands."""

from dataclasses import dataclass
from typing import Any

from bot.domain.hub import Choice
from bot.domain.ids import ChannelId, TeamId
from bot.domain.partnership import State
from bot.domain.people import Person, Role
from bot.services import roles, rounds
from bot.services.answers import place_of
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
        place = place_of(tx, home_team_id, channel_id, person)
        people = tx.people.roster(place.partnership.id)
        escalations = any(each.is_seen_by(person) for each in tx.escalations.of_partnership(place.partnership.id))
    open_now = place.latest is not None and place.latest.is_open(ports.clock.now())
    administers = people.has(person, Role.ADMINISTRATOR)
    lead = roles.holds(place.partnership, people, person, Role.LEAD)
    offered = {
        Choice.OWN_ANSWERS: place.latest is not None,
        Choice.COMMENT: open_now,
        Choice.CONCERN: True,
        Choice.ESCALATIONS: escalations,
        Choice.THANK: place.partnership.state is State.ACTIVE,
        Choice.RESULTS: True,
        Choice.PRIVACY: True,
        Choice.MY_DATA: True,
        Choice.FORGET_ME: True,
        Choice.EXTRA_ROUND: lead and not open_now and rounds.has_room_for_extra(ports, place.partnership),
        Choice.ALERTS: roles.holds(place.partnership, people, person, Role.SENIOR),
        Choice.MILESTONES: lead,
        Choice.ACTION: lead or roles.holds(place.partnership, people, person, Role.SENIOR),
        Choice.SET_UP: administers,
        Choice.PAUSE: administers and place.partnership.state is State.ACTIVE,
        Choice.RESUME: administers and place.partnership.state is State.PAUSED,
        Choice.END: administers,
    }
    return Hub(partnership=place.partnership.name, choices=tuple(each for each, shown in offered.items() if shown))


def latest_results(
    ports: Ports, home_team_id: TeamId, channel_id: ChannelId, person: Person
) -> tuple[dict[str, Any], ...]:
    """What the latest rounds published, newest first: the same for everybody."""
    with ports.store.read() as tx:
        place = place_of(tx, home_team_id, channel_id, person)
        found = tx.publications.latest(place.partnership.id, RESULTS_SHOWN)
    names = {each.key: each.name for each in ports.bank.dimensions}
    return tuple({**each, "dimensions": names} for each in reversed(found))
