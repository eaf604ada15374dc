"""What the services need from the edges, said as Protocols; storage and the adapters fulfil them."""

import asyncio
import datetime as dt
import random
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from bot.domain.ids import (
    ChannelId,
    DeliveryKey,
    DraftId,
    ItemId,
    MessageTs,
    OrganisationId,
    PartnershipId,
    Pseudonym,
    RoundId,
    TeamId,
    UserId,
)
from bot.domain.outbox import Claimed, MessageKind, Outcome, Outgoing
from bot.domain.partnership import Partnership, Roster
from bot.domain.people import Member, Person, Profile, RoleHolder
from bot.domain.questions import QuestionBank
from bot.domain.responses import Answer
from bot.domain.rounds import Click, OwnAnswer, Round, Saved
from bot.domain.sentiment import Sentiment


class Clock(Protocol):
    """The product's time (movable in tests and in the demonstration) and the real one (leases, pacing, signatures)."""

    def now(self) -> dt.datetime:
        """The product's time, aware UTC."""
        ...

    def real(self) -> dt.datetime:
        """The real time, aware UTC."""
        ...


class Holidays(Protocol):
    """Public holidays by region code ("GB-ENG")."""

    def is_holiday(self, day: dt.date, regions: Sequence[str]) -> bool:
        """Whether the day is a public holiday in one of the regions."""
        ...

    def known_region(self, code: str) -> bool:
        """Whether holidays of this region are known."""
        ...


class Vault(Protocol):
    """Keys and secrets. What it seals can be opened only with PULSE_SECRET_KEY, which is not in the database."""

    def new_key(self) -> bytes:
        """A random pseudonym key for a partnership, sealed."""
        ...

    def pseudonym(self, sealed_key: bytes, person: Person) -> Pseudonym:
        """HMAC-SHA256 of the person under the partnership's key (PRIVACY, what is stored)."""
        ...

    def seal(self, text: str) -> bytes:
        """The text, readable only with the secret key."""
        ...

    def open(self, sealed: bytes) -> str:
        """The text of what was sealed; raises Unavailable when the key is another one."""
        ...


class SentimentReader(Protocol):
    """Reads the mood of one comment."""

    def read(self, text: str) -> Sentiment:
        """Polarity, label, confidence and themes of a comment."""
        ...


class Directory(Protocol):
    """Who is in a channel, as Slack tells it now. Raises SlackRefused (bot.services.ports) when Slack will not say."""

    def members(self, channel_id: ChannelId, known: Mapping[UserId, Profile]) -> tuple[Profile, ...]:
        """Profiles of everybody in the channel; those in `known` are not looked up again."""
        ...


