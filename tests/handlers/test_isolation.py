"""Nobody of one workspace reaches a partnership of another, whatever ids a payload carries."""

import asyncio
import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.domain.escalation import Move
from bot.domain.ids import ChannelId, OrganisationId, PartnershipId, TeamId, UserId
from bot.domain.people import Member, Organisation, Person, Profile, Role, RoleHolder
from bot.services import rounds
from bot.services.installations import KnownInstallations
from bot.services.ports import Installed
from bot.views.ids import Action, Callback, escalation_action, pack
from handlers.commands import PULSE
from handlers.deps import Deps
from handlers.escalation import _ASKED_FIRST, _AT_ONCE, ESCALATE
from handlers.registry import register_all, verbs
from schedules.tick import tick
from storage.engine import Database
from tests.builders import HOME, TUESDAY, Stage, add_partnership, partnership, person, stage
from tests.handlers.apps import bolt_app, deps_of
from tests.handlers.everything import all_kept, one_of_everything
from tests.slack_double import SlackDouble

Json = dict[str, Any]
EAST, ITS_CHANNEL = TeamId("T0EAST"), ChannelId("C0EAST")
PLANTED = "Wolverhampton"
RAIL, PORT = OrganisationId("org-rail"), OrganisationId("org-port")
LEAD = Person(team_id=EAST, user_id=UserId("U0S01"))
OTHER_LEAD = Person(team_id=EAST, user_id=UserId("U0S02"))


@dataclass(slots=True, kw_only=True)
class Both:
    """Two workspaces that have the app, each with a partnership; and every id by which the second one's is known."""

    on: Stage
    slack: SlackDouble
    app: AsyncApp
    deps: Deps
    ids: dict[str, str]

    def rows(self) -> set[str]:
        """All that is kept."""
        return all_kept(self.on.database)

    def is_untouched(self, before: set[str]) -> bool:
        """Whether all rows are as they were, and no new one has to do with the second workspace's partnership."""
        after = self.rows()
        return before <= after and not any(each in row for row in after - before for each in self.ids.values())

    def send(self, payload: Json) -> Json:
        """Hand a payload to Bolt; what it acknowledged with, once all that follows is done."""

        async def send() -> Json:
            answer = await self.app.async_dispatch(AsyncBoltRequest(body=payload, mode="socket_mode"))
            await self.deps.after.finish(within=5)
            assert answer.status == 200
            read: Json = json.loads(answer.body) if answer.body.startswith("{") else {}
            return read

        return asyncio.run(send())

    def clicks(self, team: TeamId, who: Person, action: str, value: str, channel: str) -> Json:
        """A click through a workspace's installation."""
        return self.send(
            {
                **self._who(team, who),
                "type": "block_actions",
                "channel": {"id": channel},
                "container": {"type": "message", "channel_id": channel},
                "trigger_id": self.slack.world.issue_trigger(who.user_id),
                "response_url": f"{self.slack.world.origin}/response/"
                + self.slack.world.issue_response_url(who.user_id, "C0NORTH").id,
                "actions": [{"type": "button", "action_id": action, "block_id": value or "b", "value": value}],
            }
        )

    def submits(self, team: TeamId, who: Person, callback: str, hidden: str, values: Json) -> Json:
        """A form that comes back through a workspace's installation."""
        view = {
            "type": "modal",
            "callback_id": callback,
            "private_metadata": hidden,
            "app_installed_team_id": team,
            "state": {"values": values},
            "blocks": [],
        }
        return self.send({**self._who(team, who), "type": "view_submission", "view": view})

    @staticmethod
    def _who(team: TeamId, who: Person) -> Json:
        return {"team": {"id": team}, "user": {"id": who.user_id, "team_id": who.team_id}}


def east(on: Stage, team: TeamId = EAST) -> dict[str, str]:
    """The second partnership, of the second workspace or of another one, with one of everything; the ids of it all."""
    lead, other_lead = (replace(each, team_id=team) for each in (LEAD, OTHER_LEAD))
    made = partnership(
        id=PartnershipId("p-east"),
        name=f"{PLANTED} Line",
        home_team_id=team,
        channel_id=ITS_CHANNEL,
        organisations=(
            Organisation(id=RAIL, name=f"{PLANTED} Rail", confirmed=True),
            Organisation(id=PORT, name=f"{PLANTED} Port", confirmed=True),
        ),
    )
    with on.ports.store.write() as tx:
        tx.partnerships.add(made, on.vault.new_key())
        holders = []
        for number in range(1, 13):
            who = Person(team_id=team, user_id=UserId(f"U0S{number:02}"))
            side = RAIL if number % 2 else PORT
            tx.people.put(made.id, Member(person=who, organisation_id=side, name=f"{PLANTED} {number}"))
            if number in (1, 2):
                holders += [
                    RoleHolder(person=who, role=role, organisation_id=side) for role in (Role.LEAD, Role.SENIOR)
                ]
        tx.people.set_holders(made.id, [*holders, RoleHolder(person=lead, role=Role.ADMINISTRATOR)])
        tx.notebook.put_profiles(team, ITS_CHANNEL, [Profile(person=lead, name=f"{PLANTED} 1")])
        rounds.plan(tx, on.ports, made, on.clock.now() - dt.timedelta(hours=1))
    tick(on.ports)
    return one_of_everything(
        on,
        made,
        PLANTED,
        lead=lead,
        administrator=lead,
        author=lead,
        owners={RAIL: lead.user_id, PORT: other_lead.user_id},
    )


@pytest.fixture
def both(sqlite: Database) -> Iterator[Both]:
    yield from in_two_workspaces(sqlite)


