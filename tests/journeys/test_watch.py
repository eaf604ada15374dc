"""What is seen from outside: health, readiness with its parts, and metrics that name nobody."""

import json
import re
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

from bot.app import watch_of
from bot.domain.ids import DeliveryKey, UserId
from bot.domain.outbox import MessageKind, Outgoing
from schedules.delivery import deliver
from storage.engine import Database
from tests.builders import HOME, SECRET, TUESDAY, add_partnership, person
from tests.journeys.database_away import is_unreachable
from tests.journeys.open_pulse import begin, click, kept, newest_round, open_pulse, stage_of
from tests.journeys.world import CHANNEL, MODES, SIGNING_SECRET, Journey, journey, people_of_northfield
from tests.services.stories import everybody

Json = dict[str, Any]


def ask(on: Journey, path: str, port: int | None = None) -> tuple[int, str]:
    """What the watching port (or another one) answers."""
    watching = on.product.settings.metrics_listen
    assert watching is not None
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port or watching.port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def parts(on: Journey) -> dict[str, str]:
    """What readiness says of each part."""
    read: dict[str, str] = json.loads(ask(on, "/readyz")[1])["parts"]
    return read


def a_word(on: Journey, user: UserId) -> Outgoing:
    """A direct message that is due."""
    body = {"number": 1, "closes_at": TUESDAY.isoformat(), "timezone": "Europe/London"}
    now = on.clock.now()
    key = DeliveryKey(f"word:{user}:{now.isoformat()}")
    return Outgoing(key=key, kind=MessageKind.REMINDER, team_id=HOME, user_id=user, body=body, due_at=now)


def eventually(is_so: Callable[[], bool]) -> bool:
    """Whether it becomes so within some seconds."""
    pause = threading.Event()
    return any(is_so() or pause.wait(0.02) for _ in range(250))


def value(text: str, series: str) -> float:
    """One value of a scrape."""
    found = re.search(rf"^{re.escape(series)} (\S+)$", text, re.MULTILINE)
    assert found is not None, series
    return float(found[1])


@pytest.mark.parametrize("mode", MODES)
def test_a_running_bot_is_alive_and_ready(database: Database, mode: str) -> None:
    with open_pulse(database, mode) as on:
        assert ask(on, "/healthz") == (200, "ok")
        status, said = ask(on, "/readyz")
        assert (status, json.loads(said)) == (
            200,
            {"ready": True, "parts": {"answers": "ok", "database": "ok", "slack": "ok"}},
        )


def test_over_http_health_is_on_slacks_port_too_and_metrics_are_not(sqlite: Database) -> None:
    with open_pulse(sqlite, "http") as on:
        assert [ask(on, path, on.port)[0] for path in ("/healthz", "/readyz", "/metrics")] == [200, 200, 404]
        assert ask(on, "/metrics")[0] == 200


def test_a_bot_that_cannot_store_answers_is_alive_and_not_ready_until_it_can(database: Database) -> None:
    with open_pulse(database, "http") as on:
        with is_unreachable(database):
            on.send("interactive", click(on, "U0H03", "answer_1_4"))
            status, said = ask(on, "/readyz")
            assert (status, json.loads(said)["ready"]) == (503, False)
            assert json.loads(said)["parts"]["answers"] == "cannot be stored"
            assert ask(on, "/healthz")[0] == 200
        assert eventually(lambda: ask(on, "/readyz")[0] == 200)  # although nobody has clicked
        on.answer("U0H03", 4)
        assert kept(on, "U0H03") == [4, "-", "-"]


def test_a_database_that_does_not_answer_is_named_by_the_kind_of_its_error_alone(postgres: Database) -> None:
    with open_pulse(postgres, "http") as on, is_unreachable(postgres):
        assert parts(on)["database"] == "does not answer (OperationalError)"
        _, text = ask(on, "/metrics")
        assert value(text, "pulse_database_up") == 0
        assert str(postgres.engine.url.database) not in text + ask(on, "/readyz")[1]


def test_a_database_that_waits_for_a_migration_is_not_ready(sqlite: Database) -> None:
    with journey(sqlite, "http") as on:
        with sqlite.writing() as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
        assert watch_of(on.product).parts()["database"] == "waits for a migration"


def test_a_database_that_a_newer_version_has_migrated_is_ready(sqlite: Database) -> None:
    with journey(sqlite, "http") as on:
        with sqlite.writing() as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        assert watch_of(on.product).parts()["database"] == "ok"


