"""The search for the break: all that is ever released of a life, against somebody who knows all answers but one."""

import random
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import repeat

from bot.domain.anonymity import Released, Scope
from bot.domain.groups import units
from bot.domain.ids import OrganisationId
from bot.domain.promise import PROMISE
from bot.domain.responses import Answer, without_few_unplaced
from bot.domain.rounds import RoundKind
from tests.attack.arena import Arena
from tests.attack.inference import (
    CERTAIN_AT_MOST,
    NEARLY_AT_MOST,
    PROMISED,
    SCORES,
    Chances,
    Clue,
    Learned,
    Shown,
    alike,
    as_promised,
    average,
    both,
    learned,
    sights,
)
from tests.attack.lives import LARGEST, MIXED, SMALLEST, Life, Lived, bank, lived
from tests.attack.registry import Attack, Effort, Outcome
from tests.attack.words import SECRET, Sizes, Wanted, Words, chances_of_words

FOUR = PROMISE.block_rounds
SIZES = (*range(SMALLEST, LARGEST + 1), MIXED)  # people a side
LIVES, EACH = 12, 20  # partnerships of each size, and answers of each of these
SIGHTS = 16  # of all words together, for each of the five scores


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An answer that is searched for, and the released numbers that it went into."""

    wanted: Wanted
    habits: Chances
    weekly: tuple[Clue, ...]
    block: tuple[Clue, ...]
    sliding: tuple[Clue, ...]
    weekly_of_side: tuple[Clue, ...]


def targets(life: Life, count: int, seed: int) -> list[Target]:
    """Some answers of a life, each as likely as another."""
    every = [(at, each) for at, one in enumerate(life.rounds) for each in one.answers if each.score is not None]
    return [_target(life, at, each) for at, each in random.Random(seed).sample(every, count)]


def _target(life: Life, at: int, answer: Answer) -> Target:
    assert answer.score is not None
    regular = [each for each in life.rounds if each.asked.kind is RoundKind.REGULAR]
    asked = life.rounds[at]
    apart = _apart(life, regular, asked, answer)
    place = regular.index(asked) if apart else 0
    blocks = [regular[first : first + FOUR] for first in range(max(0, place - FOUR + 1), place + 1)]
    own = [each for each in regular if each.asked.block == asked.asked.block]
    return Target(
        wanted=Wanted(person=answer.person, at=at, dimension=answer.dimension, score=answer.score),
        weekly=_weekly(asked, answer),
        habits=_habits(life.scored, answer),
        block=(_clue(_side(life, own, apart), answer, apart),) if apart else (),
        sliding=tuple(_clue(_side(life, each, apart), answer) for each in blocks) if apart else (),
        weekly_of_side=(_clue(_side(life, [asked], apart), answer),) if apart else (),
    )


def _weekly(asked: Lived, answer: Answer) -> tuple[Clue, ...]:
    shown = next(each for each in asked.whole.results if each.dimension == answer.dimension)
    scored = [each for each in asked.answers if each.dimension == answer.dimension and each.score is not None]
    heard = without_few_unplaced(scored, PROMISE)
    return (_clue(heard, answer, shown),) if isinstance(shown, Released) and answer in heard else ()


def _apart(life: Life, regular: Sequence[Lived], asked: Lived, answer: Answer) -> Released | None:
    """The value of its organisation, or of the group it is joined in, that the answer went into."""
    if asked not in regular or answer.organisation is None or not bank().item(answer.item).core:
        return None
    block = [each for each in regular if each.asked.block == asked.asked.block][-1].block
    scope = _scopes(life)[answer.organisation]
    shown = [] if block is None else [each for each in block.results if isinstance(each, Released)]
    return next((each for each in shown if (each.dimension, each.scope) == (answer.dimension, scope)), None)


def _scopes(life: Life) -> dict[OrganisationId, Scope]:
    return units(list(life.groups), [life.groups])


def _side(life: Life, rounds: Sequence[Lived], apart: Released) -> list[Answer]:
    """All scores of these rounds that go into a value of one side."""
    own = {each for each, scope in _scopes(life).items() if scope == apart.scope}
    return [
        each
        for one in rounds
        for each in one.answers
        if each.organisation in own and each.dimension == apart.dimension and bank().item(each.item).core
        if each.score is not None
    ]


def _clue(heard: Sequence[Answer], answer: Answer, shown: Released | None = None) -> Clue:
    """What the attacker knows of a sum. Raises AssertionError when it could not have led to what was shown."""
    total = sum(each.score or 0 for each in heard)
    possible = {as_promised(total + drawn, len(heard)) for drawn in PROMISED.blur}
    if shown is not None and shown.score.tenths not in possible:
        raise AssertionError(f"{shown.score.text} was shown of {total} by {len(heard)}")
    return Clue(total - (answer.score or 0), len(heard))


def _habits(every: Sequence[Answer], answer: Answer) -> Chances:
    """How likely each score is to somebody who knows all other answers of the person, and how people answer at all."""
    own = [each.score for each in every if (each.person, each.dimension) == (answer.person, answer.dimension)]
    shares = [(1 + sum(each.score == score for each in every)) / (5 + len(every)) for score in SCORES]
    return tuple(
        own.count(score) - (score == answer.score) + 2 * share for score, share in zip(SCORES, shares, strict=True)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """An answer, the numbers that it went into, and what would have been said for each of the five scores."""

    target: Target
    sizes: tuple[Sizes, ...]
    figures: tuple[Hashable, ...]
    alerts: tuple[Chances, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rules:
    """How results are released: the rounding, what an answer goes into, and how the word for change is made."""

    shown: Shown = PROMISED
    clues: Callable[[Target], tuple[Clue, ...]] = lambda target: target.weekly + target.block
    secret: float = SECRET
    figures: bool = False

    def words(self, sought: Sought, dice: random.Random) -> list[Chances]:
        """Words as they may be seen for each of the five scores being the true one."""
        if self.figures:
            return alike(sought.figures)
        said = [chances_of_words(each, self.secret) for each in sought.sizes]
        return sights(said, SIGHTS if self.secret else 1, dice)


def _to(step_tenths: int) -> Callable[[int, int], int]:
    """Rounding of a mean to steps of so many tenths, without open ends."""
    return lambda total, answered: (20 * total + step_tenths * answered) // (2 * step_tenths * answered)


def _exact_ends(total: int, answered: int) -> int:
    return _to(PROMISE.half_step_tenths if answered < PROMISE.half_points_below else PROMISE.step_tenths)(
        total, answered
    )


def _fifths(total: int, answered: int) -> int:
    steps = _to(PROMISE.step_tenths)(total, answered) * PROMISE.step_tenths
    return min(max(steps, PROMISE.bottom_tenths), PROMISE.top_tenths)


AS_PROMISED = Rules()
BARE = {0: 1}
ONE_RULE_LESS = {
    "no secret number": Rules(shown=replace(PROMISED, blur=BARE)),
    "fifths of a point also below 20 answers": Rules(shown=replace(PROMISED, rounded=_fifths)),
    "no open ends": Rules(shown=replace(PROMISED, rounded=_exact_ends)),
    "blocks that overlap": Rules(clues=lambda target: target.weekly + target.sliding),
    "organisations every week": Rules(clues=lambda target: target.weekly + target.block + target.weekly_of_side),
    "each number calculated again four times": Rules(clues=lambda target: (target.weekly + target.block) * 4),
    "the word for change without its secret part": Rules(secret=0.0),
    "change as a figure with one decimal": Rules(figures=True),
    "plain means with one decimal": Rules(shown=Shown(blur=BARE, rounded=_to(1))),
}


@cache
def population(size: int, lives: int, each: int) -> tuple[Sought, ...]:
    """Answers of made-up partnerships with so many people a side: `each` of every one of so many lives."""
    found = []
    for seed in range(lives):
        life = lived(size, seed)
        words = Words(life)
        found += [
            Sought(
                target=one,
                sizes=tuple(words.sizes_for(one.wanted)),
                figures=tuple(words.figures_for(one.wanted)),
                alerts=tuple(alike(words.alerts_for(one.wanted))),
            )
            for one in targets(life, each, seed)
        ]
    return tuple(found)


def search(sought: Sequence[Sought], rules: Rules = AS_PROMISED) -> Learned:
    """What is learned of an answer, on average, if results are released by these rules."""
    dice = random.Random(1)
    return average(
        learned(
            rules.clues(one.target),
            rules.shown,
            both(rules.words(one, dice), one.alerts),
            habits=one.target.habits,
        )
        for one in sought
    )


current: Rules = AS_PROMISED


@contextmanager
def released_by(rules: Rules) -> Iterator[None]:
    """A build that releases by other rules."""
    global current
    before, current = current, rules
    try:
        yield
    finally:
        current = before


SHORT_SIZE, SHORT_LIVES, SHORT_EACH = 6, 4, 6


@cache
def every_size() -> dict[int, tuple[Sought, ...]]:
    """The populations of `make attack`, by the number of people a side; two processes make them."""
    with ProcessPoolExecutor(2) as pool:
        return dict(zip(SIZES, pool.map(population, SIZES, repeat(LIVES), repeat(EACH)), strict=True))


@cache
def learned_at(size: int, rules: Rules) -> Learned:
    """What is learned of the answers of `make attack` at one size."""
    return search(every_size()[size], rules)


def certain_of_the_last_answer(_arena: Arena, effort: Effort) -> Outcome:
    """How often somebody who knows all answers but one becomes certain of it, from all that is ever released."""
    return _worst(effort, lambda found: max(found.certain, found.evenly), CERTAIN_AT_MOST)


def nearly_sure_of_the_last_answer(_arena: Arena, effort: Effort) -> Outcome:
    """How often somebody who knows all answers but one becomes more than 90% sure of it."""
    return _worst(effort, lambda found: max(found.nearly, found.with_habits), NEARLY_AT_MOST)


def _worst(effort: Effort, share: Callable[[Learned], float], bar: float) -> Outcome:
    """The bar holds at every size, so the size at which most is learned is held against it."""
    if effort is Effort.SHORT:
        sought = population(SHORT_SIZE, SHORT_LIVES, SHORT_EACH)
        tries, of_size = len(sought), {SHORT_SIZE: share(search(sought, current))}
    else:
        tries, of_size = LIVES * EACH, {size: share(learned_at(size, current)) for size in SIZES}
    size = max(of_size, key=lambda each: of_size[each])
    most = f"most with {size or 'mixed numbers of'} people a side, {of_size[size]:.1%} of {bar:.0%}"
    return Outcome(
        tries=tries,
        breaks=of_size[size] * tries,
        note=f"{len(of_size) * tries:,} answers at {len(of_size)} sizes over sixty rounds; {most}",
    )


BITE = ("no secret number", "the word for change without its secret part", "change as a figure with one decimal")
ATTACKS = (
    Attack(
        name="all but one answer known: certain",
        run=certain_of_the_last_answer,
        defences={name: partial(released_by, ONE_RULE_LESS[name]) for name in BITE},
        bar=CERTAIN_AT_MOST,
    ),
    Attack(
        name="all but one answer known: over 90% sure",
        run=nearly_sure_of_the_last_answer,
        defences={name: partial(released_by, ONE_RULE_LESS[name]) for name in (BITE[0], BITE[2])},
        bar=NEARLY_AT_MOST,
    ),
)
