"""A Slack that only takes note: it answers every call at once, and keeps what people were told.

The strict double costs more than the bot that is measured, so benches of throughput use this one.
"""

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import parse_qs

import uvloop

_AUTH = {"ok": True, "team_id": "T0HOME", "user_id": "U0BOT", "bot_id": "B0BOT", "user": "pulse", "team": "Northfield"}


@dataclass(slots=True)
class Sink:
    """What came to the sink: the texts for each response address, and how often each method was called."""

    origin: str = ""
    texts: dict[str, list[str]] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    posted: int = 0


class _Connection(asyncio.Protocol):
    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's do not inherit from asyncio's

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end]
            length = _length(head)
            if len(self._buffer) < end + 4 + length:
                return
            body = self._buffer[end + 4 : end + 4 + length]
            self._buffer = self._buffer[end + 4 + length :]
            path = head.split(b" ", 2)[1].decode()
            answer = self._answer(path, body)
            if self._transport is not None:
                self._transport.write(
                    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s"
                    % (len(answer), answer)
                )

    def _answer(self, path: str, body: bytes) -> bytes:
        if path.startswith("/response/"):
            self._sink.texts.setdefault(path.removeprefix("/response/"), []).append(json.loads(body).get("text", ""))
            return b"ok"
        method = path.removeprefix("/api/")
        self._sink.calls[method] += 1
        if method == "auth.test":
            return json.dumps(_AUTH).encode()
        self._sink.posted += 1
        channel = parse_qs(body.decode()).get("channel", [""])[0]
        return json.dumps(
            {"ok": True, "channel": channel, "ts": f"{1_900_000_000 + self._sink.posted}.000100"}
        ).encode()


def _length(head: bytes) -> int:
    found = head.lower().find(b"content-length:")
    return 0 if found < 0 else int(head[found + 15 :].split(b"\r\n", 1)[0])


@contextmanager
def open_sink() -> Iterator[Sink]:
    """Listen on loopback, in a thread of its own, until the block ends."""
    sink, ready, stop = Sink(), threading.Event(), asyncio.Event()
    loop = uvloop.new_event_loop()

    async def serve() -> None:
        server: Any = await loop.create_server(lambda: _Connection(sink), "127.0.0.1", 0)
        sink.origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        ready.set()
        await stop.wait()
        server.close()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), name="sink")
    thread.start()
    assert ready.wait(10)
    try:
        yield sink
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()
