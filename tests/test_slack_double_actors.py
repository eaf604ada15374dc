"""What people do in the Slack double arrives as from Slack: Bolt takes it for real, over HTTP and Socket Mode."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk import WebClient
from slack_sdk.signature import Clock as SignatureClock
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack_double import ImpossibleAction, SlackDouble, World, form_body, sign
from tests.slack_double.cast import actions, asks, button, furnish, modal, options, post, refusal, trigger

Json = dict[str, Any]
SECRET = "signing-secret"


@pytest.fixture
def slack() -> Iterator[SlackDouble]:
    with SlackDouble() as double:
        furnish(double)
        yield double


@pytest.fixture
def client(slack: SlackDouble) -> WebClient:
    return WebClient(token=slack.token, base_url=slack.url, retry_handlers=[])


# -- what people do ------------------------------------------------------------------------------------------------

INPUTS: list[tuple[Json, Any, Json]] = [
    ({"type": "plain_text_input"}, "words", {"value": "words"}),
    ({"type": "plain_text_input"}, None, {"value": None}),
    ({"type": "static_select", "options": options("a", "b")}, "b", {"selected_option": options("b")[0]}),
    ({"type": "radio_buttons", "options": options("a", "b")}, "a", {"selected_option": options("a")[0]}),
    ({"type": "multi_static_select", "options": options("a", "b")}, ["b"], {"selected_options": options("b")}),
    ({"type": "checkboxes", "options": options("a", "b")}, ["a", "b"], {"selected_options": options("a", "b")}),
    ({"type": "checkboxes", "options": options("a")}, [], {"selected_options": []}),
    ({"type": "users_select"}, "U_MAX", {"selected_user": "U_MAX"}),
    ({"type": "multi_users_select"}, ["U_MAX"], {"selected_users": ["U_MAX"]}),
    ({"type": "timepicker"}, "10:00", {"selected_time": "10:00"}),
    ({"type": "datepicker"}, "2026-05-14", {"selected_date": "2026-05-14"}),
]


@pytest.mark.parametrize(("element", "entered", "state"), INPUTS, ids=[f"{e['type']}-{v}" for e, v, _ in INPUTS])
def test_a_submission_carries_what_was_entered_in_slacks_shape(
    slack: SlackDouble, client: WebClient, element: Json, entered: Any, state: Json
) -> None:
    view = modal(asks("it", element, optional=True))
    opened = client.views_open(trigger_id=trigger(client, slack), view=view)["view"]
    submission = slack.person("U_ANA").submits(opened, {"it": entered})

    assert submission["view"]["state"]["values"] == {"it": {"answer": {"type": element["type"], **state}}}


def test_what_a_view_starts_with_is_submitted_unless_it_is_changed(slack: SlackDouble, client: WebClient) -> None:
    select = {"type": "static_select", "options": options("a", "b"), "initial_option": options("a")[0]}
    day = {"type": "datepicker", "initial_date": "2026-05-14"}
    view = modal(
        asks("select", select), asks("day", day), asks("people", {"type": "multi_users_select"}, optional=True)
    )
    opened = client.views_open(trigger_id=trigger(client, slack), view=view)["view"]
    values = slack.person("U_ANA").submits(opened)["view"]["state"]["values"]

    assert values["select"]["answer"]["selected_option"]["value"] == "a"
    assert values["day"]["answer"]["selected_date"] == "2026-05-14"
    assert values["people"]["answer"]["selected_users"] == []


IMPOSSIBLE: list[tuple[str, Json | None]] = [
    ("required and empty", {}),
    ("no input", {"elsewhere": "x"}),
    ("no option", {"words": "x", "pick": "c"}),
    ("takes 0 to 5", {"words": "x" * 6}),
    ("cannot give", {"words": "x", "day": "tomorrow"}),
]


@pytest.mark.parametrize(("why", "entered"), IMPOSSIBLE, ids=[why for why, _ in IMPOSSIBLE])
def test_nobody_can_submit_what_slacks_client_would_not_send(
    slack: SlackDouble, client: WebClient, why: str, entered: Json
) -> None:
    view = modal(
        asks("words", {"type": "plain_text_input", "max_length": 5}),
        asks("pick", {"type": "static_select", "options": options("a", "b")}, optional=True),
        asks("day", {"type": "datepicker"}, optional=True),
    )
    opened = client.views_open(trigger_id=trigger(client, slack), view=view)["view"]

    with pytest.raises(ImpossibleAction, match=why):
        slack.person("U_ANA").submits(opened, entered)


def test_nobody_can_click_what_they_do_not_see(slack: SlackDouble, client: WebClient) -> None:
    message = post(client, slack, actions(button("answer")))
    client.chat_postEphemeral(channel="C1", user="U_ANA", text="Saved", blocks=[actions(button("withdraw"))])
    [private] = slack.ephemerals("U_ANA")

    for user, action, on in [("U_FAR", "answer", message), ("U_MAX", "withdraw", private), ("U_MAX", "x", message)]:
        with pytest.raises(ImpossibleAction):
            slack.person(user).clicks(action, on=on)


@pytest.mark.parametrize(("user", "team"), [("U_ANA", World.HOME), ("U_MAX", World.EXT)])
def test_who_clicked_is_told_by_the_team_of_the_user(
    slack: SlackDouble, client: WebClient, user: str, team: str
) -> None:
    message = post(client, slack, actions(button("answer", "4")))
    click = slack.person(user).clicks("answer", on=message)
    opened = client.views_open(trigger_id=click["trigger_id"], view=modal())["view"]
    submission = slack.person(user).submits(opened, {"words": "Hello"})

    assert (click["user"]["team_id"], click["team"]["id"]) == (team, World.HOME)
    assert (click["channel"]["id"], click["message"]["ts"]) == ("C1", message.ts)
    assert (click["actions"][0]["value"], click["actions"][0]["block_id"]) == ("4", "buttons")
    assert (submission["team"]["id"], submission["view"]["app_installed_team_id"]) == (team, World.HOME)


def test_choosing_in_a_message_sends_the_option(slack: SlackDouble, client: WebClient) -> None:
    menu = {"type": "overflow", "action_id": "menu", "options": options("a", "b")}
    select = {"type": "static_select", "action_id": "pick", "options": options("a", "b")}
    message = post(client, slack, actions(menu, select))
    ana = slack.person("U_ANA")

    for action_id in ("menu", "pick"):
        [action] = ana.clicks(action_id, on=message, value="b")["actions"]
        assert action["selected_option"]["value"] == "b"


def test_a_closed_view_is_gone(slack: SlackDouble, client: WebClient) -> None:
    opened = client.views_open(trigger_id=trigger(client, slack), view=modal(notify_on_close=True))["view"]
    closed = slack.person("U_ANA").closes(opened)

    assert (closed["type"], closed["is_cleared"]) == ("view_closed", False)
    assert slack.views_of("U_ANA") == []


def test_slash_commands_exist_for_the_host_only(slack: SlackDouble) -> None:
    form = slack.person("U_ANA").commands("/escalate", "late drawings", channel="C1")

    assert (form["command"], form["text"], form["user_id"]) == ("/escalate", "late drawings", "U_ANA")
    with pytest.raises(ImpossibleAction):
        slack.person("U_MAX").commands("/escalate", channel="C1")


# -- through Bolt --------------------------------------------------------------------------------------------------


class Listening:
    """A Bolt app that listens to everything a test sends, and remembers what reached it."""

    def __init__(self, slack: SlackDouble) -> None:
        async def authorize(**_: Any) -> AuthorizeResult:
            return AuthorizeResult(enterprise_id=None, team_id=World.HOME, bot_user_id=World.BOT, bot_token=slack.token)

        self.heard: list[str] = []
        self.app = AsyncApp(
            signing_secret=SECRET,
            client=AsyncWebClient(base_url=slack.url),
            authorize=authorize,
            process_before_response=True,
        )
        self.app.action("answer")(self._open_modal)
        self.app.view("words")(self._take)
        self.app.view_closed("words")(self._hear)
        self.app.command("/escalate")(self._hear)
        for event in EVENTS:
            self.app.event(event)(self._tell)

    async def _open_modal(self, ack: Any, body: Json, client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=modal(callback_id="words", notify_on_close=True))
        self.heard.append(body["user"]["team_id"])

    async def _take(self, ack: Any, view: Json) -> None:
        await ack(response_action="errors", errors={"words": "Longer, please"})
        self.heard.append(view["state"]["values"]["words"]["answer"]["value"])

    async def _hear(self, ack: Any, body: Json) -> None:
        await ack()
        self.heard.append(body.get("command") or body["type"])

    async def _tell(self, event: Json) -> None:
        self.heard.append(event["type"])

    def dispatch(self, payload: Json) -> Any:
        """Send one signed request, as Slack would over HTTP; the response's status and body."""
        body = json.dumps(payload) if payload.get("type") == "event_callback" else form_body(payload)
        request = AsyncBoltRequest(body=body, headers=dict(sign(body, SECRET, time.time())))
        response = asyncio.run(self.app.async_dispatch(request))
        return response.status, json.loads(response.body or "{}")


