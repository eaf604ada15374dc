"""Private answers go out over connections that stay open, and only to the address that was given."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web

from bot.adapters.private_answers import PrivateAnswers

Handler = Callable[[web.Request], Awaitable[web.Response]]


def answered_by(handler: Handler, count: int) -> list[str]:
    """Post so many answers to a server on loopback; the texts that arrived, each with the caller's port."""
    arrived: list[str] = []

    async def remember(request: web.Request) -> web.Response:
        assert request.transport is not None
        arrived.append(f"{(await request.json())['text']}:{request.transport.get_extra_info('peername')[1]}")
        return await handler(request)

    async def story() -> None:
        app = web.Application()
        app.router.add_post("/{path}", remember)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        answers = PrivateAnswers()
        for number in range(count):
            await answers.post(f"http://127.0.0.1:{runner.addresses[0][1]}/response", {"text": f"Saved {number}"})
        await answers.close()
        await runner.cleanup()

    asyncio.run(story())
    return arrived


async def takes_it(_request: web.Request) -> web.Response:
    return web.Response(text="ok")


async def is_spent(_request: web.Request) -> web.Response:
    return web.Response(status=404, text="used_url")


async def sends_elsewhere(_request: web.Request) -> web.Response:
    return web.Response(status=307, headers={"location": "/elsewhere"})


def test_several_answers_share_a_connection() -> None:
    arrived = answered_by(takes_it, 3)
    assert [each.partition(":")[0] for each in arrived] == ["Saved 0", "Saved 1", "Saved 2"]
    assert len({each.partition(":")[2] for each in arrived}) == 1


def test_an_address_that_is_spent_is_logged_without_it(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        answered_by(is_spent, 1)
    assert [vars(each)["status"] for each in caplog.records] == [404]
    assert "127.0.0.1" not in caplog.text


def test_nobody_is_followed_to_another_address() -> None:
    assert len(answered_by(sends_elsewhere, 1)) == 1
