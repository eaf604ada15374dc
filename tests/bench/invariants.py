"""What must be true after every round of a soak: nothing missed, doubled or lost, and everything delivered."""

import datetime as dt
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from bot.domain.anonymity import Band
from bot.domain.cadence import next_slot
from bot.domain.ids import ChannelId, MessageTs, PartnershipId, RoundId
from bot.domain.outbox import EDITS, Delivered, Outcome, Outgoing
from bot.domain.partnership import Partnership
from storage.tables import answers, outbox, publications, rounds
from tests.builders import EXT, HOME, FixedHolidays, Stage

TEAMS = (HOME, EXT)
_FREE = frozenset(dt.date(2026, *day) for day in ((8, 31), (10, 27), (12, 25), (12, 28)))
HOLIDAYS = FixedHolidays(days={"GB-ENG": _FREE})


class Postman:
    """Takes every message, notes its key, and can be told to take them twice."""

    def __init__(self) -> None:
        self.keys: Counter[str] = Counter()
        self._posted = 0
        self._door = threading.Lock()

    def send(self, message: Outgoing, drawn: Mapping[str, Any], edits: MessageTs | None) -> Outcome:
        """Delivered."""
        with self._door:
            self.keys[message.key] += message.kind not in EDITS
            self._posted += 1
            return Delivered(channel_id=ChannelId(message.channel_id or "D1"), ts=MessageTs(f"{self._posted}.000100"))

    def find(self, message: Outgoing, since: object) -> Outcome | None:
        """Nothing is ever in doubt here."""
        return None


@dataclass(frozen=True, slots=True)
class Given:
    """What people gave in one round: how many answers, and how many people of each side gave them."""

    answers: int
    people: Mapping[str, int]

    def agrees_with(self, published: int | str | None) -> bool:
        """Whether this may be the band of people that was published: of five or more in all, two or more a side."""
        all_of_them = sum(self.people.values())
        is_enough = all_of_them >= 5 and all(self.people.get(team, 0) >= 2 for team in TEAMS)
        if published is None or not is_enough:
            return published is None and not is_enough
        band = Band.from_stored(published)
        return band.low <= all_of_them and (band.is_last or all_of_them <= band.high)


@dataclass(slots=True, kw_only=True)
class Soaked:
    """What was counted in all weeks.

    `not_opened` rounds were due, `missed` messages of rounds did not go out or not at the hour, `growth` is that of
    resident memory after the warm-up, as a share.
    """

    opened: int = 0
    closed: int = 0
    answered: int = 0
    messages: int = 0
    not_opened: int = 0
    missed: int = 0
    doubled: int = 0
    lost: int = 0
    undelivered: int = 0
    growth: float = 0.0
    megabytes: list[float] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def faults(self) -> int:
        """Breaks of the invariants."""
        return self.not_opened + self.missed + self.doubled + self.lost + self.undelivered


def look(
    on: Stage,
    made: Mapping[PartnershipId, Partnership],
    postman: Postman,
    given: dict[RoundId, Given],
    found: Soaked,
) -> None:
    """The invariants, for the rounds that have closed since they were looked at last."""
    with on.database.reading() as connection:
        closed = connection.execute(select(rounds).where(rounds.c.id.in_(given), rounds.c.closed_at.is_not(None))).all()
        held = dict(
            tuple(row)
            for row in connection.execute(
                select(answers.c.round_id, func.count())
                .where(answers.c.round_id.in_([row.id for row in closed]))
                .group_by(answers.c.round_id)
            )
        )
        said = {
            row.subject: row.body
            for row in connection.execute(
                select(publications).where(publications.c.subject.in_([f"round:{row.id}" for row in closed]))
            )
        }
        everything = connection.execute(select(rounds.c.partnership_id, rounds.c.scheduled_on)).all()
        unsettled = select(func.count()).select_from(outbox).where(outbox.c.state != "delivered")
        found.undelivered += connection.execute(unsettled).scalar_one()
    wanted = {(each.id, day) for each in made.values() for day in _days(each, on.clock.at)}
    days = Counter(tuple(row) for row in everything)
    found.not_opened = len(wanted - days.keys())
    found.doubled += sum(days.values()) - len(days) + len(days.keys() - wanted)
    for row in closed:
        found.lost += held.get(row.id, 0) != given[row.id].answers
        found.lost += not given[row.id].agrees_with(said.get(f"round:{row.id}", {"people": 0})["people"])
        found.missed += not postman.keys[f"pulse:{row.id}"] or not postman.keys[f"results:{row.id}"]
        found.missed += (
            row.opens_at.astimezone(ZoneInfo(made[row.partnership_id].cadence.timezone)).hour
            != made[row.partnership_id].cadence.at.hour
        )
        found.closed += 1
        found.answered += given.pop(row.id).answers
    found.opened = len(everything)
    found.messages += sum(postman.keys.values())
    found.doubled += sum(postman.keys.values()) - sum(1 for count in postman.keys.values() if count)
    kept = {f"pulse:{each}" for each in given}  # of the rounds that are still open
    postman.keys = Counter({key: count for key, count in postman.keys.items() if key in kept})
    found.messages -= len(postman.keys)


def _days(each: Partnership, until: dt.datetime) -> list[dt.date]:
    """The days on which a partnership should have been asked, by its cadence alone."""
    days: list[dt.date] = []
    at = each.created_at - dt.timedelta(days=1)
    while True:
        slot = next_slot(each.cadence, at, lambda day: HOLIDAYS.is_holiday(day, ("GB-ENG",)))
        if slot.opens_at > until:
            return days
        days.append(slot.scheduled_on)
        at = slot.opens_at
