"""The HTTP edge: only what Slack signed comes in, and nothing that comes in breaks it."""

import ast
import hashlib
import hmac
import inspect
import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette

from handlers import http
from handlers.http import decode, web_app
from tests.asgi import Answer, call
from tests.builders import HOME

NOW = 1_778_576_400.0
SIGNING_SECRET = "signing-secret"
ADDRESS = "/slack/events"
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
HEARD: list[dict[str, Any]] = []


def edge() -> Starlette:
    """The edge in front of a Bolt application that hears one command and one event."""

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id=HOME, bot_token="xoxb-test")

    bolt = AsyncApp(
        client=AsyncWebClient(),
        authorize=authorize,
        process_before_response=True,
        request_verification_enabled=False,
        ssl_check_enabled=False,
        url_verification_enabled=False,
    )

    @bolt.command("/pulse")
    async def command(ack: AsyncAck, body: dict[str, Any]) -> None:
        HEARD.append(body)
        await ack("heard")

    @bolt.event("channel_archive")
    async def event(body: dict[str, Any]) -> None:
        HEARD.append(body)

    return web_app(bolt, SIGNING_SECRET, lambda: NOW)


EDGE = edge()
COMMAND = urlencode({"command": "/pulse", "text": "help", "team_id": HOME, "user_id": "U1"}).encode()
EVENT = json.dumps({"type": "event_callback", "team_id": HOME, "event": {"type": "channel_archive"}}).encode()


def signed(body: bytes, at: float = NOW, secret: str = SIGNING_SECRET) -> dict[str, str]:
    """The headers with which Slack signs a body (https://docs.slack.dev/authentication/verifying-requests-from-slack)."""
    base = b"v0:%d:" % int(at) + body
    signature = "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": str(int(at)), "X-Slack-Signature": signature}


def post(body: bytes, headers: dict[str, str], content_type: str | None = FORM, *, chunk: int = 1 << 20) -> Answer:
    """Send a request to the edge."""
    typed = [] if content_type is None else [("content-type", content_type)]
    return call(EDGE, ADDRESS, headers=[*headers.items(), *typed], body=body, chunk=chunk)


@pytest.fixture(autouse=True)
def nothing_heard() -> None:
    HEARD.clear()


@pytest.mark.parametrize(("body", "content_type"), [(COMMAND, FORM), (EVENT, JSON), (EVENT, f"{JSON}; charset=utf-8")])
def test_what_slack_signed_is_heard(body: bytes, content_type: str) -> None:
    assert post(body, signed(body), content_type).status == 200
    assert len(HEARD) == 1


def test_an_answer_to_a_command_comes_back() -> None:
    answer = post(COMMAND, signed(COMMAND))
    assert answer.text == "heard"


def test_an_interaction_is_read_from_its_payload() -> None:
    body = urlencode({"payload": json.dumps({"type": "block_actions", "actions": [{"action_id": "unheard"}]})}).encode()
    assert post(body, signed(body)).status == 404  # read, and nobody listens to it


@pytest.mark.parametrize("chunk", [1, 7, 1 << 20])
def test_a_body_may_arrive_in_pieces(chunk: int) -> None:
    assert post(COMMAND, signed(COMMAND), chunk=chunk).status == 200


@pytest.mark.parametrize("minutes", [-4.99, 0, 4.99])
def test_clocks_may_be_five_minutes_apart(minutes: float) -> None:
    assert post(COMMAND, signed(COMMAND, NOW + 60 * minutes)).status == 200


@pytest.mark.parametrize("seconds", [-301, 301, -86_400 * 365, 86_400 * 365])
def test_an_old_or_future_request_is_a_replay_even_if_it_was_signed(seconds: int) -> None:
    assert post(COMMAND, signed(COMMAND, NOW + seconds)).status == 401
    assert HEARD == []


