"""What is counted: every known refusal has a kind, and a batch counts every click once."""

from collections.abc import Iterator

import pytest

from bot.domain.counted import Refusal, batch_of, refusal_of, refusal_of_status
from bot.domain.errors import BadInput, Busy, InvalidForm, PulseError, TooLate, Unavailable


def tree(of: type[PulseError] = PulseError) -> Iterator[type[PulseError]]:
    """All known refusals."""
    for each in of.__subclasses__():
        yield each
        yield from tree(each)


@pytest.mark.parametrize("kind", sorted(tree(), key=str))
def test_every_known_refusal_has_a_kind_of_its_own_or_its_parents(kind: type[PulseError]) -> None:
    made = kind.__new__(kind)
    assert refusal_of(made) is not Refusal.OTHER


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (BadInput("No."), Refusal.BAD_INPUT),
        (InvalidForm(()), Refusal.BAD_INPUT),
        (Unavailable(), Refusal.UNAVAILABLE),
        (Busy(), Refusal.BUSY),
        (PulseError("No."), Refusal.OTHER),
    ],
)
def test_the_kind_is_the_nearest_in_the_tree(error: PulseError, kind: Refusal) -> None:
    assert refusal_of(error) is kind


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Refusal.UNREADABLE),
        (401, Refusal.UNSIGNED),
        (413, Refusal.TOO_LARGE),
        (415, Refusal.WRONG_TYPE),
        (200, None),
        (404, None),
        (500, None),
    ],
)
def test_what_the_edge_sends_away_has_a_kind(status: int, kind: Refusal | None) -> None:
    assert refusal_of_status(status) is kind


def test_a_batch_counts_every_refusal() -> None:
    batch = batch_of([TooLate("Closed."), Busy(), TooLate("Closed.")])
    assert (batch.stored, batch.withdrawn, batch.size) == (0, 0, 3)
    assert batch.refused == {Refusal.TOO_LATE: 2, Refusal.BUSY: 1}
