"""Two partnerships in one workspace with people in every role, and one of everything in the first of them."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from bot.domain.cadence import Every
from bot.domain.ids import AlertId, ChannelId, OrganisationId, PartnershipId, TeamId
from bot.domain.partnership import Partnership
from bot.domain.people import Member, Organisation, Person, Profile, Role, RoleHolder
from bot.domain.permissions import Standing
from bot.domain.route_map import Level, Rung
from bot.services import comments, milestones, rounds, setup
from schedules.tick import tick
from tests.builders import BUILDER, CHANNEL, COUNCIL, EXT, HOME, Stage, cadence, partnership, person
from tests.handlers.everything import one_of_everything, told_alert

SOUTH, EMPTY = ChannelId("C0SOUTH"), ChannelId("C0EMPTY")
PLANTED: Final = "Ashdown"

MEMBER, LEAD, SENIOR, FACILITATOR, ADMINISTRATOR, OF_WORKSPACE, OWNER, AUTHOR = (person(each) for each in range(1, 9))
FAR_MEMBER, FAR_LEAD, FAR_SENIOR, FAR_FACILITATOR, _, FAR_OF_WORKSPACE, FAR_OWNER, _ = (
    person(each, EXT) for each in range(1, 9)
)
_PRESENT = {Standing.ANYBODY, Standing.MEMBER, Standing.SUBJECT}
_HERE = _PRESENT | {Standing.HOST}
_FAR = _PRESENT | {Standing.OWN_SIDE}  # the other side is asked for its roles

STANDINGS: Final[Mapping[Person, frozenset[Standing]]] = {
    MEMBER: frozenset(_HERE),
    LEAD: frozenset({*_HERE, Standing.LEAD, Standing.TOLD}),
    SENIOR: frozenset({*_HERE, Standing.SENIOR}),
    FACILITATOR: frozenset(_HERE),
    ADMINISTRATOR: frozenset({*_HERE, Standing.ADMINISTRATOR}),
    OF_WORKSPACE: frozenset({*_HERE, Standing.WORKSPACE_ADMINISTRATOR}),
    OWNER: frozenset(_HERE),
    AUTHOR: frozenset({*_HERE, Standing.AUTHOR}),
    FAR_MEMBER: frozenset(_FAR),
    FAR_LEAD: frozenset({*_FAR, Standing.LEAD, Standing.TOLD}),
    FAR_SENIOR: frozenset({*_FAR, Standing.SENIOR}),
    FAR_FACILITATOR: frozenset(_FAR),
    FAR_OF_WORKSPACE: frozenset(_FAR),  # of the other workspace: no more than a member here
    FAR_OWNER: frozenset(_FAR),
}
"""Everybody of the first partnership, and how they stand to it; who owns what stands with each attempt."""

NEIGHBOURS: Final = tuple(person(number, team) for team in (HOME, EXT) for number in (31, 32, 33, 34, 35))
"""People of the second partnership: a member, a lead, a senior, a facilitator and (at home) an administrator."""

STRANGERS: Final = (person(90), person(90, EXT))
ELSEWHERE: Final[Mapping[Person, frozenset[Standing]]] = {
    **dict.fromkeys(NEIGHBOURS, frozenset({Standing.ANYBODY, Standing.SUBJECT})),
    **dict.fromkeys(STRANGERS, frozenset({Standing.ANYBODY})),
}

NOWHERE: Final = {
    "channel": "C0NOWHERE",
    "empty": "C0NOWHERE",
    "round": "r-nowhere",
    "answer": "r-nowhere|TR1|5",
    "milestone": "m-nowhere",
    "phase": "m-nowhere",
    "escalation": "e-nowhere",
    "draft": "e-nowhere",
    "set-up": "draft-nowhere",
    "new set-up": "draft-nowhere",
    "action": "a-nowhere",
    "alert": "a-nowhere",
    "climbed": "a-nowhere",
    "organisation": "org-nowhere",
    "partnership": "p-nowhere",
    "seal": "0",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """A partnership to be made: the numbers of its people begin after `above`."""

    name: str
    channel: ChannelId
    above: int
    own: Mapping[TeamId, OrganisationId]
    people: tuple[Person, ...]


def two_partnerships(on: Stage) -> dict[str, str]:
    """Make both, with an open round each; the ids of all that is in the first one, and of a channel that has none."""
    north = _Plan(name=PLANTED, channel=CHANNEL, above=0, own={HOME: COUNCIL, EXT: BUILDER}, people=tuple(STANDINGS))
    far = {HOME: OrganisationId("org-south"), EXT: OrganisationId("org-far")}
    made = _add(on, north)
    _add(on, _Plan(name="Southgate", channel=SOUTH, above=30, own=far, people=NEIGHBOURS))
    with on.ports.store.write() as tx:
        tx.notebook.put_profiles(HOME, EMPTY, _profiles(north.people))
        programme = Rung(level=Level.PROGRAMME, working_days=3, owners={COUNCIL: LEAD, BUILDER: FAR_LEAD})
        tx.escalations.put_route_map(made.id, (Rung(level=Level.INFORMAL, working_days=2, owners={}), programme))
    tick(on.ports)
    ids = one_of_everything(
        on,
        made,
        PLANTED,
        lead=LEAD,
        administrator=ADMINISTRATOR,
        author=AUTHOR,
        owners={COUNCIL: OWNER.user_id, BUILDER: FAR_OWNER.user_id},
    )
    return {**ids, "organisation": BUILDER, "empty": EMPTY, **_more(on, made)}


def _more(on: Stage, made: Partnership) -> dict[str, str]:
    """A change of phase, an alert that went to the next level, a set-up that was begun, comments to be quoted."""
    ports = on.ports
    phase = {"title": f"{PLANTED} stands", "on": "2026-06-03", "kind": "phase_change", "before": "A", "after": "B"}
    milestones.keep(ports, HOME, CHANNEL, LEAD, None, phase)
    kept = milestones.board(ports, HOME, CHANNEL, LEAD).coming[-1]
    with ports.store.read() as tx:
        asked = tx.rounds.current(made.id)
        assert asked is not None
    for who in STANDINGS:
        own = comments.write(ports, HOME, CHANNEL, who, asked.id, "It went well.")
    alert = told_alert(on, made, AlertId("a-climbed"), dimension="communication")
    with ports.store.write() as tx:
        tx.alerts.add(replace(alert, climbed_at=on.clock.now()))
    begun = setup.begin(ports, HOME, EMPTY, MEMBER).draft_id
    return {"phase": kept.id, "climbed": "a-climbed", "new set-up": begun, "seal": own.seal}


def _add(on: Stage, plan: _Plan) -> Partnership:
    made = partnership(
        id=PartnershipId(f"p-{plan.name.lower()}"),
        name=plan.name,
        channel_id=plan.channel,
        organisations=tuple(
            Organisation(id=own, name=f"{plan.name} {side}", team_id=team, confirmed=True)
            for (team, own), side in zip(plan.own.items(), ("Council", "Builders"), strict=True)
        ),
        cadence=cadence(every=Every.FORTNIGHT),  # leaves room for an extra pulse after a week
    )
    roles = ((2, Role.LEAD), (3, Role.SENIOR), (4, Role.FACILITATOR))
    holders = [
        RoleHolder(person=person(plan.above + number, team), role=role, organisation_id=own)
        for team, own in plan.own.items()
        for number, role in roles
    ]
    with on.ports.store.write() as tx:
        tx.partnerships.add(made, on.vault.new_key())
        for who in plan.people:
            name = f"{plan.name} {who.user_id}"
            tx.people.put(made.id, Member(person=who, organisation_id=plan.own[who.team_id], name=name))
        tx.people.set_holders(made.id, [*holders, RoleHolder(person=person(plan.above + 5), role=Role.ADMINISTRATOR)])
        tx.notebook.put_profiles(HOME, plan.channel, _profiles(plan.people))
        rounds.plan(tx, on.ports, made, on.clock.now() - dt.timedelta(hours=1))
    return made


def _profiles(people: Iterable[Person]) -> list[Profile]:
    """What Slack tells: one of each workspace administers it."""
    administer = (OF_WORKSPACE, FAR_OF_WORKSPACE)
    return [Profile(person=who, name=who.user_id, is_workspace_admin=who in administer) for who in people]
