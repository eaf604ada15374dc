"""Made-up partnerships that live through sixty rounds, and the product's own services that publish what they answer.

People join, leave, change organisation, change and withdraw answers, cannot say, comment; weeks are skipped and extra
rounds put in; in half of all partnerships something falls. The parameters are those of the bench of the detector.
"""

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from types import SimpleNamespace
from typing import Any, cast

from bot.adapters.question_bank import load_question_bank
from bot.domain.anonymity import WholeResult
from bot.domain.ids import ChannelId, OrganisationId, PartnershipId, Pseudonym, RoundId
from bot.domain.partnership import Partnership, block_of
from bot.domain.promise import PROMISE
from bot.domain.publication import BlockPublication
from bot.domain.questions import QuestionBank, choose
from bot.domain.responses import Answer
from bot.domain.rounds import Round, RoundKind
from bot.domain.sentiment import Mood, Sentiment
from bot.services.ports import KeptComment, PastAnswer, Ports, Transaction
from bot.services.release import publish_block, publish_round
from tests.builders import TUESDAY, Unblurred, partnership

ROUNDS = 60
MIXED, SMALLEST, LARGEST = 0, 5, 30  # people a side; MIXED stands for a number that is drawn for each side
FIRST_WEEK = 2_900
MOODS = (Mood.POSITIVE, Mood.POSITIVE, Mood.NEUTRAL, Mood.NEGATIVE, Mood.UNSURE)


@dataclass(slots=True, kw_only=True)
class Somebody:
    """A person of a partnership: where they belong, what they usually think, and how often they answer."""

    name: Pseudonym
    organisation: OrganisationId | None
    joined_block: int
    leaning: float
    leanings: Mapping[str, float]
    answers: float
    moves_to: OrganisationId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lived:
    """One round as it was lived, and what its close published."""

    asked: Round
    invited: Mapping[OrganisationId, int]
    answers: tuple[Answer, ...]
    comments: tuple[KeptComment, ...]
    whole: WholeResult
    block: BlockPublication | None


@dataclass(slots=True, kw_only=True)
class Life:
    """A partnership and its rounds, oldest first. It is also the store that the services publish from."""

    partnership: Partnership
    groups: Mapping[OrganisationId, str]
    randomness: random.Random
    rounds: list[Lived] = field(default_factory=list)
    asked: list[tuple[Round, Mapping[OrganisationId, int], tuple[Answer, ...], tuple[KeptComment, ...]]] = field(
        default_factory=list
    )

    def close(
        self,
        asked: Round,
        invited: Mapping[OrganisationId, int],
        answers: Sequence[Answer],
        comments: Sequence[KeptComment],
    ) -> None:
        """Publish a round through the services of the product."""
        self.asked.append((asked, invited, tuple(answers), tuple(comments)))
        tx, ports = self.transaction(), cast(Ports, SimpleNamespace(bank=bank(), randomness=self.randomness))
        whole = publish_round(tx, ports, self.partnership, asked, asked.closes_at)
        block = publish_block(tx, ports, self.partnership, asked, asked.closes_at)
        self.rounds.append(
            Lived(
                asked=asked,
                invited=invited,
                answers=tuple(answers),
                comments=tuple(comments),
                whole=whole,
                block=block,
            )
        )

    @property
    def scored(self) -> list[Answer]:
        """All scores that were ever given."""
        return [each for one in self.rounds for each in one.answers if each.score is not None]

    def transaction(self) -> Transaction:
        """What the services of the release read and write, over what is held here."""
        by_id = {each[0].id: each for each in self.asked}

        def of_block(_partnership: PartnershipId, block: int) -> list[Round]:
            return [each[0] for each in self.asked if each[0].block == block]

        def comments_of(rounds: Sequence[RoundId]) -> tuple[KeptComment, ...]:
            return tuple(comment for each in rounds for comment in by_id[each][3])

        store: Any = SimpleNamespace(
            rounds=SimpleNamespace(
                invited=lambda round_id: by_id[round_id][1], of_block=of_block, groups=lambda _: self.groups
            ),
            answers=SimpleNamespace(
                of_round=lambda round_id: by_id[round_id][2], history=self.history, comments_of=comments_of
            ),
            publications=SimpleNamespace(add=lambda *_: None),
        )
        return cast(Transaction, store)

    def history(self, _partnership: PartnershipId, first_week: int) -> tuple[PastAnswer, ...]:
        """All scored answers from a week on."""
        return tuple(
            PastAnswer(
                week=asked.week,
                person=each.person,
                organisation_id=each.organisation,
                dimension=each.dimension,
                score=each.score,
                counts=each.counts,
            )
            for asked, _, answers, _ in self.asked
            if asked.week >= first_week
            for each in answers
            if each.score is not None
        )


@cache
def bank() -> QuestionBank:
    """The questions of the product."""
    return load_question_bank()


