"""Everything that can be wrong with what a form or a file asks for, all of it at once."""

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias

from bot.domain.cadence import CadenceInvalid, Every, Weekday
from bot.domain.errors import FieldFault
from bot.domain.ids import TeamId, UserId
from bot.domain.people import Profile
from bot.domain.promise import PROMISE, Promise, PromiseLoosened
from bot.domain.route_map_spec import owner_faults, route_map_faults
from bot.domain.spec import Belonging, OrganisationSpec, PartnershipSpec, first_day

NAME_LIMIT = 60

_DOMAIN = re.compile(r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}")
_TEAM = re.compile(r"[TE][A-Z0-9]{1,30}")
_CHANNEL = re.compile(r"[CG][A-Z0-9]{1,30}")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_MENDED: Mapping[str, str | int] = {"timezone": "UTC", "open_working_days": 1, "team_first_working_days": 0}
_ANY_DAY = dt.date(2026, 1, 1)

LEAST_RETENTION = 12  # weeks: four fortnightly rounds and their holidays
Found: TypeAlias = Iterator[tuple[str, str]]  # the field and what is wrong with it


def faults(
    spec: PartnershipSpec, known_region: Callable[[str], bool], promised: Promise = PROMISE
) -> tuple[FieldFault, ...]:
    """What is wrong with a spec in itself. `promised` is what the people who answer were told so far."""
    found = (
        *_name("name", spec.name),
        *_channel(spec),
        *_rhythm(spec),
        *_organisations(spec),
        *_regions(spec, known_region),
        *_groups(spec),
        *_promise(spec, promised),
        *route_map_faults(spec),
    )
    return _located(spec, found)


def people_faults(
    spec: PartnershipSpec, profiles: Iterable[Profile], placed: Mapping[UserId, Belonging], home_team_id: TeamId
) -> tuple[FieldFault, ...]:
    """What is wrong with the people it names: who is not in the channel, or belongs elsewhere."""
    known = {profile.person.user_id: profile for profile in profiles}
    return _located(
        spec,
        (
            *_absent(spec, known),
            *_elsewhere(spec, placed),
            *_not_host(spec, known, home_team_id),
            *owner_faults(spec, known, placed),
        ),
    )


def file_faults(specs: Iterable[PartnershipSpec]) -> tuple[FieldFault, ...]:
    """What is wrong with several specs together: two of one name or in one channel."""
    found: list[FieldFault] = []
    names: set[str] = set()
    channels: set[str] = set()
    for spec in specs:
        if spec.name.casefold() in names:
            found += _located(spec, (("name", f"Another partnership is called “{spec.name}”, too."),))
        if spec.channel in channels:
            found += _located(spec, (("channel", f"Another partnership lives in {spec.channel}, too."),))
        names.add(spec.name.casefold())
        channels.add(spec.channel)
    return tuple(found)


def _located(spec: PartnershipSpec, found: Iterable[tuple[str, str]]) -> tuple[FieldFault, ...]:
    return tuple(FieldFault(field=field, reason=reason, line=spec.line(field)) for field, reason in found)


def _name(field: str, name: str) -> Found:
    if not name.strip():
        yield field, "A name is needed."
    elif len(name) > NAME_LIMIT:
        yield field, f"A name has at most {NAME_LIMIT} characters."
    elif set(name) & set("<>"):
        yield field, "A name cannot contain < or >."


def _channel(spec: PartnershipSpec) -> Found:
    if not _CHANNEL.fullmatch(spec.channel):
        yield "channel", f"“{spec.channel}” is not the id of a channel, such as C01NORTH."


def _rhythm(spec: PartnershipSpec) -> Found:
    """The words one by one; then, with what is wrong among them mended, whatever a cadence itself refuses."""
    if spec.every not in set(Every):
        yield "pulse.every", f"“{spec.every}” is not week or fortnight."
        spec = replace(spec, every=Every.FORTNIGHT)
    if spec.weekday not in set(Weekday):
        yield "pulse.weekday", f"“{spec.weekday}” is not a day from monday to friday."
        spec = replace(spec, weekday=Weekday.MONDAY)
    if not _TIME.fullmatch(spec.at):
        yield "pulse.at", f"“{spec.at}” is not a time of day, such as 10:00."
        spec = replace(spec, at="10:00")
    while refused := _refused(spec):
        yield ("timezone" if refused.field == "timezone" else f"pulse.{refused.field}"), refused.sentence
        spec = replace(spec, **{refused.field: _MENDED[refused.field]})  # type: ignore[arg-type]  # each has its own type


def _refused(spec: PartnershipSpec) -> CadenceInvalid | None:
    try:
        spec.cadence(first_day(Weekday(spec.weekday), _ANY_DAY))
    except CadenceInvalid as refused:
        return refused
    return None


