"""The screens of setting up: within Slack's limits at every size, and in the words of the promise."""

from typing import Any

import pytest

from bot.domain.errors import FieldFault
from bot.domain.ids import ChannelId, DraftId, OrganisationId, UserId
from bot.domain.people import Organisation
from bot.domain.promise import PROMISE
from bot.domain.spec import OrganisationSpec, PartnershipSpec
from bot.domain.spec_form import FORM_ORGANISATIONS
from bot.views.setup import (
    draw_confirm_roles,
    draw_roles_confirmed,
    draw_set_up,
    draw_test_answered,
    draw_test_pulse,
    draw_test_sent,
    draw_welcome,
    paragraphs,
)
from bot.views.setup_form import draw_check, draw_confirm, draw_done, draw_errors, draw_names, draw_people, draw_rhythm
from tests.slack_limits import breaches, text_covers_blocks

DRAFT = DraftId("draft-abcdefghijklmnopqrst")
SIZES = (2, 3, FORM_ORGANISATIONS)
LONG = "<!channel> Northfield & District Council of the Longest Name"


def picture(*people: int, **changes: Any) -> dict[str, Any]:
    """The picture of a set-up with so many people in each organisation."""
    return {
        "partnership_id": "p-north",
        "partnership": "Northfield Schools",
        "first_at": "2026-05-19T09:00:00+00:00",
        "timezone": "Europe/London",
        "every": "week",
        "weekday": "tuesday",
        "at": "10:00",
        "open_working_days": 2,
        "organisations": [side(number, count) for number, count in enumerate(people)],
        "unplaced": [],
        "asks": ["Organisation 1"],
        "floors": {
            "whole": PROMISE.whole_people,
            "each": PROMISE.whole_people_each,
            "unplaced": PROMISE.unplaced_people,
            "apart": PROMISE.organisation_invited,
        },
        **changes,
    }


def side(number: int, people: int, **changes: Any) -> dict[str, Any]:
    given = {"name": f"Organisation {number}", "group": "", "people": people, "commands": number == 0}
    return {**given, "leads": ["Ann"], "seniors": [], **changes}


def spec(organisations: int) -> PartnershipSpec:
    """A spec in which everything is as long as it may be."""
    leads = (UserId("U000"),)
    return PartnershipSpec(
        name="N" * 60,
        channel=ChannelId("C01NORTH"),
        organisations=tuple(
            OrganisationSpec(name=f"{number} {LONG}"[:60], email_domains=(f"o{number}.example",), leads=leads)
            for number in range(organisations)
        ),
    )


def people(count: int) -> list[tuple[str, str]]:
    return [(f"U{number:03}", f"Person {number} {'of long name ' * 6}") for number in range(count)]


ROLES = {"organisation_id": "org-b", "organisation": LONG, "by": "Ann <b>", "leads": ["A"] * 30, "seniors": []}
QUESTIONS = ["Did they do what they said they would do?"] * 3
TEST = {"partnership": LONG, "organisations": ["A", "B"], "people": 5, "questions": QUESTIONS}
MESSAGES = {
    "welcome": draw_welcome({}),
    "set up": draw_set_up(picture(6, 7, unplaced=[f"Person {number}" for number in range(40)])),
    "set up with many": draw_set_up(picture(*range(200))),
    "confirm": draw_confirm_roles(ROLES),
    "confirm others": draw_confirm_roles({**ROLES, "confirmed": True}),
    "confirm from a file": draw_confirm_roles({**ROLES, "by": "", "leads": []}),
    "confirmed": draw_roles_confirmed(ROLES),
    "test pulse": draw_test_pulse(TEST),
    "test answered": draw_test_answered(),
    "test sent": draw_test_sent(),
}
BLANK = PartnershipSpec(name="", channel=ChannelId("C01NORTH"), organisations=(OrganisationSpec(),) * 2)
COUNCIL = Organisation(id=OrganisationId("org-c"), name=LONG)
MODALS = {
    **{f"names {size}": draw_names(DRAFT, spec(size)) for size in SIZES},
    **{f"rhythm {size}": draw_rhythm(DRAFT, spec(size)) for size in SIZES},
    **{f"people {size}": draw_people(DRAFT, spec(size), [people(12)] * size, people(9)) for size in SIZES},
    **{f"people of {count}": draw_people(DRAFT, spec(2), [people(count)] * 2) for count in (0, 1, 10, 11, 100, 150)},
    **{f"check {size}": draw_check(DRAFT, picture(*[9] * size)) for size in SIZES},
    "blank names": draw_names(DRAFT, BLANK),
    "done": draw_done(LONG, "C01NORTH"),
    **{f"confirm {count}": draw_confirm(COUNCIL, people(count), ["U000"], [], "C01NORTH") for count in (0, 9, 150)},
}  # fmt: skip