EVENTS: dict[str, Callable[[SlackDouble], Json]] = {
    "member_joined_channel": lambda s: s.events.member_joined_channel("C1", "U_MAX", inviter="U_ANA"),
    "member_left_channel": lambda s: s.events.member_left_channel("C1", "U_MAX"),
    "channel_archive": lambda s: s.events.channel_archive("C1", user="U_ANA"),
    "channel_unarchive": lambda s: s.events.channel_unarchive("C1", user="U_ANA"),
    "channel_rename": lambda s: s.events.channel_rename("C1", name="phase-3"),
    "channel_id_changed": lambda s: s.events.channel_id_changed("C0", "C1"),
    "channel_shared": lambda s: s.events.channel_shared("C1", with_team=World.EXT),
    "channel_unshared": lambda s: s.events.channel_unshared("C1", with_team=World.EXT),
    "app_uninstalled": lambda s: s.events.app_uninstalled(),
    "tokens_revoked": lambda s: s.events.tokens_revoked(),
    "app_home_opened": lambda s: s.events.app_home_opened("U_ANA"),
    "message": lambda s: s.events.message("C1", "U_MAX", "Hello"),
    "team_join": lambda s: s.events.team_join("U_ANA"),
    "user_change": lambda s: s.events.user_change("U_MAX"),
}


