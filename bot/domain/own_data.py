"""All that is held about one person, for nobody but that person: the twin of OwnAnswer for everything else."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from bot.domain.escalation import State
from bot.domain.ids import ChannelId, UserId
from bot.domain.people import Role
from bot.domain.rounds import OwnAnswer
from bot.domain.route_map import Level

BACKUPS_KEPT_FOR: Final = dt.timedelta(days=30)
"""What operators are told and people are promised; the bot cannot reach a backup itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRound:
    """What one person said in one round: each question in its words with the own answer, and the own comment."""

    number: int
    on: dt.date
    answers: tuple[tuple[str, OwnAnswer], ...]
    comment: str | None = None
    quotable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnEscalation:
    """An escalation that a person raised or was told of; `words` are those it was raised with, `said` the own ones."""

    on: dt.date
    raised: bool
    level: Level
    state: State
    words: tuple[str, ...]
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnThanks:
    """Thanks that a person gave or received. `other` is the other person; None where the author did not sign."""

    on: dt.date
    given: bool
    other: UserId | None
    organisation: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnAction:
    """An agreed action that a person owns."""

    text: str
    due_on: dt.date
    done_on: dt.date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPlace:
    """The entry on the roster. `organisation` is empty when nobody could place the person; `moves_to` is None without
    a move that waits, else the name that comes (empty: none). `since_pulse` is the first pulse that counts the person
    towards minima."""

    name: str
    email: str
    organisation: str
    since_pulse: int
    by_hand: bool
    moves_to: str | None
    runs_workspace: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """All that is held about one person in one partnership. `linked` is False where no key opens the links any more."""

    partnership: str
    organisations: tuple[str, ...]
    channel: ChannelId
    ended: bool
    place: OwnPlace | None = None
    roles: tuple[Role, ...] = ()
    levels: tuple[Level, ...] = ()
    linked: bool = True
    rounds: tuple[OwnRound, ...] = ()
    escalations: tuple[OwnEscalation, ...] = ()
    thanks: tuple[OwnThanks, ...] = ()
    actions: tuple[OwnAction, ...] = ()
    words: tuple[tuple[str, str], ...] = ()
    alerts: tuple[tuple[str, dt.date], ...] = ()
    drafts: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing about the person."""
        kept = (self.roles, self.levels, self.rounds, self.escalations, self.thanks, self.actions)
        return self.place is None and not any((*kept, self.words, self.alerts, self.drafts))
