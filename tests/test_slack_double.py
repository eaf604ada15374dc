"""The Slack double refuses what Slack refuses, as seen by Slack's own SDK."""

import asyncio
import random
import time
from collections.abc import Callable, Iterator
from http.client import HTTPException
from typing import Any

import pytest
from aiohttp import ClientError
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import ConnectionErrorRetryHandler
from slack_sdk.http_retry.builtin_interval_calculators import FixedValueRetryIntervalCalculator
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook import WebhookClient

from tests.slack_double import ALL_SCOPES, SlackDouble, World
from tests.slack_double.cast import actions, button, furnish, home, modal, plain, post, refusal, trigger

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


# -- life ----------------------------------------------------------------------------------------------------------


def test_it_starts_at_once_and_two_run_side_by_side_without_knowing_of_each_other() -> None:
    started = time.perf_counter()
    with SlackDouble() as one, SlackDouble() as other:
        assert time.perf_counter() - started < 0.5
        furnish(one)
        WebClient(token=one.token, base_url=one.url).chat_postMessage(channel="C1", text="Hello")

        assert [message.text for message in one.messages("C1")] == ["Hello"]
        assert other.world.channels == {}


def test_sync_and_async_clients_reach_it_by_base_url(slack: SlackDouble, client: WebClient) -> None:
    async def ask() -> Any:
        return await AsyncWebClient(token=slack.token, base_url=slack.url).auth_test()

    assert client.auth_test()["user_id"] == World.BOT
    assert asyncio.run(ask())["team_id"] == World.HOME
    assert [call.method for call in slack.calls] == ["auth.test", "auth.test"]


# -- refusals ------------------------------------------------------------------------------------------------------

REFUSALS: list[tuple[str, Callable[[WebClient], object]]] = [
    ("unknown_method", lambda c: c.api_call("chat.shout")),
    ("not_allowed_token_type", lambda c: c.apps_connections_open(app_token=SlackDouble.token)),
    ("channel_not_found", lambda c: c.chat_postMessage(channel="C_NONE", text="Hello")),
    ("channel_not_found", lambda c: c.chat_postMessage(channel="C_SECRET", text="Hello")),
    ("channel_not_found", lambda c: c.chat_postMessage(channel="U_FAR", text="Hello")),
    ("channel_not_found", lambda c: c.conversations_info(channel="C_SECRET")),
    ("not_in_channel", lambda c: c.chat_postMessage(channel="C_OUTSIDE", text="Hello")),
    ("not_in_channel", lambda c: c.conversations_history(channel="C_OUTSIDE")),
    ("is_archived", lambda c: c.chat_postMessage(channel="C_OLD", text="Hello")),
    ("no_text", lambda c: c.api_call("chat.postMessage", json={"channel": "C1", "blocks": [{"type": "divider"}]})),
    ("msg_too_long", lambda c: c.chat_postMessage(channel="C1", text="x" * 40_001)),
    ("invalid_blocks", lambda c: c.chat_postMessage(channel="C1", text="x", blocks=[{"type": "divider"}] * 51)),
    ("invalid_blocks", lambda c: c.chat_postMessage(channel="C1", text="x", blocks=[actions(*[button("a")] * 2)])),
    ("invalid_blocks_format", lambda c: c.api_call("chat.postMessage", params={"channel": "C1", "blocks": "[{"})),
    ("cannot_reply_to_message", lambda c: c.chat_postMessage(channel="C1", text="x", thread_ts="1.000001")),
    ("invalid_metadata_format", lambda c: c.chat_postMessage(channel="C1", text="x", metadata={"event_type": "a"})),
    (
        "metadata_too_large",
        lambda c: c.chat_postMessage(
            channel="C1", text="x", metadata={"event_type": "a", "event_payload": {"long": "x" * 16_000}}
        ),
    ),
    ("invalid_arguments", lambda c: c.api_call("chat.postMessage", json={"text": "to whom?"})),
    ("user_not_in_channel", lambda c: c.chat_postEphemeral(channel="C1", user="U_FAR", text="Hello")),
    ("message_not_found", lambda c: c.chat_update(channel="C1", ts="1.000001", text="Hello")),
    ("message_not_found", lambda c: c.chat_delete(channel="C1", ts="1.000001")),
    ("invalid_limit", lambda c: c.conversations_members(channel="C1", limit=1001)),
    ("invalid_cursor", lambda c: c.conversations_members(channel="C1", cursor="somewhere")),
    ("invalid_ts_oldest", lambda c: c.conversations_history(channel="C1", oldest="yesterday")),
    ("user_not_found", lambda c: c.users_info(user="U_NONE")),
    ("user_not_visible", lambda c: c.users_info(user="U_FAR")),
    ("users_not_found", lambda c: c.users_lookupByEmail(email="nobody@example.org")),
    ("user_not_found", lambda c: c.conversations_open(users="U_NONE")),
    ("user_not_visible", lambda c: c.conversations_open(users="U_FAR")),
    ("user_disabled", lambda c: c.conversations_open(users="U_GONE")),
    ("team_not_found", lambda c: c.team_info(team="T_NONE")),
    ("file_not_found", lambda c: c.files_completeUploadExternal(files=[{"id": "F_NONE"}])),
    ("invalid_trigger_id", lambda c: c.views_open(trigger_id="1.2.3", view=modal())),
    ("invalid_arguments", lambda c: c.views_open(trigger_id="1.2.3", view=modal(submit=None))),
    ("invalid_arguments", lambda c: c.views_open(trigger_id="1.2.3", view=home())),
    ("not_found", lambda c: c.views_update(view_id="V_NONE", view=modal())),
    ("invalid_arguments", lambda c: c.views_publish(user_id="U_NONE", view=home())),
]


