"""The right client for each workspace; one that has ended is refused without Slack and holds up nobody."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest

from bot.adapters.slack_clients import SlackWorkspaces
from bot.domain.errors import Unavailable
from bot.domain.ids import ChannelId, DeliveryKey, TeamId
from bot.domain.outbox import Delivered, InDoubt, MessageKind, Outgoing, Refused
from bot.domain.partnership import State
from bot.services.ports import SlackBusy, SlackRefused
from schedules.delivery import deliver
from schedules.rosters import read_rosters
from storage.engine import Database
from tests.builders import CHANNEL, EXT, HOME, TUESDAY, add_partnership, stage
from tests.services.stories import now_in
from tests.slack_double import SlackDouble

EAST = ChannelId("C0EAST")
DRAWN = {"text": "Hello", "blocks": []}


@dataclass(slots=True)
class Wallet:
    """The tokens of workspaces, by hand."""

    tokens: dict[TeamId, str] = field(default_factory=dict)

    def token_of(self, team_id: TeamId) -> str | None:
        """The token, if there is one."""
        return self.tokens.get(team_id)


@pytest.fixture
def slack() -> Iterator[SlackDouble]:
    with SlackDouble() as double:
        double.world.add_token("xoxb-ext")
        double.world.add_channel(CHANNEL)
        double.world.add_channel(EAST)
        yield double


def message(team: TeamId, channel: ChannelId, key: str = "hello") -> Outgoing:
    return Outgoing(
        key=DeliveryKey(key),
        kind=MessageKind.WELCOME,
        team_id=team,
        channel_id=channel,
        body={},
        due_at=TUESDAY,
    )


def test_each_message_goes_out_with_the_token_of_its_workspace(slack: SlackDouble) -> None:
    wallet = Wallet({HOME: slack.token, EXT: "xoxb-ext"})
    workspaces = SlackWorkspaces(wallet, slack.url)
    slack.world.tokens["xoxb-ext"].revoked = True
    assert isinstance(workspaces.send(message(HOME, CHANNEL), DRAWN, None), Delivered)
    assert workspaces.send(message(EXT, EAST), DRAWN, None) == Refused(reason="token_revoked")
    slack.world.tokens["xoxb-ext"].revoked = False
    assert isinstance(workspaces.send(message(EXT, EAST), DRAWN, None), Delivered)


def test_a_workspace_with_a_new_token_is_spoken_to_with_it(slack: SlackDouble) -> None:
    wallet = Wallet({HOME: "xoxb-old"})
    workspaces = SlackWorkspaces(wallet, slack.url)
    assert workspaces.send(message(HOME, CHANNEL), DRAWN, None) == Refused(reason="invalid_auth")
    wallet.tokens[HOME] = slack.token
    assert isinstance(workspaces.send(message(HOME, CHANNEL), DRAWN, None), Delivered)


def test_where_the_app_is_gone_slack_is_not_even_asked(slack: SlackDouble) -> None:
    workspaces = SlackWorkspaces(Wallet(), slack.url)
    assert workspaces.send(message(HOME, CHANNEL), DRAWN, None) == Refused(reason="token_revoked")
    assert workspaces.find(message(HOME, CHANNEL), TUESDAY) == Refused(reason="token_revoked")
    with pytest.raises(SlackRefused, match="token_revoked"):
        workspaces.members(HOME, CHANNEL, {})
    assert slack.calls == []


def test_a_workspace_whose_installation_is_gone_holds_up_no_other(database: Database, slack: SlackDouble) -> None:
    with stage(database) as on:
        made = add_partnership(on, home_team_id=EXT)
        with on.ports.store.write() as tx:
            for number in range(30):
                tx.outbox.add(replace(message(EXT, CHANNEL, f"gone:{number}"), partnership_id=made.id))
            tx.outbox.add(message(HOME, EAST))
        workspaces = SlackWorkspaces(Wallet({HOME: slack.token}), slack.url)
        assert deliver(on.ports, workspaces) > 0
        assert [each.text for each in slack.messages(EAST)] != []
        assert slack.messages(CHANNEL) == []
        assert now_in(on, made).state is State.SUSPENDED


class Locked(Wallet):
    """Tokens of which one was sealed with a key that is missing."""

    def token_of(self, team_id: TeamId) -> str | None:
        """The token, unless it cannot be opened."""
        if team_id == EXT:
            raise Unavailable
        return Wallet.token_of(self, team_id)


def test_a_token_whose_key_is_missing_is_waited_for_and_holds_up_no_other(sqlite: Database, slack: SlackDouble) -> None:
    with stage(sqlite) as on:
        made = add_partnership(on, home_team_id=EXT)
        with on.ports.store.write() as tx:
            tx.outbox.add(replace(message(EXT, CHANNEL), partnership_id=made.id))
            tx.outbox.add(message(HOME, EAST, "other"))
        workspaces = SlackWorkspaces(Locked({HOME: slack.token}), slack.url)
        deliver(on.ports, workspaces)
        assert len(slack.messages(EAST)) == 1
        assert now_in(on, made).state is State.ACTIVE
        assert workspaces.find(message(EXT, CHANNEL), TUESDAY) == InDoubt()
        with pytest.raises(SlackBusy):
            workspaces.members(EXT, CHANNEL, {})
        on.clock.move(minutes=2)
        assert deliver(on.ports, SlackWorkspaces(Wallet({EXT: slack.token}), slack.url)) == 1
        assert len(slack.messages(CHANNEL)) == 1


def test_a_roster_of_a_workspace_whose_installation_is_gone_stops_its_partnership_and_no_other(
    sqlite: Database, slack: SlackDouble
) -> None:
    with stage(sqlite) as on:
        made = add_partnership(on, home_team_id=EXT)
        with on.ports.store.write() as tx:
            tx.schedule.roster_wanted(CHANNEL, EXT, on.clock.now())
            tx.schedule.roster_wanted(EAST, HOME, on.clock.now())
        assert read_rosters(on.ports, SlackWorkspaces(Wallet({HOME: slack.token}), slack.url)) == 2
        assert now_in(on, made).state is State.SUSPENDED
        assert "conversations.members" in [each.method for each in slack.calls]
