"""What is kept of agreed actions."""

import datetime as dt
from typing import Protocol

from bot.domain.actions import AgreedAction
from bot.domain.ids import ActionId, PartnershipId


class Actions(Protocol):
    """Agreed actions."""

    def add(self, action: AgreedAction) -> None: ...
    def get(self, action_id: ActionId) -> AgreedAction | None: ...
    def save(self, action: AgreedAction) -> None: ...
    def of_partnership(self, partnership_id: PartnershipId) -> tuple[AgreedAction, ...]:
        """All that are kept, the earliest first."""
        ...

    def forget_before(self, day: dt.date) -> int:
        """Delete those that were due before this day; returns how many."""
        ...

    def open_of(self, partnership_id: PartnershipId) -> tuple[AgreedAction, ...]:
        """Those that are not done, the earliest first."""
        ...