@pytest.mark.parametrize(("error", "act"), REFUSALS, ids=[f"{n}-{error}" for n, (error, _) in enumerate(REFUSALS)])
def test_the_double_refuses_what_slack_refuses(
    slack: SlackDouble, client: WebClient, error: str, act: Callable[[WebClient], object]
) -> None:
    assert refusal(lambda: act(client))["error"] == error
    assert slack.calls[-1].error == error
    assert slack.messages("C1") == []


@pytest.mark.parametrize(("token", "error"), [("xoxb-stranger", "invalid_auth"), ("", "not_authed")])
def test_a_token_that_nobody_issued_is_refused(slack: SlackDouble, token: str, error: str) -> None:
    assert refusal(WebClient(token=token, base_url=slack.url).auth_test)["error"] == error


def test_a_revoked_token_is_refused(slack: SlackDouble, client: WebClient) -> None:
    slack.world.tokens[slack.token].revoked = True

    assert refusal(client.auth_test)["error"] == "token_revoked"


SCOPED: list[tuple[str, Callable[[WebClient], object]]] = [
    ("chat:write", lambda c: c.chat_postMessage(channel="C1", text="Hello")),
    ("chat:write", lambda c: c.chat_postEphemeral(channel="C1", user="U_ANA", text="Hello")),
    ("channels:read", lambda c: c.conversations_members(channel="C1")),
    ("channels:history", lambda c: c.conversations_history(channel="C1")),
    ("groups:read", lambda c: c.users_conversations(types="private_channel")),
    ("im:write", lambda c: c.conversations_open(users="U_ANA")),
    ("users:read", lambda c: c.users_info(user="U_ANA")),
    ("users:read", lambda c: c.users_list()),
    ("users:read.email", lambda c: c.users_lookupByEmail(email="ana@brightbuild.example")),
    ("team:read", lambda c: c.team_info()),
]


