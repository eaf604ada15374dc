"""The partnership's route map: what was agreed, and who stands behind each level now."""

from collections.abc import Mapping

from bot.domain.errors import NotNow
from bot.domain.ids import OrganisationId, UserId
from bot.domain.partnership import Partnership, Roster
from bot.domain.people import Organisation, Person, Role
from bot.domain.route_map import DEFAULT, Circumstances, Level, Owner, Rung, Step, frozen
from bot.domain.route_map_spec import level_of
from bot.domain.spec import PartnershipSpec
from bot.domain.workdays import IsHoliday
from bot.services import roles
from bot.services.ports import Ports, Transaction


def rungs(tx: Transaction, partnership: Partnership) -> tuple[Rung, ...]:
    """The levels that were agreed, else the usual four."""
    return tx.escalations.route_map(partnership.id) or DEFAULT


def save(tx: Transaction, partnership: Partnership, spec: PartnershipSpec, people: Mapping[UserId, Person]) -> bool:
    """Keep the map that a file asks for; whether that changed anything. What is open keeps the rules it began with."""
    if spec.route_map is None:
        return False
    ids = {each.name.casefold(): each.id for each in partnership.organisations}
    wanted = tuple(
        Rung(
            level=level,
            working_days=each.working_days,
            owners={ids[name.strip().casefold()]: people[user] for name, user in each.owners.items()},
        )
        for each in spec.route_map
        if (level := level_of(each.level)) is not None
    )
    if wanted == tx.escalations.route_map(partnership.id):
        return False
    tx.escalations.put_route_map(partnership.id, wanted)
    return True


def steps(tx: Transaction, partnership: Partnership) -> tuple[Step, ...]:
    """The map with the people who are named for it now, as an escalation that is opened now would freeze it."""
    roster = tx.people.roster(partnership.id)
    return frozen(rungs(tx, partnership), _holders(partnership, roster))


def circumstances(tx: Transaction, ports: Ports, partnership: Partnership) -> Circumstances:
    """Who may be told now, and when each organisation works."""
    roster = tx.people.roster(partnership.id)
    present: dict[OrganisationId, list[Person]] = {each.id: [] for each in partnership.organisations}
    for role in (Role.LEAD, Role.SENIOR):
        active = roles.active(partnership, roster, role)
        for organisation in partnership.organisations:
            own = roster.holding(role, organisation.id)
            present[organisation.id] += [each for each in active if each in own]
    return Circumstances(
        now=ports.clock.now(),
        timezone=partnership.cadence.timezone,
        present={each: tuple(dict.fromkeys(people)) for each, people in present.items()},
        holidays={each.id: _holidays_of(ports, each) for each in partnership.organisations},
    )


def owners_of(tx: Transaction, ports: Ports, partnership: Partnership, level: Level) -> tuple[Owner, ...]:
    """Who answers at a level now; of a map without it, at the next higher one, else at its highest."""
    found = steps(tx, partnership)
    step = next((each for each in found if each.level.rank >= level.rank), found[-1])
    return circumstances(tx, ports, partnership).owners(step)


def refuse_one_sided(partnership: Partnership, around: Circumstances) -> None:
    """Raises NotNow while an organisation has not said who speaks for it: both sides are told, or nobody."""
    for organisation in alphabetical(partnership):
        if not organisation.confirmed or not any(around.present.values()):
            raise NotNow(
                f"{organisation.name} has no confirmed lead yet, so this cannot reach both sides at once. "
                "Please speak to somebody on the other side directly, or ask an administrator to name a lead."
            )


def alphabetical(partnership: Partnership) -> tuple[Organisation, ...]:
    """The organisations in the order of every screen."""
    return tuple(sorted(partnership.organisations, key=lambda each: each.name.casefold()))


def _holidays_of(ports: Ports, organisation: Organisation) -> IsHoliday:
    regions = [organisation.region] if organisation.region else []
    return lambda day: ports.holidays.is_holiday(day, regions)


def _holders(partnership: Partnership, roster: Roster) -> Mapping[OrganisationId, Mapping[Role, tuple[Person, ...]]]:
    """Leads and seniors by organisation, absent ones too: whether somebody is there is asked when they are told."""
    return {
        each.id: {role: roster.holding(role, each.id) if each.confirmed else () for role in (Role.LEAD, Role.SENIOR)}
        for each in alphabetical(partnership)
    }
