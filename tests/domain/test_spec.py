"""What can be asked for when a partnership is set up, and everything that is refused."""

import datetime as dt
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.cadence import Weekday
from bot.domain.errors import InvalidForm
from bot.domain.ids import ChannelId, OrganisationId, TeamId, UserId
from bot.domain.people import Organisation, Person, Profile
from bot.domain.spec import Belonging, OrganisationSpec, PartnershipSpec, belongings, first_day, host, matched
from bot.domain.spec_faults import faults, people_faults
from bot.domain.spec_form import Entered, Step, filled, recognition

HOME, EXT = TeamId("T0HOME"), TeamId("T0EXT")
COUNCIL = OrganisationSpec(name="Northfield Council", team_id=HOME, email_domains=("northfield.gov.uk",))
BUILDER = OrganisationSpec(name="Brightbuild", team_id=EXT, email_domains=("brightbuild.co.uk",))
INVESTOR = OrganisationSpec(name="Investor", email_domains=("invest.example",))


def spec(**changes: object) -> PartnershipSpec:
    given = {
        "name": "Northfield Schools",
        "channel": ChannelId("C01NORTH"),
        "organisations": (COUNCIL, BUILDER),
        **changes,
    }
    return PartnershipSpec(**given)  # type: ignore[arg-type]  # the caller's fields are PartnershipSpec's own


def of(*organisations: OrganisationSpec) -> PartnershipSpec:
    return spec(organisations=organisations)


def someone(user: str, team: TeamId = HOME, email: str | None = None, *, is_bot: bool = False) -> Profile:
    return Profile(person=Person(team_id=team, user_id=UserId(user)), name=user, email=email, is_bot=is_bot)


def known_region(code: str) -> bool:
    return code == "GB-ENG"


def found(asked: PartnershipSpec) -> list[tuple[str, str]]:
    return [(fault.field, fault.reason) for fault in faults(asked, known_region)]


def test_what_is_right_has_no_faults() -> None:
    assert not found(spec())
    assert not found(of(replace(COUNCIL, region="GB-ENG"), BUILDER, INVESTOR))
    assert not found(of(COUNCIL, replace(BUILDER, group="Private"), replace(INVESTOR, group="Private")))


@pytest.mark.parametrize(
    ("asked", "field", "says"),
    [
        (spec(name=" "), "name", "A name is needed"),
        (spec(name="N" * 61), "name", "at most 60"),
        (spec(channel=ChannelId("#north")), "channel", "not the id of a channel"),
        (spec(timezone="Europe/Londinium"), "timezone", "not a time zone"),
        (spec(every="month"), "pulse.every", "not week or fortnight"),
        (spec(weekday="sunday"), "pulse.weekday", "monday to friday"),
        (spec(at="25:00"), "pulse.at", "not a time of day"),
        (spec(at="9:00"), "pulse.at", "not a time of day"),
        (spec(open_working_days=5), "pulse.open_working_days", "1 to 4 working days"),
        (spec(team_first_working_days=11), "pulse.team_first_working_days", "0 to 10"),
        (of(COUNCIL), "organisations", "two or more"),
        (of(COUNCIL, replace(BUILDER, name="")), "organisations[1].name", "A name is needed"),
        (of(COUNCIL, replace(BUILDER, name="northfield council")), "organisations[1].name", "Two organisations"),
        (of(COUNCIL, replace(BUILDER, team_id="bright")), "organisations[1].team_id", "not the id of a Slack team"),
        (of(COUNCIL, replace(BUILDER, email_domains=("bright",))), "organisations[1].email_domains[0]", "not an"),
        (of(COUNCIL, replace(BUILDER, email_domains=COUNCIL.email_domains)), "organisations[1].email_domains[0]", ""),
        (of(COUNCIL, OrganisationSpec(name="B")), "organisations[1].email_domains", "how to recognise"),
        (of(COUNCIL, replace(BUILDER, region="GB-XX")), "organisations[1].region", "not a region"),
        (of(replace(COUNCIL, host=True), replace(BUILDER, host=True)), "organisations[1].host", "Only one"),
        (of(COUNCIL, BUILDER, replace(INVESTOR, group="G")), "organisations[2].group", "one organisation only"),
        (of(replace(COUNCIL, group="G"), replace(BUILDER, group="G")), "organisations[0].group", "all organisations"),
        (of(COUNCIL, replace(BUILDER, group="Investor"), replace(INVESTOR, group="Investor")), "organisations[1].group",
         "name of an organisation"),
        (spec(promise={"whole_people": 4}), "promise.whole_people", "can only be raised"),
        (spec(promise={"kindness": 4}), "promise.kindness", "no number called"),
    ],
)  # fmt: skip
def test_every_fault_names_its_field_and_a_reason(asked: PartnershipSpec, field: str, says: str) -> None:
    assert [says in reason for place, reason in found(asked) if place == field] == [True]