def _organisations(spec: PartnershipSpec) -> Found:
    if len(spec.organisations) < 2:
        yield "organisations", "A partnership has two or more organisations."
    names = Counter(each.name.strip().casefold() for each in spec.organisations)
    domains = Counter(domain for each in spec.organisations for domain in set(each.email_domains))
    hosts = [number for number, each in enumerate(spec.organisations) if each.host]
    for number, each in enumerate(spec.organisations):
        at = f"organisations[{number}]"
        yield from _name(f"{at}.name", each.name)
        if each.name.strip() and names[each.name.strip().casefold()] > 1:
            yield f"{at}.name", f"Two organisations are called “{each.name}”."
        if number in hosts[1:]:
            yield f"{at}.host", "Only one organisation can be the host."
        yield from _recognition(at, each, domains)


def _recognition(at: str, spec: OrganisationSpec, domains: Mapping[str, int]) -> Found:
    if spec.team_id and not _TEAM.fullmatch(spec.team_id):
        yield f"{at}.team_id", f"“{spec.team_id}” is not the id of a Slack team, such as T01ABC."
    for number, domain in enumerate(spec.email_domains):
        if not _DOMAIN.fullmatch(domain):
            yield f"{at}.email_domains[{number}]", f"“{domain}” is not an e-mail domain, such as brightbuild.co.uk."
        elif domains[domain] > 1:
            yield (
                f"{at}.email_domains[{number}]",
                f"{domain} is given for two organisations, so it cannot tell them apart.",
            )
    if not (spec.team_id or spec.email_domains or spec.members or spec.named):
        yield f"{at}.email_domains", "Say how to recognise its people: an e-mail domain or the id of its Slack team."


def _regions(spec: PartnershipSpec, known_region: Callable[[str], bool]) -> Found:
    for number, each in enumerate(spec.organisations):
        if each.region and not known_region(each.region):
            reason = f"“{each.region}” is not a region with known public holidays. Examples are GB-ENG, IE and DE-BY."
            yield f"organisations[{number}].region", reason


def _groups(spec: PartnershipSpec) -> Found:
    """A group is shown as one, so it must hide somebody among others and be told from every organisation."""
    sizes = Counter(each.group for each in spec.organisations if each.group)
    names = {each.name.casefold() for each in spec.organisations}
    for number, each in enumerate(spec.organisations):
        at = f"organisations[{number}].group"
        if not each.group:
            continue
        if sizes[each.group] == 1:
            yield at, f"“{each.group}” has one organisation only; a group joins two or more."
        elif sizes[each.group] == len(spec.organisations):
            yield at, f"“{each.group}” would hold all organisations; leave the group out."
        if each.group.casefold() in names:
            yield at, f"“{each.group}” is the name of an organisation."
        yield from _name(at, each.group)


def _promise(spec: PartnershipSpec, promised: Promise) -> Found:
    for name, number in spec.promise.items():
        try:
            promised.tightened(**{name: number})
            if name == "retention_weeks" and number < LEAST_RETENTION:
                yield f"promise.{name}", f"Results of four pulses need {LEAST_RETENTION} weeks of answers at least."
        except PromiseLoosened as refused:
            yield f"promise.{name}", str(refused)


def _people_of(spec: PartnershipSpec) -> Iterator[tuple[str, UserId]]:
    for number, each in enumerate(spec.organisations):
        for field, users in (("leads", each.leads), ("seniors", each.seniors), ("members", each.members)):
            yield from ((f"organisations[{number}].{field}[{at}]", user) for at, user in enumerate(users))
    for field, users in (("facilitators", spec.facilitators or ()), ("administrators", spec.administrators or ())):
        yield from ((f"{field}[{at}]", user) for at, user in enumerate(users))


def _absent(spec: PartnershipSpec, known: Mapping[UserId, Profile]) -> Found:
    for field, user in _people_of(spec):
        if user not in known:
            yield field, f"“{user}” is not the id of a person in this channel."
        elif known[user].is_bot:
            yield field, f"“{user}” is a bot."


def _elsewhere(spec: PartnershipSpec, placed: Mapping[UserId, Belonging]) -> Found:
    for number, each in enumerate(spec.organisations):
        for field, users in (("leads", each.leads), ("seniors", each.seniors), ("members", each.members)):
            for at, user in enumerate(users):
                other = placed[user].organisation if user in placed else None
                if other not in (None, number):
                    reason = f"“{user}” belongs to {spec.organisations[other].name}, not to {each.name}."
                    yield f"organisations[{number}].{field}[{at}]", reason


def _not_host(spec: PartnershipSpec, known: Mapping[UserId, Profile], home_team_id: TeamId) -> Found:
    for at, user in enumerate(spec.administrators or ()):
        if user in known and known[user].person.team_id != home_team_id:
            yield f"administrators[{at}]", f"“{user}” is not of the workspace in which the bot is installed."
