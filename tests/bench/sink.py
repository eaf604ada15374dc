"""A Slack that only takes note: it answers every call at once, and keeps what people were told.

The strict double costs more than the bot that is measured, so benches of throughput use this one.
"""

import asyncio
import datetime as dt
import json
import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import parse_qs

import uvloop

from tests.slack_double import Clock, Refused
from tests.slack_double.pacing import Pacing

_AUTH = {"ok": True, "team_id": "T0HOME", "user_id": "U0BOT", "bot_id": "B0BOT", "user": "pulse", "team": "Northfield"}


class RealClock(Clock):
    """A clock that goes by itself."""

    def now(self) -> dt.datetime:
        """The real time."""
        return dt.datetime.now(dt.UTC)


class Slowly:
    """Slack as it is to somebody who posts much: each answer takes its time, and each workspace has its limits.

    The workspace of a channel is what its id begins with, up to a hyphen.
    """

    def __init__(self, *, burst: int, latency: tuple[float, float] = (0.1, 0.2), seed: int = 1) -> None:
        self._latency = latency
        self._chance = random.Random(seed)
        self._workspaces: defaultdict[str, Pacing] = defaultdict(lambda: Pacing(RealClock(), burst))
        self.posted_at: list[float] = []
        self.refused = 0

    def admit(self, channel: str) -> int:
        """How many seconds a post has to wait; 0: it is taken."""
        try:
            self._workspaces[channel.partition("-")[0]].admit("chat.postMessage", None, channel)
        except Refused as refusal:
            self.refused += 1
            return int(refusal.headers["Retry-After"])
        self.posted_at.append(time.perf_counter())
        return 0

    def takes(self) -> float:
        """How many seconds the next answer takes."""
        return self._chance.uniform(*self._latency)


@dataclass(slots=True)
class Sink:
    """What came to the sink: the texts for each response address, and how often each method was called.

    `messages` are the keys of what stands in each channel, with the time Slack gave it.
    """

    origin: str = ""
    texts: dict[str, list[str]] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    posted: int = 0
    messages: defaultdict[str, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    slowly: Slowly | None = None

    def was_refused(self, click_id: str) -> bool:
        """Whether the person was told that this click was not stored, or perhaps not."""
        return any(not text.startswith("Saved: ") for text in self.texts.get(click_id, ()))


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
            self._send(*self._answer(path, body))

    def _send(self, answer: bytes, wait: int) -> None:
        status = b"429 Too Many Requests\r\nretry-after: %d" % wait if wait else b"200 OK"
        whole = b"HTTP/1.1 %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (
            status,
            len(answer),
            answer,
        )
        slowly, transport = self._sink.slowly, self._transport
        if transport is not None and slowly is not None:
            asyncio.get_running_loop().call_later(slowly.takes(), _write, transport, whole)
        elif transport is not None:
            transport.write(whole)

    def _answer(self, path: str, body: bytes) -> tuple[bytes, int]:
        """The body of the answer, and the seconds that Slack asks to wait."""
        if path.startswith("/response/"):
            self._sink.texts.setdefault(path.removeprefix("/response/"), []).append(json.loads(body).get("text", ""))
            return b"ok", 0
        method, _, query = path.removeprefix("/api/").partition("?")
        self._sink.calls[method] += 1
        if method == "auth.test":
            return json.dumps(_AUTH).encode(), 0
        asked = _arguments(query, body)
        channel = asked.get("channel", "")
        if method == "conversations.history":
            return json.dumps({"ok": True, "messages": self._history(channel, asked)}).encode(), 0
        if method == "chat.postMessage" and self._sink.slowly and (wait := self._sink.slowly.admit(channel)):
            return b'{"ok": false, "error": "ratelimited"}', wait
        self._sink.posted += 1
        ts = f"{time.time():.6f}"
        if method == "chat.postMessage":
            self._sink.messages[channel].append((ts, asked["metadata"]["event_payload"]["key"]))
        return json.dumps({"ok": True, "channel": channel, "ts": ts}).encode(), 0

    def _history(self, channel: str, asked: Mapping[str, Any]) -> list[dict[str, Any]]:
        since, most = float(asked.get("oldest", "0")), int(asked.get("limit", "100"))
        found = [(ts, key) for ts, key in reversed(self._sink.messages[channel]) if float(ts) > since]
        return [{"ts": ts, "metadata": {"event_payload": {"key": key}}} for ts, key in found[:most]]


def _write(transport: asyncio.Transport, answer: bytes) -> None:
    """Answer, unless whoever asked was killed meanwhile."""
    if not transport.is_closing():
        transport.write(answer)


def _arguments(query: str, body: bytes) -> dict[str, Any]:
    """What the SDK sends as JSON, as a form, or in the address."""
    if body.startswith(b"{"):
        read: dict[str, Any] = json.loads(body)
        return read
    return {name: values[0] for name, values in parse_qs(body.decode() or query).items()}


def _length(head: bytes) -> int:
    found = head.lower().find(b"content-length:")
    return 0 if found < 0 else int(head[found + 15 :].split(b"\r\n", 1)[0])


@contextmanager
def open_sink(slowly: Slowly | None = None) -> Iterator[Sink]:
    """Listen on loopback, in a thread of its own, until the block ends."""
    sink, ready, stop = Sink(slowly=slowly), threading.Event(), asyncio.Event()
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
