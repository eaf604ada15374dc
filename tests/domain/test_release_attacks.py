"""A colleague who knows everything but one person's answers tries to work them out from all that is released.

The attacker knows who took part, every other answer, the rules and the chances of the blur, and sees every weekly
whole and the organisations of every block. Each answer enters two numbers, so what is learned combines both. Before
anything is shown, the five scores are equally likely. Two attackers are measured: one who misses all four answers of
a person's block, and a stronger one who knows three of them and misses one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from random import Random
from statistics import mean

import pytest

from bot.domain.anonymity import Released, Scope, Withheld, blurred_score, draw_blur
from bot.domain.promise import PROMISE
from bot.domain.responses import Answer
from bot.domain.scoring import release_organisations, release_whole
from tests.domain.voices import BOTH, BRIGHTBUILD, COUNCIL, answers

CERTAIN_AT_MOST, NEARLY_AT_MOST = 0.02, 0.05
NEARLY = 0.9
SIZES = range(6, 21)
SHARES = (1.0, 0.7)
ROUNDS = range(PROMISE.block_rounds)
SCORES = range(1, 6)
Weights = Mapping[int, int]
BLURRED: Weights = dict(zip(range(-2, 3), PROMISE.blur_weights, strict=True))
BARE: Weights = {0: 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """Shares of answers of which an attacker became certain, or more than 90% sure."""

    certain: float
    nearly: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Clue:
    """A released number as the attacker reads it: the sum of the known scores, of how many in all, and what was shown.

    `shown` is in tenths, None when it was withheld.
    """

    known: int
    answered: int
    shown: int | None

    def fits(self, unknown: int, blur: Weights) -> int:
        """How often, in ninths, this would be shown if the unknown scores added up to `unknown`."""
        if self.shown is None:
            return 1
        return sum(w for b, w in blur.items() if tenths(self.known + unknown + b, self.answered) == self.shown)

    def alternatives(self, blur: Weights) -> list["Clue"]:
        """Everything that could have been shown instead, one unknown score being any of the five."""
        if self.shown is None:
            return [self]
        shown = {tenths(self.known + score + b, self.answered) for score in SCORES for b in blur}
        return [replace(self, shown=each) for each in sorted(shown)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A person's scores in the rounds of a block, and what was released of each round and of the block."""

    own: tuple[int, ...]
    rounds: tuple[Clue, ...]
    whole_block: Clue


@cache
def tenths(total: int, answered: int) -> int:
    return blurred_score(total, answered, PROMISE, lambda: 0).tenths


def simulated_block(size: int, share: float, random: Random) -> Block:
    """A block of two organisations of `size`, of whom a share answers each week, through the product's own gate."""
    mood = {organisation: random.gauss(3.7, 0.5) for organisation in BOTH}
    own = tuple(random.choice(SCORES) for _ in range(PROMISE.block_rounds))
    rounds: list[Clue] = []
    side: list[Answer] = []
    block: list[Answer] = []
    for score in own:
        heard = answers(BRIGHTBUILD, [score]) + [
            answer
            for organisation in BOTH
            for number in range(1 if organisation == BRIGHTBUILD else 0, size)
            if random.random() < share
            for answer in answers(organisation, [score_around(mood[organisation], random)], first=number)
        ]
        whole = release_whole(
            heard,
            organisations=BOTH,
            dimensions=("trust",),
            promise=PROMISE,
            blur=lambda: draw_blur(random),
            changes={},
        )
        rounds.append(clue(heard, score, whole.results[0]))
        block += heard
        side += [answer for answer in heard if answer.organisation == BRIGHTBUILD]
    released = release_organisations(
        block,
        groups={BRIGHTBUILD: Scope("brightbuild"), COUNCIL: Scope("council")},
        invited=dict.fromkeys(BOTH, size),
        promise=PROMISE,
        blur=lambda: draw_blur(random),
    )
    seen = next(each for each in released if (each.dimension, each.scope) == ("trust", "brightbuild"))
    return Block(own=own, rounds=tuple(rounds), whole_block=clue(side, sum(own), seen))


def score_around(mood: float, random: Random) -> int:
    return min(max(round(random.gauss(mood, 1.0)), 1), 5)


def clue(heard: list[Answer], own: int, seen: Released | Withheld) -> Clue:
    total = sum(answer.score or 0 for answer in heard)
    shown = seen.score.tenths if isinstance(seen, Released) else None
    return Clue(known=total - own, answered=len(heard), shown=shown)


