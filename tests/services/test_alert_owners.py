"""Who hears of an alert, who may take it, and what happens while nobody does or nobody can be told."""

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.domain.alert_release import ReleasedAlert, Size
from bot.domain.alerts import OwnedAlert
from bot.domain.anonymity import Scope
from bot.domain.errors import NotAllowed, NotHere, NotNow, PulseError, TooLate
from bot.domain.ids import AlertId, TeamId
from bot.domain.outbox import MessageKind, Outgoing
from bot.domain.partnership import State
from bot.domain.people import Person, Role, RoleHolder
from bot.services import alert_owners, alerts, channels, life
from bot.services.ports import DueKind
from storage.engine import Database
from tests.builders import BUILDER, CHANNEL, COUNCIL, EXT, HOME, FixedHolidays, Stage, person, stage
from tests.services.falling_trust import Told, partnership_of, steady
from tests.services.stories import now_in

ALERT = AlertId("a-trust")
SENIOR, OTHER_SENIOR = person(2), person(2, EXT)


def alerted(on: Stage, **changes: object) -> Told:
    """A partnership whose channel has just heard of a fall of trust in the council's answers, on a Thursday."""
    told = partnership_of(on, steady, each=3, **changes)
    told.one_round()
    with on.ports.store.write() as tx:
        partnership = tx.partnerships.get(told.partnership.id)
        closed = tx.rounds.latest(partnership.id)
        assert closed is not None
        alert = OwnedAlert(
            id=ALERT,
            partnership_id=partnership.id,
            round_id=closed.id,
            released=ReleasedAlert(
                dimension="trust",
                scope=Scope(COUNCIL),
                size=Size.LOWER,
                people=None,
                unchanged=(Scope(BUILDER),),
            ),
            since_block=1,
            since_on=closed.opens_at.date(),
            block=1,
            raised_at=on.clock.now(),
        )
        alert_owners.announce(tx, on.ports, partnership, alert, on.clock.now())
    told.work()
    return told


def told_to_seniors(on: Stage, **changes: object) -> Told:
    """The same, when the team's two working days are over."""
    told = alerted(on, **changes)
    days(told, 4)
    return told


def days(told: Told, count: int) -> None:
    """So many days pass, and each day what is due is done."""
    for _ in range(count):
        told.on.clock.move(days=1)
        told.work()


def kept(told: Told) -> OwnedAlert:
    """The alert as it is kept."""
    with told.on.ports.store.read() as tx:
        found = tx.alerts.get(ALERT)
    assert found is not None
    return found


def take(told: Told, who: Person, home: TeamId = HOME, alert: AlertId = ALERT) -> None:
    """A person presses "I'll take this"."""
    alert_owners.take(told.on.ports, home, alert, who)
    told.work()


def test_the_first_who_takes_it_has_it_and_all_are_told_once_however_often_the_click_comes(database: Database) -> None:
    with stage(database) as on:
        told = told_to_seniors(on)
        take(told, OTHER_SENIOR)
        take(told, OTHER_SENIOR)
        with pytest.raises(TooLate, match=f"<@{OTHER_SENIOR.user_id}> has taken this already"):
            take(told, SENIOR)
        assert kept(told).owner == OTHER_SENIOR
        said = told.of(MessageKind.ALERT_TAKEN)
        assert {each.user_id for each in said} == {SENIOR.user_id, OTHER_SENIOR.user_id}
        assert len(said) == 2
        assert len({json.dumps(dict(each.body)) for each in said}) == 1
        assert (said[0].body["owner"], said[0].body["of"]) == (OTHER_SENIOR.user_id, "Brightbuild")
        days(told, 10)
        assert told.of(MessageKind.ALERT_UNOWNED) == []


@pytest.mark.parametrize(
    ("who", "home", "alert", "refusal", "says"),
    [
        (person(1), HOME, ALERT, NotAllowed, f"<@{OTHER_SENIOR.user_id}> or <@{SENIOR.user_id}>"),
        (person(3, EXT), HOME, ALERT, NotAllowed, "Only senior managers"),
        (person(9), HOME, ALERT, NotHere, "no partnership here"),
        (SENIOR, TeamId("T0OTHER"), ALERT, NotHere, "no partnership here"),
        (SENIOR, HOME, AlertId("a-foreign"), NotHere, "no partnership here"),
    ],
)
def test_only_active_seniors_take_it_and_others_are_told_who_can(
    sqlite: Database, who: Person, home: TeamId, alert: AlertId, refusal: type[PulseError], says: str
) -> None:
    with stage(sqlite) as on:
        told = told_to_seniors(on)
        with pytest.raises(refusal, match=says):
            take(told, who, home, alert)
        assert kept(told).owner is None