@pytest.mark.parametrize(("scope", "act"), SCOPED, ids=[f"{n}-{scope}" for n, (scope, _) in enumerate(SCOPED)])
def test_a_method_is_refused_without_its_scope_and_told_which_is_missing(
    slack: SlackDouble, scope: str, act: Callable[[WebClient], object]
) -> None:
    slack.world.add_token("xoxb-narrow", ALL_SCOPES - {scope})
    answer = refusal(lambda: act(WebClient(token="xoxb-narrow", base_url=slack.url)))

    assert (answer["error"], answer["needed"]) == ("missing_scope", scope)
    assert scope not in answer["provided"].split(",")


def test_a_refusal_of_blocks_says_where(client: WebClient) -> None:
    answer = refusal(lambda: client.chat_postMessage(channel="C1", text="x", blocks=[{"type": "section"}]))

    assert answer["response_metadata"]["messages"] == ["[ERROR] blocks[0] has neither text nor fields."]


# -- messages ------------------------------------------------------------------------------------------------------


def test_times_of_messages_grow_while_the_clock_stands_still(slack: SlackDouble, client: WebClient) -> None:
    stamps = [client.chat_postMessage(channel="C1", text="Hello")["ts"] for _ in range(3)]

    assert stamps == sorted(set(stamps))


def test_an_update_keeps_blocks_and_metadata_that_it_does_not_name(slack: SlackDouble, client: WebClient) -> None:
    metadata = {"event_type": "pulse", "event_payload": {"delivery_key": "k1"}}
    posted = client.chat_postMessage(channel="C1", text="Open", blocks=[actions(button("more"))], metadata=metadata)
    client.chat_update(channel="C1", ts=posted["ts"], text="Closed")

    [message] = slack.messages("C1")
    assert (message.text, message.metadata) == ("Closed", metadata)
    assert message.blocks[0]["elements"][0]["action_id"] == "more"


def test_an_update_is_shorter_than_a_post(slack: SlackDouble, client: WebClient) -> None:
    ts = post(client, slack).ts

    assert refusal(lambda: client.chat_update(channel="C1", ts=ts, text="x" * 4001))["error"] == "msg_too_long"


def test_only_own_messages_can_be_changed_and_only_while_the_channel_lives(
    slack: SlackDouble, client: WebClient
) -> None:
    theirs = slack.events.message("C1", "U_MAX", "Hello")["event"]["ts"]
    own = post(client, slack).ts
    slack.world.channels["C1"].is_archived = True

    assert refusal(lambda: client.chat_update(channel="C1", ts=theirs, text="x"))["error"] == "cant_update_message"
    assert refusal(lambda: client.chat_delete(channel="C1", ts=theirs))["error"] == "cant_delete_message"
    assert refusal(lambda: client.chat_update(channel="C1", ts=own, text="x"))["error"] == "is_inactive"


def test_an_ephemeral_message_is_seen_by_one_person_and_cannot_be_updated(
    slack: SlackDouble, client: WebClient
) -> None:
    ts = client.chat_postEphemeral(channel="C1", user="U_MAX", text="Saved: 4")["message_ts"]

    assert [message.text for message in slack.ephemerals("U_MAX")] == ["Saved: 4"]
    assert slack.ephemerals("U_ANA") == slack.messages("C1") == []
    assert client.conversations_history(channel="C1")["messages"] == []
    assert refusal(lambda: client.chat_update(channel="C1", ts=ts, text="x"))["error"] == "message_not_found"


def test_history_is_newest_first_between_its_edges_and_without_replies(slack: SlackDouble, client: WebClient) -> None:
    stamps = [client.chat_postMessage(channel="C1", text=f"{n}")["ts"] for n in range(4)]
    client.chat_postMessage(channel="C1", text="reply", thread_ts=stamps[0])

    def texts(**edges: Any) -> list[str]:
        return [message["text"] for message in client.conversations_history(channel="C1", **edges)["messages"]]

    assert texts() == ["3", "2", "1", "0"]
    assert texts(oldest=stamps[1]) == ["3", "2"]
    assert texts(oldest=stamps[1], latest=stamps[2], inclusive=True) == ["2", "1"]
    assert texts(limit=1) == ["3"]


