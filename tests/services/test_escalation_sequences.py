"""Whatever people, delays, crashes and repeats do in any order, an escalation keeps to its table and its deadlines."""

import datetime as dt
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot.domain.errors import PulseError
from bot.domain.escalation import TRANSITIONS, Escalation, Event, Move, State
from bot.domain.ids import EscalationId
from bot.domain.people import Person
from bot.services import escalation
from bot.services.escalation_moves import Wish, act
from bot.services.ports import Due, DueKind, Ports, Store, Transaction
from schedules.tick import tick
from storage.engine import Database
from storage.tables import outbox
from tests.builders import CHANNEL, EXT, HOME, Stage, add_partnership, person, stage

AUTHOR = person(5)
ACTORS = (person(1), person(2), person(1, EXT), person(2, EXT), AUTHOR)
BY_TIME = {Move.WAKE, Move.LAPSE, Move.REMIND}
BY_PEOPLE = tuple(each for each in Move if each not in {*BY_TIME, Move.OPEN, Move.SETTLE})


class CrashError(Exception):
    """The process died before the transaction was committed."""


@dataclass(slots=True)
class CrashingStore:
    """A database whose process dies at the end of the next transaction, when told to: nothing of it is kept."""

    inner: Store
    crashes: bool = False

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """A transaction that may not live to be committed."""
        with self.inner.write() as tx:
            yield tx
            if self.crashes:
                self.crashes = False
                raise CrashError

    def read(self) -> AbstractContextManager[Transaction]:
        """Reading changes nothing."""
        return self.inner.read()

    @property
    def lets_two_write(self) -> bool:
        """As the database behind does."""
        return self.inner.lets_two_write

    def tidy(self) -> int:
        """As the database behind does."""
        return self.inner.tidy()


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that happens: time passes, then somebody acts or (nobody) the clock calls; perhaps in a crash, perhaps
    twice, perhaps (the clock) early."""

    hours: int
    actor: Person | None
    move: Move
    crashes: bool
    repeats: bool
    early: bool = False


DEEDS = st.lists(
    st.builds(
        Deed,
        hours=st.sampled_from([0, 0, 1, 30, 72, 400]),
        actor=st.sampled_from([None, *ACTORS]),
        move=st.sampled_from(BY_PEOPLE),
        crashes=st.booleans(),
        repeats=st.booleans(),
        early=st.booleans(),
    ),
    max_size=14,
)


@dataclass(slots=True)
class Story:
    """One escalation on a stage, and what was seen of it so far."""

    on: Stage
    ports: Ports
    store: CrashingStore
    id: EscalationId
    seen: list[Event] = field(default_factory=list)
    deadlines: dict[int, dt.datetime | None] = field(default_factory=dict)

    def now(self) -> Escalation:
        with self.on.ports.store.read() as tx:
            found = tx.escalations.get(self.id)
        assert found is not None
        return found

    def history(self) -> list[Event]:
        with self.on.ports.store.read() as tx:
            return list(tx.escalations.history(self.id))

    def planned_at(self) -> dt.datetime | None:
        with self.on.ports.store.read() as tx:
            due = tx.schedule.get(self.now().partnership_id, DueKind.ESCALATION, self.id)
        return None if due is None else due.due_at

    def do(self, deed: Deed) -> None:
        """Carry out a deed; refusals and crashes are part of the story."""
        self.on.clock.move(hours=deed.hours)
        self.store.crashes = deed.crashes
        to = person(2, deed.actor.team_id) if deed.actor else None
        wish = Wish(move=deed.move, text="Words.", to=to, seen=self.now().number)
        for _ in range(1 + deed.repeats):
            try:
                if deed.actor is None:
                    self.plan_now(deed)
                    tick(self.ports)
                else:
                    act(self.ports, self.id, deed.actor, wish)
            except (PulseError, CrashError):
                continue
        self.store.crashes = False
        assert deed.actor is None or self.now().number <= wish.seen + 1, "the same wish twice is one wish"

    def plan_now(self, deed: Deed) -> None:
        """An early deed: the clock calls although nothing is due by state."""
        if deed.early:
            now = self.on.clock.now()
            due = Due(partnership_id=self.now().partnership_id, kind=DueKind.ESCALATION, due_at=now, subject=self.id)
            with self.on.ports.store.write() as tx:
                tx.schedule.put(due)

    def check(self) -> None:
        """What always holds."""
        now, history = self.now(), self.history()
        assert history[: len(self.seen)] == self.seen, "the history is only ever added to"
        assert [each.number for each in history] == list(range(1, now.number + 1))
        state = State.WAITING
        for each in history[1:]:
            state = TRANSITIONS[state][each.move]
        assert state is now.state, "the history and the table tell where it stands"
        for each in history[len(self.seen) :]:
            if each.move in BY_TIME and each.number - 1 in self.deadlines:
                before = self.deadlines[each.number - 1]
                assert before is not None
                assert before <= each.at, "time acts when it is due, and not before"
        assert (now.deadline_at is None) == (now.state in (State.IN_HAND, State.RESOLVED))
        told = self.told()
        assert {number for number, _ in told} == {each.number for each in history}, "one transaction, words and deeds"
        assert {who for number, who in told if number == now.number} <= {each.user_id for each in (*now.told, AUTHOR)}
        self.seen, self.deadlines[now.number] = history, now.deadline_at

    def told(self) -> list[tuple[int, str]]:
        """Who got a message about which event."""
        with self.on.database.engine.connect() as connection:
            keys = connection.execute(select(outbox.c.key).where(outbox.c.key.startswith("escalation:"))).scalars()
            return [(int(key.split(":")[2]), key.split(":")[4]) for key in keys]


@contextmanager
def story(template: Path) -> Iterator[Story]:
    """An escalation that has just been opened."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pulse.db"
        shutil.copy(template, path)
        database = Database(f"sqlite:///{path}")
        on = stage(database)
        add_partnership(on)
        store = CrashingStore(on.ports.store)
        shown = escalation.preview(on.ports, HOME, CHANNEL, AUTHOR, {"what": "The rota moved."})
        assert escalation.send(on.ports, HOME, shown.draft_id, AUTHOR) is None
        ports = replace(on.ports, store=store)
        yield Story(on=on, ports=ports, store=store, id=EscalationId(shown.draft_id))
        database.close()


