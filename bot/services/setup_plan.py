"""What a spec means for a channel as it is now: the partnership, its roster and its roles; nothing is written here."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from bot.domain.cadence import DAYS_AROUND_EXTRA, Cadence, Weekday
from bot.domain.errors import FieldFault, InvalidForm
from bot.domain.ids import OrganisationId, PartnershipId, TeamId, UserId
from bot.domain.partnership import Partnership, Roster, State
from bot.domain.people import Member, Organisation, Person, Profile, Role, RoleHolder
from bot.domain.promise import PROMISE
from bot.domain.route_map_spec import with_owners
from bot.domain.spec import Belonging, PartnershipSpec, belongings, first_day, host, matched
from bot.domain.spec_faults import faults, people_faults
from bot.services.identity import new_id
from bot.services.ports import Ports

NOBODY = Roster(members=(), holders=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """The channel as it is: the partnership that lives there, its roster, and who Slack says is in it.

    `first_block` is the first one in which somebody who joins now can answer (0 while nothing has been asked);
    `last_opened_at` is when a round was opened last in this channel, also by a partnership that has ended.
    """

    home_team_id: TeamId
    profiles: tuple[Profile, ...]
    current: Partnership | None = None
    roster: Roster = NOBODY
    first_block: int = 0
    last_opened_at: dt.datetime | None = None

    def until_now(self, spec: PartnershipSpec) -> dict[UserId, Belonging]:
        """Where the people of the roster belong so far, by the number of the organisation in the spec."""
        numbers = {each.id: number for number, each in matched(self.organisations, spec.organisations).items()}
        return {
            each.person.user_id: Belonging(organisation=numbers[target], explicit=each.explicit)
            for each in self.roster.members
            if (target := each.moves_to if each.move_waits else each.organisation_id) in numbers
        }

    @property
    def organisations(self) -> tuple[Organisation, ...]:
        """The organisations of the partnership that lives here."""
        return self.current.organisations if self.current else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The channel as the spec wants it. `own` is the organisation of whoever sets up, `asks` are those whose word on
    their leads and seniors is wanted."""

    partnership: Partnership
    roster: Roster
    own: OrganisationId | None
    asks: tuple[Organisation, ...]


def planned(ports: Ports, spec: PartnershipSpec, setting: Setting, by: Person | None) -> Plan:
    """What the spec means here. `by` is None when it came from a file. Raises InvalidForm with all its faults."""
    typed, spec = spec, with_owners(spec)
    placed = belongings(spec, setting.profiles, setting.until_now(spec))
    promised = setting.current.promise if setting.current else PROMISE
    found = (
        *faults(typed, ports.holidays.known_region, promised),
        *people_faults(typed, setting.profiles, placed, setting.home_team_id),
        *removals(spec, setting),
    )
    if found:
        raise InvalidForm(found)
    known = matched(setting.organisations, spec.organisations)
    ids = [known[n].id if n in known else OrganisationId(new_id("org")) for n in range(len(spec.organisations))]
    speaker = _own_number(spec, placed, setting, by)
    own = None if speaker is None else ids[speaker]
    holders = _holders(spec, setting, ids, by)
    organisations = tuple(
        each.organisation(ids[n], confirmed=ids[n] == own or (n in known and known[n].confirmed))
        for n, each in enumerate(spec.organisations)
    )
    asks = tuple(each for each in organisations if each.id != own and _is_asked(each, holders, setting.roster))
    asked = {each.id for each in asks}
    organisations = tuple(replace(each, confirmed=each.confirmed and each.id not in asked) for each in organisations)
    return Plan(
        partnership=_partnership(ports.clock.now(), spec, setting, organisations),
        roster=Roster(members=_members(setting, placed, ids), holders=holders),
        own=own,
        asks=tuple(sorted(asks, key=lambda each: each.name.casefold())),
    )


def removals(spec: PartnershipSpec, setting: Setting) -> tuple[FieldFault, ...]:
    """Organisations whose people have been asked stay: their answers are part of what was released."""
    if setting.current is None or setting.current.rounds == 0:
        return ()
    kept = matched(setting.organisations, spec.organisations).values()
    reason = "{} has been asked already and cannot be left out. End the partnership and set up a new one instead."
    return tuple(
        FieldFault(field="organisations", reason=reason.format(each.name), line=spec.line("organisations"))
        for each in setting.organisations
        if each not in kept
    )


