"""What is kept of drift alerts and what became of them."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Protocol

from bot.domain.alerts import Noticed, OwnedAlert
from bot.domain.ids import AlertId, PartnershipId
from bot.domain.people import Person


class Alerts(Protocol):
    """Drift alerts and what became of them, lines for the digest, and what the detector remembers."""

    def detector_state(self, partnership_id: PartnershipId) -> dict[str, Any]:
        """What `DriftState.to_dict` wrote; empty before the first time."""
        ...

    def keep_detector_state(self, partnership_id: PartnershipId, state: Mapping[str, Any]) -> None: ...
    def add(self, alert: OwnedAlert) -> None: ...
    def save(self, alert: OwnedAlert) -> None: ...
    def get(self, alert_id: AlertId) -> OwnedAlert | None:
        """The alert; whoever changes it reads its partnership first, which holds off others, and then the alert."""
        ...

    def open_of(self, partnership_id: PartnershipId) -> tuple[OwnedAlert, ...]:
        """Alerts that have not recovered, oldest first."""
        ...

    def owned_by(self, partnership_id: PartnershipId, person: Person) -> tuple[OwnedAlert, ...]:
        """Alerts that a person has taken and has, oldest first."""
        ...

    def add_notice(self, partnership_id: PartnershipId, noticed: Noticed) -> None: ...
    def notices_since(self, partnership_id: PartnershipId, at: dt.datetime) -> tuple[Noticed, ...]:
        """Lines for the digest that were noticed at this time or later, oldest first."""
        ...
