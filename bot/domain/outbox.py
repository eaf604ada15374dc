"""Messages to be sent: what they are, where they go, and what may become of them."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bot.domain.ids import ChannelId, DeliveryKey, MessageTs, PartnershipId, RoundId, TeamId, UserId


class MessageKind(StrEnum):
    """Every message the bot sends by itself; the views have one drawing for each."""

    WELCOME = "welcome"
    SET_UP = "set_up"
    CONFIRM_ROLES = "confirm_roles"
    ROLES_CONFIRMED = "roles_confirmed"
    ROSTER_MOVED = "roster_moved"
    SUCCESSOR_WANTED = "successor_wanted"
    TEST_PULSE = "test_pulse"
    PULSE = "pulse"
    PULSE_COUNTER = "pulse_counter"
    REMINDER = "reminder"
    PULSE_CLOSED = "pulse_closed"
    RESULTS = "results"
    BLOCK_RESULTS = "block_results"
    BLOCK_COMMENTS = "block_comments"
    ALERT_NOTED = "alert_noted"
    ALERT = "alert"
    ALERT_TAKEN = "alert_taken"
    ALERT_FOLLOWED = "alert_followed"
    ALERT_UNOWNED = "alert_unowned"
    ALERT_RECOVERED = "alert_recovered"
    ALERT_UNHEARD = "alert_unheard"
    ESCALATION = "escalation"
    ESCALATION_NEWS = "escalation_news"
    DIGEST = "digest"
    PAUSED = "paused"
    RESUMED = "resumed"
    ENDED = "ended"
    SWITCHED_OFF = "switched_off"
    MILESTONE_WORDS = "milestone_words"
    MILESTONE_HELD = "milestone_held"
    MILESTONE = "milestone"
    THANKS = "thanks"
    ACTION_AGREED = "action_agreed"
    ACTION_DONE = "action_done"


EDITS = frozenset({MessageKind.PULSE_COUNTER, MessageKind.PULSE_CLOSED})
"""Kinds that change the round's message instead of posting a new one; repeating an edit does no harm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message to be sent, written in the transaction of the change that causes it.

    `body` is what its view needs, as JSON and without anything about a single person's answers; `key` makes it go out
    once (UNIQUE). It goes to `channel_id`, or as a direct message to `user_id`. `due_at` is the product's time.
    `thread_of` is the key of the message it answers; where that was never delivered it goes to the channel itself.
    `thread_ts` is that message's place in Slack, known when it is claimed.
    """

    key: DeliveryKey
    kind: MessageKind
    team_id: TeamId
    body: Mapping[str, Any]
    due_at: dt.datetime
    partnership_id: PartnershipId | None = None
    channel_id: ChannelId | None = None
    user_id: UserId | None = None
    round_id: RoundId | None = None
    thread_of: DeliveryKey | None = None
    thread_ts: MessageTs | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A message in the hands of one delivery worker until its lease ends.

    `in_doubt` says that an earlier attempt ended without an answer, so Slack must be asked before it is posted again;
    `first_tried_at` is the real time of the first claim, from which to look. `edits_ts` is the message to edit.
    `wait_for` is how long to wait for its slot.
    """

    seq: int
    message: Outgoing
    in_doubt: bool
    first_tried_at: dt.datetime
    edits_ts: MessageTs | None = None
    wait_for: dt.timedelta = field(default_factory=dt.timedelta)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """Slack has it; `channel_id` and `ts` say where."""

    channel_id: ChannelId
    ts: MessageTs


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """Slack asked to wait this long, or could not be reached before anything was sent."""

    after: dt.timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Slack will not take it, now or later; `reason` is Slack's error code."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InDoubt:
    """The reply was lost: it may or may not stand in the channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Untried:
    """Given back as it was taken: the worker stops, is late, or an earlier message of the place has to wait."""


Outcome = Delivered | Retry | Refused | InDoubt | Untried

INSTALLATION_GONE = frozenset({"account_inactive", "token_revoked", "invalid_auth", "team_access_not_granted"})
"""Refusals that concern all of a workspace: nobody in it can be told anything."""

CHANNEL_GONE = INSTALLATION_GONE | {"channel_not_found", "not_in_channel", "is_archived", "restricted_action"}
"""Refusals that concern the place and not the message: the partnership is suspended and a lead told."""
