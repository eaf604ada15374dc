"""Records that only storage and the services exchange."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from bot.domain.ids import (
    ChannelId,
    DraftId,
    OrganisationId,
    PartnershipId,
    Pseudonym,
    RoundId,
)
from bot.domain.people import Person
from bot.domain.sentiment import Sentiment


class DueKind(StrEnum):
    """Kinds of work that fall due for a partnership; one row for each kind and subject."""

    OPEN = "open"
    REMIND = "remind"
    CLOSE = "close"
    COUNTER = "counter"
    ESCALATION = "escalation"
    ALERT = "alert"
    DIGEST = "digest"
    MILESTONE_WORDS = "milestone_words"
    MILESTONE = "milestone"
    FORGET = "forget"


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Work of a partnership that is due. `subject` tells several pieces of one kind apart."""

    partnership_id: PartnershipId
    kind: DueKind
    due_at: dt.datetime
    subject: str = ""
    scheduled_on: dt.date | None = None
    round_id: RoundId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """How many messages are due and unsent, since when, and since when work is due (product's time; None: nothing)."""

    due: int
    oldest_due_at: dt.datetime | None
    oldest_work_at: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptComment:
    """A comment as it is kept: redacted text, its mood, and whether its author allowed quoting."""

    pseudonym: Pseudonym
    organisation_id: OrganisationId | None
    counts: bool
    text: str
    quotable: bool
    sentiment: Sentiment


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A form that is being filled in over several screens; belongs to its author alone."""

    id: DraftId
    author: Person
    channel_id: ChannelId
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What was released for a subject ("round:ID", "block:N"), as JSON, and when."""

    subject: str
    body: Mapping[str, Any]
    at: dt.datetime

    @property
    def day(self) -> str:
        """The day of it, ISO 8601."""
        return self.at.date().isoformat()


class PastAnswer(NamedTuple):
    """One scored answer of the past with the ordinal of its calendar week; for the drift statistic only.

    `counts` is False for a new member's answers in the first block.
    """

    week: int
    person: Pseudonym
    score: int
    organisation_id: OrganisationId | None
    dimension: str
    counts: bool
