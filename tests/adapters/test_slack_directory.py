"""Who is in a channel, asked of a strict Slack."""

import datetime as dt
from collections.abc import Iterator

import pytest
from slack_sdk import WebClient

from bot.adapters.slack_directory import SlackDirectory
from bot.domain.ids import ChannelId, TeamId, UserId
from bot.domain.people import Person, Profile
from bot.services.ports import SlackBusy, SlackRefused
from tests.slack_double import ALL_SCOPES, SlackDouble, World

CHANNEL = ChannelId("C0NORTH")
ANA = Profile(
    person=Person(team_id=TeamId(World.HOME), user_id=UserId("U0ANA")),
    name="Ana Ruiz",
    email="ana@council.example",
    is_workspace_admin=True,
)
MAX = Profile(person=Person(team_id=TeamId(World.EXT), user_id=UserId("U0MAX")), name="Max Bauer")


@pytest.fixture
def slack() -> Iterator[SlackDouble]:
    with SlackDouble() as double:
        furnish(double)
        yield double


def furnish(double: SlackDouble) -> None:
    """Ana of the host and Max of the partner in one channel, with another bot and somebody who left the company."""
    world = double.world
    world.add_user("U0ANA", real_name="Ana Ruiz", email="ana@council.example", is_admin=True)
    world.add_user("U0MAX", real_name="Max Bauer", team_id=World.EXT)
    world.add_user("U0ROBOT", is_bot=True)
    world.add_user("U0LEFT").deleted = True
    world.add_channel(CHANNEL, members=["U0ANA", "U0ROBOT", "U0LEFT", "U0MAX"])


def directory(double: SlackDouble) -> SlackDirectory:
    """The directory over a client that does not retry, as the product's."""
    return SlackDirectory(WebClient(token=double.token, base_url=double.url, retry_handlers=[]))


def looked_up(double: SlackDouble) -> list[str]:
    """Whose profiles were asked for, successfully."""
    return [each.args["user"] for each in double.calls if each.method == "users.info" and each.error is None]


def test_people_of_both_sides_are_told_without_bots_and_the_deleted(slack: SlackDouble) -> None:
    assert directory(slack).members(CHANNEL, {}) == (ANA, MAX)


def test_somebody_without_the_scope_for_addresses_has_none() -> None:
    with SlackDouble(scopes=ALL_SCOPES - {"users:read.email"}) as double:
        furnish(double)
        assert [each.email for each in directory(double).members(CHANNEL, {})] == [None, None]


def test_known_people_are_not_looked_up_again(slack: SlackDouble) -> None:
    assert directory(slack).members(CHANNEL, {ANA.person.user_id: ANA}) == (ANA, MAX)
    assert "U0ANA" not in looked_up(slack)


def test_people_beyond_the_first_page_are_told_too(slack: SlackDouble) -> None:
    crowd = [f"U0C{number:03}" for number in range(230)]
    known = {}
    for user_id in crowd:
        slack.world.add_user(user_id)
        person = Person(team_id=TeamId(World.HOME), user_id=UserId(user_id))
        known[person.user_id] = Profile(person=person, name=user_id)
    slack.world.channels[CHANNEL].members += crowd
    assert len(directory(slack).members(CHANNEL, known)) == 2 + len(crowd)
    pages = [each for each in slack.calls if each.method == "conversations.members"]
    assert len(pages) == 2


def test_what_slack_told_before_it_asked_to_wait_is_not_asked_again(slack: SlackDouble) -> None:
    asking = directory(slack)
    slack.faults.fail_next("conversations.members", "ratelimited", status=429, headers={"Retry-After": "7"})
    with pytest.raises(SlackBusy) as busy:
        asking.members(CHANNEL, {})
    assert busy.value.after == dt.timedelta(seconds=7)
    assert asking.members(CHANNEL, {}) == (ANA, MAX)
    assert len(looked_up(slack)) == len(set(looked_up(slack)))


def test_a_long_channel_is_read_in_several_goes_at_slacks_pace() -> None:
    with SlackDouble(rate_limits=True) as double:
        crowd = [f"U0C{number:03}" for number in range(150)]
        for user_id in crowd:
            double.world.add_user(user_id)
        double.world.add_channel(CHANNEL, members=crowd)
        asking = directory(double)
        with pytest.raises(SlackBusy) as busy:
            asking.members(CHANNEL, {})
        assert busy.value.after > dt.timedelta()
        double.clock.advance(60)
        assert len(asking.members(CHANNEL, {})) == len(crowd)
        assert sorted(looked_up(double)) == [World.BOT, *crowd]


def test_somebody_who_vanishes_while_slack_is_asked_is_left_out(slack: SlackDouble) -> None:
    del slack.world.users["U0ANA"]
    assert directory(slack).members(CHANNEL, {}) == (MAX,)


@pytest.mark.parametrize("error", ["missing_scope", "token_revoked", "channel_not_found"])
def test_slacks_refusal_is_told_with_its_code(slack: SlackDouble, error: str) -> None:
    slack.faults.fail_next("conversations.info", error)
    with pytest.raises(SlackRefused) as refusal:
        directory(slack).members(CHANNEL, {})
    assert refusal.value.reason == error


def test_an_archived_channel_is_refused_although_slack_would_list_its_people(slack: SlackDouble) -> None:
    slack.world.channels[CHANNEL].is_archived = True
    with pytest.raises(SlackRefused, match="is_archived"):
        directory(slack).members(CHANNEL, {})


def test_a_channel_without_the_bot_is_refused_although_slack_would_list_its_people(slack: SlackDouble) -> None:
    slack.world.channels[CHANNEL].members.remove(World.BOT)
    with pytest.raises(SlackRefused, match="not_in_channel"):
        directory(slack).members(CHANNEL, {})


@pytest.mark.parametrize("method", ["conversations.info", "conversations.members", "users.info"])
def test_a_lost_connection_means_to_try_again_later(slack: SlackDouble, method: str) -> None:
    slack.faults.lose_replies(next_calls=1, method=method)
    asking = directory(slack)
    with pytest.raises(SlackBusy):
        asking.members(CHANNEL, {})
    assert asking.members(CHANNEL, {}) == (ANA, MAX)