def lived(size: int, seed: int, rounds: int = ROUNDS, extra_score: int | None = None) -> Life:
    """A partnership of two to four organisations with `size` people each (or MIXED), after so many rounds.

    With `extra_score` everybody gives this score in extra rounds, and nothing is blurred.
    """
    dice = random.Random(f"{size} {seed}")
    sides = [OrganisationId(f"org-{n}") for n in range(1, dice.choice((2, 2, 2, 3, 4)) + 1)]
    # small organisations are shown in pairs, if at all
    are_paired = 0 < size < PROMISE.organisation_invited and len(sides) == 4
    pairs = ("One pair", "The other pair") if are_paired else ("", "")
    life = Life(
        partnership=partnership(id=PartnershipId(f"p-{size}-{seed}")),
        groups={
            each: pairs[place >= 2] for place, each in enumerate(sides)
        },  # small ones are shown in pairs, if at all
        randomness=Unblurred() if extra_score else random.Random(dice.random()),
    )
    crowd = _Crowd(dice, sides, size)
    week, regular = FIRST_WEEK, 0
    while len(life.rounds) < rounds:
        week += 1
        is_skipped = dice.random() < 0.05
        if is_skipped and dice.random() < 0.5:
            continue
        kind = RoundKind.EXTRA if is_skipped and regular else RoundKind.REGULAR
        block = block_of(regular + 1, PROMISE)
        regular += kind is RoundKind.REGULAR
        crowd.changes(block, begins=kind is RoundKind.REGULAR and regular % PROMISE.block_rounds == 1)
        asked = _round(life, week, block, kind)
        answers, comments = crowd.speaks(asked)
        if extra_score and kind is RoundKind.EXTRA:
            answers = [replace(each, score=extra_score) for each in answers]
        life.close(asked, crowd.invited(block), answers, comments)
    return life


def _round(life: Life, week: int, block: int, kind: RoundKind) -> Round:
    number = len(life.rounds) + 1
    opens_at = TUESDAY + dt.timedelta(weeks=week - FIRST_WEEK)
    return Round(
        id=RoundId(f"r{number}"),
        partnership_id=life.partnership.id,
        number=number,
        block=block,
        kind=kind,
        items=tuple(item.id for item in choose(bank(), life.partnership.id, number)),
        channel_id=ChannelId("C0NORTH"),
        scheduled_on=opens_at.date(),
        opens_at=opens_at,
        remind_at=opens_at + dt.timedelta(days=1),
        closes_at=opens_at + dt.timedelta(days=2),
        promise=PROMISE,
        week=week,
        organisations=len(life.groups),
    )


class _Crowd:
    """The people, who come and go, and what they say."""

    def __init__(self, dice: random.Random, sides: Sequence[OrganisationId], size: int) -> None:
        self.dice, self.sides = dice, sides
        self.share = dice.uniform(0.6, 1.0)
        self.levels: dict[tuple[OrganisationId | None, str], float] = defaultdict(lambda: dice.gauss(3.9, 0.3))
        self.falls_in = dice.randint(FIRST_WEEK + 15, FIRST_WEEK + 45) if dice.random() < 0.5 else FIRST_WEEK * 2
        self.falling = (dice.choice([None, *sides]), dice.choice(("trust", "communication")), dice.choice((0.4, 0.8)))
        self.known = 0
        unplaced = dice.choice((0, 0, 3, 6))
        sizes = {side: size or dice.randint(SMALLEST, LARGEST) for side in sides}
        self.people = [self._somebody(side, 0) for side in sides for _ in range(sizes[side])]
        self.people += [self._somebody(None, 0) for _ in range(unplaced)]

    def changes(self, block: int, *, begins: bool) -> None:
        """A week's leavers, joiners and moves; moves wait for the next block."""
        for each in list(self.people):
            if begins and each.moves_to is not None:
                each.organisation, each.moves_to = each.moves_to, None
            fate = self.dice.random()
            if fate < 0.008:
                self.people.remove(each)
                self.people.append(self._somebody(each.organisation, block))
            elif fate < 0.010:
                each.moves_to = self.dice.choice(self.sides)
            elif fate < 0.011:
                self.people.append(self._somebody(each.organisation, block))

    def invited(self, block: int) -> dict[OrganisationId, int]:
        """How many of each side are invited; new members are left out."""
        counting = [each.organisation for each in self.people if block > each.joined_block]
        return {side: counting.count(side) for side in self.sides}

    def speaks(self, asked: Round) -> tuple[list[Answer], list[KeptComment]]:
        """The last word of everybody in a round."""
        answers, comments = [], []
        for each in self.people:
            if self.dice.random() > each.answers:
                continue
            counts = asked.block > each.joined_block
            for item in asked.items:
                if self.dice.random() < 0.03:  # passed over, or withdrawn
                    continue
                found = bank().item(item)
                answers.append(
                    Answer(
                        person=each.name,
                        organisation=each.organisation,
                        counts=counts,
                        dimension=found.dimension,
                        item=item,
                        score=self._score(each, found.dimension, asked.week),
                    )
                )
            if self.dice.random() < 0.2:
                comments.append(self._comment(each, counts))
        return answers, comments

    def _score(self, who: Somebody, dimension: str, week: int) -> int | None:
        if self.dice.random() < 0.04:
            return None
        side, falling, by = self.falling
        is_low = week >= self.falls_in and dimension == falling and side in (None, who.organisation)
        level = self.levels[who.organisation, dimension] + who.leaning + who.leanings[dimension]
        return min(max(round(self.dice.gauss(level - (by if is_low else 0), 0.67)), 1), 5)

    def _comment(self, who: Somebody, counts: bool) -> KeptComment:
        about = self.dice.sample([each.key for each in bank().dimensions], self.dice.choice((0, 1, 1, 2)))
        read = Sentiment(polarity=0.0, label=self.dice.choice(MOODS), confidence=1.0, themes=tuple(sorted(about)))
        return KeptComment(
            pseudonym=who.name,
            organisation_id=who.organisation,
            counts=counts,
            text=f"A word of {who.name}",
            quotable=self.dice.random() < 0.3,
            sentiment=read,
        )

    def _somebody(self, side: OrganisationId | None, block: int) -> Somebody:
        self.known += 1
        dice = self.dice
        return Somebody(
            name=Pseudonym(f"{self.known:04}"),
            organisation=side,
            joined_block=block,
            leaning=dice.gauss(0, 0.5),
            leanings={each.key: dice.gauss(0, 0.4) for each in bank().dimensions},
            answers=min(max(dice.gauss(self.share, 0.1), 0.2), 1.0),
        )