def test_history_tells_metadata_only_when_it_is_asked_for(slack: SlackDouble, client: WebClient) -> None:
    metadata = {"event_type": "pulse", "event_payload": {"delivery_key": "k1"}}
    client.chat_postMessage(channel="C1", text="Hello", metadata=metadata)

    [silent] = client.conversations_history(channel="C1")["messages"]
    [told] = client.conversations_history(channel="C1", include_all_metadata=True)["messages"]

    assert "event_payload" not in silent["metadata"]
    assert told["metadata"] == metadata


def test_members_and_history_come_in_pages(slack: SlackDouble, client: WebClient) -> None:
    slack.world.channels["C1"].members += [f"U{n}" for n in range(7)]
    pages = [page["members"] for page in client.conversations_members(channel="C1", limit=4)]

    assert [len(page) for page in pages] == [4, 4, 2]
    assert [member for page in pages for member in page] == slack.world.channels["C1"].members


# -- people --------------------------------------------------------------------------------------------------------


def test_external_people_are_members_but_not_listed_and_may_have_no_e_mail(client: WebClient) -> None:
    ana = client.users_info(user="U_ANA", include_locale=True)["user"]
    max_ = client.users_info(user="U_MAX", include_locale=True)["user"]
    listed = [user["id"] for user in client.users_list()["members"]]

    assert "U_MAX" in client.conversations_members(channel="C1")["members"]
    assert "U_ANA" in listed
    assert "U_MAX" not in listed
    assert (ana["team_id"], max_["team_id"]) == (World.HOME, World.EXT)
    assert ana["profile"]["email"] == "ana@brightbuild.example"
    assert "email" not in max_["profile"]
    assert "locale" in ana
    assert "locale" not in max_


def test_e_mail_is_hidden_without_its_scope(slack: SlackDouble) -> None:
    slack.world.add_token("xoxb-narrow", {"users:read"})
    user = WebClient(token="xoxb-narrow", base_url=slack.url).users_info(user="U_ANA")["user"]

    assert "email" not in user["profile"]


def test_a_channel_with_somebody_of_another_workspace_is_externally_shared(client: WebClient) -> None:
    info = client.conversations_info(channel="C1", include_num_members=True)["channel"]

    assert (info["is_ext_shared"], info["num_members"]) == (True, 3)
    assert info["connected_team_ids"] == [World.EXT]
    assert [channel["id"] for channel in client.users_conversations(exclude_archived=True)["channels"]] == ["C1"]


@pytest.mark.parametrize("user", ["U_ANA", "U_MAX"])
def test_the_bot_can_write_to_whoever_shares_a_channel_with_it(
    slack: SlackDouble, client: WebClient, user: str
) -> None:
    opened = client.conversations_open(users=user)["channel"]["id"]
    client.chat_postMessage(channel=opened, text="Hello")
    client.chat_postMessage(channel=user, text="Again")

    assert [message.text for message in slack.dms(user)] == ["Hello", "Again"]


def test_a_channel_keeps_its_messages_when_its_id_changes(slack: SlackDouble, client: WebClient) -> None:
    post(client, slack)
    slack.world.change_channel_id("C1", "C2")

    assert refusal(lambda: client.conversations_info(channel="C1"))["error"] == "channel_not_found"
    assert len(client.conversations_history(channel="C2")["messages"]) == 1


# -- triggers and views --------------------------------------------------------------------------------------------


def test_a_trigger_opens_one_view_within_three_seconds(slack: SlackDouble, client: WebClient) -> None:
    first, second = trigger(client, slack), trigger(client, slack)
    slack.clock.advance(3)
    client.views_open(trigger_id=first, view=modal())
    slack.clock.advance(0.1)

    assert refusal(lambda: client.views_open(trigger_id=first, view=modal()))["error"] == "exchanged_trigger_id"
    assert refusal(lambda: client.views_open(trigger_id=second, view=modal()))["error"] == "expired_trigger_id"


