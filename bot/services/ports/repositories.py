"""What is kept: one Protocol for each aggregate, fulfilled by storage within one transaction."""

import datetime as dt
import random
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Protocol

from bot.domain.drift_alerts import Answer as Comparable
from bot.domain.ids import (
    ChannelId,
    DeliveryKey,
    DraftId,
    MessageTs,
    OrganisationId,
    PartnershipId,
    Pseudonym,
    RoundId,
    TeamId,
)
from bot.domain.outbox import Claimed, MessageKind, Outcome, Outgoing
from bot.domain.partnership import Partnership, Roster
from bot.domain.people import Member, Person, Profile, RoleHolder
from bot.domain.responses import Answer
from bot.domain.rounds import OwnAnswer, Round
from bot.services.ports.records import Draft, Due, DueKind, KeptComment, PastAnswer, Published


class Partnerships(Protocol):
    """Partnerships, their organisations, and the key that pseudonyms are made with.

    In a transaction that writes, what is read here stays as it is until the end: read the partnership first.
    """

    def add(self, partnership: Partnership, sealed_key: bytes) -> None: ...
    def save(self, partnership: Partnership) -> None: ...
    def opened(self, partnership: Partnership) -> None:
        """Write down that a round was opened: its counts of rounds and the time of the last one."""
        ...

    def get(self, partnership_id: PartnershipId) -> Partnership: ...
    def in_channel(self, team_id: TeamId, channel_id: ChannelId) -> Partnership | None: ...
    def of_workspace(self, team_id: TeamId, *, ended: bool = False) -> tuple[Partnership, ...]:
        """The partnerships of a workspace that have not ended; with `ended`, those too."""
        ...

    def of_person(self, person: Person) -> tuple[Partnership, ...]: ...
    def known_as(self, place: str) -> tuple[Partnership, ...]:
        """The partnership with this id, or all that are or were in the channel with this id; for the operator."""
        ...

    def last_opened_in(self, team_id: TeamId, channel_id: ChannelId) -> dt.datetime | None:
        """When a round was opened last in a channel, also by a partnership that has ended."""
        ...

    def erase(self, partnership_id: PartnershipId, *, results_stay: bool) -> None:
        """Delete a partnership with everything that belongs to it; with `results_stay`, but for what it published."""
        ...

    def sealed_key(self, partnership_id: PartnershipId) -> bytes: ...


class People(Protocol):
    """Rosters and roles."""

    def roster(self, partnership_id: PartnershipId) -> Roster: ...
    def invited(self, partnership_id: PartnershipId, block: int) -> dict[OrganisationId, int]:
        """How many members of each organisation count in a block; organisations without any are left out."""
        ...

    def pseudonyms(self, partnership_id: PartnershipId) -> frozenset[Pseudonym]:
        """Everybody in the channel, as answers know them."""
        ...

    def moving(self, partnership_id: PartnershipId) -> tuple[Member, ...]:
        """The members whose change of organisation waits for the next block."""
        ...

    def put(self, partnership_id: PartnershipId, member: Member) -> None: ...
    def remove(self, partnership_id: PartnershipId, person: Person) -> None: ...
    def set_holders(self, partnership_id: PartnershipId, holders: Iterable[RoleHolder]) -> None: ...


class Rounds(Protocol):
    """Rounds of all partnerships."""

    def add(self, opened: Round, invited: Mapping[OrganisationId, int], groups: Mapping[OrganisationId, str]) -> bool:
        """Add a round; False if the partnership already had one on this scheduled day."""
        ...

    def get(self, round_id: RoundId) -> Round | None: ...
    def close(self, round_id: RoundId, at: dt.datetime) -> bool:
        """Close a round once everything that is being stored for it is stored; False if it is closed already."""
        ...

    def hold(self, round_id: RoundId) -> None:
        """Wait for answers to a round that are being stored; later ones wait until the transaction ends."""
        ...

    def posted(self, round_id: RoundId, ts: MessageTs) -> None: ...
    def counted(self, round_id: RoundId, shown: int) -> None: ...
    def move(self, round_id: RoundId, channel_id: ChannelId) -> None: ...
    def current(self, partnership_id: PartnershipId) -> Round | None:
        """The round that is not closed yet, if there is one."""
        ...

    def latest(self, partnership_id: PartnershipId) -> Round | None:
        """The round opened last."""
        ...

    def of_block(self, partnership_id: PartnershipId, block: int) -> tuple[Round, ...]: ...
    def invited(self, round_id: RoundId) -> dict[OrganisationId, int]:
        """All organisations of the partnership when the round opened, and how many of their members counted."""
        ...

    def groups(self, round_id: RoundId) -> dict[OrganisationId, str]:
        """The group in which each of them was shown; empty: alone."""
        ...


