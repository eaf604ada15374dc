"""Where the tests of this folder try their attacks."""

import pytest

from tests.attack.arena import Arena


@pytest.fixture
def on(request: pytest.FixtureRequest) -> Arena:
    """The databases of the tests."""
    return Arena(
        template=lambda: request.getfixturevalue("sqlite_template"),
        server=lambda: request.getfixturevalue("postgres_url"),
    )
