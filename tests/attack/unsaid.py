"""Whether somebody could say, against whoever knows all other answers: on every draw of the product's own gate.

Tried where organisations can be shown apart. In smaller ones a result is sometimes withheld for want of one score, and
the minima themselves then tell it: docs/privacy.md says so.
"""

import random
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from itertools import product

from bot.domain import scoring
from bot.domain.anonymity import Blur
from bot.domain.groups import units
from bot.domain.promise import PROMISE
from bot.domain.responses import Answer
from bot.domain.rounds import RoundKind
from bot.domain.scoring import release_organisations, release_whole
from tests.attack.arena import Arena
from tests.attack.defences import without
from tests.attack.inference import CERTAIN_AT_MOST, PROMISED, SCORES
from tests.attack.lives import Life, Lived, bank, lived
from tests.attack.registry import Attack, Effort, Outcome

FOUR = PROMISE.block_rounds
SAMPLES = {Effort.FULL: ((8, 12, 20, 30), 4, 10), Effort.SHORT: ((20,), 3, 8)}
Seen = dict[int | None, Counter[Hashable]]
"""For everything that the person could have answered, what would be shown, and over how many draws."""


def could_not_say(_arena: Arena, effort: Effort) -> Outcome:
    """Of somebody who chose "Can't say": whether that is certain."""
    sizes, lives, each = SAMPLES[effort]
    worst, certain_at = 0.0, 0
    for size in sizes:
        found = [(life, one) for life in (lived(size, seed) for seed in range(lives)) for one in _some(life, each)]
        share = sum(_certain(life, *one) for life, one in found) / len(found)
        if share >= worst:
            worst, certain_at = share, size
    note = f"{certain_at} people a side, the worst of {len(sizes)} sizes: {worst:.1%} of {CERTAIN_AT_MOST:.0%}"
    return Outcome(tries=lives * each, breaks=worst * lives * each, note=note)


def _some(life: Life, each: int) -> list[tuple[Lived, Answer]]:
    """Answers of a life without a score."""
    unsaid = [(one, answer) for one in life.rounds for answer in one.answers if answer.score is None]
    return random.Random(3).sample(unsaid, each)


def _certain(life: Life, asked: Lived, answer: Answer) -> float:
    """The chance that no score fits what is shown of the round, and of its block."""
    weekly, block = _seen(lambda given: _whole(asked, given), answer), _seen(_block(life, asked, answer), answer)
    certain = sum(
        weekly[None][week] * block[None][four]
        for week, four in product(weekly[None], block[None])
        if not any(weekly[score][week] and block[score][four] for score in SCORES)
    )
    return certain / (weekly[None].total() * block[None].total())


def _seen(shown: Callable[[Answer], Callable[[Blur], Hashable]], answer: Answer) -> Seen:
    found: Seen = {}
    for score in (None, *SCORES):
        show = shown(replace(answer, score=score))
        found[score] = Counter()
        for drawn in product(PROMISED.blur.items(), repeat=2):  # one result draws for its words and for its number
            numbers = iter([number for number, _ in drawn])
            found[score][show(numbers.__next__)] += drawn[0][1] * drawn[1][1]
    return found


def _whole(asked: Lived, given: Answer) -> Callable[[Blur], Hashable]:
    """What a round shows of the question if somebody answered this."""
    heard = _with([each for each in asked.answers if each.dimension == given.dimension], given)

    def show(blur: Blur) -> Hashable:
        return release_whole(
            heard,
            organisations=list(asked.invited),
            invited=sum(asked.invited.values()),
            dimensions=(given.dimension,),
            promise=PROMISE,
            blur=blur,
            changes={},
        ).results

    return show


def _block(life: Life, asked: Lived, answer: Answer) -> Callable[[Answer], Callable[[Blur], Hashable]]:
    """What its block shows of the side; nothing where it shows none."""
    rounds = [
        each for each in life.rounds if each.asked.kind is RoundKind.REGULAR and each.asked.block == asked.asked.block
    ]
    if asked not in rounds or answer.organisation is None or not bank().item(answer.item).core or len(rounds) < FOUR:
        return lambda _given: lambda _blur: None
    groups = units(list(life.groups), [life.groups])
    scope = groups[answer.organisation]
    invited = {side: min(each.invited[side] for each in rounds) for side in life.groups}
    others = [each for one in rounds if one is not asked for each in one.answers if each.dimension == answer.dimension]
    own = [each for each in asked.answers if each.dimension == answer.dimension]

    def shown(given: Answer) -> Callable[[Blur], Hashable]:
        heard = [*others, *_with(own, given)]

        def show(blur: Blur) -> Hashable:
            drawn = blur()  # each side has a draw of its own; only one side is looked at
            results = release_organisations(heard, groups=groups, invited=invited, promise=PROMISE, blur=lambda: drawn)
            return tuple(each for each in results if (each.dimension, each.scope) == (given.dimension, scope))

        return show

    return shown


def _with(heard: Sequence[Answer], given: Answer) -> list[Answer]:
    """The answers, with this one in place of the person's own."""
    return [given if each.person == given.person else each for each in heard]


ATTACKS = (
    Attack(
        name="that you could not say",
        run=could_not_say,
        defences={
            "a band counts all who answered": without(
                scoring,
                (
                    "return Band.of(people(heard), among=invited) if each_enough",
                    "return Band.of(people(scored), among=invited) if each_enough",
                ),
                (
                    "return Band.of(people(heard), among=invited) if counted",
                    "return Band.of(people(scored), among=invited) if counted",
                ),
            ),
            "how many are many is drawn in secret": without(
                scoring,
                (
                    "return cannot >= promise.cant_say_least + len(promise.blur_weights) // 2 + blur()",
                    "return True",
                ),
            ),
        },
        bar=CERTAIN_AT_MOST,
    ),
)