def test_a_refused_view_does_not_spend_the_trigger(slack: SlackDouble, client: WebClient) -> None:
    trigger_id = trigger(client, slack)

    assert refusal(lambda: client.views_open(trigger_id=trigger_id, view=modal(title=plain("x" * 25))))
    assert client.views_open(trigger_id=trigger_id, view=modal())["ok"]


def test_views_stack_three_deep_by_triggers_from_inside(slack: SlackDouble, client: WebClient) -> None:
    view = modal(actions(button("next")))
    client.views_open(trigger_id=trigger(client, slack), view=view)
    ana = slack.person("U_ANA")

    def push() -> object:
        inside = ana.clicks("next", on=slack.views_of("U_ANA")[-1])
        return client.views_push(trigger_id=inside["trigger_id"], view=view)

    push()
    push()
    bottom, middle, top = slack.views_of("U_ANA")

    assert refusal(push)["error"] == "push_limit_reached"
    assert (top["previous_view_id"], top["root_view_id"]) == (middle["id"], bottom["id"])
    outside = trigger(client, slack)
    assert refusal(lambda: client.views_push(trigger_id=outside, view=view))["error"] == "invalid_trigger_id"


def test_an_update_with_an_old_hash_is_refused(slack: SlackDouble, client: WebClient) -> None:
    opened = client.views_open(trigger_id=trigger(client, slack), view=modal())["view"]
    client.views_update(view_id=opened["id"], hash=opened["hash"], view=modal(title=plain("Second")))

    stale = refusal(lambda: client.views_update(view_id=opened["id"], hash=opened["hash"], view=modal()))

    assert stale["error"] == "hash_conflict"
    assert slack.views_of("U_ANA")[0]["title"]["text"] == "Second"


def test_a_view_is_updated_by_its_external_id_which_is_unique(slack: SlackDouble, client: WebClient) -> None:
    client.views_open(trigger_id=trigger(client, slack), view=modal(external_id="e1"))
    again = trigger(client, slack, "U_MAX")

    assert refusal(lambda: client.views_open(trigger_id=again, view=modal(external_id="e1")))["error"] == (
        "duplicate_external_id"
    )
    assert client.views_update(external_id="e1", view=modal(external_id="e1"))["ok"]


def test_home_is_published_for_all_but_external_people_see_a_placeholder(slack: SlackDouble, client: WebClient) -> None:
    client.views_publish(user_id="U_ANA", view=home("For Ana"))
    client.views_publish(user_id="U_MAX", view=home("For Max"))
    shown = slack.home_of("U_ANA")

    assert shown is not None
    assert shown["blocks"][0]["text"]["text"] == "For Ana"
    assert slack.home_of("U_MAX") is None


ACKNOWLEDGED: list[tuple[Json | None, list[str]]] = [
    (None, ["First"]),
    ({"response_action": "clear"}, []),
    ({"response_action": "update", "view": modal(title=plain("New"))}, ["First", "New"]),
    ({"response_action": "push", "view": modal(title=plain("New"))}, ["First", "Second", "New"]),
    ({"response_action": "errors", "errors": {"words": "Too short"}}, ["First", "Second"]),
]


@pytest.mark.parametrize(("answer", "titles"), ACKNOWLEDGED, ids=["close", "clear", "update", "push", "errors"])
def test_the_answer_to_a_submission_moves_the_stack(
    slack: SlackDouble, client: WebClient, answer: Json | None, titles: list[str]
) -> None:
    ana = slack.person("U_ANA")
    first = modal(actions(button("next")), title=plain("First"))
    opened = client.views_open(trigger_id=trigger(client, slack), view=first)["view"]
    inside = ana.clicks("next", on=opened)["trigger_id"]
    pushed = client.views_push(trigger_id=inside, view=modal(title=plain("Second")))["view"]

    errors = slack.acknowledge(ana.submits(pushed, {"words": "Hello"}), answer)

    assert [view["title"]["text"] for view in slack.views_of("U_ANA")] == titles
    assert errors == (answer or {}).get("errors", {})


