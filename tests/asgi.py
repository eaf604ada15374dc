"""A request to a web application without a socket: the smallest client that speaks ASGI."""

import asyncio
from collections.abc import Iterable, MutableMapping
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp

Headers = Iterable[tuple[str, str | bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()


def call(
    app: ASGIApp, path: str, *, method: str = "POST", headers: Headers = (), body: bytes = b"", chunk: int = 1 << 20
) -> Answer:
    """Send one request, its body in pieces of `chunk` bytes; an exception of the application is raised here."""
    return asyncio.run(acall(app, path, method=method, headers=headers, body=body, chunk=chunk))


async def acall(
    app: ASGIApp, path: str, *, method: str = "POST", headers: Headers = (), body: bytes = b"", chunk: int = 1 << 20
) -> Answer:
    """The same in a running loop."""
    raw = [(name.lower().encode("latin-1"), _bytes(value)) for name, value in headers]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": raw,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 3000),
    }
    pieces = [body[start : start + chunk] for start in range(0, len(body), chunk)] or [b""]
    incoming = [
        {"type": "http.request", "body": piece, "more_body": at < len(pieces) - 1} for at, piece in enumerate(pieces)
    ]
    outgoing: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return incoming.pop(0) if incoming else {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        outgoing.append(message)

    await app(scope, receive, send)
    start = next(each for each in outgoing if each["type"] == "http.response.start")
    return Answer(
        status=start["status"],
        headers={name.decode(): value.decode("latin-1") for name, value in start["headers"]},
        body=b"".join(each.get("body", b"") for each in outgoing if each["type"] == "http.response.body"),
    )


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("latin-1")
