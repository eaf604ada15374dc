"""Answers and comments of made-up people, in few words."""

from collections.abc import Sequence

from bot.domain.ids import ItemId, OrganisationId, Pseudonym
from bot.domain.responses import Answer, Comment
from bot.domain.sentiment import Mood

BRIGHTBUILD = OrganisationId("brightbuild")
COUNCIL = OrganisationId("council")
BOTH = (BRIGHTBUILD, COUNCIL)


def person(organisation: OrganisationId | None, number: int) -> Pseudonym:
    """The pseudonym of the n-th person of an organisation (or of those nobody could place)."""
    return Pseudonym(f"{organisation}-{number}")


def answers(
    organisation: OrganisationId | None,
    scores: Sequence[int | None],
    *,
    dimension: str = "trust",
    counts: bool = True,
    first: int = 0,
) -> list[Answer]:
    """One answer of each of several people, numbered from `first`."""
    return [
        Answer(
            person=person(organisation, number),
            organisation=organisation,
            dimension=dimension,
            item=ItemId("TRU1"),
            score=score,
            counts=counts,
        )
        for number, score in enumerate(scores, first)
    ]


def comments(
    moods: Sequence[Mood],
    *,
    organisation: OrganisationId | None = BRIGHTBUILD,
    themes: tuple[str, ...] = (),
    quotable: str | None = None,
    counts: bool = True,
    first: int = 0,
) -> list[Comment]:
    """One comment of each of several people, numbered from `first`."""
    return [
        Comment(
            person=person(organisation, number),
            organisation=organisation,
            mood=mood,
            themes=themes,
            quotable=quotable,
            counts=counts,
        )
        for number, mood in enumerate(moods, first)
    ]
