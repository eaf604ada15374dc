"""The tick: what is due is done once, in slices, by however many workers, and one failure holds up nobody else."""

import datetime as dt
import threading
import time
from collections import Counter
from collections.abc import Iterable

import pytest
from sqlalchemy import func, select

from bot.domain.errors import NotAllowed
from bot.domain.ids import ChannelId, ItemId, OrganisationId, PartnershipId, RoundId
from bot.domain.outbox import MessageKind
from bot.domain.partnership import Partnership
from bot.domain.people import Organisation
from bot.domain.rounds import Click
from bot.services import deliveries, rounds
from bot.services.ports import Due, DueKind, Ports, Transaction
from schedules import tick as tick_module
from schedules.tick import tick
from storage.engine import Database
from storage.tables import outbox, partnerships, publications
from storage.tables import rounds as rounds_table
from tests.builders import TUESDAY, Stage, add_partnership, person, stage
from tests.services.stories import open_round

MINUTE = dt.timedelta(minutes=1)


def several(on: Stage, count: int) -> list[Partnership]:
    """Partnerships whose first round is due in the same minute."""
    made = [add_partnership(on, each=2, id=PartnershipId("p-0"), channel_id=ChannelId("C0"))]
    for number in range(1, count):
        sides = tuple(Organisation(id=OrganisationId(f"org-{number}-{side}"), name=f"Side {side}") for side in "ab")
        place = {"id": PartnershipId(f"p-{number}"), "channel_id": ChannelId(f"C{number}"), "organisations": sides}
        made.append(add_partnership(on, each=2, **place))
    plan_all(on, made)
    return made


def plan_all(on: Stage, made: Iterable[Partnership]) -> None:
    """Let the next round of each be due now."""
    with on.ports.store.write() as tx:
        for each in made:
            rounds.plan(tx, on.ports, each, on.clock.now() - MINUTE)


def opened(database: Database) -> Counter[str]:
    """How many rounds each partnership has had."""
    with database.reading() as connection:
        query = select(rounds_table.c.partnership_id, func.count()).group_by(rounds_table.c.partnership_id)
        return Counter({row[0]: row[1] for row in connection.execute(query)})


def queued(database: Database, kind: MessageKind) -> int:
    """How many messages of a kind were ever put into the outbox."""
    with database.reading() as connection:
        query = select(func.count()).select_from(outbox).where(outbox.c.kind == kind)
        return int(connection.execute(query).scalar_one())


def at_once(count: int, on: Stage) -> list[int]:
    """Several ticks that begin at the same moment; how much each did."""
    start = threading.Barrier(count)
    done: list[int] = []

    def work() -> None:
        start.wait(timeout=10)
        done.append(tick(on.ports))

    workers = [threading.Thread(target=work) for _ in range(count)]
    for each in workers:
        each.start()
    for each in workers:
        each.join(timeout=30)
    assert len(done) == count
    return done


def test_nothing_is_done_before_its_time(sqlite: Database) -> None:
    with stage(sqlite) as on:
        several(on, 2)
        on.clock.at = TUESDAY - MINUTE
        assert tick(on.ports) == 0
        assert opened(sqlite) == {}


def test_all_partnerships_that_are_due_in_one_minute_open_in_it(database: Database) -> None:
    with stage(database) as on:
        made = several(on, 5)
        assert tick(on.ports) == 5
        assert opened(database) == {each.id: 1 for each in made}
        assert tick(on.ports) == 0


