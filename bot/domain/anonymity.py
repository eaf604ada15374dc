"""The gate: the only forms in which anything about people leaves the calculation, and how a sum becomes one of them.

Source of every rule: docs/privacy.md, "What is released".
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Final, NewType, Self

from bot.domain.drift import Change as Change  # readers of results know the gate, not the detector
from bot.domain.promise import PROMISE, Promise

Blur = Callable[[], int]
"""Draws the secret whole number that is added to one sum, once, when its round or block closes."""

Scope = NewType("Scope", str)
"""Whose answers a result is made of: `WHOLE`, or the id of a group of one or more organisations."""

WHOLE: Final = Scope("whole")
MIDDLE_OF_SCALE: Final = 3
WITHHELD_TEXT: Final = "not shown this time, too few answers to keep them confidential"
"""The one sentence for every cause; also for mood, themes, quotes and participation that are None or empty."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Score:
    """A released mean on the scale of 1 to 5, blurred and rounded, in tenths. Both ends are open."""

    tenths: int

    def __post_init__(self) -> None:
        steps = (PROMISE.step_tenths, PROMISE.half_step_tenths)
        inside = PROMISE.bottom_tenths < self.tenths < PROMISE.top_tenths and any(self.tenths % s == 0 for s in steps)
        if not inside and self.tenths not in (PROMISE.bottom_tenths, PROMISE.top_tenths):
            raise ValueError(f"{self.tenths} tenths is not a score that can be released")

    @property
    def text(self) -> str:
        shown = f"{self.tenths // 10}.{self.tenths % 10}"
        match self.tenths:
            case PROMISE.top_tenths:
                return f"{shown} or more"
            case PROMISE.bottom_tenths:
                return f"{shown} or less"
            case _:
                return shown


TOP = Score(tenths=PROMISE.top_tenths)
BOTTOM = Score(tenths=PROMISE.bottom_tenths)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Band:
    """A number of people as it may be shown: 5 to 9, 10 to 14 and so on; the last one is open.

    The last band takes in the remainder: "10 to 14" of 10 people would say that everybody answered.
    """

    low: int
    is_last: bool = False

    def __post_init__(self) -> None:
        if self.low < PROMISE.people_band or self.low % PROMISE.people_band:
            raise ValueError(f"no band of people begins at {self.low}")

    @classmethod
    def of(cls, people: int, *, among: int) -> Self | None:
        """The band that holds this many of `among` people who could have been counted; None below 5."""
        width = PROMISE.people_band
        low = people - people % width
        last = max((among + 1) // width * width - width, width)  # the last one that `among` people fill
        return cls(low=min(low, last), is_last=low >= last) if low > 0 else None

    @classmethod
    def from_stored(cls, stored: int | str) -> Self:
        """What `stored` wrote; a plain number is a band with two ends."""
        return cls(low=int(str(stored).removesuffix("+")), is_last=str(stored).endswith("+"))

    @property
    def stored(self) -> int | str:
        """The form for the database."""
        return f"{self.low}+" if self.is_last else self.low

    @property
    def high(self) -> int:
        """The most people it holds; an open band holds more."""
        return self.low + PROMISE.people_band - 1

    @property
    def text(self) -> str:
        return f"{self.low} or more" if self.is_last else f"{self.low} to {self.high}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """A result that may be shown to everybody in the partnership."""

    dimension: str
    scope: Scope
    score: Score
    people: Band
    change: Change | None
    cant_say_many: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """A result that is not shown. It does not know why: the same for every cause."""

    dimension: str
    scope: Scope

    @property
    def text(self) -> str:
        return WITHHELD_TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeResult:
    """All that a round releases: about how many answered (None: too few to say), and one result per dimension."""

    people: Band | None
    results: tuple[Released | Withheld, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Two scopes whose released scores for a dimension lie clearly apart."""

    dimension: str
    higher: Scope
    lower: Scope


class Participation(StrEnum):
    """The share of the invited who took part in a block, in words."""

    NEARLY_ALL = "nearly everybody"
    THREE_IN_FOUR = "about three in four"
    HALF = "about half"
    ONE_IN_FOUR = "about one in four"
    FEW = "fewer than one in eight"


class MoodWord(StrEnum):
    """The released mood of a block's comments."""

    MOSTLY_POSITIVE = "mostly positive"
    MOSTLY_WORRIED = "mostly worried"
    MOSTLY_NEUTRAL = "mostly matter-of-fact"
    MIXED = "mixed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """A dimension that comments of a block speak of, and about how many people wrote of it."""

    dimension: str
    people: Band


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentsResult:
    """All that a block releases of its comments. `quotes` are in random order and are shown apart from any score."""

    mood: MoodWord | None
    themes: tuple[Theme, ...]
    quotes: tuple[str, ...]


def draw_blur(random: Random) -> int:
    """A secret whole number from -2 to +2 with chances 1, 2, 3, 2, 1 in 9. Production passes `SystemRandom()`."""
    reach = len(PROMISE.blur_weights) // 2
    return random.choice([size for size, w in enumerate(PROMISE.blur_weights, -reach) for _ in range(w)])


def draw_clear_change(promise: Promise, random: Random) -> float:
    """How strong a change must be for a word about it: the promised strength and a secret part, drawn once a close.

    The secret part is small or large seldom. Production passes `SystemRandom()`.
    """
    return promise.change_statistic_tenths / 10 + random.triangular(0.0, promise.change_secret_tenths / 10)


def blurred_score(total: int, answered: int, promise: Promise, blur: Blur) -> Score:
    """The score of `answered` scores that add up to `total`: one blur, then steps of 0.2, or 0.5 when they are few.

    Steps are counted from the middle of the scale in whole numbers and a tie goes to the middle, so that a scale read
    backwards gives the mirrored score, and no step gathers fewer sums than its neighbours.
    """
    step = promise.half_step_tenths if answered < promise.half_points_below else promise.step_tenths
    off_middle = 10 * (total + blur() - MIDDLE_OF_SCALE * answered)
    width = step * answered
    steps = (2 * abs(off_middle) + width - 1) // (2 * width)
    tenths = 10 * MIDDLE_OF_SCALE + (step * steps if off_middle > 0 else -step * steps)
    return Score(tenths=min(max(tenths, promise.bottom_tenths), promise.top_tenths))


def counter(previous: int, answered: int, promise: Promise, *, among: int) -> int:
    """The number for "More than N people have answered" under an open round; 0 means that nothing is said yet.

    True as worded (from the 6th person "more than 5", from the 11th "more than 10"), and it never falls. At least a
    band of the `among` people invited lies above it: "more than 10" of 11 would say that everybody has answered.
    """
    if answered < promise.whole_people:
        return previous
    most = max(among // promise.people_band - 1, 0) * promise.people_band
    return max(previous, min((answered - 1) // promise.people_band * promise.people_band, most))
