"""A short fuzz finds nothing. That it does with a defence out, test_attacks.py looks after."""

import asyncio
import random

import pytest
from slack_bolt.async_app import AsyncBoltRequest

from storage.engine import Database
from tests.attack.arena import Arena
from tests.attack.fuzz import fuzz
from tests.attack.inputs import Inputs
from tests.attack.recording import kind_of
from tests.attack.scene import requests, running
from tests.bench.sink import Sink, open_sink
from tests.builders import Stage, stage
from tests.manifest.listening import listening

PLACE, ORIGIN = {"channel": "C0EAST", "r": "r-1"}, "http://slack.example"


def test_what_nobody_signed_or_can_read_is_refused_and_the_rest_is_answered(on: Arena) -> None:
    found = fuzz(6_000, on.sqlite)
    assert (found.crashes, found.accepted) == ([], [])
    assert found.tries >= 6_000
    assert found.whole >= 600
    assert {status for _, status in found.answers} <= {200, 400, 401, 404, 413, 415}
    assert {family for family, status in found.answers if status == 200} <= {"bent", "kept", "unreadable"}


def test_inputs_are_the_same_for_a_seed() -> None:
    def first(seed: str) -> list[bytes]:
        source = Inputs(random.Random(seed), requests(PLACE, ORIGIN), PLACE)
        return [source.next().body for _ in range(200)]

    assert first("1") == first("1") != first("2")


def test_there_is_a_request_for_everything_that_somebody_listens_to(sqlite: Database) -> None:
    with stage(sqlite) as on:
        app = listening(on)
    kinds = {kind_of(each) for each in requests(PLACE, ORIGIN)}
    assert {f"event {each}" for each in app.events} <= kinds
    assert {f"command {each}" for each in app.commands} <= {each.rpartition(" ")[0] or each for each in kinds} | kinds
    named = [each for each in app.interactions if not each.startswith("re.compile")]
    assert [each for each in named if not {f"button {each}", f"form {each}"} & kinds] == []


@pytest.mark.parametrize("is_slacks", [True, False])
def test_whatever_is_asked_only_slacks_address_hears_the_answer(sqlite: Database, is_slacks: bool) -> None:
    """Every listener is tried; on Slack's own address the same requests are answered."""

    async def ask(on: Stage, slack: Sink, named: str) -> None:
        async with running(on, slack) as (bolt, place):
            for body in requests(place, named):
                await bolt.async_dispatch(AsyncBoltRequest(body=body, mode="socket_mode"))

    with stage(sqlite) as on, open_sink() as slack, open_sink() as other:
        asyncio.run(ask(on, slack, slack.origin if is_slacks else other.origin))
    assert (len(slack.texts) > 0, len(other.texts)) == (is_slacks, 0)
