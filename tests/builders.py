"""The cast and the stage of the tests: a council, a contractor, their people, and a database with the real services."""

import datetime as dt
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.adapters.question_bank import load_question_bank
from bot.adapters.vault import FernetVault
from bot.domain.cadence import Cadence, Every, Weekday
from bot.domain.ids import ChannelId, OrganisationId, PartnershipId, TeamId, UserId
from bot.domain.partnership import Partnership, State
from bot.domain.people import Member, Organisation, Person, Role, RoleHolder
from bot.domain.promise import PROMISE
from bot.domain.sentiment import Mood, Sentiment
from bot.services.ports import Ports
from storage.answer_writer import GroupCommitWriter
from storage.claiming import AT_ONCE
from storage.engine import Database
from storage.unit_of_work import SqlStore

HOME = TeamId("T0HOME")
EXT = TeamId("T0EXT")
CHANNEL = ChannelId("C0NORTH")
COUNCIL = OrganisationId("org-council")
BUILDER = OrganisationId("org-builder")
SECRET = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
TUESDAY = dt.datetime(2026, 5, 12, 9, 0, tzinfo=dt.UTC)  # 10:00 in London


def person(number: int, team: TeamId = HOME) -> Person:
    """The council's people are U0H01 and so on in the host's workspace, the builder's U0E01 and so on in their own."""
    return Person(team_id=team, user_id=UserId(f"U0{'H' if team == HOME else 'E'}{number:02}"))


@dataclass(slots=True)
class StoppedClock:
    """A clock that moves only when the test says so."""

    at: dt.datetime = TUESDAY

    def now(self) -> dt.datetime:
        """The product's time."""
        return self.at

    def real(self) -> dt.datetime:
        """The real time: the same one, so that pacing and leases can be tested without waiting."""
        return self.at

    def move(self, **by: float) -> None:
        """Let time pass (`hours=1`, `days=7` ...)."""
        self.at += dt.timedelta(**by)


@dataclass(frozen=True, slots=True, eq=False)
class FixedHolidays:
    """Holidays by hand: region -> days."""

    days: Mapping[str, frozenset[dt.date]] = field(default_factory=dict)

    def is_holiday(self, day: dt.date, regions: Sequence[str]) -> bool:
        """Whether the day is in the table for one of the regions."""
        return any(day in self.days.get(region, frozenset()) for region in regions)

    def known_region(self, code: str) -> bool:
        """Whether the table has the region."""
        return code in self.days or code == "GB-ENG"


class Unblurred(random.Random):
    """Draws the middle of everything, so that a released value can be compared with a calculation by hand."""

    def choice(self, seq: Any) -> Any:
        """The middle: for the blur, nought."""
        return sorted(seq)[len(seq) // 2]

    def triangular(self, low: float = 0.0, high: float = 1.0, mode: float | None = None) -> float:
        """No secret strength."""
        return low


class KeywordSentiment:
    """Reads a mood from two words, so that a test can say what a comment means."""

    def read(self, text: str) -> Sentiment:
        """ "good" is positive, "bad" negative, everything else neutral."""
        label = Mood.POSITIVE if "good" in text else Mood.NEGATIVE if "bad" in text else Mood.NEUTRAL
        return Sentiment(polarity=0.0, label=label, confidence=1.0, themes=("trust",) if "trust" in text else ())


@dataclass(slots=True, kw_only=True)
class Stage:
    """Real services over a real database, with a clock and randomness of the test's own."""

    database: Database
    clock: StoppedClock
    vault: FernetVault
    writer: GroupCommitWriter
    ports: Ports

    def __enter__(self) -> "Stage":
        self.writer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.writer.stop()


def stage(database: Database, *, holidays: FixedHolidays | None = None, seed: int = 7) -> Stage:
    """A stage over a migrated database; use it as a context manager."""
    clock = StoppedClock()
    vault = FernetVault(SECRET)
    bank = load_question_bank()
    writer = GroupCommitWriter(database, vault, bank)
    ports = Ports(
        store=SqlStore(database, vault, AT_ONCE),
        writer=writer,
        clock=clock,
        vault=vault,
        holidays=holidays or FixedHolidays(),
        bank=bank,
        sentiment=KeywordSentiment(),
        randomness=random.Random(seed),
        operator="Northfield Council",
    )
    return Stage(database=database, clock=clock, vault=vault, writer=writer, ports=ports)


def cadence(**changes: object) -> Cadence:
    """Weekly, Tuesday at 10:00 in London, open for two working days."""
    given = {
        "every": Every.WEEK,
        "weekday": Weekday.TUESDAY,
        "at": dt.time(10),
        "timezone": "Europe/London",
        "open_working_days": 2,
        "team_first_working_days": 2,
        "anchor_on": TUESDAY.date(),
        **changes,
    }
    return Cadence(**given)  # type: ignore[arg-type]  # the caller's fields are Cadence's own


def partnership(**changes: object) -> Partnership:
    """Northfield Schools: Northfield Council (host) and Brightbuild, both confirmed."""
    given = {
        "id": PartnershipId("p-north"),
        "name": "Northfield Schools",
        "home_team_id": HOME,
        "channel_id": CHANNEL,
        "cadence": cadence(),
        "promise": PROMISE,
        "state": State.ACTIVE,
        "organisations": (
            Organisation(id=COUNCIL, name="Northfield Council", team_id=HOME, confirmed=True),
            Organisation(id=BUILDER, name="Brightbuild", team_id=EXT, confirmed=True),
        ),
        "created_at": TUESDAY - dt.timedelta(days=1),
        **changes,
    }
    return Partnership(**given)  # type: ignore[arg-type]  # the caller's fields are Partnership's own


def add_partnership(on: Stage, *, each: int = 10, **changes: object) -> Partnership:
    """A partnership with so many people on each side; number 1 of each side is its lead, number 2 its senior."""
    made = partnership(**changes)
    with on.ports.store.write() as tx:
        tx.partnerships.add(made, on.vault.new_key())
        holders = []
        for team, organisation in ((HOME, COUNCIL), (EXT, BUILDER)):
            for number in range(1, each + 1):
                who = person(number, team)
                name = f"{'Harper' if team == HOME else 'Emery'} Number{number}"
                tx.people.put(made.id, Member(person=who, organisation_id=organisation, name=name))
            holders.append(RoleHolder(person=person(1, team), role=Role.LEAD, organisation_id=organisation))
            holders.append(RoleHolder(person=person(2, team), role=Role.SENIOR, organisation_id=organisation))
        holders.append(RoleHolder(person=person(1), role=Role.ADMINISTRATOR))
        tx.people.set_holders(made.id, holders)
    return made
