"""Leads plan milestones; nobody else does, and nobody of another partnership learns of them."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.domain.errors import NotAllowed, NotHere, NotNow, TooLate
from bot.domain.ids import ChannelId, MilestoneId, PartnershipId
from bot.domain.milestones import Coming, Milestone, MilestoneKind, Plan, Word
from bot.domain.partnership import Partnership
from bot.domain.people import Person
from bot.services import milestones
from bot.services.ports import DueKind
from storage.engine import Database
from tests.builders import CHANNEL, EXT, HOME, Stage, add_partnership, person, stage

LEAD, OTHER_LEAD, MEMBER, SENIOR = person(1), person(1, EXT), person(5), person(2)
ROOF: dict[str, str | None] = {"title": "Roof on", "on": "2026-06-02", "kind": "delivery"}


@pytest.fixture
def on(sqlite: Database) -> Iterator[Stage]:
    with stage(sqlite) as made:
        yield made


def keep(stand: Stage, by: Person = LEAD, which: MilestoneId | None = None, /, **changes: str | None) -> Plan:
    """A lead plans the roof, or changes what is planned."""
    entered = {**(dict.fromkeys(ROOF) if which else ROOF), **changes}
    return milestones.keep(stand.ports, HOME, CHANNEL, by, which, entered).plan


def planned(on: Stage, by: Person = LEAD) -> tuple[Milestone, ...]:
    """What comes, as a lead sees it."""
    return milestones.board(on.ports, HOME, CHANNEL, by).coming


def due_at(on: Stage, made: Partnership, kind: DueKind, which: MilestoneId) -> dt.datetime | None:
    """When its work is due."""
    with on.ports.store.read() as tx:
        due = tx.schedule.get(made.id, kind, which)
        return None if due is None else due.due_at


@pytest.mark.parametrize("lead", [LEAD, OTHER_LEAD], ids=["host", "partner"])
def test_leads_of_either_organisation_plan_change_and_cancel(database: Database, lead: Person) -> None:
    with stage(database) as on:
        made = add_partnership(on)
        assert keep(on, lead).title == "Roof on"
        (kept,) = planned(on, lead)
        assert due_at(on, made, DueKind.MILESTONE, kept.id) == dt.datetime(2026, 6, 2, 9, tzinfo=dt.UTC)
        assert due_at(on, made, DueKind.MILESTONE_WORDS, kept.id) == dt.datetime(2026, 5, 26, 9, tzinfo=dt.UTC)
        keep(on, lead, kept.id, on="2026-06-09")
        assert [each.plan.on for each in planned(on, lead)] == [dt.date(2026, 6, 9)]
        assert due_at(on, made, DueKind.MILESTONE, kept.id) == dt.datetime(2026, 6, 9, 9, tzinfo=dt.UTC)
        assert milestones.cancel(on.ports, HOME, CHANNEL, lead, kept.id).title == "Roof on"
        assert planned(on, lead) == ()
        assert due_at(on, made, DueKind.MILESTONE, kept.id) is None
        assert due_at(on, made, DueKind.MILESTONE_WORDS, kept.id) is None


@pytest.mark.parametrize("who", [MEMBER, SENIOR, person(2, EXT)], ids=["member", "senior", "partner's senior"])
def test_whoever_is_no_lead_is_told_who_can(on: Stage, who: Person) -> None:
    add_partnership(on)
    with pytest.raises(NotAllowed, match=r"Only the leads .*<@U0E01> or <@U0H01>"):
        keep(on, who)


def test_leads_who_are_not_confirmed_yet_cannot_plan(on: Stage) -> None:
    made = add_partnership(on)
    with on.ports.store.write() as tx:
        tx.partnerships.save(
            replace(made, organisations=tuple(replace(each, confirmed=False) for each in made.organisations))
        )
    with pytest.raises(NotAllowed, match="No organisation has confirmed a lead yet"):
        planned(on)


def test_a_stranger_does_not_learn_that_there_is_a_partnership(on: Stage) -> None:
    add_partnership(on)
    with pytest.raises(NotHere):
        milestones.board(on.ports, HOME, CHANNEL, person(77))


def test_a_milestone_of_another_partnership_is_out_of_reach(on: Stage) -> None:
    add_partnership(on)
    keep(on)
    (kept,) = planned(on)
    with on.ports.store.write() as tx:
        north = tx.partnerships.get(PartnershipId("p-north"))
        other = replace(north, id=PartnershipId("p-south"), channel_id=ChannelId("C0SOUTH"), organisations=())
        tx.partnerships.add(other, on.vault.new_key())
        tx.milestones.put(replace(kept, id=MilestoneId("m-south"), partnership_id=other.id))
    for forged in (MilestoneId("m-south"), MilestoneId("m-nowhere")):
        with pytest.raises(TooLate):
            milestones.one(on.ports, HOME, CHANNEL, LEAD, forged)
        with pytest.raises(TooLate):
            milestones.cancel(on.ports, HOME, CHANNEL, LEAD, forged)
        with pytest.raises(TooLate):
            keep(on, LEAD, forged, title="Mine now")


def test_a_milestone_within_the_week_is_asked_about_at_once(on: Stage) -> None:
    made = add_partnership(on)
    keep(on, on="2026-05-14")
    (kept,) = planned(on)
    assert due_at(on, made, DueKind.MILESTONE_WORDS, kept.id) == on.clock.now()


def test_a_milestone_of_today_whose_hour_has_passed_is_told_at_once_and_nobody_is_asked(on: Stage) -> None:
    made = add_partnership(on)
    on.clock.move(hours=5)
    keep(on, on="2026-05-12")
    (kept,) = planned(on)
    assert due_at(on, made, DueKind.MILESTONE, kept.id) == on.clock.now()
    assert due_at(on, made, DueKind.MILESTONE_WORDS, kept.id) is None


def test_there_is_an_end_to_how_many_can_be_planned(on: Stage) -> None:
    add_partnership(on)
    for number in range(milestones.COMING_AT_MOST):
        keep(on, title=f"Step {number}")
    with pytest.raises(NotNow, match="cancel one"):
        keep(on)
    keep(on, LEAD, planned(on)[0].id, title="Renamed all the same")


def test_digests_are_told_what_comes_the_earliest_first(on: Stage) -> None:
    made = add_partnership(on)
    keep(on)
    keep(on, title="First lesson", on="2026-05-20", kind="first")
    with on.ports.store.read() as tx:
        now = on.clock.now()
        assert milestones.coming(tx, made, now) == (
            Coming(title="First lesson", kind=MilestoneKind.FIRST, on=dt.date(2026, 5, 20)),
            Coming(title="Roof on", kind=MilestoneKind.DELIVERY, on=dt.date(2026, 6, 2)),
        )
        later = now + dt.timedelta(days=9)
        assert [each.title for each in milestones.coming(tx, made, later)] == ["Roof on"]


def test_cancelling_forgets_the_words(database: Database) -> None:
    with stage(database) as on:
        add_partnership(on)
        keep(on)
        (kept,) = planned(on)
        with on.ports.store.write() as tx:
            tx.milestones.put_word(Word(milestone_id=kept.id, person=LEAD, text="A word"))
            assert len(tx.milestones.words(kept.id)) == 1
        milestones.cancel(on.ports, HOME, CHANNEL, LEAD, kept.id)
        with on.ports.store.read() as tx:
            assert tx.milestones.words(kept.id) == ()
            assert tx.milestones.get(kept.id) is None
