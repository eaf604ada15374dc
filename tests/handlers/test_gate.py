"""The gate: through which installation a request comes, what it costs, and what is said where there is none."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
from cryptography.fernet import Fernet
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.adapters.slack_clients import SlackWorkspaces
from bot.adapters.vault import FernetVault
from bot.domain.ids import EnterpriseId, PartnershipId, TeamId
from bot.domain.partnership import Partnership
from bot.services import installations
from bot.services.installations import KnownInstallations
from bot.services.ports import Door, Installed
from handlers.deps import Deps, come_from
from handlers.gate import stated_workspace
from handlers.registry import register_all
from schedules.delivery import drain
from storage.engine import Database
from storage.unit_of_work import SqlStore
from tests.builders import CHANNEL, EXT, HOME, TUESDAY, Stage, add_partnership, partnership, person, stage
from tests.handlers.apps import bolt_app, deps_of
from tests.services.counted import Counting, counting
from tests.services.stories import open_round
from tests.slack_double import Message, SlackDouble, World

Json = dict[str, Any]
ORGANISATION = EnterpriseId("E0GRID")
INSTALL_AT = "https://pulse.example.org/slack/install"


@dataclass(slots=True)
class Behind:
    """Everything that is registered in production, behind a gate of many workspaces, and the strict double."""

    on: Stage
    slack: SlackDouble
    known: KnownInstallations
    store: Counting
    deps: Deps
    app: AsyncApp

    def install(self, *installed: Installed) -> None:
        """Keep installations; all of them speak with the double's token."""
        with self.on.ports.store.write() as tx:
            for each in installed:
                tx.installations.put(replace(each, token=self.slack.token))

    def send(self, *payloads: Mapping[str, Any]) -> list[Json]:
        """Hand payloads to Bolt at the same time; what it acknowledged each with, once all that follows is done."""
        return [answer for answer, _, _ in asyncio.run(self._send(payloads))]

    def cost(self, payload: Mapping[str, Any]) -> tuple[int, int]:
        """How many calls of Slack and look-ups there were before the acknowledgement."""
        return asyncio.run(self._send([payload]))[0][1:]

    async def _send(self, payloads: Any) -> list[tuple[Json, int, int]]:
        calls, reads = len(self.slack.calls), self.store.reads

        async def one(payload: Mapping[str, Any]) -> tuple[Json, int, int]:
            answer = await self.app.async_dispatch(AsyncBoltRequest(body=dict(payload), mode="socket_mode"))
            assert answer.status == 200
            read = json.loads(answer.body) if answer.body.startswith("{") else {}
            return read, len(self.slack.calls) - calls, self.store.reads - reads

        answers = await asyncio.gather(*(one(each) for each in payloads))
        self.store.goes_on.set()
        if others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(others)
        return list(answers)

    def pulse(self) -> Message:
        """The message of the open round."""
        drain(self.on.ports, SlackWorkspaces(self.known, self.slack.url))
        return next(each for each in reversed(self.slack.messages(CHANNEL)) if "one click each" in each.text)

    def answers(self, made: Partnership) -> int:
        """How many people have answered the newest round."""
        with self.on.ports.store.read() as tx:
            latest = tx.rounds.latest(made.id)
            assert latest is not None
            return tx.answers.people_in(latest.id)


OWN = Installed(team_id=HOME, bot_id=World.BOT_ID, bot_user_id=World.BOT, installed_at=TUESDAY, token="")
WHOLE = replace(OWN, team_id=None, enterprise_id=ORGANISATION, is_enterprise_install=True)


@pytest.fixture
def behind(sqlite: Database) -> Iterator[Behind]:
    with stage(sqlite) as on, SlackDouble() as slack:
        for number in range(1, 11):
            slack.world.add_user(person(number).user_id)
            slack.world.add_user(person(number, EXT).user_id, team_id=EXT)
        slack.world.add_channel(CHANNEL, members=[each for each in slack.world.users if each != World.BOT])
        store = counting(on)
        known = KnownInstallations(store, on.clock)
        deps = deps_of(replace(on.ports, store=store), slack, known)
        app = bolt_app(slack, deps, INSTALL_AT)
        register_all(app, deps)
        yield Behind(on, slack, known, store, deps, app)


def click(behind: Behind, user: str, action: str = "answer_1_4") -> Json:
    return behind.slack.person(user).clicks(action, on=behind.pulse())


@pytest.fixture
def asked(behind: Behind) -> Partnership:
    """An installation, a partnership, and a round that is open."""
    behind.install(OWN)
    made = add_partnership(behind.on)
    open_round(behind.on, made)
    behind.pulse()
    return made


