"""docs/licences.md lists every library with the licence that its package states, and a reason where one is needed."""

from importlib.metadata import distribution

import pytest

from tests.supply_chain.licences import PAGE, REASONS, is_permissive, licence_of, page
from tests.supply_chain.pins import CHECKS, RUNS, pins

NAMES = sorted({*pins(RUNS), *pins(CHECKS)})


def test_the_page_is_what_the_installed_packages_state() -> None:
    """After a change of the pins: make licences."""
    assert PAGE.read_text(encoding="utf-8") == page()


@pytest.mark.parametrize("name", NAMES)
def test_a_licence_that_is_not_permissive_has_a_reason_and_no_other_has(name: str) -> None:
    assert is_permissive(licence_of(distribution(name))) is (name not in REASONS)


def test_no_reason_is_left_over() -> None:
    assert set(REASONS) - set(NAMES) == set()


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("MIT", True),
        ("MIT OR GPL-3.0", True),
        ("MIT AND GPL-3.0", False),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", False),
        ("Apache-2.0 AND (GPL-3.0 OR MIT)", True),
        ("LGPL-3.0-only", False),
    ],
)
def test_of_alternatives_one_is_enough_and_of_parts_all_count(expression: str, expected: bool) -> None:
    assert is_permissive(expression) is expected
