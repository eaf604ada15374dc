"""What is kept of milestones, words for them, and thanks."""

import datetime as dt
from typing import Protocol

from bot.domain.ids import MilestoneId, PartnershipId
from bot.domain.milestones import Milestone, Word
from bot.domain.people import Person
from bot.domain.thanks import Thanks


class Milestones(Protocol):
    """Milestones, words for them, and thanks."""

    def put(self, milestone: Milestone) -> None:
        """Keep a milestone; replaces its earlier state."""
        ...

    def get(self, milestone_id: MilestoneId, *, lock: bool = False) -> Milestone | None:
        """A milestone, whatever became of it; locked, nobody else changes it until the transaction ends."""
        ...

    def coming(self, partnership_id: PartnershipId) -> tuple[Milestone, ...]:
        """Those not told yet, the earliest first."""
        ...

    def told_on(self, partnership_id: PartnershipId, day: dt.date) -> bool:
        """Whether the partnership was told of one on this local day."""
        ...

    def remove(self, milestone_id: MilestoneId) -> None:
        """Forget a milestone and the words for it."""
        ...

    def put_word(self, word: Word) -> None:
        """Keep somebody's word for a milestone; replaces the earlier one, and an empty text removes it."""
        ...

    def words(self, milestone_id: MilestoneId) -> tuple[Word, ...]: ...
    def words_of(self, partnership_id: PartnershipId, person: Person) -> tuple[tuple[Milestone, Word], ...]:
        """The words of one person, with what they are for, the earliest first."""
        ...

    def add_thanks(self, thanks: Thanks) -> None: ...
    def thanks_of(self, partnership_id: PartnershipId, person: Person) -> tuple[Thanks, ...]:
        """Signed thanks that a person wrote, and all that the person received; in no telling order."""
        ...

    def forget_before(self, day: dt.date) -> int:
        """Delete thanks said and milestones dated before this day, with their words; returns of how many things."""
        ...
