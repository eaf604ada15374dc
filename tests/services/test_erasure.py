"""What is deleted when, by itself: old answers whatever became of their partnership, and all of one that is left."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.domain.ids import ChannelId, PartnershipId, TeamId
from bot.domain.outbox import MessageKind
from bot.domain.partnership import Partnership, State
from bot.domain.people import Profile
from bot.domain.rounds import Round
from bot.services import channels, comments, erasure, escalation, installations, life, thanks
from bot.services.channels import ChannelEvent, WantedRoster
from bot.services.ports import Door, DueKind, Installed
from bot.views.channels import draw_switched_off
from schedules.tick import tick
from storage.engine import Database
from storage.unit_of_work import metadata
from tests.builders import CHANNEL, EXT, HOME, TUESDAY, Stage, add_partnership, partnership, person, stage
from tests.services.stories import everybody, everybody_answers, now_in, open_round, sent, told

GRACE = dt.timedelta(days=30)
OWN = Installed(team_id=HOME, installed_at=TUESDAY, token="xoxb-own")
NORTH = PartnershipId("p-north")


@pytest.fixture
def on(sqlite: Database) -> Iterator[Stage]:
    with stage(sqlite) as made:
        yield made


def lived_in(on: Stage) -> Round:
    """A partnership with one of everything that is kept, and its round."""
    made = add_partnership(on)
    open_round(on, made)
    with on.ports.store.write() as tx:
        asked = tx.rounds.current(made.id)
        tx.installations.put(OWN)
        tx.notebook.put_profiles(HOME, CHANNEL, [Profile(person=person(1), name="Harper", email="h@example.org")])
    assert asked is not None
    everybody_answers(on, asked)
    comments.write(on.ports, HOME, CHANNEL, person(5), asked.id, "All is good.")
    words = {"what": "The drawings are late.", "stake": "Six weeks.", "tried": "Two calls."}
    raised = escalation.preview(on.ports, HOME, CHANNEL, person(1), words)
    escalation.send(on.ports, HOME, raised.draft_id, person(1))
    escalation.preview(on.ports, HOME, CHANNEL, person(1), words)
    said = {"about": "", "text": "You called", "behaviour": None, "unsigned": False}
    thanks.say(on.ports, HOME, CHANNEL, person(5), thanked=thanks.handle(person(6, EXT)), **said)  # type: ignore[arg-type]  # say's own
    on.clock.at = asked.closes_at
    tick(on.ports)
    sent(on)
    return asked


def rows(on: Stage) -> dict[str, int]:
    """How many rows each table has, of those that have any."""
    with on.database.reading() as connection:
        found = {each.name: len(connection.execute(select(each)).all()) for each in metadata.sorted_tables}
    return {name: count for name, count in found.items() if count}


def days(on: Stage, count: int) -> None:
    """Let days pass, with a tick on each."""
    for _ in range(count):
        on.clock.move(days=1)
        tick(on.ports)


def uninstall(on: Stage) -> None:
    installations.uninstalled(on.ports, f"Ev{on.clock.at}", Door(team_id=HOME), on.clock.real())


def install(on: Stage) -> None:
    with on.ports.store.write() as tx:
        tx.installations.put(OWN)
        installations.installed(tx, on.ports, OWN)


def remove_bot(on: Stage) -> None:
    channels.lost(on.ports, ChannelEvent(id=f"Ev{on.clock.at}", team_id=HOME, channel_id=CHANNEL), "not_in_channel")


def invite(on: Stage) -> None:
    channels.invited(on.ports, ChannelEvent(id=f"Ev{on.clock.at}", team_id=HOME, channel_id=CHANNEL))


def read_roster(on: Stage) -> None:
    """The daily reading of the roster succeeds: Slack let the bot in again, and no event told of it."""
    wanted = WantedRoster(team_id=HOME, channel_id=CHANNEL, again_at=on.clock.now())
    channels.was_read(on.ports, wanted, everybody())


OUT = pytest.mark.parametrize("take_out", [uninstall, remove_bot])
BACK = pytest.mark.parametrize(
    ("take_out", "put_back"), [(uninstall, install), (remove_bot, invite), (remove_bot, read_roster)]
)
Does = Callable[[Stage], None]


@pytest.mark.parametrize("state", list(State))
def test_answers_and_drift_history_are_deleted_after_34_weeks_in_whatever_state(
    database: Database, state: State
) -> None:
    with stage(database) as on:
        asked = lived_in(on)
        with on.ports.store.write() as tx:
            tx.partnerships.save(replace(tx.partnerships.get(NORTH), state=state))
            for kind in (DueKind.OPEN, DueKind.FORGET):
                tx.schedule.drop(NORTH, kind)
        on.clock.at = TUESDAY + dt.timedelta(weeks=33)
        assert life.forget_expired(on.ports) == 0
        on.clock.at = TUESDAY + dt.timedelta(weeks=34)
        assert life.forget_expired(on.ports) == 1
        assert {"answers", "comments"}.isdisjoint(rows(on))
        with on.ports.store.read() as tx:
            assert tx.answers.history(NORTH, 0) == ()
            assert tx.publications.get(NORTH, f"round:{asked.id}") is not None


@OUT
def test_a_month_after_the_bot_was_taken_out_nothing_is_left(database: Database, take_out: Does) -> None:
    with stage(database) as on:
        lived_in(on)
        assert {"answers", "comments", "members", "escalations", "thanks", "drafts", "publications"} <= rows(on).keys()
        take_out(on)
        sent(on)
        days(on, 30)
        assert rows(on)["answers"] == 20
        days(on, 1)
        left = rows(on).keys() - {"seen_events", "pacing", "installations"}
        assert left == set()


@BACK
def test_whoever_puts_the_bot_back_within_the_month_loses_nothing(
    database: Database, take_out: Does, put_back: Does
) -> None:
    with stage(database) as on:
        lived_in(on)
        kept = {name: count for name, count in rows(on).items() if name in ("answers", "comments", "members", "thanks")}
        take_out(on)
        days(on, 29)
        put_back(on)
        days(on, 40)
        assert now_in(on, partnership()).state is State.ACTIVE
        assert {name: count for name, count in rows(on).items() if name in kept} == kept


@OUT
def test_a_paused_partnership_is_deleted_too_and_stays_when_the_bot_is_back(on: Stage, take_out: Does) -> None:
    lived_in(on)
    life.pause(on.ports, HOME, CHANNEL, person(1))
    take_out(on)
    days(on, 20)
    install(on)
    read_roster(on)
    days(on, 20)
    assert now_in(on, partnership()).state is State.PAUSED
    take_out(on)
    days(on, 31)
    assert "partnerships" not in rows(on)


def test_leads_and_administrators_are_told_on_which_day_everything_will_be_deleted(on: Stage) -> None:
    lived_in(on)
    remove_bot(on)
    messages = sent(on)
    assert told(messages, MessageKind.SWITCHED_OFF) == {person(1).user_id, person(1, EXT).user_id}
    (body, _) = [each.body for each in messages if each.kind is MessageKind.SWITCHED_OFF]
    assert dt.datetime.fromisoformat(body["deleted_at"]) == on.clock.now() + GRACE
    assert "I delete everything that I keep of it" in str(draw_switched_off(body)["text"])
    remove_bot(on)
    channels.was_refused(
        on.ports, WantedRoster(team_id=HOME, channel_id=CHANNEL, again_at=on.clock.now()), "not_in_channel"
    )
    assert sent(on) == []
    assert erasure.GRACE == GRACE


@pytest.mark.parametrize("reason", ["is_archived", "restricted_action"])
def test_an_archived_channel_still_has_the_bot_and_nothing_of_it_is_deleted(on: Stage, reason: str) -> None:
    lived_in(on)
    channels.lost(on.ports, ChannelEvent(id="Ev1", team_id=HOME, channel_id=CHANNEL), reason)
    (body, *_) = [each.body for each in sent(on) if each.kind is MessageKind.SWITCHED_OFF]
    assert body["deleted_at"] is None
    assert "delete" not in str(draw_switched_off(body)["text"])
    days(on, 60)
    assert rows(on)["answers"] == 20
    remove_bot(on)
    assert told(sent(on), MessageKind.SWITCHED_OFF) == {person(1).user_id, person(1, EXT).user_id}
    days(on, 31)
    assert "answers" not in rows(on)


def test_a_bot_that_was_down_over_the_day_asks_slack_once_more_before_it_deletes(on: Stage) -> None:
    lived_in(on)
    remove_bot(on)
    on.clock.move(days=90)
    tick(on.ports)
    with on.ports.store.read() as tx:
        due = tx.schedule.get(NORTH, DueKind.FORGET)
    assert due is not None
    assert due.due_at == on.clock.now() + dt.timedelta(days=1)
    read_roster(on)
    days(on, 3)
    assert now_in(on, partnership()).state is State.ACTIVE


def other_workspace(on: Stage) -> Partnership:
    """A partnership of another workspace, in a channel of the same id."""
    made = partnership(id=PartnershipId("p-east"), home_team_id=TeamId("T0EAST"), organisations=())
    with on.ports.store.write() as tx:
        tx.partnerships.add(made, on.vault.new_key())
        tx.notebook.put_profiles(made.home_team_id, CHANNEL, [Profile(person=person(1), name="Harper")])
    return made


def test_nothing_of_another_workspace_is_touched(database: Database) -> None:
    with stage(database) as on:
        made = other_workspace(on)
        lived_in(on)
        uninstall(on)
        days(on, 31)
        assert now_in(on, made).state is State.ACTIVE
        assert rows(on)["partnerships"] == 1
        with on.ports.store.read() as tx:
            assert len(tx.notebook.profiles(made.home_team_id, CHANNEL)) == 1


def test_two_years_after_its_end_a_partnership_keeps_its_results_and_nobody(database: Database) -> None:
    with stage(database) as on:
        asked = lived_in(on)
        life.end(on.ports, HOME, CHANNEL, person(1))
        sent(on)
        on.clock.move(days=730)
        tick(on.ports)
        assert rows(on)["members"] == 20
        on.clock.move(days=1)
        tick(on.ports)
        kept = {"partnerships", "organisations", "rounds", "publications"}
        assert rows(on).keys() - {"seen_events", "pacing", "installations"} == kept
        with on.ports.store.read() as tx:
            assert tx.publications.get(NORTH, f"round:{asked.id}") is not None


def test_what_lives_in_the_channel_after_an_end_is_not_touched(on: Stage) -> None:
    lived_in(on)
    life.end(on.ports, HOME, CHANNEL, person(1))
    following = add_partnership(on, id=PartnershipId("p-new"), organisations=())
    with on.ports.store.write() as tx:
        tx.notebook.put_profiles(HOME, CHANNEL, [Profile(person=person(1), name="Harper")])
    on.clock.move(days=731)
    tick(on.ports)
    with on.ports.store.read() as tx:
        assert len(tx.people.roster(following.id).members) == 20
        assert tx.people.roster(NORTH).members == ()
        assert len(tx.notebook.profiles(HOME, CHANNEL)) == 1


def test_an_ended_partnership_goes_with_its_workspace_and_stays_where_the_app_comes_back(on: Stage) -> None:
    lived_in(on)
    life.end(on.ports, HOME, CHANNEL, person(1))
    uninstall(on)
    on.clock.move(days=10)
    install(on)
    days(on, 40)
    assert rows(on)["partnerships"] == 1
    uninstall(on)
    days(on, 32)
    assert "partnerships" not in rows(on)


def test_who_is_in_a_channel_that_was_never_set_up_is_forgotten_with_the_app(on: Stage) -> None:
    with on.ports.store.write() as tx:
        tx.installations.put(OWN)
        tx.notebook.put_profiles(HOME, ChannelId("C0NEW"), [Profile(person=person(1), name="Harper")])
        tx.notebook.put_profiles(EXT, ChannelId("C0NEW"), [Profile(person=person(1), name="Harper")])
    uninstall(on)
    with on.ports.store.read() as tx:
        assert tx.notebook.profiles(HOME, ChannelId("C0NEW")) == ()
        assert len(tx.notebook.profiles(EXT, ChannelId("C0NEW"))) == 1
