"""What somebody owned who leaves the channel goes to a deputy of the same organisation."""

from bot.domain.escalation import Move, State
from bot.domain.ids import EscalationId
from bot.domain.people import Role, RoleHolder
from bot.services import escalation, roster
from bot.services.escalation_moves import Wish, act
from storage.engine import Database
from tests.builders import CHANNEL, COUNCIL, EXT, HOME, Stage, add_partnership, partnership, person, stage

OWNER, DEPUTY, COUNTERPART = person(1), person(2), person(1, EXT)


def raise_one(on: Stage) -> EscalationId:
    """An escalation at the informal level, which the lead of the council acknowledges."""
    shown = escalation.preview(on.ports, HOME, CHANNEL, person(7), {"what": "Dates move without a word."})
    escalation.send(on.ports, HOME, shown.draft_id, person(7))
    raised = EscalationId(shown.draft_id)
    act(on.ports, raised, OWNER, Wish(move=Move.ACKNOWLEDGE))
    return raised


def leaves(on: Stage) -> None:
    """The lead of the council leaves the channel."""
    with on.ports.store.write() as tx:
        roster.remove(tx, on.ports, tx.partnerships.get(partnership().id), OWNER.user_id)


def test_a_deputy_owns_what_somebody_leaves_behind_in_hand(database: Database) -> None:
    with stage(database) as on:
        add_partnership(on)
        raised = raise_one(on)
        leaves(on)
        with on.ports.store.read() as tx:
            now = tx.escalations.get(raised)
        assert now is not None
        assert now.state is State.IN_HAND
        assert {each.person for each in now.owners} == {DEPUTY, COUNTERPART}
        act(on.ports, raised, DEPUTY, Wish(move=Move.ADD_VIEW, text="We look at it together on Monday."))


def test_without_a_deputy_it_waits_for_the_one_who_will_be_named(sqlite: Database) -> None:
    with stage(sqlite) as on:
        add_partnership(on)
        with on.ports.store.write() as tx:
            others = [each for each in tx.people.roster(partnership().id).holders if each.organisation_id != COUNCIL]
            lead = RoleHolder(person=OWNER, role=Role.LEAD, organisation_id=COUNCIL)
            tx.people.set_holders(partnership().id, [*others, lead])
        raised = raise_one(on)
        leaves(on)
        with on.ports.store.read() as tx:
            now = tx.escalations.get(raised)
        assert now is not None
        assert {each.person for each in now.owners} == {OWNER, COUNTERPART}
