"""The life of a channel: invited, removed, archived, restored, renumbered; and who is in it."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from bot.domain.ids import ChannelId, PartnershipId, TeamId, UserId
from bot.domain.outbox import CHANNEL_GONE, MessageKind
from bot.domain.partnership import Partnership, State
from bot.domain.people import Profile
from bot.services import channels
from bot.services.channels import ChannelEvent
from bot.services.ports import DueKind, SlackBusy, SlackRefused
from bot.views.channels import draw_resumed, draw_switched_off
from schedules.rosters import read_rosters
from schedules.tick import tick
from storage.engine import Database
from tests.builders import BUILDER, CHANNEL, EXT, HOME, Stage, add_partnership, partnership, person, stage
from tests.services.stories import (
    everybody,
    everybody_answers,
    kinds,
    now_in,
    open_round,
    profile,
    roster_of,
    sent,
    told,
    wanted,
)
from tests.slack_limits import breaches, text_covers_blocks

NEW_ID = ChannelId("C0RENUMBERED")
RESULTS = {MessageKind.RESULTS, MessageKind.PULSE_CLOSED}
LEADS = {"U0H01", "U0E01"}


@pytest.fixture
def on(sqlite: Database) -> Iterator[Stage]:
    with stage(sqlite) as made:
        yield made


def event(number: int = 1, channel_id: ChannelId = CHANNEL) -> ChannelEvent:
    """Something Slack told."""
    return ChannelEvent(id=f"Ev{number}", team_id=HOME, channel_id=channel_id)


def suspend(on: Stage, made: Partnership, reason: str = "is_archived") -> None:
    """Take the channel away."""
    with on.ports.store.write() as tx:
        channels.suspend(tx, on.ports, tx.partnerships.get(made.id), reason)


@dataclass(slots=True)
class SpokenDirectory:
    """A Slack that says what the test says."""

    says: tuple[Profile, ...] | SlackRefused
    asked: list[ChannelId] = field(default_factory=list)

    def members(self, team_id: TeamId, channel_id: ChannelId, known: Mapping[UserId, Profile]) -> tuple[Profile, ...]:
        """What Slack says of any channel."""
        self.asked.append(channel_id)
        if isinstance(self.says, SlackRefused):
            raise self.says
        return self.says


def test_the_bot_says_hello_where_it_is_invited(database: Database) -> None:
    with stage(database) as on:
        channels.invited(on.ports, event())
        channels.invited(on.ports, event())
        assert told(sent(on), MessageKind.WELCOME) == {CHANNEL}
        assert wanted(on) == {(HOME, CHANNEL)}


def test_the_bot_says_no_second_hello_where_a_partnership_lives(on: Stage) -> None:
    add_partnership(on)
    channels.invited(on.ports, event())
    assert sent(on) == []


def test_somebody_who_leaves_is_off_the_roster_at_once(database: Database) -> None:
    with stage(database) as on:
        made = add_partnership(on)
        channels.person_left(on.ports, event(), person(4, EXT).user_id)
        assert roster_of(on, made).member(person(4, EXT)) is None
        assert wanted(on) == {(HOME, CHANNEL)}


@pytest.mark.parametrize("reason", sorted(CHANNEL_GONE))
def test_leads_of_all_sides_and_administrators_are_told_in_the_same_words_that_the_pulse_stopped(
    on: Stage, reason: str
) -> None:
    made = add_partnership(on)
    suspend(on, made, reason)
    suspend(on, made, reason)
    messages = sent(on)
    assert told(messages, MessageKind.SWITCHED_OFF) == LEADS
    assert messages[0].body == messages[1].body
    drawn = draw_switched_off(messages[0].body)
    assert breaches(drawn, kind="message") == []
    assert text_covers_blocks(drawn) == []


def test_a_channel_that_is_gone_is_asked_nothing_more(database: Database) -> None:
    with stage(database) as on:
        made = add_partnership(on)
        open_round(on, made)
        channels.lost(on.ports, event(), "is_archived")
        channels.lost(on.ports, event(2), "channel_not_found")
        assert now_in(on, made).state is State.SUSPENDED
        on.clock.move(days=1)
        tick(on.ports)
        assert set(kinds(sent(on))) == {MessageKind.SWITCHED_OFF}
        on.clock.move(days=60)
        tick(on.ports)
        assert MessageKind.PULSE not in kinds(sent(on, refused="is_archived"))


def test_slacks_refusal_of_a_message_suspends_the_partnership_too(on: Stage) -> None:
    made = add_partnership(on)
    open_round(on, made)
    assert set(kinds(sent(on, refused="not_in_channel"))) == {MessageKind.PULSE, MessageKind.SWITCHED_OFF}
    assert now_in(on, made).state is State.SUSPENDED


def test_a_round_that_closes_while_the_channel_is_gone_is_published_on_time_and_posted_once_when_it_is_back(
    database: Database,
) -> None:
    with stage(database) as on:
        made = add_partnership(on)
        open_round(on, made)
        sent(on)
        with on.ports.store.read() as tx:
            asked = tx.rounds.current(made.id)
        assert asked is not None
        everybody_answers(on, asked)
        channels.lost(on.ports, event(), "is_archived")
        on.clock.move(days=3)
        tick(on.ports)
        with on.ports.store.read() as tx:
            assert len(tx.publications.latest(made.id, 5)) == 1
        assert set(kinds(sent(on, refused="is_archived"))) >= RESULTS
        on.clock.move(days=30)
        channels.invited(on.ports, event(2))
        posted = kinds(sent(on))
        assert {*RESULTS, MessageKind.RESUMED} == set(posted)
        assert len(posted) == 3
        channels.lost(on.ports, event(3), "is_archived")
        channels.invited(on.ports, event(4))
        assert not RESULTS & set(kinds(sent(on)))


def test_results_that_waited_for_delivery_when_the_channel_went_are_not_lost(database: Database) -> None:
    with stage(database) as on:
        made = add_partnership(on)
        open_round(on, made)
        sent(on)
        on.clock.move(days=3)
        tick(on.ports)
        suspend(on, made)
        assert set(kinds(sent(on))) == {MessageKind.SWITCHED_OFF}
        channels.invited(on.ports, event())
        assert set(kinds(sent(on))) >= RESULTS


def test_a_pulse_that_never_reached_the_channel_is_posted_if_it_is_still_open(on: Stage) -> None:
    made = add_partnership(on)
    open_round(on, made)
    suspend(on, made)
    on.clock.move(hours=2)
    channels.invited(on.ports, event())
    assert MessageKind.PULSE in kinds(sent(on))


def test_a_channel_that_is_back_gets_one_word_and_the_next_regular_pulse(on: Stage) -> None:
    made = add_partnership(on)
    suspend(on, made)
    on.clock.move(days=30)
    channels.invited(on.ports, event())
    with on.ports.store.read() as tx:
        planned = tx.schedule.get(made.id, DueKind.OPEN)
    assert planned is not None
    assert on.clock.now() < planned.due_at <= on.clock.now() + dt.timedelta(days=7)
    (resumed,) = [each for each in sent(on) if each.kind is MessageKind.RESUMED]
    assert resumed.body["opens_at"] == planned.due_at.isoformat()
    drawn = draw_resumed(resumed.body)
    assert breaches(drawn, kind="message") == []
    assert text_covers_blocks(drawn) == []


def test_a_channel_that_is_unarchived_goes_on_as_soon_as_slack_lets_the_bot_in(on: Stage) -> None:
    made = add_partnership(on)
    suspend(on, made)
    channels.people_changed(on.ports, event())
    read_rosters(on.ports, SpokenDirectory(SlackRefused("not_in_channel")))
    assert now_in(on, made).state is State.SUSPENDED
    channels.people_changed(on.ports, event(2))
    read_rosters(on.ports, SpokenDirectory(everybody()))
    assert now_in(on, made).state is State.ACTIVE


def test_a_channel_that_can_be_read_but_not_written_to_is_tried_daily_and_told_of_weekly(on: Stage) -> None:
    made = add_partnership(on)
    channels.people_changed(on.ports, event())
    suspend(on, made, "restricted_action")
    messages = sent(on)
    for _ in range(5):
        read_rosters(on.ports, SpokenDirectory(everybody()))
        messages += sent(on, refused="restricted_action")
        assert now_in(on, made).state is State.SUSPENDED
        on.clock.move(days=1)
    assert kinds(messages).count(MessageKind.RESUMED) == 5
    assert kinds(messages).count(MessageKind.SWITCHED_OFF) == len(LEADS)


def test_a_paused_partnership_whose_channel_comes_and_goes_stays_paused(on: Stage) -> None:
    made = add_partnership(on, state=State.PAUSED)
    channels.lost(on.ports, event(), "is_archived")
    channels.invited(on.ports, event(2))
    assert now_in(on, made).state is State.PAUSED
    assert sent(on) == []


def test_a_channel_with_a_new_id_keeps_its_partnership_its_open_round_and_its_messages(database: Database) -> None:
    with stage(database) as on:
        made = add_partnership(on)
        open_round(on, made)
        channels.renumbered(on.ports, event(), NEW_ID)
        channels.renumbered(on.ports, event(), NEW_ID)
        assert now_in(on, made).channel_id == NEW_ID
        with on.ports.store.read() as tx:
            asked = tx.rounds.current(made.id)
        assert asked is not None
        assert asked.channel_id == NEW_ID
        assert told(sent(on), MessageKind.PULSE) == {NEW_ID}
        assert wanted(on) == {(HOME, NEW_ID)}


def test_a_new_id_under_which_a_partnership_lives_already_takes_nothing_from_it(on: Stage) -> None:
    made = add_partnership(on)
    other = partnership(id=PartnershipId("p-other"), channel_id=NEW_ID, organisations=())
    with on.ports.store.write() as tx:
        tx.partnerships.add(other, on.vault.new_key())
    channels.renumbered(on.ports, event(), NEW_ID)
    assert now_in(on, made).channel_id == CHANNEL


def test_an_event_that_slack_repeats_has_one_effect(database: Database) -> None:
    with stage(database) as on:
        made = add_partnership(on)
        channels.lost(on.ports, event(), "is_archived")
        channels.invited(on.ports, event(2))
        channels.lost(on.ports, event(), "is_archived")
        assert now_in(on, made).state is State.ACTIVE


def test_people_of_a_channel_that_is_not_set_up_are_kept_for_its_form(database: Database) -> None:
    with stage(database) as on:
        channels.invited(on.ports, event())
        assert read_rosters(on.ports, SpokenDirectory(everybody())) == 1
        with on.ports.store.read() as tx:
            assert tx.notebook.profiles(HOME, CHANNEL) == everybody()
        assert wanted(on, within=dt.timedelta(days=30)) == set()


def test_a_partnerships_roster_is_read_again_every_day(database: Database) -> None:
    with stage(database) as on:
        made = add_partnership(on)
        channels.people_changed(on.ports, event())
        read_rosters(on.ports, SpokenDirectory(everybody()))
        assert read_rosters(on.ports, SpokenDirectory(())) == 0
        on.clock.move(days=1)
        read_rosters(on.ports, SpokenDirectory((*everybody(), profile(person(80, EXT)))))
        joined = roster_of(on, made).member(person(80, EXT))
        assert joined is not None
        assert joined.organisation_id == BUILDER


def test_a_roster_wanted_while_it_is_being_read_is_read_once_more(database: Database) -> None:
    with stage(database) as on:
        add_partnership(on)
        channels.people_changed(on.ports, event())
        (taken,) = channels.take_wanted(on.ports, 5)
        on.clock.move(seconds=1)
        channels.people_changed(on.ports, event(2))
        channels.was_read(on.ports, taken, everybody())
        assert wanted(on) == {(HOME, CHANNEL)}


def test_a_reader_that_dies_leaves_its_roster_to_be_read_soon(database: Database) -> None:
    with stage(database) as on:
        add_partnership(on)
        channels.people_changed(on.ports, event())
        channels.take_wanted(on.ports, 5)
        assert wanted(on) == set()
        on.clock.move(minutes=5)
        assert wanted(on) == {(HOME, CHANNEL)}


@pytest.mark.parametrize(
    ("refusal", "again_after", "state"),
    [
        (SlackBusy(dt.timedelta(seconds=30)), dt.timedelta(seconds=30), State.ACTIVE),
        (SlackRefused("missing_scope"), dt.timedelta(minutes=15), State.ACTIVE),
        (SlackRefused("is_archived"), dt.timedelta(days=1), State.SUSPENDED),
    ],
    ids=["busy", "unclear", "gone"],
)
def test_a_roster_that_slack_refuses_is_asked_for_again_in_time(
    on: Stage, refusal: SlackRefused, again_after: dt.timedelta, state: State
) -> None:
    made = add_partnership(on)
    channels.people_changed(on.ports, event())
    read_rosters(on.ports, SpokenDirectory(refusal))
    assert now_in(on, made).state is state
    on.clock.at += again_after - dt.timedelta(seconds=1)
    assert wanted(on) == set()
    on.clock.move(seconds=1)
    assert wanted(on) == {(HOME, CHANNEL)}


@pytest.mark.parametrize("channel", [CHANNEL, NEW_ID])
@pytest.mark.parametrize("draw", [draw_switched_off])
def test_a_stopped_pulse_names_its_channel_by_id_so_that_renaming_changes_nothing(
    channel: ChannelId, draw: Callable[[Mapping[str, Any]], dict[str, Any]]
) -> None:
    body = {"partnership": "A & <B>", "channel": channel, "reason": "not_in_channel"}
    assert f"<#{channel}>" in draw(body)["text"]
    assert "A &amp; &lt;B&gt;" in draw(body)["text"]
