"""What is written down of an escalation comes back as it was, on both databases."""

import datetime as dt
from dataclasses import replace

from bot.domain.escalation import Escalation, Event, Move, State, Words
from bot.domain.escalation_moves import acknowledged, handed_over
from bot.domain.ids import EscalationId
from bot.domain.route_map import Lane, Level, Owner, Rung, Seat, Step
from storage.engine import Database
from tests.builders import BUILDER, COUNCIL, EXT, TUESDAY, add_partnership, partnership, person, stage

OPENED = Escalation(
    id=EscalationId("e-1"),
    partnership_id=partnership().id,
    author=person(5),
    words=Words(what="The rota moved.", stake="", tried="A call."),
    lane=Lane.SAFETY,
    route=(
        Step(
            level=Level.PROGRAMME,
            working_days=1,
            seats=(
                Seat(organisation_id=BUILDER, people=(person(2, EXT), person(1, EXT))),
                Seat(organisation_id=COUNCIL, people=()),
            ),
        ),
    ),
    opened_at=TUESDAY,
    state=State.WAITING,
    step=0,
    owners=(Owner(organisation_id=BUILDER, person=person(2, EXT)),),
    told=(person(2, EXT),),
    deadline_at=TUESDAY + dt.timedelta(days=1),
)
EVENTS = (
    Event(number=1, move=Move.OPEN, at=TUESDAY, step=0, actor=person(5)),
    Event(number=2, move=Move.HAND_OVER, at=TUESDAY, step=0, actor=person(2, EXT), to=person(1, EXT), text="Yours."),
    Event(number=3, move=Move.ACKNOWLEDGE, at=TUESDAY, step=0, actor=person(1, EXT)),
)


def test_an_escalation_and_its_history_come_back_as_they_were(database: Database) -> None:
    with stage(database) as on:
        add_partnership(on)
        taken = handed_over(OPENED, OPENED.owners[0], person(1, EXT))
        steps = (taken, replace(acknowledged(taken), agreed=(BUILDER,), may_snooze=False, outcome="Agreed."))
        with on.ports.store.write() as tx:
            tx.escalations.add(OPENED, EVENTS[0])
            assert tx.escalations.get(OPENED.id) == OPENED
            for step, event in zip(steps, EVENTS[1:], strict=True):
                tx.escalations.save(step, event)
                assert tx.escalations.locked(OPENED.id) == step
        with on.ports.store.read() as tx:
            assert tx.escalations.history(OPENED.id) == EVENTS
            assert tx.escalations.get(EscalationId("e-2")) is None


def test_they_are_found_by_partnership_and_forgotten_by_age(database: Database) -> None:
    later = replace(OPENED, id=EscalationId("e-2"), opened_at=TUESDAY + dt.timedelta(days=1))
    settled = replace(OPENED, id=EscalationId("e-3"), state=State.RESOLVED, deadline_at=None)
    with stage(database) as on:
        add_partnership(on)
        with on.ports.store.write() as tx:
            for each in (later, OPENED, settled):
                tx.escalations.add(each, EVENTS[0])
            assert tx.escalations.open_in(partnership().id) == (OPENED, later)
            assert [each.id for each in tx.escalations.of_partnership(partnership().id)] == ["e-2", "e-3", "e-1"]
            assert tx.escalations.forget_before(later.opened_at) == 2
            assert tx.escalations.of_partnership(partnership().id) == (later,)


def test_a_route_map_is_replaced_as_a_whole(database: Database) -> None:
    first = Rung(level=Level.INFORMAL, working_days=2, owners={BUILDER: person(1, EXT), COUNCIL: person(1)})
    second = Rung(level=Level.SPONSORS, working_days=9, owners={})
    with stage(database) as on:
        add_partnership(on)
        with on.ports.store.write() as tx:
            assert tx.escalations.route_map(partnership().id) is None
            for wanted in ((first, second), (second,)):
                tx.escalations.put_route_map(partnership().id, wanted)
                assert tx.escalations.route_map(partnership().id) == wanted
