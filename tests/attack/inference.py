"""What somebody who knows everything but one answer learns of it, by Bayes' rule over every score and every draw.

Numbers are followed exactly, over every draw of the blur; words that depend on a secret draw are drawn many times, and
their chances are exact. Whoever is certain is so whatever they thought before. How sure somebody is depends on that:
before anything is shown the five scores are equally likely, or as frequent as among the other answers of the person.
"""

import random
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from statistics import mean

from bot.domain.anonymity import blurred_score
from bot.domain.promise import PROMISE

SCORES = range(1, 6)
NEARLY = 0.9
CERTAIN_AT_MOST, NEARLY_AT_MOST = 0.02, 0.05
Chances = tuple[float, ...]
"""For each of the five scores, how likely it makes what is seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """How a sum becomes what is shown: the chances of the blur, and the rounding."""

    blur: Mapping[int, int]
    rounded: Callable[[int, int], Hashable]

    def chances(self, known: int, answered: int) -> list[Chances]:
        """Everything that could be shown of `answered` answers if all but one add up to `known`."""
        seen: dict[Hashable, list[int]] = {}
        for score in SCORES:
            for drawn, weight in self.blur.items():
                seen.setdefault(self.rounded(known + score + drawn, answered), [0] * 5)[score - 1] += weight
        return [tuple(each) for each in seen.values()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """Shares of answers of which the attacker became certain, or more than 90% sure.

    `certain` and `nearly` are of answers as the person usually gives them; `evenly` is of answers of which every score
    is equally frequent, `of_ends` of those of 1 and 5. `with_habits` is for an attacker who began from what the person
    usually answers, and was not that sure before.
    """

    certain: float
    evenly: float
    of_ends: float
    nearly: float
    with_habits: float


@cache
def as_promised(total: int, answered: int) -> int:
    """The product's own rounding, of a sum that is blurred already."""
    return blurred_score(total, answered, PROMISE, lambda: 0).tenths


PROMISED = Shown(blur=dict(zip(range(-2, 3), PROMISE.blur_weights, strict=True)), rounded=as_promised)
EVEN: Chances = (1.0,) * 5
NOTHING: Sequence[Chances] = (EVEN,) * 5
"""No words at all, whichever score is the true one."""


@dataclass(frozen=True, slots=True)
class Clue:
    """A released number that one answer went into: the sum of the others, and of how many answers it is made."""

    known: int
    answered: int


def learned(
    clues: Iterable[Clue],
    shown: Shown,
    words: Sequence[Chances] = NOTHING,
    habits: Chances = EVEN,
) -> Learned:
    """What is learned of one answer: from the released numbers, and from words as they may be seen.

    `words` are as many sights of all words for each of the five scores being the true one, in the order of the scores;
    `habits` is how likely each score is by the person's other answers.
    """
    numbers: dict[Chances, int] = {EVEN: 1}
    for clue in clues:
        numbers = _combined(numbers, _chances(shown, clue))
    everything = sum(each[0] * times for each, times in numbers.items())  # the same for each of the five scores
    sights = len(words) // 5
    certain, nearly, with_habits = [0.0] * 5, [0.0] * 5, [0.0] * 5
    was_sure = max(habits) > NEARLY * sum(habits)
    for place, seen in enumerate(words):
        true = place // sights
        for each, times in numbers.items():
            if not each[true]:
                continue
            left = [number * word for number, word in zip(each, seen, strict=True)]
            by_habits = [one * before for one, before in zip(left, habits, strict=True)]
            reached = times * each[true] / everything / sights
            certain[true] += reached if max(left) == sum(left) else 0
            nearly[true] += reached if max(left) > NEARLY * sum(left) else 0
            with_habits[true] += reached if not was_sure and max(by_habits) > NEARLY * sum(by_habits) else 0

    def usually(found: Sequence[float]) -> float:
        return sum(share * before for share, before in zip(found, habits, strict=True)) / sum(habits)

    return Learned(
        certain=usually(certain),
        evenly=mean(certain),
        of_ends=(certain[0] + certain[4]) / 2,
        nearly=usually(nearly),
        with_habits=usually(with_habits),
    )


def alike(said: Sequence[Hashable]) -> list[Chances]:
    """Words without any secret: one sight for each true score, made equally likely by all that lead to the same."""
    return [tuple(float(other == each) for other in said) for each in said]


def sights(words: Sequence[Sequence[Chances]], count: int, dice: random.Random) -> list[Chances]:
    """Sights of words with a secret: `words` are all that each can say, with its chances for each of the scores."""
    seen = []
    for true in range(5):
        for _ in range(count):
            together = [1.0] * 5
            for each in words:
                (said,) = dice.choices(each, weights=[one[true] for one in each])
                together = [before * now / said[true] for before, now in zip(together, said, strict=True)]
            seen.append(tuple(together))
    return seen


def both(one: Sequence[Chances], other: Sequence[Chances]) -> list[Chances]:
    """Two kinds of words together; the second has one sight for each score."""
    count = len(one) // 5
    return [tuple(a * b for a, b in zip(seen, other[place // count], strict=True)) for place, seen in enumerate(one)]


def average(each: Iterable[Learned]) -> Learned:
    """Over many answers."""
    every = list(each)
    return Learned(**{part.name: mean(getattr(one, part.name) for one in every) for part in fields(Learned)})


_KNOWN: dict[tuple[int, Clue], list[Chances]] = {}


def _chances(shown: Shown, clue: Clue) -> list[Chances]:
    key = (id(shown), clue)
    if key not in _KNOWN:
        _KNOWN[key] = shown.chances(clue.known, clue.answered)
    return _KNOWN[key]


def _combined(one: Mapping[Chances, int], other: Iterable[Chances]) -> dict[Chances, int]:
    together: dict[Chances, int] = {}
    for first, times in one.items():
        for second in other:
            product = tuple(a * b for a, b in zip(first, second, strict=True))
            together[product] = together.get(product, 0) + times
    return together
