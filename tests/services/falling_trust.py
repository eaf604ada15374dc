"""Stories of partnerships whose answers fall, or do not: many rounds told through the real services."""

import datetime as dt
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from bot.domain.outbox import MessageKind, Outgoing
from bot.domain.partnership import Partnership, Roster
from bot.domain.people import Person
from bot.domain.rounds import Click, Round
from bot.services import rounds
from schedules.tick import tick
from tests.builders import EXT, HOME, Stage, add_partnership, person
from tests.services.stories import roster_of, sent

Score = Callable[[int, Person, str], int | None]  # of (number of the round, who, dimension); None is no answer


def steady(_number: int, _who: Person, _dimension: str) -> int:
    """Everybody agrees, round after round."""
    return 4


def council_loses_trust(number: int, who: Person, dimension: str) -> int:
    """From the ninth round on the council's people trust less, and nothing else changes."""
    return 2 if number >= 9 and who.team_id == HOME and dimension == "trust" else 4


def council_loses_and_regains_trust(number: int, who: Person, dimension: str) -> int:
    """The same, until it comes back with the thirteenth round."""
    return council_loses_trust(number, who, dimension) if number < 13 else 4


def all_lose_trust(number: int, _who: Person, dimension: str) -> int:
    """From the ninth round on everybody trusts less."""
    return 2 if number >= 9 and dimension == "trust" else 4


def opinions_part(number: int, who: Person, dimension: str) -> int:
    """From the ninth round on half of each side trusts less, and the other half more."""
    if number < 9 or dimension != "trust":
        return 3
    return 1 if int(who.user_id[-2:]) % 2 else 5


def builder_falls_silent(number: int, who: Person, _dimension: str) -> int | None:
    """From the eighth round on six of the builder's people answer no more."""
    return None if number >= 8 and who.team_id == EXT and int(who.user_id[-2:]) <= 6 else 4


def usual_score(score: Score, number: int, who: Person, dimension: str) -> int | None:
    """What a person answers: the story's score, now and then one more or less."""
    usual = score(number, who, dimension)
    mood = random.Random(f"{who.user_id} {number} {dimension}").choice((-1, 0, 0, 1))
    return None if usual is None else min(5, max(1, usual + mood))


@dataclass(slots=True)
class Told:
    """A partnership that lives on, and every message it got with its time."""

    on: Stage
    partnership: Partnership
    score: Score
    each: int
    letters: list[tuple[dt.datetime, Outgoing]] = field(default_factory=list)

    def live(self, count: int) -> None:
        """So many weeks: a round opens, everybody answers, it closes, and days pass until the next."""
        for _ in range(count):
            self.one_round()
            for _ in range(5):
                self.on.clock.move(days=1)
                self.work()

    def one_round(self) -> None:
        """A round opens, everybody answers, and it closes."""
        self.work()
        asked = self._open()
        everybody = [person(number, team) for team in (HOME, EXT) for number in range(1, self.each + 1)]
        clicks = [click for who in everybody for click in self._clicks(asked, who)]
        with ThreadPoolExecutor(max_workers=32) as people:
            list(people.map(self.on.writer.store, clicks))
        for _ in range(2):
            self.on.clock.move(days=1)
            self.work()

    def work(self) -> None:
        """Do what is due and send what waits."""
        tick(self.on.ports)
        self.letters += [(self.on.clock.now(), each) for each in sent(self.on)]

    def of(self, kind: MessageKind) -> list[Outgoing]:
        """All messages of a kind, oldest first."""
        return [each for _, each in self.letters if each.kind is kind]

    def times(self, kind: MessageKind) -> list[dt.datetime]:
        """When the messages of a kind were sent."""
        return [at for at, each in self.letters if each.kind is kind]

    def roster(self) -> Roster:
        """Who is there."""
        return roster_of(self.on, self.partnership)

    def _open(self) -> Round:
        with self.on.ports.store.read() as tx:
            asked = tx.rounds.current(self.partnership.id)
        assert asked is not None
        return asked

    def _clicks(self, asked: Round, who: Person) -> list[Click]:
        clicks = []
        for item in asked.items:
            dimension = self.on.ports.bank.item(item).dimension
            score = usual_score(self.score, asked.number, who, dimension)
            if score is None:
                continue
            clicks.append(
                Click(
                    round_id=asked.id,
                    item_id=item,
                    score=score,
                    person=who,
                    channel_id=asked.channel_id,
                    at=self.on.clock.now(),
                )
            )
        return clicks


def partnership_of(on: Stage, score: Score, *, each: int = 8, **changes: object) -> Told:
    """A partnership whose first round opens now."""
    partnership = add_partnership(on, each=each, **changes)
    with on.ports.store.write() as tx:
        rounds.plan(tx, on.ports, partnership, on.clock.now() - dt.timedelta(hours=1))
    return Told(on=on, partnership=partnership, score=score, each=each)