@pytest.mark.parametrize("size", [1, 2, 3])
def test_work_is_done_in_slices_until_none_is_left(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(tick_module, "_SLICE", size)
    with stage(sqlite) as on:
        made = several(on, 5)
        assert tick(on.ports) == 5
        assert opened(sqlite) == {each.id: 1 for each in made}


def test_two_ticks_at_once_open_each_round_once(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tick_module, "_SLICE", 3)
    with stage(database) as on:
        made = several(on, 12)
        assert sum(at_once(2, on)) == 12
        assert opened(database) == {each.id: 1 for each in made}
        assert queued(database, MessageKind.PULSE) == 12


def test_two_ticks_at_once_remind_and_close_each_round_once(database: Database) -> None:
    with stage(database) as on:
        several(on, 6)
        tick(on.ports)
        on.clock.move(days=1)
        at_once(2, on)
        assert queued(database, MessageKind.REMINDER) == 6
        on.clock.move(days=1)
        at_once(3, on)
        assert queued(database, MessageKind.PULSE_CLOSED) == 6
        assert queued(database, MessageKind.RESULTS) == 6
        with database.reading() as connection:
            assert connection.execute(select(func.count()).select_from(publications)).scalar_one() == 6


def test_after_a_long_stop_the_open_round_closes_and_one_opens_however_many_were_missed(database: Database) -> None:
    with stage(database) as on:
        made = add_partnership(on)
        open_round(on, made)
        on.clock.move(days=23)
        tick(on.ports)
        assert opened(database) == {made.id: 2}
        assert queued(database, MessageKind.RESULTS) == 1
        with on.ports.store.read() as tx:
            planned = tx.schedule.get(made.id, DueKind.OPEN)
        assert planned is not None
        assert planned.due_at > on.clock.now()


def test_one_partnership_whose_work_fails_holds_up_no_other_and_is_tried_again(database: Database) -> None:
    with stage(database) as on:
        made = several(on, 4)
        broken = made[1]
        _break(database, broken)
        tick(on.ports)
        assert opened(database) == {each.id: 1 for each in made if each is not broken}
        with on.ports.store.read() as tx:
            postponed = tx.schedule.get(broken.id, DueKind.OPEN)
        assert postponed is not None
        assert postponed.due_at == on.clock.now() + 5 * MINUTE
        _mend(database, broken)
        on.clock.move(minutes=5)
        tick(on.ports)
        assert opened(database)[broken.id] == 1


def test_work_of_a_round_that_is_gone_is_done_with(sqlite: Database) -> None:
    with stage(sqlite) as on:
        made = add_partnership(on)
        with on.ports.store.write() as tx:
            for kind in (DueKind.REMIND, DueKind.COUNTER, DueKind.CLOSE):
                tx.schedule.put(Due(partnership_id=made.id, kind=kind, due_at=on.clock.now()))
        assert tick(on.ports) >= 1  # the close forgets the other two
        assert tick(on.ports) == 0
        assert deliveries.next_due(on.ports) is None


def _break(database: Database, partnership: Partnership) -> None:
    """A zone that no clock knows: the plan of this partnership cannot be made."""
    _set_timezone(database, partnership, "Nowhere/Atlantis")


def _mend(database: Database, partnership: Partnership) -> None:
    _set_timezone(database, partnership, partnership.cadence.timezone)


def _set_timezone(database: Database, partnership: Partnership, timezone: str) -> None:
    with database.writing() as connection:
        connection.execute(partnerships.update().where(partnerships.c.id == partnership.id).values(timezone=timezone))


def test_while_people_click_slices_are_small(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []

    def remember(ports: Ports, size: int) -> int:
        sizes.append(size)
        with pytest.raises(NotAllowed):
            ports.writer.store(NOBODYS_CLICK)
        return len(sizes) < 3

    monkeypatch.setattr(tick_module, "_slice", remember)
    with stage(sqlite) as on:
        tick(on.ports)
    assert sizes == [400, 5, 5]


def test_a_long_list_is_worked_off_once_by_all_who_may_write(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL two threads share it, on SQLite one does all; each partnership gets its round, and only one."""
    hands: set[str] = set()
    opens = tick_module._WORK[DueKind.OPEN]

    def remember(tx: Transaction, ports: Ports, due: Due, now: dt.datetime) -> None:
        hands.add(threading.current_thread().name.split("_")[0])
        time.sleep(0.01)  # so that nobody has done all before the other begins
        opens(tx, ports, due, now)

    monkeypatch.setattr(tick_module, "_SLICE", 3)
    monkeypatch.setattr(tick_module, "_WORK", {**tick_module._WORK, DueKind.OPEN: remember})
    with stage(database) as on:
        several(on, 15)
        assert tick(on.ports) == 15
        with database.reading() as connection:
            opened = connection.execute(select(rounds_table.c.partnership_id)).scalars().all()
    assert len(opened) == len(set(opened)) == 15
    assert len(hands) == (1 if database.is_sqlite else 2)


NOBODYS_CLICK = Click(
    round_id=RoundId("r-none"),
    item_id=ItemId("trust-1"),
    score=4,
    person=person(1),
    channel_id=ChannelId("C0"),
    at=TUESDAY,
)