class Answers(Protocol):
    """Answers and comments. They leave the services only as Released, Withheld or, to their author, OwnAnswer."""

    def of_round(self, round_id: RoundId) -> tuple[Answer, ...]: ...
    def own(self, round_id: RoundId, pseudonym: Pseudonym) -> tuple[OwnAnswer, ...]: ...
    def people_in(self, round_id: RoundId) -> int:
        """How many distinct people have answered in a round."""
        ...

    def own_of_all(self, partnership_id: PartnershipId, pseudonym: Pseudonym) -> dict[RoundId, tuple[OwnAnswer, ...]]:
        """What one person answered, in every round of which answers are kept."""
        ...

    def own_comments(self, partnership_id: PartnershipId, pseudonym: Pseudonym) -> dict[RoundId, KeptComment]:
        """One person's comments, in every round of which comments are kept."""
        ...

    def forget(self, partnership_id: PartnershipId, pseudonym: Pseudonym) -> None:
        """Delete all answers and comments of one person."""
        ...

    def history(self, partnership_id: PartnershipId, first_week: int) -> tuple[PastAnswer, ...]: ...
    def comparable(self, partnership_id: PartnershipId, first_week: int) -> Sequence[Comparable]:
        """The same of people with an organisation, whose answers count, as drift compares them."""
        ...

    def forget_before(self, partnership_id: PartnershipId, week: int) -> None:
        """Delete answers and comments of rounds before this week (PRIVACY: kept 34 weeks)."""
        ...

    def forget_expired(self, week: int) -> int:
        """Delete what the round's own promise keeps no longer, also of ended partnerships; returns how many rounds."""
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
    def all_of(self, partnership_id: PartnershipId) -> tuple[Published, ...]:
        """All that was released of a partnership, oldest first."""
        ...

    def latest(self, partnership_id: PartnershipId, count: int) -> tuple[dict[str, Any], ...]:
        """Bodies of the latest rounds, oldest first."""
        ...

    def recent(self, partnership_id: PartnershipId) -> dict[str, dict[str, Any]]:
        """Bodies of the last 32 things released, rounds and blocks together, by subject, oldest first."""
        ...


class Outbox(Protocol):
    """Messages to be sent."""

    def add(self, message: Outgoing) -> None:
        """Put a message in; nothing happens if its key is already there."""
        ...

    def holds(self, key: DeliveryKey) -> bool:
        """Whether a message with this key was put in, sent or not."""
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

    def due(self, now: dt.datetime) -> tuple[int, dt.datetime | None]:
        """How many messages are due and not sent, and when the oldest was due; read from the index alone."""
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
    def prefetch(self, keys: Collection[DeliveryKey]) -> None:
        """Read at once what `delivered_ts` will be asked for."""
        ...


class Schedule(Protocol):
    """Work that falls due."""

    def put(self, due: Due) -> None:
        """Set the time of a kind of work; replaces the row of the same partnership, kind and subject."""
        ...

    def done(self, due: Due) -> None:
        """Forget one piece of work."""
        ...

    def drop(self, partnership_id: PartnershipId, *kinds: DueKind, subject: str | None = None) -> None:
        """Forget kinds of work, of one subject or of all."""
        ...

    def get(self, partnership_id: PartnershipId, kind: DueKind, subject: str = "") -> Due | None: ...
    def claim(self, now: dt.datetime, limit: int) -> tuple[Due, ...]:
        """Work that is due, of about `limit` partnerships, which stay locked until the transaction ends."""
        ...

    def postpone(self, due: Due, until: dt.datetime) -> None:
        """Try a piece of work again later, unless somebody has changed or done it meanwhile."""
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
    """Small things: drafts of forms, events already seen, channels the bot was invited to."""

    def seen(self, event_id: str, at: dt.datetime) -> bool:
        """Whether the event was seen before; notes it."""
        ...

    def put_draft(self, draft: Draft, at: dt.datetime) -> None: ...
    def draft(self, draft_id: DraftId) -> Draft | None: ...
    def drop_draft(self, draft_id: DraftId) -> None: ...
    def forget_drafts(self, at: dt.datetime) -> None:
        """Delete forms that were begun a week before and not sent."""
        ...

    def drafts_of(self, person: Person, channel_id: ChannelId) -> tuple[Draft, ...]:
        """The forms about a channel that a person has begun."""
        ...

    def put_profiles(self, team_id: TeamId, channel_id: ChannelId, profiles: Sequence[Profile]) -> None:
        """Keep who is in a channel that is not set up yet, for prefilling its form."""
        ...

    def forget_profiles(self, team_id: TeamId) -> None:
        """Delete what a workspace was told of who is in its channels."""
        ...

    def profiles(self, team_id: TeamId, channel_id: ChannelId) -> tuple[Profile, ...]: ...
