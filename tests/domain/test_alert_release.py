"""Whom an alert names, and what it says about the others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.alert_release import ReleasedAlert, Size, release_alert
from bot.domain.anonymity import WHOLE, Band, Scope
from bot.domain.ids import OrganisationId
from bot.domain.promise import PROMISE
from tests.domain.voices import BOTH, BRIGHTBUILD, COUNCIL

SITE = OrganisationId("site")
APART = {BRIGHTBUILD: Scope("brightbuild"), COUNCIL: Scope("council")}

TEN_OR_MORE = Band(low=10, is_last=True)


def alert(
    brightbuild: int,
    council: int,
    *,
    organisation: OrganisationId | None = COUNCIL,
    fall: float = 0.5,
    unchanged: tuple[OrganisationId, ...] = (BRIGHTBUILD,),
) -> ReleasedAlert | None:
    return release_alert(
        dimension="trust",
        organisation=organisation,
        fall=fall,
        pairs={BRIGHTBUILD: brightbuild, COUNCIL: council},
        pairs_of_whole=brightbuild + council,
        unchanged=unchanged,
        groups=APART,
        promise=PROMISE,
    )


def test_an_organisation_is_named_when_every_organisation_has_five_people_with_a_pair() -> None:
    assert alert(5, 12) == ReleasedAlert(
        dimension="trust",
        scope=Scope("council"),
        size=Size.LOWER,
        people=TEN_OR_MORE,
        unchanged=(Scope("brightbuild"),),
    )


@given(st.integers(0, 4), st.integers(10, 40), st.sampled_from([*BOTH, None]))
def test_otherwise_it_is_in_the_partnership_and_the_side_leaves_no_trace(
    few: int, many: int, organisation: OrganisationId | None
) -> None:
    said = alert(few, many, organisation=organisation)
    assert said == alert(few, many, organisation=None, unchanged=())
    assert said is not None
    assert (said.scope, said.unchanged) == (WHOLE, ())


def test_below_five_people_nothing_is_said() -> None:
    assert alert(2, 2) is None


@pytest.mark.parametrize(("people", "band"), [(5, None), (9, None), (10, TEN_OR_MORE), (17, TEN_OR_MORE)])
def test_below_ten_people_it_says_at_least_five(people: int, band: Band | None) -> None:
    said = alert(8, people)
    assert said is not None
    assert said.people == band


@pytest.mark.parametrize(
    ("people", "fall", "size"),
    [(15, 0.8, Size.MUCH_LOWER), (14, 2.0, Size.LOWER), (15, 0.7, Size.LOWER), (40, 1.5, Size.MUCH_LOWER)],
)
def test_much_lower_is_said_from_fifteen_people_only(people: int, fall: float, size: Size) -> None:
    said = alert(8, people, fall=fall)
    assert said is not None
    assert said.size is size


def test_about_an_organisation_that_changed_too_nothing_is_said() -> None:
    said = alert(8, 8, unchanged=())
    assert said is not None
    assert said.unchanged == ()


def test_who_is_shown_joined_with_another_is_never_named() -> None:
    said = release_alert(
        dimension="trust",
        organisation=SITE,
        fall=0.5,
        pairs={BRIGHTBUILD: 8, SITE: 8, COUNCIL: 8},
        pairs_of_whole=24,
        unchanged=BOTH,
        groups={BRIGHTBUILD: Scope("builders"), SITE: Scope("builders"), COUNCIL: Scope("council")},
        promise=PROMISE,
    )
    assert said is not None
    assert (said.scope, said.people, said.unchanged) == (WHOLE, TEN_OR_MORE, ())