GOOD = signed(COMMAND)
STAMP, SIGNATURE = "X-Slack-Request-Timestamp", "X-Slack-Signature"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {STAMP: GOOD[STAMP]},
        {SIGNATURE: GOOD[SIGNATURE]},
        {**GOOD, SIGNATURE: ""},
        {**GOOD, SIGNATURE: "v0="},
        {**GOOD, SIGNATURE: GOOD[SIGNATURE][:-1]},
        {**GOOD, SIGNATURE: GOOD[SIGNATURE] + "0"},
        {**GOOD, SIGNATURE: GOOD[SIGNATURE].upper()},
        {**GOOD, SIGNATURE: GOOD[SIGNATURE].replace("v0=", "v1=")},
        {**GOOD, SIGNATURE: "v0=" + "é" * 64},
        {**GOOD, STAMP: str(int(NOW) + 1)},
        {**GOOD, STAMP: f" {GOOD[STAMP]}"},
        {**GOOD, STAMP: f"{GOOD[STAMP]}.0"},
        {**GOOD, STAMP: f"+{GOOD[STAMP]}"},
        {**GOOD, STAMP: "-1"},
        {**GOOD, STAMP: "1e9"},
        {**GOOD, STAMP: "9" * 10_000},
        {**GOOD, STAMP: "²"},
        {**GOOD, STAMP: ""},
        signed(COMMAND, secret="another secret"),
        signed(COMMAND + b"&forged=1"),
    ],
)
def test_what_slack_did_not_sign_is_refused(headers: dict[str, str]) -> None:
    answer = post(COMMAND, headers)
    assert answer.status == 401
    assert HEARD == []


@pytest.mark.parametrize("doubled", [STAMP, SIGNATURE])
@pytest.mark.parametrize("second", ["same", "forged"])
def test_a_header_that_comes_twice_is_refused(doubled: str, second: str) -> None:
    value = GOOD[doubled] if second == "same" else "0"
    headers = [*GOOD.items(), (doubled, value), ("content-type", FORM)]
    assert call(EDGE, ADDRESS, headers=headers, body=COMMAND).status == 401
    assert HEARD == []


def test_a_signature_is_compared_in_constant_time_alone() -> None:
    """How long a comparison takes must not tell how many digits were right; nothing else looks at the digits."""
    tree = ast.parse(inspect.getsource(http.verify))
    compared = {ast.unparse(each) for each in ast.walk(tree) if isinstance(each, ast.Compare)}
    assert not [each for each in compared if "expected" in each]
    assert [each for each in compared if "signatures" in each] == ["len(signatures) != 1"]
    calls = [each for each in ast.walk(tree) if isinstance(each, ast.Call)]
    (comparing,) = [each for each in calls if any("expected" in ast.unparse(given) for given in each.args)]
    assert ast.unparse(comparing.func) == "hmac.compare_digest"


def test_a_refusal_says_nothing_about_the_right_signature() -> None:
    answer = post(COMMAND, {**GOOD, SIGNATURE: "v0=forged"})
    assert GOOD[SIGNATURE] not in answer.text
    assert SIGNING_SECRET not in answer.text


@pytest.mark.parametrize("chunk", [1 << 16, 1 << 21])
def test_an_oversized_body_is_refused_before_it_is_looked_at(chunk: int) -> None:
    body = b"x" * 1_000_001
    assert post(body, {}, chunk=chunk).status == 413
    assert post(body, signed(body), chunk=chunk).status == 413


@pytest.mark.parametrize("content_type", [None, "", "text/plain", "multipart/form-data; boundary=x", "text/json"])
def test_a_content_type_that_slack_does_not_send_is_refused(content_type: str | None) -> None:
    assert post(COMMAND, signed(COMMAND), content_type).status == 415
    assert HEARD == []


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", JSON),
        (b"{", JSON),
        (b"null", JSON),
        (b"[]", JSON),
        (b'"text"', JSON),
        (b"1", JSON),
        (b"NaN", JSON),
        (b'{"a": 1} trailing', JSON),
        (b'{"a": "\xff"}', JSON),
        (b'{"a": "\\ud800"}', JSON),
        (b'{"a": "\xed\xa0\x80"}', JSON),
        (b"payload=%7B%22a%22%3A%22%ED%A0%80%22%7D", FORM),
        (b"payload=%7B%22a%22:%22%5Cudfff%22%7D", FORM),
        (b"[" * 100_000, JSON),
        (b'{"a":' * 100_000, JSON),
        (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, JSON),
        (b"no pairs at all", FORM),
        (b"payload=", FORM),
        (b"payload=%7B", FORM),
        (b"payload=[1]", FORM),
        (b"payload=%22text%22", FORM),
        (b"payload=" + b"[" * 100_000, FORM),
        (b"a=\xff", FORM),
        (b"a=1&" * 51 + b"b=1", FORM),
    ],
)
def test_a_signed_body_that_cannot_be_read_is_refused(body: bytes, content_type: str) -> None:
    assert post(body, signed(body), content_type).status == 400
    assert HEARD == []