def roles_of(holders: Sequence[RoleHolder], organisation_id: OrganisationId) -> frozenset[RoleHolder]:
    """The leads and seniors of one organisation."""
    return frozenset(each for each in holders if each.organisation_id == organisation_id)


def _own_number(
    spec: PartnershipSpec, placed: Mapping[UserId, Belonging], setting: Setting, by: Person | None
) -> int | None:
    if by is None:
        return host(spec, placed, setting.home_team_id)
    return placed[by.user_id].organisation if by.user_id in placed else None


def _is_asked(organisation: Organisation, holders: Sequence[RoleHolder], roster: Roster) -> bool:
    proposed = roles_of(holders, organisation.id)
    return not organisation.confirmed or proposed != roles_of(roster.holders, organisation.id)


def _holders(
    spec: PartnershipSpec, setting: Setting, ids: Sequence[OrganisationId], by: Person | None
) -> tuple[RoleHolder, ...]:
    persons = {each.person.user_id: each.person for each in setting.profiles}
    named = [
        RoleHolder(person=persons[user], role=role, organisation_id=ids[number])
        for number, each in enumerate(spec.organisations)
        for role, users in ((Role.LEAD, each.leads), (Role.SENIOR, each.seniors))
        for user in users
    ]
    for role, users in ((Role.FACILITATOR, spec.facilitators), (Role.ADMINISTRATOR, spec.administrators)):
        if users is None:
            named += [each for each in setting.roster.holders if each.role is role]
        else:
            named += [RoleHolder(person=persons[user], role=role) for user in users]
    if by is not None and setting.current is None:
        named.append(RoleHolder(person=by, role=Role.ADMINISTRATOR))
    return tuple(dict.fromkeys(named))


def _members(setting: Setting, placed: Mapping[UserId, Belonging], ids: Sequence[OrganisationId]) -> tuple[Member, ...]:
    seen = {each.person for each in setting.profiles}
    rest = tuple(each for each in setting.roster.members if each.person not in seen)
    return (*(_member(setting, each, placed, ids) for each in setting.profiles if not each.is_bot), *rest)


def _member(
    setting: Setting, profile: Profile, placed: Mapping[UserId, Belonging], ids: Sequence[OrganisationId]
) -> Member:
    """The person's entry. Once rounds have been asked a move waits for the next block (PRIVACY, roster)."""
    belonging = placed[profile.person.user_id]
    target = None if belonging.organisation is None else ids[belonging.organisation]
    asked = setting.current is not None and setting.current.rounds > 0
    entry = setting.roster.member(profile.person)
    if entry is None:
        entry = Member(person=profile.person, organisation_id=target, joined_block=setting.first_block)
    waits = asked and entry.organisation_id != target
    return replace(
        entry,
        name=profile.name,
        explicit=belonging.explicit,
        organisation_id=entry.organisation_id if waits else target,
        move_waits=waits,
        moves_to=target if waits else None,
    )


def _partnership(
    now: dt.datetime, spec: PartnershipSpec, setting: Setting, organisations: tuple[Organisation, ...]
) -> Partnership:
    cadence = _cadence(now, spec, setting)
    if setting.current is None:
        return Partnership(
            id=PartnershipId(new_id("p")),
            name=spec.name,
            home_team_id=setting.home_team_id,
            channel_id=spec.channel,
            cadence=cadence,
            promise=PROMISE.tightened(**spec.promise),
            state=State.ACTIVE,
            organisations=organisations,
            created_at=now,
        )
    promise = setting.current.promise.tightened(**spec.promise)
    return replace(setting.current, name=spec.name, cadence=cadence, promise=promise, organisations=organisations)


def _cadence(now: dt.datetime, spec: PartnershipSpec, setting: Setting) -> Cadence:
    """The cadence asked for; it keeps its first day, and so its fortnights, as long as its days stay the same."""
    current = setting.current
    if current and (current.cadence.every, current.cadence.weekday) == (spec.every, spec.weekday):
        return spec.cadence(current.cadence.anchor_on)
    today = now.astimezone(ZoneInfo(spec.timezone)).date()
    if current is None and setting.last_opened_at is not None:  # rounds keep 7 days apart (PRIVACY), after an end too
        last_on = setting.last_opened_at.astimezone(ZoneInfo(spec.timezone)).date()
        today = max(today, last_on + dt.timedelta(days=DAYS_AROUND_EXTRA - 1))
    return spec.cadence(first_day(Weekday(spec.weekday), today))
