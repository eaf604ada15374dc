"""A round opens, reminds, counts and closes at its hours, and only what PRIVACY allows comes out of it."""

import datetime as dt

import pytest

from bot.domain.anonymity import Released, Withheld
from bot.domain.errors import NotAllowed, NotNow, PulseError
from bot.domain.ids import MessageTs, RoundId, TeamId
from bot.domain.outbox import Delivered, MessageKind
from bot.domain.publication import whole_from_dict
from bot.domain.rounds import Click, Round
from bot.services import deliveries, rounds
from bot.services.ports import DueKind
from schedules.tick import tick
from storage.engine import Database
from tests.builders import CHANNEL, EXT, HOME, Stage, add_partnership, person, stage


def queued(on: Stage) -> list[MessageKind]:
    """Kinds of the messages that wait, in order; they count as delivered."""
    claimed = deliveries.take(on.ports, 100)
    for each in claimed:
        deliveries.settle(on.ports, each, Delivered(channel_id=CHANNEL, ts=MessageTs(f"{each.seq}.0")))
    return [each.message.kind for each in claimed]


def open_round(on: Stage) -> Round:
    """The open round of the only partnership."""
    with on.ports.store.read() as tx:
        (partnership,) = tx.partnerships.of_workspace(HOME)
        asked = tx.rounds.current(partnership.id)
    assert asked is not None
    return asked


def begin(on: Stage, *, each: int = 10) -> Round:
    """A partnership whose first round has just opened."""
    partnership = add_partnership(on, each=each)
    with on.ports.store.write() as tx:
        rounds.plan(tx, on.ports, partnership, on.clock.now() - dt.timedelta(hours=1))
    tick(on.ports)
    return open_round(on)


def answer(on: Stage, asked: Round, number: int, team: TeamId, score: int | None = 4) -> None:
    """One person answers all questions of the round with the same score."""
    for item in asked.items:
        on.writer.store(
            Click(
                round_id=asked.id,
                item_id=item,
                score=score,
                person=person(number, team),
                channel_id=CHANNEL,
                at=on.clock.now(),
            )
        )


def test_a_round_opens_once_however_often_the_clock_ticks(database: Database) -> None:
    with stage(database) as on:
        begin(on)
        tick(on.ports)
        tick(on.ports)
        assert queued(on) == [MessageKind.PULSE]


def test_a_round_asks_trust_communication_and_one_rotating_dimension(sqlite: Database) -> None:
    with stage(sqlite) as on:
        asked = begin(on)
        dimensions = [on.ports.bank.item(item).dimension for item in asked.items]
    assert dimensions[:2] == ["trust", "communication"]
    assert dimensions[2] not in {"trust", "communication"}


def test_the_reminder_comes_once_and_the_close_publishes_once(database: Database) -> None:
    with stage(database) as on:
        begin(on)
        queued(on)
        on.clock.move(days=1)
        tick(on.ports)
        tick(on.ports)
        assert queued(on) == [MessageKind.REMINDER]
        on.clock.move(days=1)
        tick(on.ports)
        tick(on.ports)
        assert queued(on) == [MessageKind.PULSE_CLOSED, MessageKind.RESULTS]


def test_the_whole_is_released_from_five_people_with_two_of_each_side(database: Database) -> None:
    with stage(database) as on:
        asked = begin(on)
        for number, team in ((1, HOME), (2, HOME), (3, HOME), (1, EXT), (2, EXT)):
            answer(on, asked, number, team)
        on.clock.move(days=2)
        tick(on.ports)
        results = published(on, asked.id)
    assert all(isinstance(each, Released) for each in results)


def test_two_answers_from_one_partner_are_needed(sqlite: Database) -> None:
    with stage(sqlite) as on:
        asked = begin(on)
        for number in range(1, 9):
            answer(on, asked, number, HOME)
        answer(on, asked, 1, EXT)
        on.clock.move(days=2)
        tick(on.ports)
        results = published(on, asked.id)
    assert all(isinstance(each, Withheld) for each in results)


def test_the_counter_rises_in_bands_at_most_once_an_hour(sqlite: Database) -> None:
    with stage(sqlite) as on:
        asked = begin(on)
        queued(on)
        for number in range(1, 7):
            answer(on, asked, number, HOME)
        tick(on.ports)
        assert queued(on) == []
        on.clock.move(hours=1)
        tick(on.ports)
        assert queued(on) == [MessageKind.PULSE_COUNTER]
        assert open_round(on).shown_counter == 5


def test_a_bot_that_was_away_for_three_weeks_opens_one_round(database: Database) -> None:
    with stage(database) as on:
        begin(on)
        queued(on)
        on.clock.move(days=21, hours=4)
        tick(on.ports)
        assert queued(on) == [MessageKind.PULSE_CLOSED, MessageKind.RESULTS, MessageKind.PULSE]
        assert open_round(on).number == 2


def test_an_extra_round_is_for_leads(sqlite: Database) -> None:
    with stage(sqlite) as on:
        begin(on)
        with pytest.raises(NotAllowed, match="leads"):
            rounds.open_extra(on.ports, HOME, CHANNEL, person(5))


@pytest.mark.parametrize("days", [0, 2, 4])
def test_an_extra_round_is_refused_while_one_is_open_or_near(sqlite: Database, days: int) -> None:
    with stage(sqlite) as on:
        begin(on)
        on.clock.move(days=days)
        tick(on.ports)
        with pytest.raises(NotNow):
            rounds.open_extra(on.ports, HOME, CHANNEL, person(1))


def test_a_late_click_is_refused_even_before_anybody_closed_the_round(sqlite: Database) -> None:
    with stage(sqlite) as on:
        asked = begin(on)
        on.clock.move(days=2)
        with pytest.raises(PulseError, match="closed"):
            answer(on, asked, 1, HOME)


def test_answers_older_than_34_weeks_are_deleted_and_results_stay(sqlite: Database) -> None:
    with stage(sqlite) as on:
        first = begin(on)
        for number in range(1, 6):
            answer(on, first, number, HOME)
            answer(on, first, number, EXT)
        for _ in range(35):
            on.clock.move(days=2)
            tick(on.ports)
            on.clock.move(days=5)
            tick(on.ports)
        with on.ports.store.read() as tx:
            assert tx.answers.of_round(first.id) == ()
        assert len(published(on, first.id)) == 3


def test_work_that_fails_holds_up_no_other_partnership(sqlite: Database) -> None:
    with stage(sqlite) as on:
        asked = begin(on)
        with on.ports.store.write() as tx:
            partnership = tx.partnerships.get(asked.partnership_id)
            due = tx.schedule.get(partnership.id, DueKind.CLOSE)
            assert due is not None
            tx.publications.add(partnership.id, f"round:{asked.id}", {}, on.clock.now())  # the close will stumble on it
        on.clock.move(days=2)
        tick(on.ports)
        with on.ports.store.read() as tx:
            postponed = tx.schedule.get(partnership.id, DueKind.CLOSE)
    assert postponed is not None
    assert postponed.due_at > due.due_at


def published(on: Stage, round_id: RoundId) -> tuple[Released | Withheld, ...]:
    """What a round published."""
    with on.ports.store.read() as tx:
        (partnership,) = tx.partnerships.of_workspace(HOME)
        body = tx.publications.get(partnership.id, f"round:{round_id}")
    assert body is not None
    return whole_from_dict(body).results