@pytest.mark.parametrize("event", EVENTS)
def test_bolt_takes_each_event_for_a_real_one(slack: SlackDouble, event: str) -> None:
    listening = Listening(slack)
    body = EVENTS[event](slack)

    assert listening.dispatch(body)[0] == 200
    assert listening.heard == [event]
    assert body["authorizations"][0]["team_id"] == World.HOME
    assert body["event_id"] != EVENTS[event](slack)["event_id"]


def test_an_event_of_an_external_person_names_their_team_and_the_shared_channel(slack: SlackDouble) -> None:
    joined = slack.events.member_joined_channel("C1", "U_MAX")
    said = slack.events.message("C1", "U_MAX", "Hello")

    assert joined["event"]["team"] == said["event"]["user_team"] == World.EXT
    assert joined["is_ext_shared_channel"] is True
    assert slack.messages("C1")[-1].text == "Hello"


@pytest.mark.parametrize(("user", "team"), [("U_ANA", World.HOME), ("U_MAX", World.EXT)])
def test_bolt_takes_click_submission_and_close_for_real_ones(
    slack: SlackDouble, client: WebClient, user: str, team: str
) -> None:
    listening, person = Listening(slack), slack.person(user)
    message = post(client, slack, actions(button("answer")))

    assert listening.dispatch(person.clicks("answer", on=message))[0] == 200
    [view] = slack.views_of(user)
    submission = person.submits(view, {"words": "Hello"})
    status, answer = listening.dispatch(submission)

    assert (status, slack.acknowledge(submission, answer)) == (200, {"words": "Longer, please"})
    assert listening.dispatch(person.closes(view))[0] == 200
    assert listening.heard == [team, "Hello", "view_closed"]


def test_bolt_takes_a_slash_command_for_a_real_one(slack: SlackDouble) -> None:
    listening = Listening(slack)

    assert listening.dispatch(dict(slack.person("U_ANA").commands("/escalate", channel="C1")))[0] == 200
    assert listening.heard == ["/escalate"]


class FixedClock(SignatureClock):
    """The SDK's verifier at a time of the test's choice."""

    def now(self) -> float:
        return 1_778_490_000.0


@pytest.mark.parametrize(("secret", "at", "valid"), [(SECRET, 0, True), (SECRET, -301, False), ("forged", 0, False)])
def test_slacks_verifier_accepts_the_signature_of_the_secret_for_five_minutes(
    secret: str, at: float, valid: bool
) -> None:
    body = form_body({"command": "/pulse", "text": "a & b"})
    headers = sign(body, secret, 1_778_490_000 + at)

    assert SignatureVerifier(SECRET, clock=FixedClock()).is_valid_request(body, headers) is valid


# -- Socket Mode ---------------------------------------------------------------------------------------------------


def test_socket_mode_brings_envelopes_takes_acknowledgements_and_survives_a_disconnect(
    slack: SlackDouble, client: WebClient
) -> None:
    listening, max_ = Listening(slack), slack.person("U_MAX")
    message = post(client, slack, actions(button("answer")))

    async def journey() -> Json:
        app_client = AsyncWebClient(token=slack.app_token, base_url=slack.url)
        handler = AsyncSocketModeHandler(listening.app, app_token=slack.app_token, web_client=app_client)
        await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt leaves it untyped
        await asyncio.to_thread(slack.deliver, "interactive", max_.clicks("answer", on=message))
        [view] = slack.views_of("U_MAX")
        answer = await asyncio.to_thread(slack.deliver, "interactive", max_.submits(view, {"words": "Hello"}))
        slack.disconnect()
        await asyncio.to_thread(slack.deliver, "events_api", slack.events.member_joined_channel("C1", "U_MAX"))
        await handler.close_async()  # type: ignore[no-untyped-call]  # Bolt leaves it untyped
        return answer

    answer = asyncio.run(journey())

    assert answer == {"response_action": "errors", "errors": {"words": "Longer, please"}}
    assert listening.heard == [World.EXT, "Hello", "member_joined_channel"]


def test_a_ticket_of_socket_mode_opens_one_connection(slack: SlackDouble) -> None:
    opened = WebClient(base_url=slack.url).apps_connections_open(app_token=slack.app_token)

    assert opened["url"].startswith("ws://127.0.0.1:")
    assert refusal(lambda: WebClient(token=slack.app_token, base_url=slack.url).auth_test())["error"] == (
        "not_allowed_token_type"
    )