@pytest.mark.parametrize("name", MESSAGES)
def test_every_message_keeps_slacks_limits_and_is_read_out_in_full(name: str) -> None:
    assert breaches(MESSAGES[name], kind="message") == []
    assert text_covers_blocks(MESSAGES[name]) == []


@pytest.mark.parametrize("name", MODALS)
def test_every_modal_keeps_slacks_limits(name: str) -> None:
    assert breaches(MODALS[name], kind="view") == []


@pytest.mark.parametrize("name", MESSAGES)
def test_no_name_can_call_the_channel(name: str) -> None:
    assert "<!channel>" not in MESSAGES[name]["text"]


@pytest.mark.parametrize("name", ["confirm", "confirm from a file", "confirmed", "set up"])
def test_nobody_is_mentioned_before_the_own_organisation_agreed(name: str) -> None:
    assert "<@" not in MESSAGES[name]["text"]


@pytest.mark.parametrize(
    ("people", "says"),
    [
        ((2, 2), "No result yet: one needs 5 or more people"),
        ((20, 1), "at least 2 from every organisation"),
        ((3, 3), "in some weeks, not in all. Organisations are never shown apart"),
        ((6, 6), "in most weeks. Organisations are never shown apart: that needs 8 or more"),
        ((7, 40), "Organisations are never shown apart"),
        ((8, 8), "apart after about four of five periods of four pulses"),
        ((11, 30), "about four of five"),
        ((12, 12), "apart after nearly every period of four pulses"),
    ],
)
def test_what_this_size_will_show_is_told_beforehand(people: tuple[int, ...], says: str) -> None:
    assert says in paragraphs(picture(*people))[-1]


def test_a_small_organisation_is_shown_with_its_group() -> None:
    joined = [side(0, 12), side(1, 7, group="Builders"), side(2, 6, group="Builders")]
    assert "nearly every period" in paragraphs(picture(organisations=joined))[-1]


def test_the_unplaced_are_named_only_where_there_are_any() -> None:
    assert not any("could not be placed" in each for each in paragraphs(picture(6, 6)))
    told = " ".join(paragraphs(picture(6, 6, unplaced=["Ann", "Bob"])))
    assert "I could not tell which organisation Ann and Bob belong to." in told
    assert "only when 5 or more of them answered" in told


@pytest.mark.parametrize(
    ("commands", "says"),
    [
        ((True, False), "Slack offers `/pulse` to people of Organisation 0 only"),
        ((True, True), "Everybody, with `/pulse`"),
        ((False, False), "people of the workspace that installed me"),
    ],
)
def test_who_can_command_is_told(commands: tuple[bool, bool], says: str) -> None:
    sides = [side(number, 6, commands=each) for number, each in enumerate(commands)]
    assert any(says in each for each in paragraphs(picture(organisations=sides)))


def test_nobody_chosen_is_missing_from_a_list_too_long_for_slack() -> None:
    view = draw_confirm(COUNCIL, people(150), ["U149"], [], "C01NORTH")
    leads = next(block for block in view["blocks"] if block.get("block_id") == "leads")
    assert [each["value"] for each in leads["element"]["initial_options"]] == ["U149"]
    assert len(leads["element"]["options"]) == 100


@pytest.mark.parametrize(
    ("field", "inputs", "beside"),
    [
        ("name", ["name", "more"], "name"),
        ("organisations[0].team_id", ["name", "organisations[0].email_domains"], "organisations[0].email_domains"),
        ("organisations[0].email_domains[1]", ["organisations[0].email_domains"], "organisations[0].email_domains"),
        ("organisations[2].name", ["name", "more"], "more"),
        ("organisations", ["name", "more"], "more"),
        ("organisations[1].region", ["pulse.at", "regions"], "regions"),
        ("organisations[1].leads[0]", ["organisations[1].leads"], "organisations[1].leads"),
        ("organisations[1].members[0]", ["organisations[0].leads"], "organisations[0].leads"),
        ("administrators[0]", ["organisations[0].leads"], "organisations[0].leads"),
    ],
)
def test_every_fault_stands_beside_an_input_of_the_screen(field: str, inputs: list[str], beside: str) -> None:
    assert draw_errors([FieldFault(field=field, reason="Wrong.")], inputs) == {beside: "Wrong."}
