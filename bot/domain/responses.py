"""Single answers and comments, as the calculation sees them. Views must not import this module."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from bot.domain.ids import ItemId, OrganisationId, Pseudonym
from bot.domain.promise import Promise
from bot.domain.sentiment import Mood


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """Who said something in a round: `organisation` is None when nobody could place the person.

    `counts` is False for a new member in the first block: what they say is heard, they count towards no minimum.
    """

    person: Pseudonym
    organisation: OrganisationId | None
    counts: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Voice):
    """One person's answer to one question in one round. `score` is 1 to 5, or None for "can't say"."""

    dimension: str
    item: ItemId
    score: int | None

    def __post_init__(self) -> None:
        if self.score not in (None, 1, 2, 3, 4, 5):
            raise ValueError("a score is a whole number from 1 to 5, or None for can't say")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment(Voice):
    """One comment. `quotable` is the text as its author saw it and ticked "may be quoted", names removed; else None."""

    mood: Mood
    themes: tuple[str, ...] = ()
    quotable: str | None = None


V = TypeVar("V", bound=Voice)


def counted(voices: Iterable[Voice]) -> int:
    """How many different people count towards a minimum."""
    return len({voice.person for voice in voices if voice.counts})


def people(voices: Iterable[Voice]) -> int:
    """How many different people there are, new members included."""
    return len({voice.person for voice in voices})


def without_few_unplaced(voices: Iterable[V], promise: Promise) -> list[V]:
    """Those nobody could place are heard from 5 people on; fewer would stand out by subtraction and are left out."""
    voices = list(voices)
    if counted(voice for voice in voices if voice.organisation is None) >= promise.unplaced_people:
        return voices
    return [voice for voice in voices if voice.organisation is not None]
