"""A process that is asked to stop finishes what it took, gives back what it did not begin, and ends well."""

import signal
import threading
from contextlib import ExitStack
from dataclasses import replace

import pytest

from storage.engine import Database
from tests.builders import add_partnership
from tests.journeys.database_away import hangs
from tests.journeys.open_pulse import begin, kept, stage_of
from tests.journeys.world import journey, listening, people_of_northfield
from tests.operations.running import (
    Crowd,
    eventually,
    everybody,
    messages,
    open_until_tomorrow,
    put_messages,
    replica,
    stored,
)

EACH = 60


def test_whatever_was_accepted_is_acknowledged_and_stored_when_the_process_is_stopped(database: Database) -> None:
    with open_until_tomorrow(database, EACH) as on, replica(on, database) as bot:
        crowd = Crowd(on=on, people=everybody(EACH), send_to=lambda: bot.port)
        clicking = crowd.click()
        assert crowd.some.wait(10)
        bot.process.send_signal(signal.SIGTERM)
        assert eventually(lambda: not bot.is_ready())
        said = bot.asks("/readyz", bot.port)
        crowd.enough.set()  # a proxy has seen it too, and sends new requests elsewhere
        for each in clicking:
            each.join()
        assert bot.process.wait(20) == 0
        assert said == (503, '{"ready":false,"parts":{"process":"is stopping"}}')
        assert crowd.failed == []
        assert EACH <= len(crowd.acknowledged) < 6 * EACH
        assert stored(on, database) == crowd.acknowledged


def test_messages_that_were_claimed_and_not_begun_are_given_back_at_once(database: Database) -> None:
    with open_until_tomorrow(database, 30) as on:
        put_messages(on, 30)
        with replica(on, database) as bot:
            assert eventually(lambda: any(each["leased_until"] for each in messages(database)))
            assert bot.stop() == 0
        found = messages(database)
    assert {each["leased_until"] for each in found} == {None}
    assert {each["state"] for each in found} == {"delivered", "waiting"}
    on_their_way = sum(each["state"] == "delivered" for each in found)
    assert len({each.ts for user in range(1, 31) for each in on.slack.dms(f"U0H{user:02}")}) == on_their_way


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_process_that_nobody_uses_ends_well_and_soon(sqlite: Database, how: signal.Signals) -> None:
    with open_until_tomorrow(sqlite, 1) as on, replica(on, sqlite) as bot:
        assert bot.asks("/healthz") == (200, "ok")
        assert bot.stop(how) == 0


def test_in_socket_mode_a_click_that_came_in_is_answered_before_the_connection_is_given_up(database: Database) -> None:
    with journey(database, "http") as other:
        people_of_northfield(other.slack)
        begin(other, add_partnership(stage_of(other)))
        settings = replace(other.product.settings, app_token=other.slack.app_token, metrics_listen=None)
        product = replace(other.product, settings=settings)
        click = other.slack.person("U0H03").clicks("answer_1_4", on=other.pulse())
        answers: list[object] = []
        clicking = threading.Thread(target=lambda: answers.append(other.slack.deliver("interactive", click)))
        leaving = ExitStack()
        leaving.enter_context(listening(product, other.app))
        with hangs(database):
            clicking.start()
            assert eventually(lambda: product.writer.backlog > 0)
            stopping = threading.Thread(target=leaving.close)
            stopping.start()
            stopping.join(0.3)
            assert stopping.is_alive()  # it waits for the click
        for each in (clicking, stopping):
            each.join(10)
        assert answers == [{}]
        assert kept(other, "U0H03") == [4, "-", "-"]
