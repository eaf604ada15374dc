"""Who answers for which organisation: by explicit assignment, by Slack team, by e-mail domain, or nobody knows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ids import OrganisationId, TeamId, UserId
from bot.domain.people import Member, Organisation, Person, Profile, named, place

A, B, C = (OrganisationId(f"org-{each}") for each in "abc")
COUNCIL = Organisation(id=A, name="Council", team_id=TeamId("T1"), email_domains=("council.example",))
BUILDER = Organisation(id=B, name="builder", team_id=TeamId("T2"), email_domains=("build.example", "b.example"))
DEPARTMENT = Organisation(id=B, name="Department", team_id=TeamId("T1"), email_domains=("dep.example",))
BY_MAIL = Organisation(id=C, name="Ännie", email_domains=("annie.example",))
SAME_MAIL = Organisation(id=C, name="Group", team_id=TeamId("T3"), email_domains=("council.example",))


def profile(team: str, email: str | None = None) -> Profile:
    """Somebody of a workspace."""
    return Profile(person=Person(team_id=TeamId(team), user_id=UserId("U1")), name="Ann", email=email)


@pytest.mark.parametrize(
    ("why", "organisations", "who", "placed"),
    [
        ("the team tells", (COUNCIL, BUILDER), profile("T2"), B),
        ("the domain tells where the team is nobody's", (COUNCIL, BUILDER), profile("T9", "x@build.example"), B),
        ("any domain of an organisation will do", (COUNCIL, BUILDER), profile("T9", "x@b.example"), B),
        ("capitals make no difference", (COUNCIL, BUILDER), profile("T9", "X@BUILD.Example"), B),
        ("only the last part is the domain", (COUNCIL, BUILDER), profile("T9", "build.example@else.example"), None),
        ("a part of a domain is another domain", (COUNCIL, BUILDER), profile("T9", "x@mail.build.example"), None),
        ("a longer domain is another one", (COUNCIL, BUILDER), profile("T9", "x@notbuild.example"), None),
        ("a guest in the host's workspace belongs where the address says", (COUNCIL, BUILDER),
         profile("T1", "x@build.example"), B),
        ("a team shared by two says nothing", (COUNCIL, DEPARTMENT), profile("T1"), None),
        ("of a shared team the domain tells", (COUNCIL, DEPARTMENT), profile("T1", "x@dep.example"), B),
        ("a domain shared by two says nothing", (COUNCIL, SAME_MAIL), profile("T9", "x@council.example"), None),
        ("of a shared domain the team tells", (COUNCIL, SAME_MAIL), profile("T3", "x@council.example"), C),
        ("an organisation without a team is found by domain", (COUNCIL, BY_MAIL), profile("T9", "x@annie.example"), C),
        ("a private address in the own workspace does no harm", (COUNCIL, BUILDER), profile("T2", "x@gmail.com"), B),
        ("nothing is known", (COUNCIL, BUILDER), profile("T9"), None),
        ("an empty address is no address", (COUNCIL, BUILDER), profile("T9", ""), None),
        ("nobody is there", (), profile("T1", "x@council.example"), None),
    ],
)  # fmt: skip
def test_a_person_is_placed_by_team_then_by_domain(
    why: str, organisations: tuple[Organisation, ...], who: Profile, placed: OrganisationId | None
) -> None:
    assert place(who, organisations, None) == placed, why


@given(team=st.sampled_from(["T1", "T2", "T9"]), email=st.none() | st.emails())
def test_an_explicit_assignment_goes_before_everything(team: str, email: str | None) -> None:
    assert place(profile(team, email), (COUNCIL, BUILDER), C) == C


@given(
    team=st.text(max_size=5), email=st.none() | st.text(max_size=30), order=st.permutations([COUNCIL, BUILDER, BY_MAIL])
)
def test_the_order_of_organisations_places_nobody_elsewhere(
    team: str, email: str | None, order: list[Organisation]
) -> None:
    assert place(profile(team, email), order, None) == place(profile(team, email), (COUNCIL, BUILDER, BY_MAIL), None)


def test_somebody_who_joins_counts_from_the_next_block_on() -> None:
    there_from_the_start = Member(person=Person(team_id=TeamId("T"), user_id=UserId("U")), organisation_id=A)
    joined_in_the_second = Member(
        person=Person(team_id=TeamId("T"), user_id=UserId("U")), organisation_id=A, joined_block=2
    )
    assert [there_from_the_start.counts_in(block) for block in (1, 2, 3)] == [True, True, True]
    assert [joined_in_the_second.counts_in(block) for block in (1, 2, 3)] == [False, False, True]


def test_names_stand_in_alphabetical_order_whatever_their_capitals() -> None:
    assert named([COUNCIL, DEPARTMENT, BUILDER]) == ("builder", "Council", "Department")