def test_slacks_check_of_the_address_is_answered_only_if_it_is_signed() -> None:
    body = json.dumps({"type": "url_verification", "challenge": "3eZbrw1aB"}).encode()
    answer = post(body, signed(body), JSON)
    assert (answer.status, answer.text) == (200, "3eZbrw1aB")
    assert post(body, {}, JSON).status == 401


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_slack_only_posts(method: str) -> None:
    assert call(EDGE, ADDRESS, method=method, headers=list(GOOD.items()), body=COMMAND).status == 405


@pytest.mark.parametrize("path", ["/", "/slack", "/slack/events/", "/slack/events/x", "/metrics"])
def test_there_is_nothing_else(path: str) -> None:
    assert call(EDGE, path, headers=list(GOOD.items()), body=COMMAND).status in (404, 307)
    assert HEARD == []


anything = st.dictionaries(
    st.sampled_from(
        ["x-slack-request-timestamp", "x-slack-signature", "content-type", "content-length", "x-forwarded-for"]
    ),
    st.binary(max_size=80),
    max_size=5,
)


@given(body=st.binary(max_size=300), headers=anything)
@example(body=COMMAND, headers={"x-slack-request-timestamp": str(int(NOW)).encode(), "x-slack-signature": b"\xff" * 67})
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bytes_are_accepted_unsigned_or_break_the_edge(body: bytes, headers: dict[str, bytes]) -> None:
    answer = call(EDGE, ADDRESS, headers=list(headers.items()), body=body)
    assert answer.status == 401
    assert HEARD == []


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KNOWN = ["type", "command", "event", "team", "team_id", "user", "user_id", "view", "actions", "channel", "payload"]
KNOWN += ["authorizations", "enterprise", "enterprise_id", "callback_id", "api_app_id", "is_enterprise_install"]
bodies = st.dictionaries(
    st.sampled_from(KNOWN), values | st.sampled_from(["block_actions", "view_submission"]), max_size=6
)


@pytest.mark.parametrize("body", [{"type": "block_actions", "user": 5}, {"team": 5}, {"authorizations": [1]}])
def test_what_bolt_cannot_make_a_request_of_is_refused(body: dict[str, Any]) -> None:
    raw = json.dumps(body).encode()
    assert post(raw, signed(raw), JSON).status == 400


@given(body=bodies, as_form=st.booleans())
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_shape_signed_json_has_it_is_answered(body: dict[str, Any], as_form: bool) -> None:
    text = json.dumps(body)
    raw = urlencode({"payload": text}).encode() if as_form else text.encode()
    assert post(raw, signed(raw), FORM if as_form else JSON).status in (200, 400, 404, 500)


@given(body=st.binary(max_size=200), content_type=st.sampled_from([FORM, JSON]))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_signed_bytes_break_the_edge(body: bytes, content_type: str) -> None:
    assert post(body, signed(body), content_type).status in (200, 400, 404)


@settings(max_examples=300, deadline=None)
@given(text=st.text(), score=st.integers(-(2**53), 2**53))
@example(text="100% = a + b & c\r\n\t~*-._", score=1)
@example(text="=3D %3D +", score=1)
def test_what_a_form_quotes_is_read_as_the_standard_library_reads_it(text: str, score: int) -> None:
    """Percent-decoding is done by a function that was made for another alphabet."""
    said = {"type": "block_actions", "text": text, "score": score}
    written = json.dumps(said, ensure_ascii=False).encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    for quoted in (urlencode({"payload": written}), "payload=" + quote(written, safe="")):
        assert decode(quoted.encode(), FORM) == json.loads(written)


def test_a_form_of_more_fields_is_read_field_by_field() -> None:
    assert decode(b"payload=%7B%7D&other=1", FORM) == {}
    assert decode(b"command=%2Fpulse&text=a+b", FORM) == {"command": "/pulse", "text": "a b"}
