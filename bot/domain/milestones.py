"""Milestones: dated events that organisations reached together, when each is told, and whose words go with it."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.domain.cadence import Cadence
from bot.domain.errors import FieldFault, InvalidForm
from bot.domain.ids import MilestoneId, OrganisationId, PartnershipId
from bot.domain.people import Person
from bot.domain.workdays import IsHoliday, instant, is_working_day, next_working_day, previous_working_day

TITLE_MOST = 100  # characters
PHASE_MOST = 60
WORD_MOST = 300
ASKED_BEFORE = dt.timedelta(days=7)
PASSED_AFTER = dt.timedelta(days=14)  # what could not be told by then is not news any more
AHEAD_AT_MOST = dt.timedelta(days=3 * 366)

_DAY = dt.timedelta(days=1)


class MilestoneKind(StrEnum):
    """What a milestone is; it decides the words of its celebration and who is asked for theirs."""

    PHASE_CHANGE = "phase_change"
    DELIVERY = "delivery"
    FIRST = "first"
    RECOVERY = "recovery"
    ANNIVERSARY = "anniversary"


class Fate(StrEnum):
    """What became of a milestone. PASSED: it could not be told while it was news."""

    COMING = "coming"
    TOLD = "told"
    PASSED = "passed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a lead says about a milestone; `before` and `after` are the phases of a phase change, else empty."""

    title: str
    on: dt.date
    kind: MilestoneKind
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """A milestone as it is kept. `told_on` is the local day of its celebration; `agreed` are the organisations whose
    leads want to celebrate although an escalation is open."""

    id: MilestoneId
    partnership_id: PartnershipId
    plan: Plan
    fate: Fate = Fate.COMING
    told_on: dt.date | None = None
    agreed: frozenset[OrganisationId] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What a lead or senior says for a milestone, shown with name and organisation."""

    milestone_id: MilestoneId
    person: Person
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """A milestone ahead, as digests and App Home show it."""

    title: str
    kind: MilestoneKind
    on: dt.date


def planned(entered: Mapping[str, str | None], known: Plan | None, today: dt.date) -> Plan:
    """What the form says; a field that came back empty stands as `known` has it. Raises InvalidForm.

    Fields: title, on (ISO day), kind, and for a phase change before and after.
    """
    had: Mapping[str, str] = {} if known is None else _fields(known)
    said = {name: " ".join((entered.get(name) or had.get(name, "")).split()) for name in _FIELDS}
    kind = said["kind"] if said["kind"] in set(MilestoneKind) else ""
    on = _day(said["on"])
    faults = dict(_faults(said, kind, on, known, today))
    if faults or on is None:
        raise InvalidForm(tuple(FieldFault(field=field, reason=reason) for field, reason in faults.items()))
    phases = {"before": said["before"], "after": said["after"]} if kind == MilestoneKind.PHASE_CHANGE else {}
    return Plan(title=said["title"].rstrip("."), on=on, kind=MilestoneKind(kind), **phases)


def told_at(plan: Plan, cadence: Cadence, now: dt.datetime, is_holiday: IsHoliday) -> dt.datetime:
    """When a milestone is told (aware UTC): on its day at the partnership's wall time.

    A day that somebody does not work goes to the working day before, and what is already over to the first working
    day from now on. The moment may lie in the past: then it is told at once.
    """
    day = plan.on if is_working_day(plan.on, is_holiday) else previous_working_day(plan.on, is_holiday)
    first = next_working_day(local_day(now, cadence) - _DAY, is_holiday)
    return instant(max(day, first), cadence.at, cadence.timezone)


def told_next_at(cadence: Cadence, now: dt.datetime, is_holiday: IsHoliday) -> dt.datetime:
    """The next chance for a milestone that has to wait: the next working day at the partnership's wall time."""
    return instant(next_working_day(local_day(now, cadence), is_holiday), cadence.at, cadence.timezone)


def asked_at(at: dt.datetime, cadence: Cadence, is_holiday: IsHoliday) -> dt.datetime:
    """When people are asked for a word for what is told at `at`: a week before, or the working day before that."""
    day = local_day(at, cadence) - ASKED_BEFORE
    return instant(previous_working_day(day + _DAY, is_holiday), cadence.at, cadence.timezone)


def has_passed(plan: Plan, today: dt.date) -> bool:
    """Whether it is too late to tell of it."""
    return today > plan.on + PASSED_AFTER


def local_day(at: dt.datetime, cadence: Cadence) -> dt.date:
    """The calendar day in the partnership's zone."""
    return at.astimezone(ZoneInfo(cadence.timezone)).date()


_FIELDS = ("title", "on", "kind", "before", "after")


def _fields(plan: Plan) -> dict[str, str]:
    return {
        "title": plan.title,
        "on": plan.on.isoformat(),
        "kind": plan.kind,
        "before": plan.before,
        "after": plan.after,
    }


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _faults(
    said: Mapping[str, str], kind: str, on: dt.date | None, known: Plan | None, today: dt.date
) -> Iterable[tuple[str, str]]:
    if not said["title"].rstrip("."):
        yield "title", "Please say what is reached, for example “Phase 1 handed over”."
    elif len(said["title"]) > TITLE_MOST:
        yield "title", f"Please shorten it to {TITLE_MOST} characters; it has {len(said['title'])}."
    if on is None:
        yield "on", "Please choose the day."
    elif on < today and not (known and known.on == on):
        yield "on", "This day is over. Please choose today or a later day."
    elif on > today + AHEAD_AT_MOST:
        yield "on", "Please choose a day within the next three years."
    if not kind:
        yield "kind", "Please choose what kind of milestone it is."
    if kind == MilestoneKind.PHASE_CHANGE:
        for name, which in (("before", "ends"), ("after", "begins")):
            if not said[name]:
                yield name, f"A phase change needs the phase that {which}."
            elif len(said[name]) > PHASE_MOST:
                yield name, f"Please shorten it to {PHASE_MOST} characters; it has {len(said[name])}."