def test_all_faults_are_found_at_once() -> None:
    wrong = spec(name="", every="month", at="noon", timezone="Mars", open_working_days=20, team_first_working_days=11)
    assert [field for field, _ in found(wrong)] == [
        "name", "pulse.every", "pulse.at", "timezone", "pulse.open_working_days", "pulse.team_first_working_days",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "field", "says"),
    [
        (of(replace(COUNCIL, leads=(UserId("U9"),)), BUILDER), "organisations[0].leads[0]", "not the id of a person"),
        (of(replace(COUNCIL, seniors=(UserId("UB"),)), BUILDER), "organisations[0].seniors[0]", "is a bot"),
        (of(replace(COUNCIL, leads=(UserId("U2"),)), BUILDER), "organisations[0].leads[0]", "belongs to Brightbuild"),
        (of(replace(COUNCIL, members=(UserId("U1"),)), replace(BUILDER, members=(UserId("U1"),))),
         "organisations[0].members[0]", "belongs to Brightbuild"),
        (spec(facilitators=(UserId("U9"),)), "facilitators[0]", "not the id of a person"),
        (spec(administrators=(UserId("U2"),)), "administrators[0]", "not of the workspace"),
    ],
)  # fmt: skip
def test_people_are_in_the_channel_and_of_the_organisation_that_names_them(
    asked: PartnershipSpec, field: str, says: str
) -> None:
    profiles = [someone("U1"), someone("U2", EXT), someone("UB", is_bot=True)]
    wrong = people_faults(asked, profiles, belongings(asked, profiles, {}), HOME)
    assert [(fault.field, says in fault.reason) for fault in wrong] == [(field, True)]


def test_people_belong_by_hand_then_as_recognised_then_as_before_then_as_named() -> None:
    asked = of(
        replace(COUNCIL, members=(UserId("UHAND"),)), replace(BUILDER, leads=(UserId("UNAMED"), UserId("UBEFORE")))
    )
    other = TeamId("T0OTHER")
    profiles = [
        someone("UHAND", EXT),
        someone("UTEAM", EXT),
        someone("UMAIL", other, "a@northfield.gov.uk"),
        *(someone(user, other) for user in ("UBEFORE", "UNAMED", "UNOBODY")),
        someone("UBOT", is_bot=True),
    ]
    assert belongings(asked, profiles, {UserId("UBEFORE"): Belonging(organisation=1, explicit=True)}) == {
        "UHAND": Belonging(organisation=0, explicit=True),
        "UTEAM": Belonging(organisation=1),
        "UMAIL": Belonging(organisation=0),
        "UBEFORE": Belonging(organisation=1, explicit=True),
        "UNAMED": Belonging(organisation=1, explicit=True),
        "UNOBODY": Belonging(organisation=None),
    }


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        (of(COUNCIL, BUILDER), 0),
        (of(BUILDER, COUNCIL), 1),
        (of(COUNCIL, INVESTOR), None),
        (of(COUNCIL, replace(BUILDER, team_id=HOME)), None),
        (of(COUNCIL, replace(BUILDER, host=True)), 1),
        (spec(organisations=(INVESTOR, BUILDER), administrators=(UserId("U1"),)), 0),
    ],
)
def test_the_host_is_told_only_by_what_is_certain(asked: PartnershipSpec, number: int | None) -> None:
    assert host(asked, {UserId("U1"): Belonging(organisation=0)}, HOME) == number


def test_a_renamed_organisation_is_matched_by_workspace_or_domain_but_names_come_first() -> None:
    existing = [
        COUNCIL.organisation(OrganisationId("c")),
        BUILDER.organisation(OrganisationId("b")),
        Organisation(id=OrganisationId("i"), name="Investor", email_domains=("invest.example",)),
    ]
    swapped = (replace(BUILDER, name="Bright"), replace(INVESTOR, name="Fund"), COUNCIL)
    assert {number: each.id for number, each in matched(existing, swapped).items()} == {0: "b", 1: "i", 2: "c"}
    assert matched(existing, (OrganisationSpec(name="New"),)) == {}


@given(st.dates(dt.date(2020, 1, 1), dt.date(2040, 1, 1)), st.sampled_from(list(Weekday)))
def test_the_first_day_is_the_next_such_weekday_never_today(today: dt.date, weekday: Weekday) -> None:
    first = first_day(weekday, today)
    assert 1 <= (first - today).days <= 7
    assert first.strftime("%A").lower() == weekday


# -- the form ----------------------------------------------------------------------------------------------------------


def kept_or_refused(before: PartnershipSpec, entered: Entered) -> tuple[PartnershipSpec, set[str]]:
    """The spec after the first step; as it was, with the fields at fault, when that was refused."""
    try:
        return filled(before, Step.NAMES, entered), set()
    except InvalidForm as refused:
        return before, {fault.field for fault in refused.faults}


WORDS = st.text(alphabet="ABCDE abc-.,;:", max_size=20)