@settings(max_examples=60, deadline=None)
@given(deeds=DEEDS)
def test_no_order_of_deeds_delays_crashes_and_repeats_breaks_the_rules(
    sqlite_template: Path, deeds: list[Deed]
) -> None:
    with story(sqlite_template) as told:
        told.check()
        for deed in deeds:
            told.do(deed)
            told.check()
        tick(told.ports)
        tick(told.ports)
        told.check()
        deadline_at = told.now().deadline_at
        assert deadline_at is None or deadline_at > told.on.clock.now(), "what was due was done"
        assert deadline_at is None or ((planned := told.planned_at()) is not None and planned <= deadline_at)


@settings(max_examples=30, deadline=None)
@given(deeds=DEEDS, delays=st.lists(st.integers(1, 2_000), min_size=1, max_size=6))
def test_acknowledging_stops_what_is_pending_by_state_and_never_by_hunting_jobs(
    sqlite_template: Path, deeds: list[Deed], delays: list[int]
) -> None:
    with story(sqlite_template) as told:
        for deed in deeds:
            told.do(replace(deed, move=Move.RAISE if deed.move in (Move.RESOLVE, Move.CONFIRM) else deed.move))
        planned_at = told.planned_at()
        for owner in told.now().owners:
            told.do(Deed(hours=0, actor=owner.person, move=Move.ACKNOWLEDGE, crashes=False, repeats=True))
        assert told.now().state is State.IN_HAND
        assert told.planned_at() == planned_at, "the plan is left as it was"
        before = told.history()
        for hours in delays:
            told.on.clock.move(hours=hours)
            tick(told.ports)
            tick(told.ports)
        assert told.history() == before
        assert told.now().state is State.IN_HAND
