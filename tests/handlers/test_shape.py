"""The shape of requests: real ones pass, and what a listener would stumble over does not."""

import copy
import json
from typing import Any

import pytest
import yaml

from bot.manifest import manifest_text
from handlers.shape import OF_EVENTS, is_as_documented
from tests.attack.recording import REQUESTS, kind_of

Json = dict[str, Any]
RECORDED: dict[str, Json] = {
    kind_of(body): body for body in map(json.loads, REQUESTS.read_text(encoding="utf-8").splitlines())
}
CLICK, FORM, COMMAND = RECORDED["button action_done"], RECORDED["form thanks_written"], RECORDED["command /pulse help"]
JOINED, HOME_OPENED = RECORDED["event member_joined_channel"], RECORDED["event app_home_opened"]
REVOKED, ON_A_SCREEN = RECORDED["event tokens_revoked"], RECORDED["button my_data_next"]
NOTHING = object()
NO_TEXTS: tuple[object, ...] = (5, True, [], {}, ["a"], "a\0b", "half \ud83d", "\udc00")


def changed(body: Json, place: str, found: object) -> Json:
    """The request with something else at a place ("view.state.values"), or without it."""
    body = copy.deepcopy(body)
    *way, last = (int(each) if each.isdecimal() else each for each in place.split("."))
    inner: Any = body
    for each in way:
        inner = inner[each]
    if found is NOTHING:
        del inner[last]
    else:
        inner[last] = found
    return body


def ids(value: object) -> str:
    return ascii(value)[:30] if value is not NOTHING else "nothing"


@pytest.mark.parametrize("kind", RECORDED)
def test_real_requests_pass(kind: str) -> None:
    assert is_as_documented(RECORDED[kind], {})


@pytest.mark.parametrize("found", [NOTHING, None, *NO_TEXTS], ids=ids)
@pytest.mark.parametrize(
    ("body", "place"),
    [
        *((CLICK, each) for each in ("user.id", "user.team_id", "actions.0.action_id", "trigger_id", "type")),
        *((FORM, each) for each in ("user.id", "user.team_id", "view.callback_id", "view.private_metadata")),
        *((COMMAND, each) for each in ("team_id", "user_id", "channel_id", "trigger_id")),
        *((JOINED, each) for each in ("event_id", "event.type", "event.user", "event.channel")),
        (HOME_OPENED, "event.user"),
    ],
)
def test_what_listeners_read_has_to_be_there_as_a_text_that_can_be_kept(body: Json, place: str, found: object) -> None:
    assert not is_as_documented(changed(body, place, found), {})


@pytest.mark.parametrize("found", NO_TEXTS, ids=ids)
@pytest.mark.parametrize(
    ("body", "place"),
    [
        *((CLICK, each) for each in ("actions.0.value", "actions.0.block_id", "channel.id", "container.id")),
        *((FORM, each) for each in ("view.id", "view.blocks.0.block_id", "view.state.values.text.text.value")),
        (COMMAND, "text"),
        (ON_A_SCREEN, "view.private_metadata"),
        (HOME_OPENED, "event.tab"),
        *(
            (JOINED, each)
            for each in ("authorizations.0.team_id", "team_id", "context_team_id", "context_enterprise_id")
        ),
    ],
)
def test_what_may_be_missing_is_a_text_if_it_is_there(body: Json, place: str, found: object) -> None:
    assert is_as_documented(changed(body, place, None), {})
    assert not is_as_documented(changed(body, place, found), {})


NO_FIELDS: tuple[object, ...] = (
    *(None, ["x"], "x", {"b": []}, {"b": {"a": []}}, {"b": {"a": {"selected_option": {}}}}),
    *({"b": {"a": {"selected_options": {}}}}, {"b": {"a": {"selected_options": [{"value": 5}]}}}),
)
NO_BLOCKS: tuple[object, ...] = (
    *(None, {}, [5], [{"type": "input", "block_id": "b"}]),
    [{"type": "input", "block_id": "b", "element": {"options": [{}]}}],
)


def instead(body: Json, place: str, *found: object) -> list[tuple[Json, str, object]]:
    """The same place with each of these."""
    return [(body, place, each) for each in found]


@pytest.mark.parametrize(
    ("body", "place", "found"),
    [
        *((CLICK, each, "x") for each in ("user", "channel", "container", "view")),
        *instead(CLICK, "actions", None, [], [5], {}, "x"),
        *instead(CLICK, "type", "shortcut", "message_action", "view_closed", "block_suggestion", ""),
        *instead(FORM, "view", None, [], "x"),
        *instead(FORM, "view.blocks", *NO_BLOCKS),
        *instead(FORM, "view.state", None, [], "x"),
        *instead(FORM, "view.state.values", *NO_FIELDS),
        *instead(JOINED, "event", None, [], "x", {}),
        *instead(JOINED, "event_time", NOTHING, None, True, -1, 1.5, 2**32, "now"),
        *instead(JOINED, "authorizations", {}, [5], "x"),
        *instead(REVOKED, "event.tokens", None, [], "x", NOTHING),
    ],
)
def test_parts_of_another_kind_are_refused(body: Json, place: str, found: object) -> None:
    assert not is_as_documented(changed(body, place, found), {})


@pytest.mark.parametrize("name", ["team_id", "enterprise_id", "response_url"])
@pytest.mark.parametrize("found", NO_TEXTS, ids=ids)
def test_what_bolt_reads_of_a_request_is_a_text_wherever_it_stood(name: str, found: object) -> None:
    assert is_as_documented(CLICK, {name: None})
    assert not is_as_documented(CLICK, {name: found})


@pytest.mark.parametrize("body", [CLICK, FORM, COMMAND, JOINED])
def test_slack_may_add_whatever_it_likes(body: Json) -> None:
    assert is_as_documented({**body, "new_in_2031": {"deep": [[None]]}, "app": 5}, {})


def test_a_form_without_fields_may_say_so_with_a_list() -> None:
    """Slack has done so for hours at a time: https://github.com/slack-go/slack/issues/943."""
    assert is_as_documented(changed(FORM, "view.state.values", []), {})


def test_all_events_of_the_manifest_are_known_and_no_others() -> None:
    listened = yaml.safe_load(manifest_text(None))["settings"]["event_subscriptions"]["bot_events"]
    assert set(OF_EVENTS) == set(listened)
