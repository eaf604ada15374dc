"""The HTTP edge: verifies the signature over the raw bytes, decodes, and hands Bolt an already parsed request."""

import hashlib
import hmac
import string
from binascii import a2b_qp
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import parse_qsl

import orjson
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from handlers.edge import SLACK_PATH

_WINDOW = 300  # seconds; older requests are replays (Slack: verifying requests)
_MOST_BYTES = 1_000_000
_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"
_PAYLOAD = b"payload="
_UNQUOTED = (string.ascii_letters + string.digits + "_.~+%*-").encode()  # what a form does not quote, and %


class BadRequest(Exception):
    """The request is not one of Slack's."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


def web_app(
    bolt: AsyncApp, signing_secret: str, real_seconds: Callable[[], float], more: Sequence[BaseRoute] = ()
) -> Starlette:
    """The web application: Slack's one address, and `more` for browsers and for whoever watches over the process."""

    async def slack(request: Request) -> Response:
        try:
            raw = await _read(request)
            verify(request, raw, signing_secret, real_seconds())
            body = decode(raw, request.headers.get("content-type", ""))
            asked = _for_bolt(body)
        except BadRequest as refusal:
            return PlainTextResponse(refusal.reason, status_code=refusal.status)
        if body.get("type") == "url_verification":
            return PlainTextResponse(str(body.get("challenge", "")))
        answer = await bolt.async_dispatch(asked)
        content_type = answer.first_headers().get("content-type", "text/plain;charset=utf-8")
        return Response(answer.body, status_code=answer.status, headers={"content-type": content_type})

    return Starlette(routes=[Route(SLACK_PATH, slack, methods=["POST"]), *more])


def verify(request: Request, raw: bytes, signing_secret: str, now: float) -> None:
    """Slack's v0 signature, in constant time and within five minutes. Raises BadRequest."""
    stamps = request.headers.getlist("x-slack-request-timestamp")
    signatures = request.headers.getlist("x-slack-signature")
    if len(stamps) != 1 or len(signatures) != 1 or not stamps[0].isascii() or not stamps[0].isdecimal():
        raise BadRequest(401, "not signed by Slack")
    if len(stamps[0]) > 12 or abs(now - int(stamps[0])) > _WINDOW:
        raise BadRequest(401, "too old")
    base = b"v0:" + stamps[0].encode() + b":" + raw
    expected = "v0=" + hmac.new(signing_secret.encode(), base, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), signatures[0].encode("utf-8", "replace")):
        raise BadRequest(401, "not signed by Slack")


def decode(raw: bytes, content_type: str) -> dict[str, Any]:
    """The body of an event, an interaction or a command. Raises BadRequest."""
    kind = content_type.partition(";")[0].strip().lower()
    try:
        if kind == _JSON:
            body = orjson.loads(raw)
        elif kind == _FORM and raw.startswith(_PAYLOAD) and raw.translate(None, _UNQUOTED) == b"=":
            body = orjson.loads(_unquoted(raw[len(_PAYLOAD) :]))
        elif kind == _FORM:
            form = dict(parse_qsl(raw.decode("utf-8"), keep_blank_values=True, strict_parsing=True, max_num_fields=50))
            body = orjson.loads(form["payload"]) if "payload" in form else form
        else:
            raise BadRequest(415, "neither JSON nor a form")
    except ValueError as error:  # orjson's and the decoders' errors are ValueErrors
        raise BadRequest(400, "cannot be read") from error
    if not isinstance(body, dict):
        raise BadRequest(400, "cannot be read")
    return body


def _unquoted(quoted: bytes) -> bytes:
    """Percent-decoding in C: what is quoted with % in a form is quoted with = in quoted-printable text (RFC 2045)."""
    return a2b_qp(quoted.replace(b"+", b" ").replace(b"%", b"="))


def _for_bolt(body: dict[str, Any]) -> AsyncBoltRequest:
    try:
        return AsyncBoltRequest(body=body, mode="socket_mode")
    except (TypeError, AttributeError, LookupError) as error:  # Bolt takes the shape of what it looks into for granted
        raise BadRequest(400, "cannot be read") from error


async def _read(request: Request) -> bytes:
    raw = b""
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > _MOST_BYTES:
            raise BadRequest(413, "too large")
    return raw