def test_a_token_that_slack_refuses_is_told_until_slack_takes_one_again(sqlite: Database) -> None:
    with journey(sqlite, "http") as on:
        people_of_northfield(on.slack)
        watch = watch_of(on.product)
        messenger = watch.over(on.product.messenger)
        north = add_partnership(stage_of(on))
        on.slack.world.tokens[on.slack.token].revoked = True
        begin(on, north)
        assert watch.parts()["slack"] == "ok"  # nothing was sent through its eyes yet
        on.pass_time(seconds=1)
        with on.product.ports.store.write() as tx:
            for each in everybody(1):
                tx.outbox.add(a_word(on, each.person.user_id))
        deliver(on.product.ports, messenger)
        assert watch.parts()["slack"] == "refuses the token (token_revoked)"
        on.slack.world.tokens[on.slack.token].revoked = False
        with on.product.ports.store.write() as tx:
            tx.outbox.add(a_word(on, person(2).user_id))
        deliver(on.product.ports, messenger)
        assert watch.parts()["slack"] == "ok"


def test_in_socket_mode_a_connection_that_is_gone_is_told(sqlite: Database) -> None:
    with journey(sqlite, "socket") as on:
        on.slack.world.tokens[on.slack.app_token].revoked = True  # so that it cannot come back
        on.slack.disconnect(warn=False)
        assert eventually(lambda: parts(on)["slack"] == "is not connected")


@pytest.mark.parametrize("mode", MODES)
def test_what_happens_is_counted(database: Database, mode: str) -> None:
    with open_pulse(database, mode) as on:
        on.answer("U0H03", 4, 5)
        on.answer("U0E01", 0)
        on.send("interactive", click(on, "U0H03", "answer_1_4", "r-nowhere|TRU01|4"))
        acknowledged = 'pulse_acknowledgement_seconds_count{result="ok"}'  # counted when it is on its way
        assert eventually(lambda: value(ask(on, "/metrics")[1], acknowledged) == 4)
        _, text = ask(on, "/metrics")
        assert value(text, 'pulse_answers_total{outcome="stored"}') == 3
        assert value(text, 'pulse_answers_total{outcome="refused"}') == 1
        assert value(text, 'pulse_deliveries_total{outcome="delivered"}') >= 1
        assert value(text, "pulse_work_lateness_seconds_count") >= 1
        assert value(text, "pulse_outbox_due") == 0
        assert value(text, "pulse_database_up") == 1


def test_what_the_edge_sends_away_is_counted_by_its_reason(sqlite: Database) -> None:
    with journey(sqlite, "http") as on:
        request = urllib.request.Request(f"http://127.0.0.1:{on.port}/slack/events", data=b"payload={}")
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(request, timeout=5)
        _, text = ask(on, "/metrics")
        assert value(text, 'pulse_refusals_total{kind="unsigned"}') == 1
        assert value(text, 'pulse_acknowledgement_seconds_count{result="refused"}') == 1


def test_a_message_that_waits_is_seen_with_its_age(database: Database) -> None:
    with open_pulse(database) as on:
        with on.product.ports.store.write() as tx:
            tx.outbox.add(a_word(on, person(1).user_id))
        on.clock.move(seconds=90)
        _, text = ask(on, "/metrics")
        assert value(text, "pulse_outbox_due") == 1
        assert value(text, "pulse_outbox_oldest_due_seconds") == 90


@pytest.mark.parametrize("mode", MODES)
def test_nothing_that_is_told_to_whoever_watches_names_anybody(database: Database, mode: str) -> None:
    with open_pulse(database, mode) as on:
        for number in range(1, 11):
            on.answer(f"U0H{number:02}", 1, 2, 3)
        asked = newest_round(on)
        with is_unreachable(database):
            on.send("interactive", click(on, "U0H03", "answer_1_4"))
        emitted = "\n".join(ask(on, path)[1] for path in ("/metrics", "/readyz", "/healthz"))
    with database.reading() as connection:
        pseudonyms = connection.exec_driver_sql("SELECT DISTINCT pseudonym FROM answers").scalars().all()
    assert len(pseudonyms) == 10
    planted = [asked.id, asked.partnership_id, *asked.items, CHANNEL, "T0HOME", "T0EXT", "Northfield", "Brightbuild"]
    planted += [each.person.user_id for each in everybody()] + [SECRET, SIGNING_SECRET, on.slack.token, *pseudonyms]
    assert [each for each in planted if each in emitted] == []
