"""Leads and seniors of all organisations get the same digest at the same minute, and never before the team."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.domain.anonymity import WITHHELD_TEXT
from bot.domain.ids import OrganisationId, PartnershipId
from bot.domain.outbox import MessageKind, Outgoing
from bot.domain.partnership import Partnership, State
from bot.domain.people import Organisation, Role, RoleHolder
from bot.domain.rounds import Round
from bot.services import deliveries
from bot.services.ports import DueKind
from bot.views.messages import draw
from schedules.tick import tick
from storage.engine import Database
from tests.builders import BUILDER, COUNCIL, EXT, HOME, TUESDAY, Stage, add_partnership, cadence, person, stage
from tests.services.stories import everybody_answers, open_round, sent

NORTHFIELD = PartnershipId("p-north")
READERS = {person(number, team).user_id for number in (1, 2) for team in (HOME, EXT)}
TUESDAY_AFTER = TUESDAY + dt.timedelta(days=7)  # closed on Thursday, the team's until Monday
Answers = Callable[[Stage, Round], None]


def nobody(on: Stage, asked: Round) -> None:
    """Nobody answers."""


def live(on: Stage, until: dt.datetime, answers: Answers = everybody_answers) -> list[tuple[dt.datetime, Outgoing]]:
    """Let everything happen that falls due, up to a moment; the digests with the minute of their sending."""
    answered: set[str] = set()
    digests = []
    while True:
        tick(on.ports)
        digests += [(on.clock.now(), each) for each in sent(on) if each.kind is MessageKind.DIGEST]
        with on.ports.store.write() as tx:
            asked = tx.rounds.current(NORTHFIELD)
            tx.schedule.drop(NORTHFIELD, DueKind.COUNTER)  # no story needs the hourly counter
        if asked is not None and asked.id not in answered:
            answered.add(asked.id)
            answers(on, asked)
        due = deliveries.next_due(on.ports)
        if due is None or due > until:
            on.clock.at = until
            return digests
        on.clock.at = max(due, on.clock.at)


def begun(on: Stage, **changes: object) -> Partnership:
    """A partnership whose first round has just opened."""
    partnership = add_partnership(on, **changes)  # type: ignore[arg-type]  # the caller's fields are Partnership's own
    open_round(on, partnership)
    return partnership


def weeks(number: float) -> dt.datetime:
    """A moment so many weeks after the first opening."""
    return TUESDAY + dt.timedelta(weeks=number)


def test_all_leads_and_seniors_get_the_same_bytes_at_the_same_minute(database: Database) -> None:
    with stage(database) as on:
        begun(on)
        digests = live(on, weeks(1))
    assert {each.user_id for _, each in digests} == READERS
    assert len(digests) == len(READERS)
    assert {at for at, _ in digests} == {TUESDAY_AFTER}
    assert len({str(draw(each.kind, each.body)) for _, each in digests}) == 1
    assert all(each.channel_id is None for _, each in digests)


def test_nothing_is_sent_while_the_result_is_the_teams_alone(sqlite: Database) -> None:
    with stage(sqlite) as on:
        begun(on)
        assert live(on, TUESDAY_AFTER - dt.timedelta(minutes=1)) == []


def test_every_closed_round_has_one_digest_even_if_nobody_answered(sqlite: Database) -> None:
    with stage(sqlite) as on:
        begun(on)
        digests = live(on, weeks(5), nobody)
    mine = [each for _, each in digests if each.user_id == person(1).user_id]
    assert [each.body["rounds"][-1]["number"] for each in mine] == [1, 2, 3, 4, 5]
    for each in mine:
        said = draw(each.kind, each.body)["text"]
        assert f"results {WITHHELD_TEXT}" in said
        assert "*Comments" in said


def test_the_end_of_a_block_brings_the_organisations_and_the_mood(sqlite: Database) -> None:
    with stage(sqlite) as on:
        begun(on)
        digests = [each for _, each in live(on, weeks(5)) if each.user_id == person(1).user_id]
    assert [each.body["block"] is not None for each in digests] == [False, False, False, True, False]
    assert [each.body["comments"] is not None for each in digests] == [False, False, False, True, True]
    assert "*Pulses 1 to 4 together.* Nearly everybody took part." in draw(digests[3].kind, digests[3].body)["text"]


def test_a_round_that_closed_while_a_digest_waited_is_left_to_its_own_digest(sqlite: Database) -> None:
    with stage(sqlite) as on:
        begun(on, cadence=cadence(team_first_working_days=7))
        digests = [each for _, each in live(on, weeks(3.5)) if each.user_id == person(1).user_id]
    assert [[each["number"] for each in digest.body["rounds"]] for digest in digests] == [[1], [1, 2]]


def test_somebody_who_is_lead_and_senior_gets_it_once_and_nobody_before_the_organisation_confirmed(
    sqlite: Database,
) -> None:
    unconfirmed = (
        Organisation(id=COUNCIL, name="Northfield Council", team_id=HOME, confirmed=True),
        Organisation(id=BUILDER, name="Brightbuild", team_id=EXT, confirmed=False),
    )
    with stage(sqlite) as on:
        partnership = begun(on, organisations=unconfirmed)
        with on.ports.store.write() as tx:
            tx.people.set_holders(partnership.id, [holder(1, Role.LEAD), holder(1, Role.SENIOR), holder(2, Role.LEAD)])
        digests = live(on, weeks(1))
    assert [each.user_id for _, each in digests] == [person(1).user_id, person(2).user_id]


def test_the_digest_waits_until_the_channel_has_its_results(sqlite: Database) -> None:
    with stage(sqlite) as on:
        begun(on)
        on.clock.move(days=2)
        tick(on.ports)  # it closes, but its results do not reach the channel
        on.clock.at = TUESDAY_AFTER
        tick(on.ports)
        assert MessageKind.DIGEST not in [each.kind for each in sent(on)]  # this delivers the results
        assert {each.user_id for _, each in live(on, weeks(1.2))} == READERS


@pytest.mark.parametrize(("state", "told"), [(State.PAUSED, READERS), (State.ENDED, set())])
def test_a_pause_holds_no_digest_back_and_an_end_does(sqlite: Database, state: State, told: set[str]) -> None:
    with stage(sqlite) as on:
        begun(on)
        live(on, TUESDAY + dt.timedelta(days=3))
        with on.ports.store.write() as tx:
            (partnership,) = tx.partnerships.of_workspace(HOME)
            tx.partnerships.save(replace(partnership, state=state))
        assert {each.user_id for _, each in live(on, weeks(1))} == told


def holder(number: int, role: Role, organisation: OrganisationId = COUNCIL) -> RoleHolder:
    return RoleHolder(person=person(number), role=role, organisation_id=organisation)
