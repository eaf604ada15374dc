"""What twelve rounds may release, worked out from docs/privacy.md alone: a second opinion on the product's calculation.

It shares nothing with the product but the drift statistic, whose own tests stand beside it. Where the promise leaves a
choice (a tie goes to the middle of the scale, "20 answered" are answers) this follows the product.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, prod

from bot.domain import drift
from bot.domain.drift_alerts import Answer

BLUR = {-2: Fraction(1, 9), -1: Fraction(2, 9), 0: Fraction(3, 9), 1: Fraction(2, 9), 2: Fraction(1, 9)}
SIDES = ("Northfield Council", "Brightbuild")
SHOWN_APART = ("trust", "communication")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One person's last word on one question of one round; `side` is None for people nobody could place."""

    number: int
    dimension: str
    who: str
    side: str | None
    is_new: bool
    score: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One released value: what it reads, and the sum it was made of."""

    shown: str
    people: str
    change: str | None
    many_could_not_say: bool
    total: int
    answered: int

    def with_blur(self) -> Mapping[str, Fraction]:
        """Everything that may be shown instead, with its chance."""
        chances: dict[str, Fraction] = {}
        for blur, chance in BLUR.items():
            shown = rounded(self.total + blur, self.answered)
            chances[shown] = chances.get(shown, Fraction()) + chance
        return chances


def rounded(total: int, answered: int) -> str:
    """To fifths of a point, to half points when fewer than 20 answered, with open ends."""
    step = Fraction(1, 2) if answered < 20 else Fraction(1, 5)
    off_middle = Fraction(total, answered) - 3
    steps = ceil(abs(off_middle) / step - Fraction(1, 2))
    value = 3 + (steps if off_middle > 0 else -steps) * step
    if value >= Fraction(9, 2):
        return "4.5 or more"
    return "1.5 or less" if value <= Fraction(3, 2) else f"{float(value):.1f}"


def whole(said: Iterable[Said], dimension: str, change: str | None, invited: int) -> Line | None:
    """One dimension of a round; None if it is withheld."""
    asked = [each for each in said if each.dimension == dimension]
    heard = _without_few_unplaced(each for each in asked if each.score is not None)
    everybody = _without_few_unplaced(asked)
    cannot = [each for each in everybody if each.score is None and not each.is_new]
    many = len(everybody) >= 20 and len(cannot) >= 7  # 5, and the middle of a secret 0 to 4
    return _line(heard, everybody, change, many, invited) if _is_enough_for_whole(heard) else None


def people_of_round(said: Iterable[Said], invited: int) -> str | None:
    """About how many people answered a round, or None."""
    heard = _without_few_unplaced(said)
    return _band(heard, invited) if _is_enough_for_whole(heard) else None


def organisations(said: Sequence[Said], invited: Mapping[str, int]) -> dict[tuple[str, str], Line | None]:
    """A block's values by dimension and organisation: for each dimension all of them, or none."""
    found: dict[tuple[str, str], Line | None] = {}
    for dimension in SHOWN_APART:
        asked = {side: [e for e in said if (e.dimension, e.side) == (dimension, side)] for side in SIDES}
        sides = {side: [e for e in everybody if e.score is not None] for side, everybody in asked.items()}
        shown = min(invited.values()) >= 8 and all(len(_counting(heard)) >= 5 for heard in sides.values())
        for side, heard in sides.items():
            line = _line(heard, asked[side], None, many=False, invited=invited[side])
            found[(dimension, side)] = line if shown else None
    return found


def clear_gaps(values: Mapping[tuple[str, str], Line | None]) -> set[tuple[str, str, str]]:
    """(dimension, higher side, lower side), from what is shown alone: 1.0 apart, 0.6 from 10 people, 0.4 from 20."""
    found = set()
    for (dimension, high), upper in values.items():
        for (other, low), lower in values.items():
            if dimension != other or upper is None or lower is None:
                continue
            fewer = min(int(line.people.split()[0]) for line in (upper, lower))
            apart = Fraction(upper.shown.split()[0]) - Fraction(lower.shown.split()[0])
            if apart >= Fraction("1.0" if fewer < 10 else "0.6" if fewer < 20 else "0.4"):
                found.add((dimension, high, low))
    return found


def took_part(said: Iterable[Said], invited: int) -> str:
    """The share of the invited to the nearest quarter, in words."""
    people = min(len({each.who for each in said if each.side}), invited - 1)  # all and all but one are told alike
    quarters = int(Fraction(4 * people, invited) + Fraction(1, 2))
    words = ("fewer than one in eight", "about one in four", "about half", "about three in four", "nearly everybody")
    return words[min(quarters, 4)]


def change_of(history: Iterable[Said], dimension: str, number: int) -> str | None:
    """The word for change of a round, from everybody's placed answers up to it; None while there is too little."""
    by_dimension: dict[str, list[Answer]] = {}
    for each in history:
        if each.side and each.score is not None and each.number <= number:
            seen = Answer(each.number, each.who, each.score, each.side, each.dimension)
            by_dimension.setdefault(each.dimension, []).append(seen)
    variance = drift.pooled_variance(by_dimension.values())
    own = by_dimension.get(dimension, [])
    if all(drift.statistic(own, week=number, window=each, variance=variance) is None for each in drift.WINDOWS):
        return None
    return drift.change(own, week=number, variance=variance)


def chance_that_no_blur_shows(lines: Iterable[Line]) -> float:
    """How likely it is that all values read as if nothing had been blurred."""
    return float(prod((line.with_blur()[line.shown] for line in lines), start=Fraction(1)))


def _line(heard: Sequence[Said], asked: Sequence[Said], change: str | None, many: bool, invited: int) -> Line:
    total = sum(each.score or 0 for each in heard)
    return Line(
        shown=rounded(total, len(heard)),
        people=_band(asked, invited),
        change=change,
        many_could_not_say=many,
        total=total,
        answered=len(heard),
    )


def _is_enough_for_whole(heard: Sequence[Said]) -> bool:
    sides = [[each for each in heard if each.side == side] for side in SIDES]
    return len(_counting(heard)) >= 5 and all(len(_counting(side)) >= 2 for side in sides)


def _without_few_unplaced(said: Iterable[Said]) -> list[Said]:
    said = list(said)
    unplaced = [each for each in said if each.side is None]
    return said if len(_counting(unplaced)) >= 5 else [each for each in said if each.side]


def _counting(said: Iterable[Said]) -> set[str]:
    return {each.who for each in said if not each.is_new}


def _band(heard: Iterable[Said], invited: int) -> str:
    """5 to 9, 10 to 14 ...; the last one that the invited fill is open."""
    low = len({each.who for each in heard}) // 5 * 5
    last = max(5, *(start for start in range(5, 200, 5) if start + 4 <= invited), 5)
    return f"{low} to {low + 4}" if low < last else f"{last} or more"
