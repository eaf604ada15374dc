"""Carrying a set-up out: what changed is written and announced in one transaction, and nothing else is."""

import hashlib
import json
from dataclasses import dataclass, replace
from typing import Any

from bot.domain.cadence import next_slot
from bot.domain.ids import DeliveryKey, OrganisationId
from bot.domain.outbox import MessageKind, Outgoing
from bot.domain.partnership import Partnership, Roster, State
from bot.domain.people import Organisation, Person, Role
from bot.domain.spec import PartnershipSpec
from bot.services import rounds, route_map
from bot.services.identity import new_id
from bot.services.ports import DueKind, Ports, Transaction
from bot.services.roles import with_organisation
from bot.services.setup_plan import Plan, Setting, planned, roles_of

_ANNOUNCED = frozenset({"name", "rhythm", "organisations"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What became of a spec: the partnership as it is now and what of it changed (empty: nothing)."""

    partnership: Partnership
    created: bool
    changes: tuple[str, ...]

    def __str__(self) -> str:
        """One line for the terminal."""
        said = "set up" if self.created else f"changed {', '.join(self.changes)}" if self.changes else "nothing changed"
        return f"{self.partnership.name}: {said}"


def apply(tx: Transaction, ports: Ports, spec: PartnershipSpec, setting: Setting, by: Person | None) -> Applied:
    """Create or update the partnership of a channel. The same spec again changes nothing and sends nothing.

    Raises InvalidForm with all faults, and then has written nothing.
    """
    proposed = planned(ports, spec, setting, by)
    plan = _respecting_answers(proposed, setting)
    created = setting.current is None
    if created:
        tx.partnerships.add(plan.partnership, ports.vault.new_key())
    if set(_changes(plan, setting)) & _ANNOUNCED:
        tx.outbox.add(_to_channel(ports, plan.partnership, new_id("set-up"), MessageKind.SET_UP, picture(ports, plan)))
    asked = [each for each in plan.asks if _ask(tx, ports, proposed, setting, each, by)]
    people = {each.person.user_id: each.person for each in setting.profiles}
    mapped = route_map.save(tx, plan.partnership, spec, people)
    said = (*_changes(plan, setting), *(("roles",) if asked else ()), *(("route map",) if mapped else ()))
    changes = tuple(dict.fromkeys(said))
    if not changes:
        return Applied(partnership=plan.partnership, created=False, changes=())
    _tell_own_roles(tx, ports, plan, setting, by)
    tx.partnerships.save(plan.partnership)
    for member in plan.roster.members:
        if member != setting.roster.member(member.person):
            tx.people.put(plan.partnership.id, member)
    tx.people.set_holders(plan.partnership.id, plan.roster.holders)
    if plan.partnership.state is State.ACTIVE and (created or "rhythm" in changes):
        _replan(tx, ports, plan.partnership)
    tx.schedule.roster_wanted(spec.channel, setting.home_team_id, ports.clock.now())
    return Applied(partnership=plan.partnership, created=created, changes=changes)


def picture(ports: Ports, plan: Plan) -> dict[str, Any]:
    """What everybody is told of a set-up, as JSON: who takes part, when, who was not placed, who is shown apart."""
    partnership = plan.partnership
    cadence = partnership.cadence
    first = next_slot(cadence, ports.clock.now(), rounds.is_holiday_of(ports, partnership))
    return {
        "partnership_id": partnership.id,
        "partnership": partnership.name,
        "first_at": first.opens_at.isoformat(),
        "timezone": cadence.timezone,
        "every": cadence.every,
        "weekday": cadence.weekday,
        "at": cadence.at.strftime("%H:%M"),
        "open_working_days": cadence.open_working_days,
        "organisations": [
            _side(plan, each) for each in sorted(partnership.organisations, key=lambda each: each.name.casefold())
        ],
        "unplaced": _names(plan.roster, {each.person for each in plan.roster.unplaced() if not each.move_waits}),
        "asks": [each.name for each in plan.asks],
        "floors": {
            "whole": partnership.promise.whole_people,
            "each": partnership.promise.whole_people_each,
            "unplaced": partnership.promise.unplaced_people,
            "apart": partnership.promise.organisation_invited,
        },
    }


def _side(plan: Plan, organisation: Organisation) -> dict[str, Any]:
    own = {
        each.person
        for each in plan.roster.members
        if organisation.id == (each.moves_to if each.move_waits else each.organisation_id)
    }
    return {
        "name": organisation.name,
        "group": organisation.group,
        "people": len(own),
        "commands": any(each.team_id == plan.partnership.home_team_id for each in own),
        "leads": _names(plan.roster, set(plan.roster.holding(Role.LEAD, organisation.id))),
        "seniors": _names(plan.roster, set(plan.roster.holding(Role.SENIOR, organisation.id))),
    }


def _names(roster: Roster, persons: set[Person]) -> list[str]:
    return sorted((each.name for each in roster.members if each.person in persons), key=str.casefold)


def _ask(
    tx: Transaction, ports: Ports, plan: Plan, setting: Setting, organisation: Organisation, by: Person | None
) -> bool:
    """Ask an organisation to confirm its leads and seniors; False if it has been asked exactly this before."""
    proposal = sorted([each.role, each.person.user_id] for each in roles_of(plan.roster.holders, organisation.id))
    digest = hashlib.sha256(json.dumps(proposal).encode()).hexdigest()[:16]
    key = f"confirm-roles:{organisation.id}:{digest}"
    if tx.outbox.holds(DeliveryKey(key)):
        return False
    body = {**_role_body(plan, organisation, by), "confirmed": _was_confirmed(setting, organisation.id)}
    tx.outbox.add(_to_channel(ports, plan.partnership, key, MessageKind.CONFIRM_ROLES, body))
    return True


def _respecting_answers(plan: Plan, setting: Setting) -> Plan:
    """An organisation that has given its word keeps it until it gives another: a proposal unseats nobody (PRIVACY)."""
    for each in plan.asks:
        if _was_confirmed(setting, each.id):
            others = set(plan.roster.holders) - roles_of(plan.roster.holders, each.id)
            holders = (*others, *roles_of(setting.roster.holders, each.id))
            plan = replace(
                plan,
                partnership=with_organisation(plan.partnership, replace(each, confirmed=True)),
                roster=replace(plan.roster, holders=holders),
            )
    return plan


def _was_confirmed(setting: Setting, organisation_id: OrganisationId) -> bool:
    return any(each.id == organisation_id and each.confirmed for each in setting.organisations)


def _changes(plan: Plan, setting: Setting) -> tuple[str, ...]:
    before, after = setting.current, plan.partnership
    if before is None:
        return ("name", "rhythm", "organisations", "people", "roles")

    def described(partnership: Partnership) -> list[Organisation]:
        described = (replace(each, confirmed=False) for each in partnership.organisations)
        return sorted(described, key=lambda each: each.id)

    differs = {
        "name": before.name != after.name,
        "rhythm": (before.cadence, before.regions) != (after.cadence, after.regions),
        "organisations": described(before) != described(after),
        "people": set(setting.roster.members) != set(plan.roster.members),
        "roles": set(setting.roster.holders) != set(plan.roster.holders) or _confirmed(before) != _confirmed(after),
        "promise": before.promise != after.promise,
    }
    return tuple(each for each, changed in differs.items() if changed)


def _confirmed(partnership: Partnership) -> set[OrganisationId]:
    return {each.id for each in partnership.organisations if each.confirmed}


def _replan(tx: Transaction, ports: Ports, partnership: Partnership) -> None:
    """Plan the next opening after the round that is open, if there is one."""
    now = ports.clock.now()
    current = tx.rounds.current(partnership.id)
    tx.schedule.drop(partnership.id, DueKind.OPEN)
    rounds.plan(tx, ports, partnership, max(now, current.closes_at) if current else now)


def _tell_own_roles(tx: Transaction, ports: Ports, plan: Plan, setting: Setting, by: Person | None) -> None:
    """Tell the channel the leads and seniors that whoever sets up named for the own organisation."""
    own = next((each for each in plan.partnership.organisations if each.id == plan.own), None)
    if own is None or roles_of(plan.roster.holders, own.id) == roles_of(setting.roster.holders, own.id):
        return
    body = _role_body(plan, own, by)
    tx.outbox.add(_to_channel(ports, plan.partnership, new_id("roles-confirmed"), MessageKind.ROLES_CONFIRMED, body))


def _role_body(plan: Plan, organisation: Organisation, by: Person | None) -> dict[str, Any]:
    member = plan.roster.member(by) if by else None
    side = _side(plan, organisation)
    return {
        "organisation_id": organisation.id,
        "organisation": organisation.name,
        "by": member.name if member else "",
        "leads": side["leads"],
        "seniors": side["seniors"],
    }


def _to_channel(ports: Ports, partnership: Partnership, key: str, kind: MessageKind, body: dict[str, Any]) -> Outgoing:
    return Outgoing(
        key=DeliveryKey(key),
        kind=kind,
        team_id=partnership.home_team_id,
        channel_id=partnership.channel_id,
        partnership_id=partnership.id,
        due_at=ports.clock.now(),
        body=body,
    )
