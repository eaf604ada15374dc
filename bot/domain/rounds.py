"""One run of the repeated survey: it opens, reminds once and closes."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.errors import BadInput, TooLate
from bot.domain.ids import ChannelId, ItemId, MessageTs, PartnershipId, RoundId
from bot.domain.people import Member, Person
from bot.domain.permissions import Deed, Standing, permit, refused
from bot.domain.promise import Promise

SCORES = frozenset({1, 2, 3, 4, 5})


class RoundKind(StrEnum):
    """A REGULAR round belongs to the cadence and counts towards its block; an EXTRA one was asked for by a lead."""

    REGULAR = "regular"
    EXTRA = "extra"


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """A round as it was opened. The promise is frozen with it; `closed_at` is None while it is open.

    `scheduled_on` is the nominal local day; `week` is the ordinal of
    its calendar week and `organisations` how many take part. `message_ts` is None until Slack
    confirmed the post; `shown_counter` is the number that the open message says is exceeded (0: no number shown yet).
    """

    id: RoundId
    partnership_id: PartnershipId
    number: int
    block: int
    kind: RoundKind
    items: tuple[ItemId, ...]
    channel_id: ChannelId
    scheduled_on: dt.date
    opens_at: dt.datetime
    remind_at: dt.datetime
    closes_at: dt.datetime
    promise: Promise
    week: int
    organisations: int
    closed_at: dt.datetime | None = None
    message_ts: MessageTs | None = None
    shown_counter: int = 0

    def is_open(self, now: dt.datetime) -> bool:
        """Whether an answer given now counts: not closed, and not past its hour even if nobody closed it yet."""
        return self.closed_at is None and now < self.closes_at


class Withdraw(StrEnum):
    """The command of a person who takes an answer back."""

    ANSWER = "withdraw"


@dataclass(frozen=True, slots=True, kw_only=True)
class Click:
    """One answer on its way to the store: `score` is 1 to 5, None for "Can't say", or Withdraw."""

    round_id: RoundId
    item_id: ItemId
    score: int | Withdraw | None
    person: Person
    channel_id: ChannelId
    at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnAnswer:
    """What one person answered, for nobody but its author."""

    item_id: ItemId
    score: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """The store's word that an answer is durable (or withdrawn: then `answer` is None)."""

    answer: OwnAnswer | None
    asked: Round


def judge(click: Click, asked: Round | None, member: Member | None) -> None:
    """Refuse a click that may not be stored; returns quietly when it may.

    The order is that of discretion: whoever is not a member learns nothing but that. Raises NotAllowed, TooLate or
    BadInput, each with its sentence.
    """
    if asked is None or member is None or click.channel_id != asked.channel_id:
        raise refused(Deed.ANSWER)
    permit(Deed.ANSWER, click.person, {Standing.MEMBER: (member.person,)})
    if not asked.is_open(click.at):
        if click.score is Withdraw.ANSWER:
            raise TooLate("Your answer stays as it is: this pulse is closed, and its result is published.")
        raise TooLate("Your answer was not saved: this pulse is closed. The next one comes to this channel.")
    if click.item_id not in asked.items or (isinstance(click.score, int) and click.score not in SCORES):
        raise BadInput("Your answer was not saved: this question is not part of the pulse. Please use its buttons.")
