"""For whoever watches over the process: is it alive, may it be sent requests, and what has it counted."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bot.services.ports import Backlog

OK = "ok"
_PATIENCE = 2.0  # seconds; a probe that waits longer counts as failed anyway
_KEPT_FOR = 1.0  # seconds; so that nobody can trouble the database by asking
_HANGS: Mapping[str, str] = {"database": "does not answer in time"}
T = TypeVar("T")


def health_routes(is_stopping: Callable[[], bool], look: Callable[[], Mapping[str, str]]) -> list[BaseRoute]:
    """`/healthz` (the process is alive) and `/readyz` (every part that `look` names says "ok", and nobody stops it)."""
    seen = _Kept(look, _HANGS)

    async def alive(_request: Request) -> Response:
        return PlainTextResponse(OK)

    async def ready(_request: Request) -> Response:
        parts = {"process": "is stopping"} if is_stopping() else await seen.now()
        is_ready = all(says == OK for says in parts.values())
        return JSONResponse({"ready": is_ready, "parts": dict(parts)}, status_code=200 if is_ready else 503)

    return [Route("/healthz", alive), Route("/readyz", ready)]


def metrics_route(
    backlog: Callable[[], Backlog | None], text: Callable[[Backlog | None], bytes], content_type: str
) -> BaseRoute:
    """`/metrics`, for a port that people do not reach: watched live, it would tell when somebody answers."""
    seen = _Kept(backlog, None)

    async def metrics(_request: Request) -> Response:
        return Response(text(await seen.now()), headers={"content-type": content_type})

    return Route("/metrics", metrics)


class _Kept(Generic[T]):
    """What a look found, for a moment; one look at a time, in a thread, and nobody waits long for it."""

    def __init__(self, look: Callable[[], T], if_it_hangs: T) -> None:
        self._look = look
        self._if_it_hangs = if_it_hangs
        self._looking: asyncio.Task[T] | None = None
        self._until = 0.0

    async def now(self) -> T:
        """What is found now, or was a moment ago."""
        loop = asyncio.get_running_loop()
        if self._looking is None or (self._looking.done() and loop.time() >= self._until):
            self._looking = loop.create_task(self._found())
        try:
            return await asyncio.wait_for(asyncio.shield(self._looking), _PATIENCE)
        except TimeoutError:
            return self._if_it_hangs

    async def _found(self) -> T:
        found = await asyncio.to_thread(self._look)
        self._until = asyncio.get_running_loop().time() + _KEPT_FOR
        return found