# -- pace and faults -----------------------------------------------------------------------------------------------


def test_posting_faster_than_once_a_second_per_channel_is_put_off_until_the_clock_moves() -> None:
    with SlackDouble(rate_limits=True) as slack:
        furnish(slack)
        slack.world.add_channel("C2")
        client = WebClient(token=slack.token, base_url=slack.url)
        for _ in range(3):
            client.chat_postMessage(channel="C1", text="Hello")

        with pytest.raises(SlackApiError) as refused:
            client.chat_postMessage(channel="C1", text="Hello")
        client.chat_postMessage(channel="C2", text="Hello")
        slack.clock.advance(1)
        client.chat_postMessage(channel="C1", text="Hello")

        assert refused.value.response.status_code == 429
        assert refused.value.response["error"] == "ratelimited"
        assert refused.value.response.headers["Retry-After"] == "1"
        assert len(slack.messages("C1")) == 4


@pytest.mark.parametrize(
    ("per_minute", "act"),
    [
        (50, lambda c: c.conversations_info(channel="C1")),
        (100, lambda c: c.users_info(user="U_ANA")),
        (100, lambda c: c.conversations_members(channel="C1")),
    ],
)
def test_a_tier_allows_so_many_calls_a_minute(per_minute: int, act: Callable[[WebClient], object]) -> None:
    with SlackDouble(rate_limits=True) as slack:
        furnish(slack)
        client = WebClient(token=slack.token, base_url=slack.url)
        for _ in range(per_minute):
            act(client)

        assert refusal(lambda: act(client))["error"] == "ratelimited"
        slack.clock.advance(60 / per_minute)
        act(client)


def test_a_lost_reply_leaves_the_message_posted(slack: SlackDouble, client: WebClient) -> None:
    slack.faults.lose_replies(next_calls=1)

    with pytest.raises((HTTPException, OSError)):
        client.chat_postMessage(channel="C1", text="Hello")

    assert [message.text for message in slack.messages("C1")] == ["Hello"]
    assert slack.calls[-1].reply_lost


def test_the_sdks_own_retry_after_a_lost_reply_posts_twice(slack: SlackDouble) -> None:
    retry = ConnectionErrorRetryHandler(interval_calculator=FixedValueRetryIntervalCalculator(0))
    slack.faults.lose_replies(next_calls=1, method="chat.postMessage")
    WebClient(token=slack.token, base_url=slack.url, retry_handlers=[retry]).chat_postMessage(
        channel="C1", text="Hello"
    )

    assert [message.text for message in slack.messages("C1")] == ["Hello", "Hello"]


def test_replies_get_lost_with_a_chance_that_dice_repeat(slack: SlackDouble, client: WebClient) -> None:
    slack.faults.lose_replies(p=0.5, dice=random.Random(7))
    lost, dice = [slack.faults.is_reply_lost("auth.test") for _ in range(50)], random.Random(7)
    slack.faults.lose_replies(p=1.0)

    assert lost == [dice.random() < 0.5 for _ in range(50)]
    with pytest.raises((HTTPException, OSError)):
        client.auth_test()


def test_an_ordered_failure_happens_once_and_is_not_carried_out(slack: SlackDouble, client: WebClient) -> None:
    slack.faults.fail_next("chat.postMessage", "ratelimited", status=429, headers={"Retry-After": "30"})

    with pytest.raises(SlackApiError) as refused:
        client.chat_postMessage(channel="C1", text="Hello")
    client.chat_postMessage(channel="C1", text="Again")

    assert refused.value.response.headers["Retry-After"] == "30"
    assert [message.text for message in slack.messages("C1")] == ["Again"]