def test_nobody_takes_it_before_the_seniors_have_it(sqlite: Database) -> None:
    with stage(sqlite) as on:
        told = alerted(on)
        with pytest.raises(NotHere):
            take(told, SENIOR)
        with on.ports.store.read() as tx:
            assert alerts.open_alerts(tx, told.partnership) == ()


def test_seniors_of_an_organisation_that_has_not_confirmed_them_hear_nothing(sqlite: Database) -> None:
    with stage(sqlite) as on:
        told = alerted(on)
        partnership = now_in(on, told.partnership)
        unconfirmed = tuple(replace(each, confirmed=each.id != BUILDER) for each in partnership.organisations)
        with on.ports.store.write() as tx:
            tx.partnerships.save(replace(partnership, organisations=unconfirmed))
        days(told, 4)
        assert [each.user_id for each in told.of(MessageKind.ALERT)] == [SENIOR.user_id]
        assert [each.body["organisation"] for each in told.of(MessageKind.ALERT_UNHEARD)] == ["Brightbuild"]
        with pytest.raises(NotAllowed):
            take(told, OTHER_SENIOR)


def test_where_nobody_is_named_the_channel_is_told_so(sqlite: Database) -> None:
    with stage(sqlite) as on:
        told = alerted(on)
        with on.ports.store.write() as tx:
            tx.people.set_holders(told.partnership.id, [RoleHolder(person=person(1), role=Role.ADMINISTRATOR)])
        days(told, 4)
        assert told.of(MessageKind.ALERT) == []
        missing = told.of(MessageKind.ALERT_UNHEARD)
        assert [each.body["organisation"] for each in missing] == ["Brightbuild", "Northfield Council"]
        assert {each.channel_id for each in missing} == {CHANNEL}


def test_after_three_working_days_without_an_owner_all_are_told_once(sqlite: Database) -> None:
    with stage(sqlite) as on:
        told = told_to_seniors(on)
        days(told, 2)
        assert told.of(MessageKind.ALERT_UNOWNED) == []
        days(told, 10)
        said = told.of(MessageKind.ALERT_UNOWNED)
        assert {each.user_id for each in said} == {SENIOR.user_id, OTHER_SENIOR.user_id}
        assert len(said) == 2
        assert set(told.times(MessageKind.ALERT_UNOWNED)) == {told.times(MessageKind.ALERT)[0] + dt.timedelta(days=3)}
        take(told, SENIOR)
        assert kept(told).owner == SENIOR


def test_holidays_of_any_organisation_are_no_working_days(sqlite: Database) -> None:
    friday = dt.date(2026, 5, 15)
    holidays = FixedHolidays({"GB-ENG": frozenset({friday})})
    with stage(sqlite, holidays=holidays) as on:
        told = alerted(on)
        partnership = now_in(on, told.partnership)
        with on.ports.store.read() as tx:
            without = tx.schedule.get(partnership.id, DueKind.ALERT, ALERT)
        with on.ports.store.write() as tx:
            by_the_sea = tuple(replace(each, region="GB-ENG") for each in partnership.organisations)
            partnership = replace(partnership, organisations=by_the_sea)
            alert_owners.announce(tx, on.ports, partnership, replace(kept(told), id=AlertId("a-late")), on.clock.now())
        with on.ports.store.read() as tx:
            with_one = tx.schedule.get(partnership.id, DueKind.ALERT, "a-late")
    assert without is not None
    assert with_one is not None
    assert with_one.due_at - without.due_at == dt.timedelta(days=1)


def test_when_its_owner_leaves_it_is_offered_to_the_others_at_the_next_close(sqlite: Database) -> None:
    with stage(sqlite) as on:
        told = told_to_seniors(on)
        take(told, SENIOR)
        days(told, 3)
        with on.ports.store.write() as tx:
            tx.people.remove(told.partnership.id, SENIOR)
        told.score = lambda number, who, dimension: None if who == SENIOR else 4
        days(told, 5)
        told.live(2)
        assert told.of(MessageKind.ALERT_UNOWNED) == []  # in the first four rounds nothing is judged
        told.one_round()
        (said,) = told.of(MessageKind.ALERT_UNOWNED)
        assert said.body["why"] == "left"
        assert said.user_id == OTHER_SENIOR.user_id
        assert [each.body["organisation"] for each in told.of(MessageKind.ALERT_UNHEARD)][:1] == ["Northfield Council"]
        take(told, OTHER_SENIOR)
        assert kept(told).owner == OTHER_SENIOR


