"""An alert as an owned item: what it said, who has taken it, and when it counts as recovered (docs/drift.md)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import mean
from typing import Final

from bot.domain.alert_release import ReleasedAlert
from bot.domain.anonymity import Score
from bot.domain.ids import AlertId, PartnershipId, RoundId
from bot.domain.people import Person

UNOWNED_FOR: Final = 3  # working days until an alert that nobody took goes to the programme level
BACK_WITHIN_TENTHS: Final = 1  # half a step of rounding: nearer than that two released levels are the same
WHOLES_OF_A_BLOCK: Final = 2  # released values of the whole, of four, from which a block's level is read


class NoticedKind(StrEnum):
    """What the digest may mention about the whole, and nobody is alarmed by."""

    LOWER = "lower"
    SPLIT = "split"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticed:
    """A line for the digest. `dimension` is None for silence; there is no organisation, and no count."""

    kind: NoticedKind
    dimension: str | None
    at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedAlert:
    """What was told of a fall, and what became of it. Times are aware UTC, days are the partnership's.

    `since_on` is the day on which the block began that the fall is said to have begun with, `since_block` its number;
    `block` is the one in which the detector saw it. The seniors have it from `told_at` on; `climbed_at` is when it
    went to the programme level because nobody took it.
    """

    id: AlertId
    partnership_id: PartnershipId
    round_id: RoundId
    released: ReleasedAlert
    since_block: int
    since_on: dt.date
    block: int
    raised_at: dt.datetime
    told_at: dt.datetime | None = None
    owner: Person | None = None
    climbed_at: dt.datetime | None = None
    recovered_at: dt.datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether it has not recovered."""
        return self.recovered_at is None

    @property
    def blocks_before(self) -> tuple[int, ...]:
        """Blocks that may show the level before the fall, the nearest first."""
        return tuple(range(self.since_block - 1, 0, -1)) or (self.since_block,)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAlert:
    """An alert that seniors have and that has not recovered, as other screens may mention it.

    `organisation` is the name of the one that fell, None for the partnership as a whole; `dimension` is a key.
    """

    id: AlertId
    dimension: str
    organisation: str | None
    since: dt.date
    owner: Person | None
    climbed: bool

    @property
    def scope(self) -> str:
        """Where answers are lower, as part of a sentence."""
        return scope_words(self.organisation)


def scope_words(organisation: str | None) -> str:
    """ "in Northfield Council's answers", or "in the partnership" when no organisation is named."""
    if organisation is None:
        return "in the partnership"
    return f"in {organisation}{'’' if organisation.endswith('s') else '’s'} answers"


def is_back(now: Sequence[Score], before: Sequence[Score]) -> bool:
    """Whether the released values of a block stand where those before the fall stood, or higher."""
    return mean(each.tenths for each in now) >= mean(each.tenths for each in before) - BACK_WITHIN_TENTHS
