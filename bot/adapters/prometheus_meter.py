"""The Meter over prometheus_client, in a registry of its own: what it counts, `docs/operations.md` explains."""

import datetime as dt

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from bot.domain.counted import Acknowledged, AnswerOutcome, Batch, Refusal
from bot.domain.outbox import Delivered, InDoubt, Outcome, Refused, Retry, Untried
from bot.services.ports import Backlog

CONTENT_TYPE = CONTENT_TYPE_LATEST
JOBS = ("tick", "delivery", "forgetting", "tidying", "rosters")

# Slack waits three seconds; a person notices a tenth.
_ACKNOWLEDGEMENT = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
_TICK = (0.01, 0.05, 0.1, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0)
_LATENESS = (1.0, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0)
_BATCH = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_OUTCOMES: dict[type[Outcome], str] = {
    Delivered: "delivered",
    Retry: "retry",
    Refused: "refused",
    InDoubt: "in_doubt",
    Untried: "untried",
}
_NOT_KNOWN = float("nan")


class PrometheusMeter:
    """bot.services.ports.Meter; `text` is what a scrape reads. Every series is there from the start, at nought."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=True)
        ProcessCollector(registry=self.registry)

        def counter(name: str, says: str, label: str = "") -> Counter:
            return Counter(name, says, (label,) if label else (), registry=self.registry)

        def gauge(name: str, says: str) -> Gauge:
            return Gauge(name, says, registry=self.registry)

        answers = counter("pulse_answers", "Clicks on answers, by what became of them", "outcome")
        refusals = counter("pulse_refusals", "What was not done for a known reason, by kind", "kind")
        deliveries = counter("pulse_deliveries", "Attempts to send a message, by what became of them", "outcome")
        jobs = counter("pulse_jobs_failed", "Scheduled jobs that ended with an error", "job")
        acknowledgements = Histogram(
            "pulse_acknowledgement_seconds",
            "From the arrival of a request of Slack's to its answer",
            ("result",),
            buckets=_ACKNOWLEDGEMENT,
            registry=self.registry,
        )
        self._answers = {each: answers.labels(each.value) for each in AnswerOutcome}
        self._refusals = {each: refusals.labels(each.value) for each in Refusal}
        self._deliveries = {each: deliveries.labels(word) for each, word in _OUTCOMES.items()}
        self._jobs = {each: jobs.labels(each) for each in JOBS}
        self._acknowledgements = {each: acknowledgements.labels(each.value) for each in Acknowledged}
        self._drift = counter("pulse_drift_passes", "Partnerships looked at for drift")
        self._tick = Histogram("pulse_tick_seconds", "One pass over due work", buckets=_TICK, registry=self.registry)
        self._lateness = Histogram(
            "pulse_work_lateness_seconds", "How long after it was due a piece of work was begun",
            buckets=_LATENESS, registry=self.registry,
        )  # fmt: skip
        self._batches = Histogram(
            "pulse_writer_batch_size", "Clicks stored in one transaction", buckets=_BATCH, registry=self.registry
        )
        self._queue = gauge("pulse_writer_queue", "Clicks that wait for the next transaction")
        self._due = gauge("pulse_outbox_due", "Messages that are due and not sent, in the whole database")
        self._oldest = gauge("pulse_outbox_oldest_due_seconds", "How long the oldest of them has been due")
        self._work = gauge("pulse_work_oldest_due_seconds", "How long the oldest work not yet begun has been due")
        self._database = gauge("pulse_database_up", "Whether the database answered this scrape")

    def batch(self, taken: Batch) -> None:
        """The writer of answers took clicks into one transaction."""
        self._batches.observe(taken.size)
        self._answers[AnswerOutcome.STORED].inc(taken.stored)
        if taken.withdrawn:
            self._answers[AnswerOutcome.WITHDRAWN].inc(taken.withdrawn)
        for kind, count in taken.refused.items():
            self._answers[AnswerOutcome.REFUSED].inc(count)
            self.refused(kind, count)

    def acknowledged(self, how: Acknowledged, seconds: float) -> None:
        """A request of Slack's was answered so long after it came in."""
        self._acknowledgements[how].observe(seconds)

    def refused(self, kind: Refusal, count: int = 1) -> None:
        """Something was not done, for a known reason."""
        if count:
            self._refusals[kind].inc(count)

    def delivered(self, outcome: Outcome) -> None:
        """What became of one attempt to send a message."""
        self._deliveries[type(outcome)].inc()

    def judged_drift(self) -> None:
        """One partnership was looked at for drift."""
        self._drift.inc()

    def ticked(self, seconds: float) -> None:
        """One pass over due work took so long."""
        self._tick.observe(seconds)

    def late(self, by: dt.timedelta) -> None:
        """A piece of work was begun so long after it was due."""
        self._lateness.observe(max(0.0, by.total_seconds()))

    def job_failed(self, job: str) -> None:
        """A scheduled job ended with an error and will be tried again."""
        self._jobs[job].inc()

    def text(self, backlog: Backlog | None, now: dt.datetime, writer_queue: int) -> bytes:
        """All series in Prometheus' text format; without a backlog, those of the database are not a number."""
        self._queue.set(writer_queue)
        self._database.set(backlog is not None)
        self._due.set(_NOT_KNOWN if backlog is None else backlog.due)
        self._oldest.set(_NOT_KNOWN if backlog is None else _age(backlog.oldest_due_at, now))
        self._work.set(_NOT_KNOWN if backlog is None else _age(backlog.oldest_work_at, now))
        return generate_latest(self.registry)


def _age(since: dt.datetime | None, now: dt.datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())