def test_an_owner_who_has_left_by_the_third_day_counts_as_nobody(sqlite: Database) -> None:
    with stage(sqlite) as on:
        told = told_to_seniors(on)
        take(told, SENIOR)
        with on.ports.store.write() as tx:
            tx.people.remove(told.partnership.id, SENIOR)
        days(told, 3)
        said = told.of(MessageKind.ALERT_UNOWNED)
        lead = person(1)  # stands in at the programme level
        assert {(each.user_id, each.body["why"]) for each in said} == {
            (OTHER_SENIOR.user_id, "left"),
            (lead.user_id, "left"),
        }
        assert said[0].body["programme"] == [OTHER_SENIOR.user_id, lead.user_id]
        take(told, lead)
        with on.ports.store.read() as tx:
            assert [each.owner for each in alerts.open_alerts(tx, told.partnership)] == [lead]


def test_while_the_channel_is_out_of_reach_nothing_is_sent_and_nobody_takes_it(sqlite: Database) -> None:
    with stage(sqlite) as on:
        told = alerted(on)
        suspended(told)
        days(told, 14)
        assert told.of(MessageKind.ALERT) == []
        with on.ports.store.write() as tx:
            channels.come_back(tx, on.ports, tx.partnerships.get(told.partnership.id))
        days(told, 3)
        assert len(told.of(MessageKind.ALERT)) == 2
        suspended(told)
        with pytest.raises(NotNow, match="cannot reach"):
            take(told, SENIOR)
        days(told, 14)
        assert told.of(MessageKind.ALERT_UNOWNED) == []


def test_seniors_wait_until_the_channel_has_had_its_sentence_but_no_longer_than_a_week(sqlite: Database) -> None:
    with stage(sqlite) as on:
        told = alerted(on)
        with on.ports.store.write() as tx:
            late = replace(kept(told), id=AlertId("a-late"), raised_at=on.clock.now())
            alert_owners.announce(tx, on.ports, now_in(on, told.partnership), late, on.clock.now())
            tx.outbox.drop(told.partnership.id)
        days(told, 6)
        assert {each.body["alert"] for each in told.of(MessageKind.ALERT)} == {ALERT}
        days(told, 4)
        assert {each.body["alert"] for each in told.of(MessageKind.ALERT)} == {ALERT, "a-late"}


def test_a_channel_that_is_back_hears_it_before_the_seniors(sqlite: Database) -> None:
    with stage(sqlite) as on:
        told = alerted(on)
        with on.ports.store.write() as tx:
            unheard = replace(kept(told), id=AlertId("a-late"), raised_at=on.clock.now())
            alert_owners.announce(tx, on.ports, now_in(on, told.partnership), unheard, on.clock.now())
        suspended(told)
        days(told, 2)
        with on.ports.store.write() as tx:
            channels.come_back(tx, on.ports, tx.partnerships.get(told.partnership.id))
        days(told, 4)
        (noted,) = [at for at, each in told.letters if each.kind is MessageKind.ALERT_NOTED and about_late(each)]
        seniors = [at for at, each in told.letters if each.kind is MessageKind.ALERT and about_late(each)]
        assert len(seniors) == 2
        assert noted < min(seniors) < unheard.raised_at + dt.timedelta(days=7)


def about_late(letter: Outgoing) -> bool:
    """Whether it is about the alert that the channel did not hear of at once."""
    return bool(letter.body["alert"] == "a-late")


def test_a_pause_holds_nothing_back(sqlite: Database) -> None:
    with stage(sqlite) as on:
        told = alerted(on)
        life.pause(on.ports, HOME, CHANNEL, person(1))
        days(told, 7)
        assert len(told.of(MessageKind.ALERT)) == 2
        assert len(told.of(MessageKind.ALERT_UNOWNED)) == 2


@pytest.mark.parametrize("begin", [alerted, told_to_seniors])
def test_when_the_partnership_ends_nothing_follows(sqlite: Database, begin: Callable[[Stage], Told]) -> None:
    with stage(sqlite) as on:
        told = begin(on)
        before = len(told.of(MessageKind.ALERT))
        life.end(on.ports, HOME, CHANNEL, person(1))
        days(told, 14)
        assert len(told.of(MessageKind.ALERT)) == before
        assert told.of(MessageKind.ALERT_UNOWNED) == []
        with pytest.raises(PulseError):
            take(told, SENIOR)


def suspended(told: Told) -> None:
    """Slack refuses the channel."""
    with told.on.ports.store.write() as tx:
        channels.suspend(tx, told.on.ports, tx.partnerships.get(told.partnership.id), "not_in_channel", tell=False)
    assert now_in(told.on, told.partnership).state is State.SUSPENDED