def learned_of_one(block: Block, number: int, blur: Weights) -> Learned:
    """What the stronger attacker learns of one answer: exact, over all scores and draws with the others as they are."""
    rest = sum(block.own) - block.own[number]
    of_block = replace(block.whole_block, known=block.whole_block.known + rest)
    certain = nearly = everything = 0
    for weekly in block.rounds[number].alternatives(blur):
        for blockly in of_block.alternatives(blur):
            posterior = [weekly.fits(score, blur) * blockly.fits(score, blur) for score in SCORES]
            everything += sum(posterior)
            certain += sum(posterior) if max(posterior) == sum(posterior) else 0
            nearly += sum(posterior) if max(posterior) > NEARLY * sum(posterior) else 0
    return Learned(certain=certain / everything, nearly=nearly / everything)


def learned_of_all(block: Block, number: int) -> Learned:
    """What the attacker who misses all answers of the block learns of one, from what was shown."""
    sums = {0: 1}
    for other, weekly in enumerate(block.rounds):
        if other != number:
            sums = convolved(sums, {score: weekly.fits(score, BLURRED) for score in SCORES})
    posterior = [
        block.rounds[number].fits(score, BLURRED)
        * sum(ways * block.whole_block.fits(score + total, BLURRED) for total, ways in sums.items())
        for score in SCORES
    ]
    surest = max(posterior) / sum(posterior)
    return Learned(certain=float(surest == 1), nearly=float(surest > NEARLY))


def convolved(sums: Mapping[int, int], scores: Mapping[int, int]) -> dict[int, int]:
    combined: dict[int, int] = {}
    for total, ways in sums.items():
        for score, weight in scores.items():
            combined[total + score] = combined.get(total + score, 0) + ways * weight
    return combined


def average(learned: Iterable[Learned]) -> Learned:
    each = list(learned)
    return Learned(certain=mean(one.certain for one in each), nearly=mean(one.nearly for one in each))


@cache
def blocks(size: int, share: float, count: int = 40) -> tuple[Block, ...]:
    random = Random(f"{size} {share}")
    return tuple(simulated_block(size, share, random) for _ in range(count))


def attack_one(size: int, share: float, blur: Weights = BLURRED) -> Learned:
    return average(learned_of_one(block, number, blur) for block in blocks(size, share) for number in ROUNDS)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("share", SHARES)
def test_who_knows_every_answer_but_one_hardly_ever_learns_the_last(share: float, size: int) -> None:
    learned = attack_one(size, share)
    assert learned.certain <= CERTAIN_AT_MOST
    assert learned.nearly <= NEARLY_AT_MOST


@pytest.mark.parametrize("share", SHARES)
def test_who_knows_everybody_but_one_person_learns_even_less(share: float) -> None:
    learned = average(
        learned_of_all(block, number) for size in SIZES for block in blocks(size, share) for number in ROUNDS
    )
    assert learned.certain <= CERTAIN_AT_MOST
    assert learned.nearly <= NEARLY_AT_MOST


@pytest.mark.parametrize("size", SIZES)
def test_without_the_blur_the_same_attack_succeeds_far_too_often(size: int) -> None:
    bare, blurred = attack_one(size, 1.0, BARE), attack_one(size, 1.0)
    assert bare.certain > 2 * CERTAIN_AT_MOST
    assert bare.certain > 4 * blurred.certain


@pytest.mark.parametrize(("people", "proved"), [(10, 1.0), (11, 0.82), (14, 0.5)])
def test_with_one_plain_decimal_the_last_answer_would_be_proved(people: int, proved: float) -> None:
    def shown(total: int) -> int:
        return (20 * total + people) // (2 * people)

    totals = [(others, own) for others in range(2 * people, 4 * people) for own in SCORES]
    alone = [sum(shown(others + score) == shown(others + own) for score in SCORES) == 1 for others, own in totals]
    assert sum(alone) / len(alone) == pytest.approx(proved, abs=0.05)


@pytest.mark.parametrize("answered", range(5, 101))
def test_one_number_alone_proves_an_answer_less_often_than_the_bar_whatever_the_others_said(answered: int) -> None:
    """Exact, over every sum of the others in the middle half of the scale."""
    proved = reached = 0
    for others in range(2 * (answered - 1), 4 * (answered - 1) + 1):
        for own in SCORES:
            for drawn, weight in BLURRED.items():
                seen = Clue(known=others, answered=answered, shown=tenths(others + own + drawn, answered))
                reached += weight
                proved += weight * (sum(seen.fits(score, BLURRED) > 0 for score in SCORES) == 1)
    assert proved / reached <= CERTAIN_AT_MOST
