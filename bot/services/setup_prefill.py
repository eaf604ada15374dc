"""What the form starts with: the partnership as it is, or organisations guessed from who is in the channel."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from bot.domain.ids import ChannelId, OrganisationId, TeamId, UserId
from bot.domain.partnership import Partnership, Roster
from bot.domain.people import Organisation, Person, Profile, Role
from bot.domain.spec import OrganisationSpec, PartnershipSpec
from bot.domain.spec_form import FORM_ORGANISATIONS

_NOBODYS = frozenset({"gmail.com", "googlemail.com", "hotmail.com", "icloud.com", "outlook.com", "yahoo.com"})


def guessed(channel: ChannelId, profiles: Sequence[Profile], by: Person) -> PartnershipSpec:
    """Organisations by Slack team when there are several teams, else by e-mail domain; the person's own comes first,
    then those with most people. There are always at least two, to be filled in."""
    people = [each for each in profiles if not each.is_bot]
    teams = Counter(each.person.team_id for each in people)
    own = next((each for each in people if each.person == by), None)
    found = _by_team(people, teams, by.team_id) if len(teams) > 1 else _by_domain(people, _domain(own) if own else "")
    blank = (OrganisationSpec(), OrganisationSpec())
    kept = found[:FORM_ORGANISATIONS]
    return PartnershipSpec(name="", channel=channel, organisations=(*kept, *blank[len(kept) :]))


def as_it_is(partnership: Partnership, roster: Roster) -> PartnershipSpec:
    """The spec that would make the partnership what it is now."""
    cadence = partnership.cadence
    by_hand: dict[OrganisationId, list[UserId]] = {}
    for member in sorted(roster.members, key=lambda each: each.person):
        target = member.moves_to if member.move_waits else member.organisation_id
        if member.explicit and target is not None:
            by_hand.setdefault(target, []).append(member.person.user_id)
    return PartnershipSpec(
        name=partnership.name,
        channel=partnership.channel_id,
        timezone=cadence.timezone,
        every=cadence.every,
        weekday=cadence.weekday,
        at=cadence.at.strftime("%H:%M"),
        open_working_days=cadence.open_working_days,
        team_first_working_days=cadence.team_first_working_days,
        organisations=tuple(
            _as_it_is(each, roster, by_hand)
            for each in sorted(partnership.organisations, key=lambda each: each.name.casefold())
        ),
    )


def _as_it_is(
    organisation: Organisation, roster: Roster, by_hand: Mapping[OrganisationId, Sequence[UserId]]
) -> OrganisationSpec:
    def holding(role: Role) -> tuple[UserId, ...]:
        return tuple(each.user_id for each in roster.holding(role, organisation.id) if roster.member(each))

    return OrganisationSpec(
        name=organisation.name,
        team_id=organisation.team_id or "",
        email_domains=organisation.email_domains,
        region=organisation.region,
        group=organisation.group,
        leads=holding(Role.LEAD),
        seniors=holding(Role.SENIOR),
        members=tuple(by_hand.get(organisation.id, ())),
    )


def _by_team(people: Iterable[Profile], teams: Counter[TeamId], first: TeamId) -> list[OrganisationSpec]:
    found: list[OrganisationSpec] = []
    taken: set[str] = set()
    for team in sorted(teams, key=lambda each: (each != first, -teams[each], each)):
        domains = Counter(_domain(each) for each in people if each.person.team_id == team)
        own = [domain for domain, _ in domains.most_common() if domain and domain not in taken][:1]
        taken.update(own)
        found.append(OrganisationSpec(name=_called(own), team_id=team, email_domains=tuple(own)))
    return found


def _by_domain(people: Iterable[Profile], first: str) -> list[OrganisationSpec]:
    domains = Counter(domain for each in people if (domain := _domain(each)))
    order = sorted(domains, key=lambda each: (each != first, -domains[each], each))
    return [OrganisationSpec(name=_called([each]), email_domains=(each,)) for each in order]


def _domain(profile: Profile) -> str:
    """The domain of somebody's address, if it can stand for an organisation."""
    domain = (profile.email or "").rpartition("@")[2].lower()
    return "" if domain in _NOBODYS else domain


def _called(domains: Sequence[str]) -> str:
    """A name to start from: "brightbuild.co.uk" -> "Brightbuild"."""
    return domains[0].partition(".")[0].replace("-", " ").capitalize() if domains else ""
