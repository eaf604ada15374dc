"""What stands outside the program: clock, calendar, keys, moods, Slack."""

import datetime as dt
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Protocol

from bot.domain.counted import Acknowledged, Batch, Refusal
from bot.domain.ids import (
    ChannelId,
    MessageTs,
    Pseudonym,
    TeamId,
    UserId,
)
from bot.domain.outbox import Outcome, Outgoing
from bot.domain.people import Person, Profile
from bot.domain.sentiment import Sentiment


class Clock(Protocol):
    """The product's time (movable in tests and in the demonstration) and the real one (leases, pacing, signatures)."""

    def now(self) -> dt.datetime:
        """The product's time, aware UTC."""
        ...

    def real(self) -> dt.datetime:
        """The real time, aware UTC."""
        ...


class Holidays(Hashable, Protocol):
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

    def members(self, team_id: TeamId, channel_id: ChannelId, known: Mapping[UserId, Profile]) -> tuple[Profile, ...]:
        """Profiles of everybody in a channel of a workspace; those in `known` are not looked up again."""
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


class Meter(Protocol):
    """Counts and times what the bot does, for whoever runs it. Takes kinds and numbers: nothing can name anybody."""

    def batch(self, taken: Batch) -> None:
        """The writer of answers took clicks into one transaction."""
        ...

    def acknowledged(self, how: Acknowledged, seconds: float) -> None:
        """A request of Slack's was answered so long after it came in."""
        ...

    def refused(self, kind: Refusal, count: int = 1) -> None:
        """Something was not done, for a known reason."""
        ...

    def delivered(self, outcome: Outcome) -> None:
        """What became of one attempt to send a message."""
        ...

    def judged_drift(self) -> None:
        """One partnership was looked at for drift."""
        ...

    def ticked(self, seconds: float) -> None:
        """One pass over due work took so long."""
        ...

    def late(self, by: dt.timedelta) -> None:
        """A piece of work was begun so long after it was due."""
        ...

    def job_failed(self, job: str) -> None:
        """A scheduled job ended with an error and will be tried again."""
        ...


class Unmetered:
    """A Meter that keeps nothing: for tests and single commands."""

    def batch(self, taken: Batch) -> None:
        """Nothing."""

    def acknowledged(self, how: Acknowledged, seconds: float) -> None:
        """Nothing."""

    def refused(self, kind: Refusal, count: int = 1) -> None:
        """Nothing."""

    def delivered(self, outcome: Outcome) -> None:
        """Nothing."""

    def judged_drift(self) -> None:
        """Nothing."""

    def ticked(self, seconds: float) -> None:
        """Nothing."""

    def late(self, by: dt.timedelta) -> None:
        """Nothing."""

    def job_failed(self, job: str) -> None:
        """Nothing."""
