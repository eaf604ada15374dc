"""What follows an acknowledgement: in order, by few hands, never in the way of clicks, and never a failure's cause."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from handlers import afterwards
from handlers.afterwards import Afterwards


class Done:
    """What was done, in order, and how many pieces of work were under way at the same time at most."""

    def __init__(self) -> None:
        self.names: list[int] = []
        self.at_once = self._under_way = 0

    async def work(self, name: int, turns: int = 1) -> None:
        """One piece, which takes some turns of the loop."""
        self._under_way += 1
        self.at_once = max(self.at_once, self._under_way)
        for _ in range(turns):
            await asyncio.sleep(0)
        self._under_way -= 1
        self.names.append(name)


async def fails() -> None:
    """Slack does not answer."""
    raise OSError("no answer")


def run(*, works: list[Coroutine[Any, Any, None]], waiting: int = 0, within: float = 5) -> Afterwards:
    """Add pieces of work while so many clicks wait, and give them some seconds."""

    async def all_of_it() -> Afterwards:
        after = Afterwards(lambda: waiting)
        for work in works:
            after.add(work)
        await after.finish(within)
        return after

    return asyncio.run(all_of_it())


def test_everything_is_done_in_order_by_a_few_at_once() -> None:
    done = Done()
    after = run(works=[done.work(name) for name in range(100)])
    assert done.names == list(range(100))
    assert 1 < done.at_once <= 8
    assert after.is_done


def test_a_failure_is_logged_and_holds_up_nobody(caplog: pytest.LogCaptureFixture) -> None:
    done = Done()
    run(works=[fails(), *(done.work(name) for name in range(20)), fails()])
    assert done.names == list(range(20))
    assert [each.message for each in caplog.records] == ["what follows an acknowledgement failed"] * 2
    assert "no answer" not in caplog.text


def test_while_clicks_pile_up_each_hand_does_one_piece_and_waits() -> None:
    done = Done()
    run(works=[done.work(name) for name in range(100)], waiting=8, within=0.1)
    assert done.names == list(range(8))


def test_what_cannot_be_done_in_time_is_left_out_and_said(caplog: pytest.LogCaptureFixture) -> None:
    done = Done()
    run(works=[done.work(name) for name in range(50)], waiting=8, within=0.1)
    assert [(each.message, vars(each)["count"]) for each in caplog.records] == [("private answers were left out", 42)]


def test_beyond_the_bound_the_newest_is_left_out(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(afterwards, "_MOST", 10)
    done = Done()
    run(works=[done.work(name) for name in range(12)])
    assert done.names == list(range(10))
    assert [vars(each)["count"] for each in caplog.records] == [2]


def test_who_was_refused_is_told_before_the_receipts_of_others_however_many_clicks_wait() -> None:
    said: list[str] = []

    async def say(what: str) -> None:
        said.append(what)

    async def busy() -> None:
        after = Afterwards(lambda: 1_000)
        for _ in range(40):
            after.add(say("saved"))
        for _ in range(40):
            after.add_refusal(say("not saved"))
        await after.finish(within=0.2)

    asyncio.run(busy())
    assert said[:40] == ["not saved"] * 40
    assert 0 < said.count("saved") < 40
