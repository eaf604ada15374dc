"""What the tests of the set-up on the screen share: a channel, its people, and a Bolt app with its listeners."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk import WebClient

from bot.adapters.slack_messenger import SlackMessenger
from bot.domain.ids import TeamId, UserId
from bot.domain.partnership import Partnership, Roster
from bot.domain.people import Person, Profile
from handlers import commands, setup
from handlers.deps import Deps
from schedules.delivery import drain
from tests.builders import CHANNEL, HOME, Stage
from tests.handlers.apps import bolt_app, deps_of
from tests.slack_double import Message, SlackDouble, form_body

Json = dict[str, Any]
SETTER, COLLEAGUE, PARTNER = "U0H01", "U0H02", "U0E01"
NAMES = {"name": "Northfield Schools", "organisations[0].name": "Northfield Council"}
VISITOR = Person(team_id=TeamId("T0VISIT"), user_id=UserId("U0V01"))  # nobody can tell where they belong
UNTOUCHED = {"value": None, "selected_option": None, "selected_options": None}


@dataclass(slots=True)
class Here:
    """The double, the stage, and what people do in the channel."""

    on: Stage
    slack: SlackDouble
    deps: Deps = field(init=False)

    def __post_init__(self) -> None:
        self.deps = deps_of(self.on.ports, self.slack)

    def click(self, user: str, action_id: str, on: Message) -> None:
        self.send(self.slack.person(user).clicks(action_id, on=on))

    def command(self, user: str) -> None:
        self.send(self.slack.person(user).commands("/pulse", "setup", channel=CHANNEL))

    def submit(self, user: str, entered: Mapping[str, Any] | None = None) -> dict[str, str]:
        """Submit the modal on top; the errors shown beside its fields."""
        payload = self.slack.person(user).submits(self.view(user), entered or {})
        return self.slack.acknowledge(payload, self.send(payload))

    def submit_untouched(self, user: str) -> dict[str, str]:
        """Submit the modal as a client does that sends null for what nobody touched."""
        payload = self.slack.person(user).submits(self.view(user))
        for elements in payload["view"]["state"]["values"].values():
            for element in elements.values():
                element.update({key: None for key in UNTOUCHED if key in element})
        return self.slack.acknowledge(payload, self.send(payload))

    def view(self, user: str) -> Json:
        return self.slack.views_of(user)[-1]

    def posts(self) -> list[Message]:
        """What stands in the channel once everything is delivered."""
        drain(self.on.ports, SlackMessenger(WebClient(token=self.slack.token, base_url=self.slack.url)))
        return self.slack.messages(CHANNEL)

    def set_up(self) -> None:
        """From the welcome to the start, with a lead and a senior for each side."""
        self.click(SETTER, "set_up", self.posts()[0])
        assert self.submit(SETTER, NAMES) == {}
        assert self.submit(SETTER) == {}
        sides = {"organisations[0]": ("U0H01", "U0H02"), "organisations[1]": ("U0E01", "U0E02")}
        chosen = {f"{at}.leads": [lead] for at, (lead, _) in sides.items()}
        assert self.submit(SETTER, chosen | {f"{at}.seniors": [senior] for at, (_, senior) in sides.items()}) == {}
        assert self.submit(SETTER) == {}

    def now(self) -> tuple[Partnership, Roster]:
        with self.on.ports.store.read() as tx:
            found = tx.partnerships.in_channel(HOME, CHANNEL)
            assert found is not None
            return found, tx.people.roster(found.id)

    def send(self, payload: Mapping[str, Any]) -> Json:
        """Hand a payload to Bolt; what the app acknowledged with."""

        async def dispatch() -> Json:
            headers: dict[str, str | Sequence[str]] = {"content-type": ["application/x-www-form-urlencoded"]}
            answer = await self._app().async_dispatch(AsyncBoltRequest(body=form_body(payload), headers=headers))
            assert answer.status == 200
            read: Json = json.loads(answer.body) if answer.body else {}
            return read

        return asyncio.run(dispatch())

    def _app(self) -> AsyncApp:
        app = bolt_app(self.slack, self.deps)
        setup.register(app, self.deps)
        commands.register(app, self.deps, setup.verbs(self.deps))
        return app


def profile(of: Person) -> Profile:
    if of == VISITOR:
        return Profile(person=of, name="Vic Visitor")
    domain = "northfield.gov.uk" if of.team_id == HOME else "brightbuild.co.uk"
    return Profile(person=of, name=f"Name {of.user_id}", email=f"{of.user_id}@{domain}")


def seen(view: Mapping[str, Any]) -> str:
    return json.dumps(view["blocks"], ensure_ascii=False)


def newest(here: Here, words: str) -> Message:
    return next(each for each in reversed(here.posts()) if words in each.text)
