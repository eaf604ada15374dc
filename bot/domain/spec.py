"""What a form or a file asks for when a partnership is set up, as it was typed.

What can be wrong with it is found in `bot.domain.spec_faults`.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from bot.domain.cadence import Cadence, Every, Weekday
from bot.domain.ids import ChannelId, OrganisationId, TeamId, UserId
from bot.domain.people import Organisation, Profile, place

_LAST_STEP = re.compile(r"(\.\w+|\[\d+\]|^\w+)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationSpec:
    """One organisation as it was asked for. `members` are placed by hand; `host` is the one that runs the bot."""

    name: str = ""
    team_id: str = ""
    email_domains: tuple[str, ...] = ()
    region: str = ""
    group: str = ""
    host: bool = False
    leads: tuple[UserId, ...] = ()
    seniors: tuple[UserId, ...] = ()
    members: tuple[UserId, ...] = ()

    @property
    def named(self) -> tuple[UserId, ...]:
        """Its leads and seniors."""
        return tuple(dict.fromkeys((*self.leads, *self.seniors)))

    def organisation(self, organisation_id: OrganisationId, *, confirmed: bool = False) -> Organisation:
        """The organisation that this asks for."""
        return Organisation(
            id=organisation_id,
            name=self.name,
            team_id=TeamId(self.team_id) if self.team_id else None,
            email_domains=self.email_domains,
            region=self.region,
            group=self.group,
            confirmed=confirmed,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RungSpec:
    """One level of the route map as it was asked for; `owners` are Slack ids by the names of the organisations."""

    level: str = ""
    working_days: int = 0
    owners: Mapping[str, UserId] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnershipSpec:
    """A partnership as it was asked for.

    `facilitators`, `administrators` and `route_map` are None where nothing was said: then they stay as they are.
    `promise` holds the numbers to be tightened. `lines` tells where each field stood in a file:
    "organisations[1].leads[0]" -> line.
    """

    name: str
    channel: ChannelId
    timezone: str = "Europe/London"
    every: str = Every.WEEK
    weekday: str = Weekday.TUESDAY
    at: str = "10:00"
    open_working_days: int = 2
    team_first_working_days: int = 2
    organisations: tuple[OrganisationSpec, ...] = ()
    promise: Mapping[str, int] = field(default_factory=dict)
    facilitators: tuple[UserId, ...] | None = None
    administrators: tuple[UserId, ...] | None = None
    route_map: tuple[RungSpec, ...] | None = None
    lines: Mapping[str, int] = field(default_factory=dict, compare=False)

    @property
    def regions(self) -> tuple[str, ...]:
        """Codes of the public holidays that its calendar keeps."""
        return tuple(sorted({each.region for each in self.organisations if each.region}))

    def cadence(self, anchor_on: dt.date) -> Cadence:
        """The cadence that this asks for. Raises CadenceInvalid, or ValueError where a word is unknown."""
        return Cadence(
            every=Every(self.every),
            weekday=Weekday(self.weekday),
            at=dt.datetime.strptime(self.at, "%H:%M").time(),  # noqa: DTZ007 - a wall time has no zone
            timezone=self.timezone,
            open_working_days=self.open_working_days,
            team_first_working_days=self.team_first_working_days,
            anchor_on=anchor_on,
        )

    def line(self, place: str) -> int | None:
        """The line on which a field stands, else that of what holds it; None when this did not come from a file."""
        while place and place not in self.lines:
            place = _LAST_STEP.sub("", place)
        return self.lines.get(place)

    def to_dict(self) -> dict[str, Any]:
        """The spec as JSON values, for a draft."""
        stated = asdict(self)
        del stated["lines"]
        return stated

    @classmethod
    def from_dict(cls, stated: Mapping[str, Any]) -> Self:
        """The spec that a draft holds."""
        organisations = tuple(OrganisationSpec(**_tuples(each)) for each in stated["organisations"])
        rungs = stated.get("route_map")
        route_map = None if rungs is None else tuple(RungSpec(**each) for each in rungs)
        return cls(**{**_tuples(stated), "organisations": organisations, "route_map": route_map})


def _tuples(stated: Mapping[str, Any]) -> dict[str, Any]:
    """JSON has lists where records have tuples."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in stated.items()}


