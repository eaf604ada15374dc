"""An agreed action has an owner on each side and a day; the channel hears of it and that it is done."""

import datetime as dt

import pytest

from bot.domain.actions import AgreedAction
from bot.domain.errors import InvalidForm, NotAllowed, NotHere, NotNow
from bot.domain.ids import ActionId, ChannelId, OrganisationId, UserId
from bot.domain.outbox import MessageKind
from bot.domain.people import Person
from bot.services import actions
from storage.engine import Database
from tests.builders import BUILDER, CHANNEL, COUNCIL, EXT, HOME, TUESDAY, Stage, add_partnership, person, stage
from tests.services.test_rounds import queued

LEAD, SENIOR, MEMBER = person(1), person(2, EXT), person(7)
NEXT_WEEK = (TUESDAY + dt.timedelta(days=7)).date()


def agree(
    on: Stage,
    by: Person = LEAD,
    *,
    text: str = "A weekly call about changes of dates",
    due_on: dt.date | None = NEXT_WEEK,
    builder: str = "U0E05",
) -> AgreedAction:
    """Agree an action that both sides own."""
    owners: dict[OrganisationId, UserId | None] = {COUNCIL: UserId("U0H05"), BUILDER: UserId(builder)}
    return actions.agree(on.ports, HOME, CHANNEL, by, text=text, due_on=due_on, owners=owners)


@pytest.mark.parametrize("by", [LEAD, SENIOR], ids=["a lead", "a senior of the other side"])
def test_leads_and_seniors_agree_and_the_channel_is_told(database: Database, by: Person) -> None:
    with stage(database) as on:
        partnership = add_partnership(on)
        agreed = agree(on, by)
        assert queued(on) == [MessageKind.ACTION_AGREED]
        with on.ports.store.read() as tx:
            assert actions.open_actions(tx, partnership) == (agreed,)


def test_while_nobody_of_a_side_is_there_no_form_is_offered(sqlite: Database) -> None:
    with stage(sqlite) as on:
        partnership = add_partnership(on, each=2)
        with on.ports.store.write() as tx:
            for number in (1, 2):
                tx.people.remove(partnership.id, person(number, EXT))
        with pytest.raises(NotNow, match="Nobody of Brightbuild is in this channel yet"):
            actions.offer(on.ports, HOME, CHANNEL, LEAD)


def test_a_member_is_told_who_can(sqlite: Database) -> None:
    with stage(sqlite) as on:
        add_partnership(on)
        with pytest.raises(NotAllowed, match="leads and seniors"):
            agree(on, MEMBER)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"text": "  "}, "text"),
        ({"text": "x" * 301}, "text"),
        ({"due_on": None}, "due_on"),
        ({"due_on": dt.date(2026, 5, 11)}, "due_on"),
        ({"due_on": dt.date(2028, 1, 1)}, "due_on"),
        ({"builder": "U0H05"}, f"owner.{BUILDER}"),
        ({"builder": "U0STRANGER"}, f"owner.{BUILDER}"),
    ],
)
def test_what_is_missing_is_said_beside_its_field(sqlite: Database, fields: dict[str, object], field: str) -> None:
    with stage(sqlite) as on:
        add_partnership(on)
        with pytest.raises(InvalidForm) as refused:
            agree(on, **fields)  # type: ignore[arg-type]  # the table's fields are those of agree
    assert [fault.field for fault in refused.value.faults] == [field]


@pytest.mark.parametrize("by", [person(5), person(5, EXT), person(1, EXT)], ids=["owner", "other owner", "lead"])
def test_an_owner_or_a_lead_says_that_it_is_done_once(database: Database, by: Person) -> None:
    with stage(database) as on:
        partnership = add_partnership(on)
        agreed = agree(on)
        queued(on)
        actions.mark_done(on.ports, HOME, CHANNEL, by, agreed.id)
        assert queued(on) == [MessageKind.ACTION_DONE]
        with pytest.raises(NotNow, match="already done"):
            actions.mark_done(on.ports, HOME, CHANNEL, by, agreed.id)
        with on.ports.store.read() as tx:
            assert actions.open_actions(tx, partnership) == ()


def test_nobody_else_can_say_that_it_is_done(sqlite: Database) -> None:
    with stage(sqlite) as on:
        add_partnership(on)
        agreed = agree(on)
        with pytest.raises(NotAllowed, match="owners"):
            actions.mark_done(on.ports, HOME, CHANNEL, MEMBER, agreed.id)


def test_an_action_of_another_channel_does_not_exist_here(sqlite: Database) -> None:
    with stage(sqlite) as on:
        add_partnership(on)
        with pytest.raises(NotHere):
            actions.mark_done(on.ports, HOME, CHANNEL, LEAD, ActionId("a-of-somebody-else"))
        with pytest.raises(NotHere):
            agree_elsewhere(on)


def agree_elsewhere(on: Stage) -> None:
    """The same in a channel without a partnership."""
    actions.agree(on.ports, HOME, ChannelId("C0OTHER"), LEAD, text="x", due_on=NEXT_WEEK, owners={})