def test_once_warm_a_click_costs_no_call_of_slack_and_no_look_up(behind: Behind, asked: Partnership) -> None:
    first, later = click(behind, "U0H05"), click(behind, "U0E05")
    behind.known.forget(Door(team_id=HOME))
    calls, reads = behind.cost(first)
    assert (calls, reads) == (0, 1)
    assert behind.cost(later) == (0, 0)
    assert behind.answers(asked) == 2


def test_an_installation_is_looked_up_again_behind_the_back_of_a_click_which_waits_for_nothing(
    behind: Behind, asked: Partnership
) -> None:
    behind.send(click(behind, "U0H05"))
    for user in ("U0E05", "U0E06", "U0E07"):
        behind.on.clock.move(seconds=45)
        clicked = click(behind, user)
        behind.known.read(Door(team_id=HOME))
        behind.on.clock.move(seconds=45)
        before = behind.store.reads
        behind.store.goes_on.clear()  # the look-up hangs until the click is acknowledged
        behind.send(clicked)
        assert behind.store.reads == before + 1
    assert not behind.store.was_waited_for
    assert behind.answers(asked) == 4


def test_however_many_clicks_find_the_gate_cold_there_is_one_look_up(behind: Behind, asked: Partnership) -> None:
    clicks = [click(behind, f"U0{side}{number:02}") for side in "HE" for number in range(1, 11)]
    behind.known.forget(Door(team_id=HOME))
    before = behind.store.reads
    behind.send(*clicks)
    assert behind.store.reads == before + 1
    assert behind.answers(asked) == 20


def test_a_partner_who_clicks_and_submits_comes_through_the_hosts_installation(
    behind: Behind, asked: Partnership
) -> None:
    behind.send(click(behind, "U0E05"))
    behind.send(click(behind, "U0E05", "more"))
    (view,) = behind.slack.views_of("U0E05")
    submission = behind.slack.person("U0E05").submits(view)
    assert submission["team"]["id"] == EXT
    (answer,) = behind.send(submission)
    assert answer["response_action"] == "update"
    assert answer["view"]["callback_id"] != "note_read"


def test_where_nothing_is_installed_a_click_and_a_command_are_told_so_in_private(
    behind: Behind, asked: Partnership
) -> None:
    clicked = click(behind, "U0H05")
    installations.uninstalled(behind.on.ports, "Ev1", Door(team_id=HOME), behind.on.clock.real())
    behind.known.forget(Door(team_id=HOME))
    posts = behind.slack.messages(CHANNEL)
    assert behind.send(clicked, behind.slack.person("U0H06").commands("/pulse", "help", channel=CHANNEL)) == [{}, {}]
    for user in ("U0H05", "U0H06"):
        (told,) = behind.slack.ephemerals(user)
        assert "not installed in this workspace any more" in told.text
        assert INSTALL_AT in told.text
    assert behind.slack.messages(CHANNEL) == posts
    assert behind.answers(asked) == 0


def test_where_nothing_is_installed_a_form_says_so_and_an_event_passes_by(behind: Behind, asked: Partnership) -> None:
    behind.send(click(behind, "U0E05", "more"))
    submission = behind.slack.person("U0E05").submits(behind.slack.views_of("U0E05")[0])
    archived = behind.slack.events.channel_archive(CHANNEL, user="U0H01")
    installations.uninstalled(behind.on.ports, "Ev1", Door(team_id=HOME), behind.on.clock.real())
    behind.known.forget(Door(team_id=HOME))
    before = len(behind.slack.calls)
    form, event = behind.send(submission, archived)
    assert behind.slack.acknowledge(submission, form) == {}
    assert "not installed" in json.dumps(behind.slack.views_of("U0E05"))
    assert event == {}
    assert len(behind.slack.calls) == before


def test_slacks_word_of_the_end_closes_the_gate_at_once(behind: Behind, asked: Partnership) -> None:
    behind.slack.clock.advance(behind.on.clock.now() - behind.slack.clock.now())
    behind.send(click(behind, "U0H05"))
    later = click(behind, "U0H06")
    behind.send(behind.slack.events.app_uninstalled())
    behind.send(later)
    assert behind.answers(asked) == 1
    assert "not installed" in behind.slack.ephemerals("U0H06")[-1].text


def test_while_the_database_is_away_whoever_comes_first_is_told_and_nothing_is_believed_to_be_gone(
    behind: Behind, asked: Partnership
) -> None:
    first, later = click(behind, "U0H05"), click(behind, "U0H06")
    behind.known.forget(Door(team_id=HOME))
    behind.store.is_away = True
    behind.send(first)
    assert "cannot reach its database" in behind.slack.ephemerals("U0H05")[-1].text
    behind.store.is_away = False
    behind.send(later)
    assert behind.answers(asked) == 1