def first_day(weekday: Weekday, today: dt.date) -> dt.date:
    """The first such weekday from tomorrow on: the anchor of a new cadence."""
    ahead = (tuple(Weekday).index(weekday) - today.weekday() - 1) % 7 + 1
    return today + dt.timedelta(days=ahead)


@dataclass(frozen=True, slots=True, kw_only=True)
class Belonging:
    """Where a person belongs: the number of the organisation in the spec (from 0), and whether somebody said so."""

    organisation: int | None
    explicit: bool = False


def belongings(
    spec: PartnershipSpec, profiles: Iterable[Profile], until_now: Mapping[UserId, Belonging]
) -> dict[UserId, Belonging]:
    """Where everybody belongs who is not a bot.

    By hand (`members`), else as recognised, else as `until_now` (a profile that says nothing moves nobody), else with
    the organisation that names the person as its lead or senior; that is said by hand, too.
    """
    by_hand = {user: number for number, each in enumerate(spec.organisations) for user in each.members}
    as_named = {user: number for number, each in enumerate(spec.organisations) for user in each.named}
    organisations = [each.organisation(OrganisationId(str(number))) for number, each in enumerate(spec.organisations)]

    def of(profile: Profile) -> Belonging:
        user = profile.person.user_id
        if user in by_hand:
            return Belonging(organisation=by_hand[user], explicit=True)
        if (recognised := place(profile, organisations, None)) is not None:
            return Belonging(organisation=int(recognised))
        if user in until_now:
            before = until_now[user]
            return Belonging(organisation=before.organisation, explicit=before.explicit and user in as_named)
        return Belonging(organisation=as_named.get(user), explicit=user in as_named)

    return {profile.person.user_id: of(profile) for profile in profiles if not profile.is_bot}


def host(spec: PartnershipSpec, placed: Mapping[UserId, Belonging], home_team_id: TeamId) -> int | None:
    """The number of the organisation for which whoever wrote a file may speak; None if that cannot be told.

    It is the one marked `host`, else that of the first administrator named, else the only one of the workspace where
    the bot is installed, provided that all others have workspaces of their own.
    """
    for number, each in enumerate(spec.organisations):
        if each.host:
            return number
    for user in spec.administrators or ():
        if user in placed and placed[user].organisation is not None:
            return placed[user].organisation
    at_home = [number for number, each in enumerate(spec.organisations) if each.team_id == home_team_id]
    is_clear = len(at_home) == 1 and all(each.team_id for each in spec.organisations)
    return at_home[0] if is_clear else None


def matched(existing: Sequence[Organisation], wanted: Sequence[OrganisationSpec]) -> dict[int, Organisation]:
    """Which organisation of the spec is which existing one: by name, else (it was renamed) by workspace or domain."""
    found: dict[int, Organisation] = {}
    for is_same in (_same_name, _same_team, _same_domain):
        for number, spec in enumerate(wanted):
            left = [each for each in existing if each not in found.values()]
            if number not in found and (same := [each for each in left if is_same(each, spec)]):
                found[number] = same[0]
    return found


def _same_name(organisation: Organisation, spec: OrganisationSpec) -> bool:
    return organisation.name.casefold() == spec.name.casefold()


def _same_team(organisation: Organisation, spec: OrganisationSpec) -> bool:
    return organisation.team_id is not None and organisation.team_id == spec.team_id


def _same_domain(organisation: Organisation, spec: OrganisationSpec) -> bool:
    return bool(set(organisation.email_domains) & set(spec.email_domains))