def test_an_async_client_feels_a_lost_reply_too(slack: SlackDouble) -> None:
    async def ask() -> Any:
        client = AsyncWebClient(token=slack.token, base_url=slack.url, retry_handlers=[])
        return await client.chat_postMessage(channel="C1", text="Hello")

    slack.faults.lose_replies(next_calls=1, method="chat.postMessage")

    with pytest.raises(ClientError):
        asyncio.run(ask())
    assert len(slack.messages("C1")) == 1


# -- files ---------------------------------------------------------------------------------------------------------


def picture(id_: str) -> Json:
    return {"type": "image", "alt_text": "Trust is steady.", "slack_file": {"id": id_}}


def test_an_uploaded_picture_can_be_shown_by_a_message(slack: SlackDouble, client: WebClient) -> None:
    uploaded = client.files_upload_v2(filename="chart.png", content=b"picture")["files"][0]["id"]

    client.chat_postMessage(channel="C1", text="Trust is steady.", blocks=[picture(uploaded)])

    assert slack.world.files[uploaded].content == b"picture"
    assert slack.messages("C1")[0].blocks[0]["slack_file"] == {"id": uploaded}


def test_a_picture_that_nobody_finished_uploading_is_refused(client: WebClient) -> None:
    announced = client.files_getUploadURLExternal(filename="chart.png", length=7)["file_id"]
    shown = refusal(lambda: client.chat_postMessage(channel="C1", text="x", blocks=[picture(announced)]))
    finished = refusal(lambda: client.files_completeUploadExternal(files=[{"id": announced}]))

    assert (shown["error"], finished["error"]) == ("invalid_blocks", "file_not_found")


# -- response_url --------------------------------------------------------------------------------------------------


@pytest.fixture
def receipt(slack: SlackDouble, client: WebClient) -> WebhookClient:
    message = post(client, slack, actions(button("answer")))
    return WebhookClient(slack.person("U_MAX").clicks("answer", on=message)["response_url"], retry_handlers=[])


def test_a_response_url_works_five_times(slack: SlackDouble, receipt: WebhookClient) -> None:
    answers = [receipt.send(text=f"Saved: {n}") for n in range(6)]

    assert [answer.status_code for answer in answers] == [200] * 5 + [404]
    assert answers[-1].body == "used_url"
    assert len(slack.ephemerals("U_MAX", "C1")) == 5


@pytest.mark.parametrize(("minutes", "status"), [(30, 200), (31, 404)])
def test_a_response_url_lives_for_thirty_minutes(
    slack: SlackDouble, receipt: WebhookClient, minutes: int, status: int
) -> None:
    slack.clock.advance(minutes * 60)

    assert receipt.send(text="Saved: 4").status_code == status


def test_a_response_url_answers_in_the_channel_replaces_or_deletes(slack: SlackDouble, receipt: WebhookClient) -> None:
    receipt.send(text="For all", response_type="in_channel")
    receipt.send(text="Replaced", replace_original=True)

    assert [message.text for message in slack.messages("C1")] == ["Replaced", "For all"]
    receipt.send(delete_original=True)
    assert [message.text for message in slack.messages("C1")] == ["For all"]
    assert receipt.send(text="").body == "no_text"


def test_a_response_url_can_be_made_to_fail(slack: SlackDouble, receipt: WebhookClient) -> None:
    slack.faults.fail_next("response_url", "internal_error", status=500)

    assert receipt.send(text="Saved: 4").status_code == 500
    assert slack.ephemerals("U_MAX") == []


def test_an_ephemeral_message_is_replaced_from_inside(slack: SlackDouble, receipt: WebhookClient) -> None:
    receipt.send(text="Saved: 4", blocks=[actions(button("withdraw"))])
    [shown] = slack.ephemerals("U_MAX")
    click = slack.person("U_MAX").clicks("withdraw", on=shown)
    WebhookClient(click["response_url"]).send(text="Withdrawn", replace_original=True)

    assert click["container"]["is_ephemeral"] is True
    assert "message" not in click
    assert [message.text for message in slack.ephemerals("U_MAX")] == ["Withdrawn"]
