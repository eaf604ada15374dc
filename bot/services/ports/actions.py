"""What is kept of agreed actions."""

from typing import Protocol

from bot.domain.actions import AgreedAction
from bot.domain.ids import ActionId, PartnershipId


class Actions(Protocol):
    """Agreed actions."""

    def add(self, action: AgreedAction) -> None: ...
    def get(self, action_id: ActionId) -> AgreedAction | None: ...
    def save(self, action: AgreedAction) -> None: ...
    def open_of(self, partnership_id: PartnershipId) -> tuple[AgreedAction, ...]:
        """Those that are not done, the earliest first."""
        ...
