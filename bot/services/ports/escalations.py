"""What is kept of the route map and escalations with their history."""

import datetime as dt
from collections.abc import Sequence
from typing import Protocol

from bot.domain.escalation import Escalation, Event
from bot.domain.ids import EscalationId, PartnershipId
from bot.domain.route_map import Rung


class Escalations(Protocol):
    """The route map and escalations with their history."""

    def route_map(self, partnership_id: PartnershipId) -> tuple[Rung, ...] | None:
        """The partnership's own map; None where nothing was said, and the default holds."""
        ...

    def put_route_map(self, partnership_id: PartnershipId, rungs: Sequence[Rung]) -> None: ...
    def add(self, opened: Escalation, event: Event) -> None: ...
    def get(self, escalation_id: EscalationId) -> Escalation | None: ...
    def locked(self, escalation_id: EscalationId, *, wait: bool = True) -> Escalation | None:
        """The escalation, for nobody else to change until the transaction ends; without waiting None if it is held."""
        ...

    def save(self, changed: Escalation, event: Event) -> None:
        """Write down where it stands and add the event; the history is only ever added to."""
        ...

    def history(self, escalation_id: EscalationId) -> tuple[Event, ...]: ...
    def open_in(self, partnership_id: PartnershipId) -> tuple[Escalation, ...]:
        """Those of a partnership that are not resolved, oldest first."""
        ...

    def of_partnership(self, partnership_id: PartnershipId) -> tuple[Escalation, ...]:
        """All of a partnership, newest first."""
        ...

    def forget_before(self, at: dt.datetime) -> int:
        """Delete escalations opened before, with their history and their messages; returns how many."""
        ...
