"""What the steps of the set-up form say, turned into a spec.

Inputs are named after the fields they fill ("organisations[0].name"). A value of None means "left as it was".
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import TypeAlias, assert_never

from bot.domain.errors import FieldFault, InvalidForm
from bot.domain.ids import UserId
from bot.domain.spec import OrganisationSpec, PartnershipSpec
from bot.domain.texts import whole_number

NONE = "none"
"""What is typed into a required field to say that there is nothing."""

LEFT_OUT = "-"
"""The name that takes the third or a later organisation out again; one without a name is left out, too."""

FORM_ORGANISATIONS = 12
"""How many organisations the form takes, so that no step passes Slack's 100 blocks; a file takes any number."""

Entered: TypeAlias = Mapping[str, str | tuple[str, ...] | None]

_TEAM = re.compile(r"[TE][A-Z0-9]{3,}|[TE]\d[A-Z0-9]*")
_BETWEEN = re.compile(r"[,\s]+")
_OF_PEOPLE = re.compile(r"\.(leads|seniors|members)\b|^facilitators|^administrators")


class Step(StrEnum):
    """The steps that ask for something; after them comes the check."""

    NAMES = "names"
    RHYTHM = "rhythm"
    PEOPLE = "people"

    def asks_for(self, field: str) -> bool:
        """Whether a field of the spec is filled in on this step."""
        of_people = _OF_PEOPLE.search(field) is not None
        of_rhythm = field.startswith(("pulse", "timezone")) or field.endswith(".region")
        match self:
            case Step.NAMES:
                return not of_people and not of_rhythm
            case Step.RHYTHM:
                return of_rhythm
            case Step.PEOPLE:
                return of_people
            case _:
                assert_never(self)


def filled(spec: PartnershipSpec, step: Step, entered: Entered) -> PartnershipSpec:
    """The spec with what was entered on a step. Raises InvalidForm for what cannot be read at all."""
    match step:
        case Step.NAMES:
            return _with_names(spec, entered)
        case Step.RHYTHM:
            return _with_rhythm(spec, entered)
        case Step.PEOPLE:
            return _with_people(spec, entered)
        case _:
            assert_never(step)


def recognition(organisation: OrganisationSpec) -> str:
    """How an organisation's people are recognised, as it is typed: "northfield.gov.uk, T01"."""
    return ", ".join((*organisation.email_domains, *([organisation.team_id] if organisation.team_id else [])))


def regions_typed(spec: PartnershipSpec) -> str:
    """The regions as they are typed: one for all, or one for each organisation in order."""
    regions = [each.region or NONE for each in spec.organisations]
    return regions[0] if len(set(regions)) == 1 else ", ".join(regions)


def _with_names(spec: PartnershipSpec, entered: Entered) -> PartnershipSpec:
    organisations = [
        _named(each, f"organisations[{number}]", entered) for number, each in enumerate(spec.organisations)
    ]
    kept = [each for number, each in enumerate(organisations) if number < 2 or each.name not in ("", LEFT_OUT)]
    lines = [line.strip() for line in re.split(r"[;\n]", _text(entered, "more", "")) if line.strip()]
    kept += map(_one_more, lines)
    if len(kept) > FORM_ORGANISATIONS:
        raise _fault("more", f"This form takes {FORM_ORGANISATIONS} organisations; a file takes any number.")
    return replace(spec, name=_text(entered, "name", spec.name), organisations=tuple(kept))


def _named(organisation: OrganisationSpec, at: str, entered: Entered) -> OrganisationSpec:
    typed = _text(entered, f"{at}.email_domains", recognition(organisation))
    named = replace(organisation, name=_text(entered, f"{at}.name", organisation.name))
    return _recognised(named, typed, f"{at}.email_domains")


def _one_more(line: str) -> OrganisationSpec:
    name, colon, typed = line.partition(":")
    if not colon:
        raise _fault("more", f"“{line}” needs a colon between the name and how its people are recognised.")
    return _recognised(OrganisationSpec(name=name.strip()), typed, "more")


def _recognised(organisation: OrganisationSpec, typed: str, field: str) -> OrganisationSpec:
    words = [word.lstrip("@") for word in _BETWEEN.split(typed.strip()) if word]
    teams = [word for word in words if _TEAM.fullmatch(word)]
    if len(teams) > 1:
        raise _fault(field, "An organisation has one Slack team at most; use its e-mail domains for the others.")
    domains = dict.fromkeys(word.lower() for word in words if word not in teams)
    return replace(organisation, team_id=teams[0] if teams else "", email_domains=tuple(domains))


def _with_rhythm(spec: PartnershipSpec, entered: Entered) -> PartnershipSpec:
    codes = [code.strip() for code in _text(entered, "regions", regions_typed(spec)).split(",")]
    if len(codes) == 1:
        codes *= len(spec.organisations)
    if len(codes) != len(spec.organisations):
        raise _fault("regions", "Give one region for all organisations, or one for each of them in order.")
    regions = ["" if code.lower() == NONE else code.upper() for code in codes]
    days = _text(entered, "pulse.open_working_days", str(spec.open_working_days))
    return replace(
        spec,
        every=_text(entered, "pulse.every", spec.every),
        weekday=_text(entered, "pulse.weekday", spec.weekday),
        at=_text(entered, "pulse.at", spec.at),
        timezone=_text(entered, "timezone", spec.timezone),
        open_working_days=whole_number(days) or 0,
        organisations=tuple(
            replace(each, region=region) for each, region in zip(spec.organisations, regions, strict=True)
        ),
    )


def _with_people(spec: PartnershipSpec, entered: Entered) -> PartnershipSpec:
    organisations = tuple(
        replace(
            each,
            leads=_users(entered, f"organisations[{number}].leads", each.leads),
            seniors=_users(entered, f"organisations[{number}].seniors", each.seniors),
            members=_users(entered, f"organisations[{number}].members", each.members),
        )
        for number, each in enumerate(spec.organisations)
    )
    return replace(spec, organisations=organisations)


def _text(entered: Entered, field: str, before: str) -> str:
    value = entered.get(field)
    return value.strip() if isinstance(value, str) else before


def _users(entered: Entered, field: str, before: tuple[UserId, ...]) -> tuple[UserId, ...]:
    value = entered.get(field)
    return tuple(UserId(user) for user in value) if isinstance(value, tuple) else before


def _fault(field: str, reason: str) -> InvalidForm:
    return InvalidForm((FieldFault(field=field, reason=reason),))