def test_while_the_key_of_a_token_is_missing_people_are_told_what_helps(behind: Behind, asked: Partnership) -> None:
    clicked = click(behind, "U0H05")
    with SqlStore(behind.on.database, FernetVault(Fernet.generate_key().decode())).write() as tx:
        tx.installations.put(OWN)
    behind.known.forget(Door(team_id=HOME))
    behind.send(clicked)
    assert "put the old key back" in behind.slack.ephemerals("U0H05")[-1].text
    assert behind.answers(asked) == 0


def test_a_request_has_no_home_workspace_that_another_one_left_behind(behind: Behind) -> None:
    async def told_of_an_end() -> None:
        come_from(HOME)
        assert behind.deps.home_team_id == HOME
        event = behind.slack.events.app_uninstalled()
        await behind.app.async_dispatch(AsyncBoltRequest(body=event, mode="socket_mode"))
        with pytest.raises(RuntimeError, match="outside a request"):
            _ = behind.deps.home_team_id

    asyncio.run(told_of_an_end())


# -- Enterprise Grid ---------------------------------------------------------------------------------------------------


def org_wide(payload: Mapping[str, Any]) -> Json:
    """A payload as Slack sends it to an organisation's installation: the workspace left out, the organisation named."""
    return {
        **payload,
        "team": None,
        "enterprise": {"id": ORGANISATION, "name": "The council"},
        "is_enterprise_install": True,
    }


@pytest.fixture
def grid(behind: Behind) -> Partnership:
    """The same, where the organisation installed the app as a whole."""
    behind.install(WHOLE)
    installations.note_workspace(behind.on.ports, WHOLE, HOME)
    made = add_partnership(behind.on)
    open_round(behind.on, made)
    behind.pulse()
    return made


def test_an_organisations_installation_takes_answers_and_opens_forms_in_its_workspaces(
    behind: Behind, grid: Partnership
) -> None:
    behind.send(*(org_wide(click(behind, user)) for user in ("U0H05", "U0E05")))
    assert behind.answers(grid) == 2
    assert behind.cost(org_wide(click(behind, "U0H06"))) == (0, 0)
    for user in ("U0H05", "U0E05"):
        behind.send(org_wide(click(behind, user, "more")))
        submission = behind.slack.person(user).submits(behind.slack.views_of(user)[-1])
        (answer,) = behind.send(org_wide(submission))
        assert answer["view"]["callback_id"] != "note_read"


def test_an_organisation_learns_of_a_workspace_from_what_slack_states(behind: Behind) -> None:
    behind.install(WHOLE)
    fields = behind.slack.person("U0H01").commands("/pulse", "results", channel=CHANNEL)
    behind.send({**fields, "enterprise_id": ORGANISATION, "is_enterprise_install": "true"})
    with behind.on.ports.store.read() as tx:
        assert tx.installations.workspaces_of(ORGANISATION) == {HOME}
    assert behind.known.token_of(HOME) == behind.slack.token


@pytest.mark.parametrize(
    ("body", "stated"),
    [
        ({"command": "/pulse", "team_id": "T1", "enterprise_id": "E0GRID"}, "T1"),
        ({"command": "/pulse", "team_id": "T1", "enterprise_id": "E0ELSE"}, None),
        ({"context_team_id": "T1", "context_enterprise_id": "E0GRID", "team_id": "T2"}, "T1"),
        ({"authorizations": [{"team_id": "T1", "enterprise_id": "E0GRID"}]}, "T1"),
        ({"authorizations": [{"team_id": None, "enterprise_id": "E0GRID"}]}, None),
        ({"team": {"id": "T1", "enterprise_id": "E0GRID"}}, "T1"),
        ({"team": {"id": "E0GRID", "enterprise_id": "E0GRID"}}, None),
        ({"team": {"id": "T1"}, "user": {"team_id": "T1"}}, None),
        ({"team": None, "user": {"team_id": "T1"}}, None),
    ],
    ids=str,
)
def test_only_what_slack_states_together_with_the_organisation_makes_a_workspace_its_own(
    body: Json, stated: TeamId | None
) -> None:
    assert stated_workspace(body, ORGANISATION) == stated


def test_an_organisation_does_not_reach_a_partnership_of_a_workspace_elsewhere(behind: Behind) -> None:
    behind.install(WHOLE)
    made = partnership(id=PartnershipId("p-else"), home_team_id=TeamId("T0ELSE"), organisations=())
    with behind.on.ports.store.write() as tx:
        tx.partnerships.add(made, behind.on.vault.new_key())
    fields = behind.slack.person("U0H01").commands("/pulse", "results", channel=CHANNEL)
    behind.send({**fields, "enterprise_id": ORGANISATION, "is_enterprise_install": "true"})
    assert "There is no partnership here" in behind.slack.ephemerals("U0H01")[-1].text
