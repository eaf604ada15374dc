"""The messages about one alert: to the channel, and to everybody who has the alert in the same words and minute."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from bot.domain.alerts import OpenAlert, OwnedAlert
from bot.domain.anonymity import WHOLE, Scope
from bot.domain.ids import ChannelId, DeliveryKey, UserId
from bot.domain.outbox import MessageKind, Outgoing
from bot.domain.partnership import Partnership
from bot.domain.people import Organisation, Person, Role
from bot.domain.permissions import Able, Deed, Standing, those_who_may
from bot.services import escalation, roles
from bot.services.ports import Ports, Transaction


def able(tx: Transaction, ports: Ports, partnership: Partnership, alert: OwnedAlert) -> Able:
    """Who has the alert and may take it: the seniors, and the programme level once it went there."""
    climbed = alert.climbed_at is not None
    return {
        Standing.SENIOR: roles.active(partnership, tx.people.roster(partnership.id), Role.SENIOR),
        Standing.NEXT_LEVEL: escalation.programme_owners(tx, ports, partnership) if climbed else (),
    }


def audience(tx: Transaction, ports: Ports, partnership: Partnership, alert: OwnedAlert) -> tuple[Person, ...]:
    """Everybody who has the alert, each once."""
    return those_who_may(Deed.TAKE_AN_ALERT, able(tx, ports, partnership, alert))


def owner_of(tx: Transaction, partnership: Partnership, alert: OwnedAlert) -> Person | None:
    """Who has taken an alert and still may look after it: a senior, or somebody of the programme level."""
    roster = tx.people.roster(partnership.id)
    roles_of_owners = (Role.SENIOR,) if alert.climbed_at is None else (Role.SENIOR, Role.LEAD)
    owner = alert.owner
    return owner if owner is not None and roles.holds(partnership, roster, owner, *roles_of_owners) else None


def organisation_of(partnership: Partnership, scope: Scope) -> str | None:
    """The name of the organisation that an alert names; None for the partnership as a whole."""
    return None if scope == WHOLE else _names(partnership, (scope,))[0]  # a scope of one: its organisation's id


def as_open(tx: Transaction, partnership: Partnership, alert: OwnedAlert) -> OpenAlert:
    """An alert as other screens may mention it."""
    return OpenAlert(
        id=alert.id,
        dimension=alert.released.dimension,
        organisation=organisation_of(partnership, alert.released.scope),
        since=alert.since_on,
        owner=owner_of(tx, partnership, alert),
        climbed=alert.climbed_at is not None,
    )


def without_seniors(tx: Transaction, partnership: Partnership) -> tuple[Organisation, ...]:
    """The organisations for which nobody is named who could be told, in the order of every screen."""
    roster = tx.people.roster(partnership.id)
    active = set(roles.active(partnership, roster, Role.SENIOR))
    missing = (each for each in partnership.organisations if active.isdisjoint(roster.holding(Role.SENIOR, each.id)))
    return tuple(sorted(missing, key=lambda each: each.name.casefold()))


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertMessages:
    """The messages about one alert, written in the transaction of the change that causes them."""

    tx: Transaction
    ports: Ports
    partnership: Partnership
    alert: OwnedAlert
    now: dt.datetime

    def to_everybody(self, kind: MessageKind, about: str, **more: Any) -> None:
        """A direct message to all who have the alert, once for each `about`."""
        body = {**self._body(), **more}
        for person in audience(self.tx, self.ports, self.partnership, self.alert):
            key = f"alert:{self.alert.id}:{about}:{person.team_id}:{person.user_id}"
            self._post(kind, DeliveryKey(key), body, user_id=person.user_id)

    def to_channel(self, kind: MessageKind, about: str, **more: Any) -> None:
        """A post in the channel, once for each `about`."""
        self._post(kind, self.channel_key(about), {**self._body(), **more}, channel_id=self.partnership.channel_id)

    def channel_key(self, about: str) -> DeliveryKey:
        """The key of a post in the channel."""
        return DeliveryKey(f"alert:{self.alert.id}:{about}")

    def say_who_is_missing(self) -> None:
        """Tell the channel for which organisations nobody is named, once a day however many alerts there are."""
        today = self.now.astimezone(ZoneInfo(self.partnership.cadence.timezone)).date()
        for each in without_seniors(self.tx, self.partnership):
            body = {"organisation": each.name, "organisation_id": each.id}
            key = DeliveryKey(f"alert-unheard:{self.partnership.id}:{each.id}:{today}")
            self._post(MessageKind.ALERT_UNHEARD, key, body, channel_id=self.partnership.channel_id)

    def _body(self) -> dict[str, Any]:
        """What every message about an alert needs, the same for everybody; nothing that was not released."""
        released = self.alert.released
        return {
            "alert": self.alert.id,
            "partnership": self.partnership.name,
            "channel": self.partnership.channel_id,
            "organisations": list(self.partnership.names),
            "dimension": self.ports.bank.name(released.dimension),
            "organisation": organisation_of(self.partnership, released.scope),
            "size": released.size,
            "people": released.people and released.people.stored,
            "unchanged": _names(self.partnership, released.unchanged),
            "since": self.alert.since_on.isoformat(),
        }

    def _post(
        self,
        kind: MessageKind,
        key: DeliveryKey,
        body: dict[str, Any],
        *,
        channel_id: ChannelId | None = None,
        user_id: UserId | None = None,
    ) -> None:
        self.tx.outbox.add(
            Outgoing(
                key=key,
                kind=kind,
                team_id=self.partnership.home_team_id,
                partnership_id=self.partnership.id,
                channel_id=channel_id,
                user_id=user_id,
                round_id=self.alert.round_id,
                body=body,
                due_at=self.now,
            )
        )


def _names(partnership: Partnership, scopes: Iterable[Scope]) -> list[str]:
    named = {str(each.id): each.name for each in partnership.organisations}
    return sorted((named.get(each, "a former partner") for each in scopes), key=str.casefold)
