"""The load generator: signed clicks over keep-alive connections, made before the clock starts.

Closed loop (saturation), open loop (latency from the scheduled send, so that a stalled server cannot hide its queue)
and one burst. It counts a click as acknowledged when the whole answer with status 200 has arrived.
"""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import quote_plus, urlsplit

from tests.bench.results import quantile
from tests.bench.town import Answer
from tests.slack_double import sign

SIGNING_SECRET = "bench-secret"
_GIVE_UP_AFTER = 30.0  # seconds without any answer


@dataclass(slots=True)
class Outcome:
    """What became of a run: latencies in seconds, and which clicks were acknowledged, refused or cut off."""

    acknowledged: list[Answer] = field(default_factory=list)
    failed: list[tuple[Answer, int]] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    ended: list[float] = field(default_factory=list)  # of each acknowledged click, as time.perf_counter() tells it
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Acknowledged clicks per second."""
        return len(self.acknowledged) / self.seconds if self.seconds else 0.0

    def latency(self, share: float) -> float:
        """The latency in milliseconds below which `share` of the clicks lie."""
        return 1_000 * quantile(self.latencies, share)

    @property
    def worst(self) -> float:
        """The longest latency in milliseconds."""
        return 1_000 * max(self.latencies, default=0.0)


@dataclass(frozen=True, slots=True)
class Load:
    """Clicks ready to be sent to one server; `requests` are whole signed HTTP requests, one for each answer."""

    host: str
    port: int
    answers: Sequence[Answer]
    requests: Sequence[bytes]


def prepare(url: str, origin: str, answers: Sequence[Answer]) -> Load:
    """Sign the clicks for a server at `url`; private answers shall go to `origin`. Valid for five minutes."""
    where = urlsplit(url)
    assert where.hostname is not None
    now, requests = time.time(), []
    for each in answers:
        body = each.body.replace("ORIGIN", quote_plus(origin), 1)
        head = [f"POST {where.path} HTTP/1.1", f"Host: {where.netloc}", f"Content-Length: {len(body)}"]
        head += [f"{name}: {value}" for name, value in sign(body, SIGNING_SECRET, now).items()]
        requests.append("\r\n".join([*head, "", body]).encode())
    return Load(host=where.hostname, port=where.port or 80, answers=answers, requests=requests)


class _Connection(asyncio.Protocol):
    """One keep-alive connection with one request under way."""

    def __init__(self) -> None:
        self._buffer = b""
        self._waiting: asyncio.Future[int] | None = None
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's do not inherit from asyncio's

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        self._done(0)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._buffer[:end].lower()
        found = head.find(b"content-length:")
        if len(self._buffer) < end + 4 + (int(head[found + 15 :].split(b"\r\n", 1)[0]) if found >= 0 else 0):
            return
        status, self._buffer = int(head[9:12]), b""
        if b"connection: close" in head and self.transport is not None:
            self.transport.close()
            self.transport = None
        self._done(status)

    def ask(self, request: bytes) -> asyncio.Future[int]:
        """Send a request; the future holds the status, 0 where the connection broke."""
        self._waiting = asyncio.get_running_loop().create_future()
        if self.transport is None:
            self._waiting.set_result(0)
        else:
            self.transport.write(request)
        return self._waiting

    def _done(self, status: int) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(status)


class _Run:
    def __init__(self, load: Load, outcome: Outcome | None = None) -> None:
        self._load = load
        self._next = 0
        self.outcome = outcome or Outcome()

    @property
    def is_spent(self) -> bool:
        return self._next >= len(self._load.requests)

    async def connect(self) -> _Connection:
        loop = asyncio.get_running_loop()
        _, made = await loop.create_connection(_Connection, self._load.host, self._load.port)
        return made

    async def send(self, connection: _Connection, since: float | None = None) -> _Connection:
        place, self._next = self._next, self._next + 1
        if connection.transport is None:
            try:
                connection = await self.connect()
            except OSError:
                self.outcome.failed.append((self._load.answers[place], 0))
                await asyncio.sleep(0.02)
                return connection
        began = time.perf_counter() if since is None else since
        status = await connection.ask(self._load.requests[place])
        if status == 200:
            ended = time.perf_counter()
            self.outcome.acknowledged.append(self._load.answers[place])
            self.outcome.latencies.append(ended - began)
            self.outcome.ended.append(ended)
        else:
            self.outcome.failed.append((self._load.answers[place], status))
        return connection


async def saturate(
    load: Load,
    *,
    connections: int,
    seconds: float,
    until: Callable[[], bool] = lambda: False,
    outcome: Outcome | None = None,
) -> Outcome:
    """Each connection sends its next click as soon as the last is answered; `outcome` can be watched meanwhile."""
    run = _Run(load, outcome)
    opened = [await run.connect() for _ in range(connections)]
    began = time.perf_counter()

    async def work(connection: _Connection) -> None:
        while time.perf_counter() - began < seconds and not run.is_spent and not until():
            connection = await run.send(connection)
        if connection.transport is not None:
            connection.transport.close()

    await asyncio.gather(*(work(each) for each in opened))
    run.outcome.seconds = time.perf_counter() - began
    return run.outcome


async def arrive(
    load: Load,
    *,
    rate: float,
    seconds: float,
    connections: int = 64,
    seed: int = 1,
    until: Callable[[], bool] = lambda: False,
    outcome: Outcome | None = None,
) -> Outcome:
    """Clicks arrive at random (Poisson) `rate` times a second, whatever the server does."""
    run, chance = _Run(load, outcome), random.Random(seed)
    free: asyncio.Queue[_Connection] = asyncio.LifoQueue()
    for _ in range(connections):
        free.put_nowait(await run.connect())

    async def one(at: float) -> None:
        free.put_nowait(await run.send(await free.get(), at))

    tasks: set[asyncio.Task[None]] = set()
    began = at = time.perf_counter()
    while at - began < seconds and not run.is_spent and not until():
        await asyncio.sleep(max(0.0, at - time.perf_counter()))
        task = asyncio.create_task(one(at))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        at += chance.expovariate(rate)
    if tasks:
        await asyncio.wait(tasks, timeout=_GIVE_UP_AFTER)
    run.outcome.seconds = time.perf_counter() - began
    await _close(free)
    return run.outcome


async def burst(load: Load, *, count: int, connections: int) -> Outcome:
    """`count` clicks at once; latency is counted from that moment for all of them."""
    run = _Run(load)
    free: asyncio.Queue[_Connection] = asyncio.LifoQueue()
    for _ in range(connections):
        free.put_nowait(await run.connect())
    began = time.perf_counter()

    async def one() -> None:
        free.put_nowait(await run.send(await free.get(), began))

    await asyncio.gather(*(one() for _ in range(count)))
    run.outcome.seconds = time.perf_counter() - began
    await _close(free)
    return run.outcome


async def _close(free: asyncio.Queue[_Connection]) -> None:
    while not free.empty():
        if (transport := free.get_nowait().transport) is not None:
            transport.close()