class SlackRefused(Exception):
    """Slack refused a question about a channel; `reason` is its error code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SlackBusy(SlackRefused):
    """Slack asks to wait this long, or could not be reached."""

    def __init__(self, after: dt.timedelta) -> None:
        super().__init__("ratelimited")
        self.after = after


class Messenger(Protocol):
    """Sends one drawn message to Slack; never retries by itself."""

    def send(self, message: Outgoing, drawn: Mapping[str, Any], edits: MessageTs | None) -> Outcome:
        """Post the drawn message, or edit the one at `edits`; the outcome is a value."""
        ...

    def find(self, message: Outgoing, since: dt.datetime) -> Outcome | None:
        """Look for a message whose reply was lost, by its key, from a real time on; None if it is not there."""
        ...


class DueKind(StrEnum):
    """Kinds of work that fall due for a partnership; one row for each kind and subject."""

    OPEN = "open"
    REMIND = "remind"
    CLOSE = "close"
    COUNTER = "counter"


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


class Partnerships(Protocol):
    """Partnerships, their organisations, and the key that pseudonyms are made with."""

    def add(self, partnership: Partnership, sealed_key: bytes) -> None: ...
    def save(self, partnership: Partnership) -> None: ...
    def get(self, partnership_id: PartnershipId) -> Partnership: ...
    def in_channel(self, team_id: TeamId, channel_id: ChannelId) -> Partnership | None: ...
    def of_workspace(self, team_id: TeamId) -> tuple[Partnership, ...]: ...
    def of_person(self, person: Person) -> tuple[Partnership, ...]: ...
    def sealed_key(self, partnership_id: PartnershipId) -> bytes: ...


class People(Protocol):
    """Rosters and roles."""

    def roster(self, partnership_id: PartnershipId) -> Roster: ...
    def put(self, partnership_id: PartnershipId, member: Member) -> None: ...
    def remove(self, partnership_id: PartnershipId, person: Person) -> None: ...
    def set_holders(self, partnership_id: PartnershipId, holders: Iterable[RoleHolder]) -> None: ...


class Rounds(Protocol):
    """Rounds of all partnerships."""

    def add(self, opened: Round, invited: Mapping[OrganisationId, int]) -> bool:
        """Add a round; False if the partnership already had one on this scheduled day."""
        ...

    def get(self, round_id: RoundId) -> Round | None: ...
    def save(self, changed: Round) -> None: ...
    def current(self, partnership_id: PartnershipId) -> Round | None:
        """The round that is not closed yet, if there is one."""
        ...

    def latest(self, partnership_id: PartnershipId) -> Round | None:
        """The round opened last."""
        ...

    def of_block(self, partnership_id: PartnershipId, block: int) -> tuple[Round, ...]: ...
    def invited(self, round_id: RoundId) -> dict[OrganisationId, int]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PastAnswer:
    """One scored answer of the past with the ordinal of its calendar week; for the drift statistic only."""

    week: int
    person: Pseudonym
    organisation_id: OrganisationId | None
    dimension: str
    score: int


class Answers(Protocol):
    """Answers and comments. They leave the services only as Released, Withheld or, to their author, OwnAnswer."""

    def of_round(self, round_id: RoundId) -> tuple[Answer, ...]: ...
    def own(self, round_id: RoundId, pseudonym: Pseudonym) -> tuple[OwnAnswer, ...]: ...
    def people_in(self, round_id: RoundId) -> int:
        """How many distinct people have answered in a round."""
        ...

    def history(self, partnership_id: PartnershipId, first_week: int) -> tuple[PastAnswer, ...]: ...
    def forget_before(self, partnership_id: PartnershipId, week: int) -> None:
        """Delete answers and comments of rounds before this week (PRIVACY: kept 34 weeks)."""
        ...

    def forget_expired(self, week: int) -> int:
        """Delete those of every partnership, the ended ones too, before this week; returns of how many rounds."""
        ...

    def rewrite_shuffled(self, round_id: RoundId, randomness: random.Random) -> None:
        """Store the round's answers and comments again in random order, so that physical order betrays nothing."""
        ...

    def put_comment(self, partnership_id: PartnershipId, round_id: RoundId, comment: KeptComment) -> None: ...
    def remove_comment(self, round_id: RoundId, pseudonym: Pseudonym) -> None: ...
    def comment(self, round_id: RoundId, pseudonym: Pseudonym) -> KeptComment | None: ...
    def comments_of(self, round_ids: Sequence[RoundId]) -> tuple[KeptComment, ...]: ...


class Publications(Protocol):
    """What was released, once and for ever: one JSON body for each subject ("round:ID", "block:N")."""

    def add(self, partnership_id: PartnershipId, subject: str, body: Mapping[str, Any], at: dt.datetime) -> None: ...
    def get(self, partnership_id: PartnershipId, subject: str) -> dict[str, Any] | None: ...
    def latest(self, partnership_id: PartnershipId, count: int) -> tuple[dict[str, Any], ...]:
        """Bodies of the latest rounds, oldest first."""
        ...


class Outbox(Protocol):
    """Messages to be sent."""

    def add(self, message: Outgoing) -> bool:
        """Put a message in; False if its key is already there."""
        ...

    def claim(self, now: dt.datetime, real: dt.datetime, limit: int) -> tuple[Claimed, ...]:
        """Take up to `limit` due messages for one lease, in order, never two of one channel out of order."""
        ...

    def settle(self, claimed: Claimed, outcome: Outcome, real: dt.datetime) -> None:
        """Write down what became of a message."""
        ...

    def next_at(self, real: dt.datetime) -> dt.datetime | None:
        """The product time at which the next message is due; None when the outbox is drained."""
        ...

    def drop(self, partnership_id: PartnershipId) -> None:
        """Give up unsent messages to a partnership's channel that has become unreachable."""
        ...

    def revive(self, round_id: RoundId, *kinds: MessageKind) -> None:
        """Send after all what could not be sent about a round because its channel was unreachable."""
        ...

    def readdress(self, team_id: TeamId, old: ChannelId, new: ChannelId) -> None:
        """Send to a channel's new id what has not been delivered under the old one."""
        ...

    def delivered_ts(self, key: DeliveryKey) -> MessageTs | None: ...


