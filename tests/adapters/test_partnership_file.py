"""A file of partnerships: what it says is read as written, and every fault names its line, field and reason."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.partnership_file import read_file, read_text
from bot.domain.errors import FieldFault, InvalidForm
from bot.domain.spec import PartnershipSpec

NORTHFIELD = """\
partnerships:
  - name: Northfield Schools
    channel: C01NORTH
    timezone: Europe/London
    pulse: {every: week, weekday: tuesday, at: "10:00", open_working_days: 2, team_first_working_days: 2}
    organisations:
      - {name: Brightbuild, email_domains: [brightbuild.co.uk], leads: [U12], seniors: [U13]}
      - name: Northfield Council
        team_id: T01
        email_domains: [Northfield.gov.uk]
        members: [U01]
        leads: [U02]
        seniors: [U03]
"""
ROUTE_MAP = """\
    route_map:
      - {level: informal, working_days: 2, owners: {Brightbuild: U12, Northfield Council: U02}}
      - {level: programme, working_days: 3}
"""


def faults(text: str) -> list[str]:
    """The faults of a text as they are shown in the terminal."""
    with pytest.raises(InvalidForm) as refused:
        read_text(text)
    return [str(fault) for fault in refused.value.faults]


def read_or_refused(text: str) -> tuple[tuple[PartnershipSpec, ...], tuple[FieldFault, ...]]:
    """What became of a text: specs, or faults."""
    try:
        return read_text(text), ()
    except InvalidForm as refused:
        return (), refused.faults


def test_a_file_is_read_as_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "partnerships.yaml"
    path.write_text(NORTHFIELD, encoding="utf-8")
    [spec] = read_file(path)
    brightbuild, council = spec.organisations
    assert (spec.name, spec.channel, spec.timezone) == ("Northfield Schools", "C01NORTH", "Europe/London")
    assert (spec.every, spec.weekday, spec.at) == ("week", "tuesday", "10:00")
    assert (spec.open_working_days, spec.team_first_working_days) == (2, 2)
    assert (brightbuild.email_domains, brightbuild.leads, brightbuild.seniors) == (
        ("brightbuild.co.uk",), ("U12",), ("U13",),
    )  # fmt: skip
    assert (council.team_id, council.email_domains, council.members) == ("T01", ("northfield.gov.uk",), ("U01",))
    assert (spec.facilitators, spec.administrators) == (None, None)


def test_a_time_without_quotes_is_a_time() -> None:
    assert read_text(NORTHFIELD.replace('"10:00"', "10:00"))[0].at == "10:00"


def test_optional_fields_are_read() -> None:
    text = NORTHFIELD + "    facilitators: [U05]\n    administrators: []\n    promise: {whole_people: 8}\n"
    text = text.replace(
        "team_id: T01", "team_id: T01\n        host: true\n        region: GB-ENG\n        group: Public"
    )
    [spec] = read_text(text)
    council = spec.organisations[1]
    assert (spec.facilitators, spec.administrators, spec.promise) == (("U05",), (), {"whole_people": 8})
    assert (council.host, council.region, council.group) == (True, "GB-ENG", "Public")


@pytest.mark.parametrize(
    ("field", "line"),
    [
        ("channel", 3),
        ("pulse.at", 5),
        ("organisations[0].leads[0]", 7),
        ("organisations[1].name", 8),
        ("organisations[1].email_domains[0]", 10),
        ("organisations[1].group", 8),  # not there: the organisation's own line
        ("promise.whole_people", 2),  # nothing of it is there: the partnership's line
    ],
)
def test_every_field_knows_its_line(field: str, line: int) -> None:
    assert read_text(NORTHFIELD)[0].line(field) == line


@pytest.mark.parametrize(
    ("written", "instead", "fault"),
    [
        ("timezone:", "zone:", "line 4, zone: is not known here."),
        ("    timezone: Europe/London\n", "", "line 2, timezone: is missing."),
        ("team_id: T01", "team: T01", "line 9, organisations[1].team: is not known here."),
        ("leads: [U02]", "leads: U02", "line 12, organisations[1].leads: needs a list."),
        ("leads: [U02]", "leads: [U02, U02]", "line 12, organisations[1].leads[1]: “U02” is listed twice."),
        ("leads: [U02]", "leads: [[U02]]", "line 12, organisations[1].leads[0]: needs one value."),
        ("leads: [U02]", "leads: [U02]\n        leads: [U03]", "line 13, organisations[1].leads: is given twice."),
        ("every: week, ", "", "line 5, pulse.every: is missing."),
        ("open_working_days: 2", "open_working_days: two", "line 5, pulse.open_working_days: “two” is not a whole"),
        ("open_working_days: 2", "open_working_days: ²", "line 5, pulse.open_working_days: “²” is not a whole"),
        ("channel: C01NORTH", "channel:", "line 3, channel: is empty."),
        ("team_id: T01", "host: perhaps", "line 9, organisations[1].host: needs true or false."),
        ("team_id: T01", "[a]: T01", "line 9, organisations[1]: has a key that is not one word."),
        ("    organisations:", "    promise: 8\n    organisations:", "line 6, promise: needs names with numbers."),
        ("partnerships:", "partnership:", "line 1, partnership: is not known here."),
    ],
)
def test_what_cannot_be_read_names_line_field_and_reason(written: str, instead: str, fault: str) -> None:
    assert any(each.startswith(fault) for each in faults(NORTHFIELD.replace(written, instead, 1)))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "line 1, file: is empty."),
        ("- a\n", "line 1, file: needs partnerships."),
        ("partnerships: 3\n", "line 1, partnerships: needs a list."),
        ("partnerships:\n  - 3\n", "line 2, partnerships: needs "),
        ("partnerships: [\n", "line 2, file: is not YAML"),
        ("a: 1\n---\nb: 2\n", "line 2, file: is not YAML"),
        ("partnerships: []\n\x00", "line 2, file: holds a character that is not text."),
    ],
)
def test_a_file_of_another_shape_is_refused(text: str, fault: str) -> None:
    assert faults(text)[0].startswith(fault)


def test_all_faults_are_told_at_once_in_the_order_of_their_lines() -> None:
    text = NORTHFIELD.replace("timezone:", "zone:").replace("leads: [U02]", "lead: [U02]")
    lines = [int(each.removeprefix("line ").partition(",")[0]) for each in faults(text)]
    assert lines == [2, 4, 12]


@given(st.text(alphabet=st.sampled_from("partneshi: -[]{}\n\"'&*!|>#ab\t\x01"), max_size=60))
def test_any_text_is_read_or_refused_with_lines(text: str) -> None:
    specs, refused = read_or_refused(text)
    assert specs == ()
    assert all(fault.line for fault in refused)


def test_lines_are_no_part_of_what_is_asked_for() -> None:
    [spec] = read_text(NORTHFIELD)
    assert spec == replace(spec, lines={})
    assert PartnershipSpec.from_dict(spec.to_dict()) == spec


GUIDE = (Path(__file__).parents[2] / "docs" / "set-up.md").read_text(encoding="utf-8")


def test_the_example_of_the_guide_is_read() -> None:
    [example] = re.findall(r"```yaml\n(.*?)```", GUIDE, flags=re.DOTALL)
    assert read_text(example) == read_text(NORTHFIELD + ROUTE_MAP)


@pytest.mark.parametrize("place", ["partnership", "organisation"])
def test_the_guide_explains_every_field_and_no_other(place: str) -> None:
    written = "name: Northfield Schools" if place == "partnership" else "name: Northfield Council"
    [fault] = faults(NORTHFIELD.replace(written, f"{written}\n{' ' * (4 if place == 'partnership' else 8)}else: x"))
    known = fault.partition("Known are ")[2].rstrip(".").split(", ")
    heading = "| field |" if place == "partnership" else "| field of an organisation |"
    table = GUIDE[GUIDE.index(heading) :].partition("\n\n")[0]
    assert sorted(re.findall(r"^\| `(\w+)`", table, flags=re.MULTILINE)) == sorted(known)