def in_two_workspaces(sqlite: Database) -> Iterator[Both]:
    """The two workspaces and their partnerships, over an empty database."""
    with stage(sqlite) as on, SlackDouble() as slack:
        for team in (HOME, EAST):
            with on.ports.store.write() as tx:
                tx.installations.put(
                    Installed(team_id=team, bot_user_id="U0BOT", installed_at=TUESDAY, token=slack.token)
                )
        add_partnership(on)
        slack.world.add_workspace(EAST, name="Eastern Rail")
        for who in (person(1), LEAD):
            slack.world.add_user(who.user_id, team_id=who.team_id)
        slack.world.add_channel("C0NORTH", members=[person(1).user_id, LEAD.user_id])
        ids = east(on)
        deps = deps_of(on.ports, slack, KnownInstallations(on.ports.store, on.clock))
        app = bolt_app(slack, deps)
        register_all(app, deps)
        yield Both(on=on, slack=slack, app=app, deps=deps, ids=ids)


def seen(both: Both, answers: list[Json], who: Person) -> str:
    """All that a person was shown: what forms answered, what opened, what came in private or in the channel."""
    shown = [each.text + json.dumps(each.blocks) for each in both.slack.ephemerals(who.user_id)]
    posts = [each.text for each in both.slack.messages("C0NORTH")]
    return json.dumps([answers, both.slack.views_of(who.user_id), shown, posts], ensure_ascii=False)


STRANGER = person(1)
TEST_ANSWER = Action.TEST_ANSWER  # stores nothing
GOES_WITH_THE_PERSON = {Callback.ESCALATION_RECORD, Callback.ESCALATION_MOVE}
"""Escalations and answers are a person's own wherever the person is; everything else belongs to the workspace."""

HEARD = [*(escalation_action(each) for each in (*_AT_ONCE, *_ASKED_FIRST)), "answer_1_5", str(Action.WITHDRAW)]
BUTTONS = [
    *((STRANGER, action) for action in HEARD),
    *((who, str(each)) for who in (STRANGER, LEAD) for each in Action if each not in (Action.WITHDRAW, TEST_ANSWER)),
]
FORMS = [
    *((STRANGER, callback) for callback in Callback),
    *((LEAD, callback) for callback in Callback if callback not in GOES_WITH_THE_PERSON),
]


@pytest.mark.parametrize(("who", "action"), BUTTONS, ids=str)
def test_no_button_reaches_another_workspaces_partnership(both: Both, action: str, who: Person) -> None:
    """A stranger, and one of its own people who comes through the installation of somebody else's workspace."""
    before = both.rows()
    answers = [
        both.clicks(HOME, who, action, value, channel)
        for value in both.ids.values()
        for channel in ("C0NORTH", ITS_CHANNEL)
    ]
    assert both.is_untouched(before)
    assert PLANTED not in seen(both, answers, who)


@pytest.mark.parametrize(("who", "callback"), FORMS, ids=str)
def test_no_form_reaches_another_workspaces_partnership(both: Both, callback: Callback, who: Person) -> None:
    before = both.rows()
    everything = pack(**both.ids, seal="0", number="1", move=Move.ACKNOWLEDGE)
    values = {
        name: {"x": {"type": "static_select", "selected_option": {"value": value}, "value": value}}
        for name in ("choice", "which", "alert", "chosen", "person", "text", "what", "stake", "tried")
        for value in (both.ids["alert"],)
    }
    hidden = [
        everything,
        *(pack(**{**both.ids, "draft": both.ids[other]}) for other in ("set-up", "escalation")),
        *(pack(channel=ITS_CHANNEL, **{name: value}) for name, value in both.ids.items() if name != "channel"),
    ]
    answers = [both.submits(HOME, who, callback, each, values) for each in hidden]
    assert both.is_untouched(before)
    assert PLANTED not in seen(both, answers, who)


def test_no_command_reaches_another_workspaces_partnership(both: Both) -> None:
    before = both.rows()
    typed = [f"{verb.name}" for verb in verbs(both.deps)]
    answers = [
        both.send(
            {
                "command": command,
                "text": text,
                "team_id": HOME,
                "user_id": person(1).user_id,
                "channel_id": ITS_CHANNEL,
                "trigger_id": both.slack.world.issue_trigger(person(1).user_id),
                "response_url": f"{both.slack.world.origin}/response/"
                + both.slack.world.issue_response_url(person(1).user_id, "C0NORTH").id,
            }
        )
        for command in (PULSE, ESCALATE)
        for text in (*typed, "list", "")
    ]
    assert both.is_untouched(before)
    assert PLANTED not in seen(both, answers, person(1))


def test_through_its_own_installation_the_same_lead_reaches_it(both: Both) -> None:
    """The tests above would also pass if nothing worked at all."""
    both.clicks(EAST, LEAD, Action.MORE, "", ITS_CHANNEL)
    assert PLANTED in seen(both, [], LEAD)
    before = both.rows()
    both.clicks(EAST, LEAD, Action.ALERT_TAKE, both.ids["alert"], ITS_CHANNEL)
    assert not both.is_untouched(before)


FORMS_ON_THEIR_WAY = (Callback.SET_UP, Callback.SET_UP_RHYTHM, Callback.SET_UP_PEOPLE, Callback.SET_UP_CHECK)


@pytest.mark.parametrize(
    ("callback", "draft"),
    [*((each, "draft") for each in FORMS_ON_THEIR_WAY), (Callback.ESCALATION_CHECK, "set-up")],
)
def test_a_form_that_was_begun_for_something_else_is_not_taken_even_from_its_author(
    both: Both, callback: Callback, draft: str
) -> None:
    before = both.rows()
    answer = both.submits(EAST, LEAD, callback, pack(draft=both.ids[draft]), {})
    assert "This form is no longer kept" in json.dumps(answer)
    assert both.rows() == before