class Schedule(Protocol):
    """Work that falls due."""

    def put(self, due: Due) -> None:
        """Set the time of a kind of work; replaces the row of the same partnership, kind and subject."""
        ...

    def drop(self, partnership_id: PartnershipId, *kinds: DueKind, subject: str | None = None) -> None:
        """Forget kinds of work, of one subject or of all."""
        ...

    def get(self, partnership_id: PartnershipId, kind: DueKind, subject: str = "") -> Due | None: ...
    def claim(self, now: dt.datetime, limit: int) -> tuple[Due, ...]:
        """Lock up to `limit` due rows until the transaction ends; other replicas skip them."""
        ...

    def next_at(self) -> dt.datetime | None: ...
    def roster_wanted(self, channel_id: ChannelId, team_id: TeamId, at: dt.datetime) -> None:
        """Ask for a channel's roster to be read again from Slack; of two times the earlier counts."""
        ...

    def roster_settled(self, channel_id: ChannelId, team_id: TeamId, at: dt.datetime) -> None:
        """Forget that a roster is wanted at this time; if it has been asked for anew since, it stays wanted."""
        ...

    def claim_rosters(self, now: dt.datetime, limit: int) -> tuple[tuple[TeamId, ChannelId], ...]:
        """Take the channels whose roster is wanted; the rows are gone when the transaction commits."""
        ...


class Notebook(Protocol):
    """Small things: drafts of forms, events already seen, concerns, channels the bot was invited to."""

    def seen(self, event_id: str, at: dt.datetime) -> bool:
        """Whether the event was seen before; notes it."""
        ...

    def put_draft(self, draft: Draft, at: dt.datetime) -> None: ...
    def draft(self, draft_id: DraftId) -> Draft | None: ...
    def drop_draft(self, draft_id: DraftId) -> None: ...
    def put_profiles(self, channel_id: ChannelId, profiles: Sequence[Profile]) -> None:
        """Keep who is in a channel that is not set up yet, for prefilling its form."""
        ...

    def profiles(self, channel_id: ChannelId) -> tuple[Profile, ...]: ...
    def add_concern(
        self, concern_id: str, partnership_id: PartnershipId, author: Person, text: str, at: dt.datetime
    ) -> None: ...


class Transaction(Protocol):
    """One transaction and what can be done in it."""

    @property
    def partnerships(self) -> Partnerships: ...
    @property
    def people(self) -> People: ...
    @property
    def rounds(self) -> Rounds: ...
    @property
    def answers(self) -> Answers: ...
    @property
    def publications(self) -> Publications: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def schedule(self) -> Schedule: ...
    @property
    def notebook(self) -> Notebook: ...


class Store(Protocol):
    """The database: `write()` commits at the end of the block or not at all; `read()` never writes."""

    def write(self) -> AbstractContextManager[Transaction]: ...
    def read(self) -> AbstractContextManager[Transaction]: ...


class AnswerWriter(Protocol):
    """The group-commit writer. Clicks that wait together are stored together."""

    def submit(self, click: Click) -> asyncio.Future[Saved]:
        """From the running loop: a future that is done when the click is durable, or holds the refusal."""
        ...

    def store(self, click: Click) -> Saved:
        """From a thread: return when the click is durable, or raise the refusal."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Everything a service may use; put together in bot.app alone."""

    store: Store
    writer: AnswerWriter
    clock: Clock
    vault: Vault
    holidays: Holidays
    bank: QuestionBank
    sentiment: SentimentReader
    randomness: random.Random
    operator: str

    def question(self, item_id: ItemId, organisations: int) -> str:
        """The sentence of a question in a partnership of so many organisations."""
        return self.bank.item(item_id).words(organisations)
