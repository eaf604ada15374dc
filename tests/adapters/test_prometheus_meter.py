"""The metrics: every series from the start, in a registry of its own, with labels from closed sets alone."""

import datetime as dt
import math

import pytest
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from bot.adapters.prometheus_meter import JOBS, PrometheusMeter
from bot.domain.counted import Acknowledged, AnswerOutcome, Batch, Refusal
from bot.domain.ids import ChannelId, MessageTs
from bot.domain.outbox import Delivered, InDoubt, Outcome, Refused, Retry, Untried
from bot.services.ports import Backlog
from schedules.scheduler import Clockwork
from storage.engine import Database
from tests.builders import TUESDAY, stage
from tests.schedules.test_scheduler import Nobody, Postman

Sample = tuple[str, str]
NOTHING_DUE = Backlog(due=0, oldest_due_at=None, oldest_work_at=None)
CLOSED_SETS = {
    "outcome": {*AnswerOutcome, "delivered", "retry", "refused", "in_doubt", "untried"},
    "kind": set(Refusal),
    "result": set(Acknowledged),
    "job": set(JOBS),
}


def samples(meter: PrometheusMeter, backlog: Backlog | None = NOTHING_DUE, queue: int = 0) -> dict[Sample, float]:
    """All values of a scrape, by name and the value of the one label."""
    text = meter.text(backlog, TUESDAY, queue).decode()
    return {
        (sample.name, next((value for name, value in sample.labels.items() if name != "le"), "")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if "le" not in sample.labels
    }


def test_every_series_is_there_before_anything_happens() -> None:
    found = samples(PrometheusMeter())
    assert {each for name, each in found if name == "pulse_answers_total"} == set(AnswerOutcome)
    assert {each for name, each in found if name == "pulse_refusals_total"} == set(Refusal)
    assert {each for name, each in found if name == "pulse_acknowledgement_seconds_count"} == set(Acknowledged)
    assert found["pulse_drift_passes_total", ""] == found["pulse_tick_seconds_count", ""] == 0


def test_two_bots_in_one_process_do_not_count_together_and_nothing_is_global() -> None:
    one, other = PrometheusMeter(), PrometheusMeter()
    one.judged_drift()
    assert (samples(one)["pulse_drift_passes_total", ""], samples(other)["pulse_drift_passes_total", ""]) == (1, 0)
    assert not any(family.name.startswith("pulse") for family in REGISTRY.collect())


def test_a_batch_of_answers_is_counted_by_outcome_and_its_refusals_by_kind() -> None:
    meter = PrometheusMeter()
    meter.batch(Batch(stored=5, withdrawn=2, refused={Refusal.TOO_LATE: 1, Refusal.NOT_HERE: 3}))
    found = samples(meter)
    assert [found["pulse_answers_total", each] for each in ("stored", "withdrawn", "refused")] == [5, 2, 4]
    assert [found["pulse_refusals_total", each] for each in ("too_late", "not_here", "busy")] == [1, 3, 0]
    assert (found["pulse_writer_batch_size_count", ""], found["pulse_writer_batch_size_sum", ""]) == (1, 11)


@pytest.mark.parametrize(
    ("outcome", "word"),
    [
        (Delivered(channel_id=ChannelId("C1"), ts=MessageTs("1.0")), "delivered"),
        (Retry(after=dt.timedelta(seconds=1)), "retry"),
        (Refused(reason="is_archived"), "refused"),
        (InDoubt(), "in_doubt"),
        (Untried(), "untried"),
    ],
)
def test_every_outcome_of_a_delivery_is_counted(outcome: Outcome, word: str) -> None:
    meter = PrometheusMeter()
    meter.delivered(outcome)
    assert samples(meter)["pulse_deliveries_total", word] == 1


def test_what_waits_is_told_with_its_age() -> None:
    backlog = Backlog(
        due=7, oldest_due_at=TUESDAY - dt.timedelta(minutes=2), oldest_work_at=TUESDAY - dt.timedelta(seconds=5)
    )
    found = samples(PrometheusMeter(), backlog, queue=3)
    assert (found["pulse_outbox_due", ""], found["pulse_outbox_oldest_due_seconds", ""]) == (7, 120)
    assert (found["pulse_work_oldest_due_seconds", ""], found["pulse_writer_queue", ""]) == (5, 3)
    assert found["pulse_database_up", ""] == 1


def test_without_a_database_what_waits_is_not_known_and_not_nought() -> None:
    found = samples(PrometheusMeter(), None)
    assert found["pulse_database_up", ""] == 0
    for name in ("pulse_outbox_due", "pulse_outbox_oldest_due_seconds", "pulse_work_oldest_due_seconds"):
        assert math.isnan(found[name, ""])


def test_no_label_takes_a_value_from_outside_its_closed_set() -> None:
    text = PrometheusMeter().text(NOTHING_DUE, TUESDAY, 0).decode()
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            assert all(value in CLOSED_SETS[name] for name, value in sample.labels.items() if name != "le"), sample


def test_every_job_of_the_clockwork_may_fail_and_be_counted(sqlite: Database) -> None:
    with stage(sqlite) as on:
        assert set(Clockwork(on.ports, Postman(), Nobody()).jobs) == set(JOBS)