@given(st.sampled_from(list(Step)))
def test_a_form_left_as_it_was_changes_nothing(step: Step) -> None:
    asked = spec(organisations=(replace(COUNCIL, leads=(UserId("U1"),), region="GB-ENG"), BUILDER))
    assert filled(asked, step, {}) == asked
    assert filled(asked, step, {"name": None, "timezone": None, "organisations[0].leads": None}) == asked


@given(WORDS, WORDS, WORDS)
def test_whatever_is_typed_is_kept_as_a_draft_or_refused_beside_its_field(name: str, typed: str, more: str) -> None:
    entered: Entered = {"name": name, "organisations[0].email_domains": typed, "more": more}
    asked, fields = kept_or_refused(spec(), entered)
    assert fields <= {"organisations[0].email_domains", "more"}
    assert PartnershipSpec.from_dict(json.loads(json.dumps(asked.to_dict()))) == asked


@pytest.mark.parametrize(
    ("typed", "team", "domains"),
    [
        ("northfield.gov.uk, T01ABC", "T01ABC", ("northfield.gov.uk",)),
        ("@Northfield.gov.uk schools.northfield.gov.uk", "", ("northfield.gov.uk", "schools.northfield.gov.uk")),
        ("T01", "T01", ()),
        ("nonsense", "", ("nonsense",)),  # refused later, as a domain that is none
    ],
)
def test_domains_and_teams_are_told_apart(typed: str, team: str, domains: tuple[str, ...]) -> None:
    council = filled(spec(), Step.NAMES, {"organisations[0].email_domains": typed}).organisations[0]
    assert (council.team_id, council.email_domains) == (team, domains)
    assert (
        filled(spec(), Step.NAMES, {"organisations[0].email_domains": recognition(council)}).organisations[0] == council
    )


def test_organisations_are_added_by_a_line_and_left_out_by_a_dash() -> None:
    three = filled(spec(), Step.NAMES, {"more": "Investor: invest.example, T0INV; Fund: fund.example\nBank: T0BANK"})
    assert [(each.name, each.team_id) for each in three.organisations[2:]] == [
        ("Investor", "T0INV"), ("Fund", ""), ("Bank", "T0BANK"),
    ]  # fmt: skip
    fewer = filled(three, Step.NAMES, {"organisations[2].name": "-", "organisations[3].name": "-"})
    assert [each.name for each in fewer.organisations] == ["Northfield Council", "Brightbuild", "Bank"]


def test_a_guessed_organisation_that_nobody_names_is_left_out() -> None:
    guessed = of(COUNCIL, BUILDER, OrganisationSpec(team_id="T0VISIT"))
    assert filled(guessed, Step.NAMES, {}).organisations == (COUNCIL, BUILDER)


@pytest.mark.parametrize(
    ("step", "entered", "field"),
    [
        (Step.NAMES, {"more": "Investor invest.example"}, "more"),
        (Step.NAMES, {"more": ";".join(f"O{n}: o{n}.example" for n in range(11))}, "more"),
        (Step.NAMES, {"organisations[1].email_domains": "T01ABC, T02ABC"}, "organisations[1].email_domains"),
        (Step.RHYTHM, {"regions": "GB-ENG, IE, DE"}, "regions"),
    ],
)
def test_what_cannot_be_read_is_refused_beside_its_field(step: Step, entered: Entered, field: str) -> None:
    with pytest.raises(InvalidForm) as refused:
        filled(spec(), step, entered)
    assert [fault.field for fault in refused.value.faults] == [field]


@pytest.mark.parametrize(
    ("typed", "regions"),
    [("gb-eng", ("GB-ENG", "GB-ENG")), ("none", ("", "")), ("GB-SCT, none", ("GB-SCT", ""))],
)
def test_one_region_holds_for_all_or_each_has_its_own(typed: str, regions: tuple[str, ...]) -> None:
    asked = filled(spec(), Step.RHYTHM, {"regions": typed})
    assert tuple(each.region for each in asked.organisations) == regions
    assert filled(asked, Step.RHYTHM, {}) == asked


@pytest.mark.parametrize("typed", ["0", "10", "three", "-1", "9" * 5_000])
def test_days_that_no_pulse_can_be_open_have_a_sentence(typed: str) -> None:
    asked = filled(spec(), Step.RHYTHM, {"pulse.open_working_days": typed})
    assert [field for field, _ in found(asked)] == ["pulse.open_working_days"]


@pytest.mark.parametrize(
    "field",
    [
        *("name", "organisations", "organisations[0].team_id", "organisations[0].group"),
        *("timezone", "pulse.at", "organisations[1].region"),
        *("organisations[1].leads[0]", "organisations[0].members[2]", "administrators[0]"),
    ],
)
def test_every_fault_of_a_form_belongs_to_exactly_one_step(field: str) -> None:
    assert sum(step.asks_for(field) for step in Step) == 1
