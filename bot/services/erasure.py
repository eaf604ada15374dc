"""Deleting a partnership: a month after the bot was taken out of its channel or workspace, or long after its end."""

import datetime as dt
import logging
from dataclasses import replace
from typing import Final

from bot.domain.outbox import INSTALLATION_GONE
from bot.domain.partnership import Partnership, State
from bot.domain.thanks import KEPT_FOR
from bot.services.ports import Due, DueKind, Ports, Transaction

log = logging.getLogger(__name__)

GRACE: Final = dt.timedelta(days=30)
"""How long everything is kept after the bot was taken out, so that putting it back loses nothing."""

TAKEN_OUT: Final = INSTALLATION_GONE | {"not_in_channel", "channel_not_found"}
"""Refusals that mean it; an archived channel, or one where only posting is forbidden, still has the bot."""

_ENDED: Final = "ended"
_ASKED_AGAIN: Final = dt.timedelta(days=1)


def begin(tx: Transaction, ports: Ports, partnership: Partnership) -> dt.datetime | None:
    """The bot was taken out: everything will be deleted. Returns when, or None if that is planned already."""
    if tx.schedule.get(partnership.id, DueKind.FORGET) is not None:
        return None
    due_at = ports.clock.now() + GRACE
    tx.schedule.put(Due(partnership_id=partnership.id, kind=DueKind.FORGET, due_at=due_at))
    return due_at


def stop(tx: Transaction, partnership: Partnership) -> None:
    """The bot is back: nothing is deleted."""
    tx.schedule.drop(partnership.id, DueKind.FORGET, subject="")


def ended(tx: Transaction, ports: Ports, partnership: Partnership) -> None:
    """A partnership has ended: what carries names is kept as long as thanks and escalations are, then deleted."""
    due_at = ports.clock.now() + KEPT_FOR
    tx.schedule.put(Due(partnership_id=partnership.id, kind=DueKind.FORGET, subject=_ENDED, due_at=due_at))


def fall_due(tx: Transaction, ports: Ports, due: Due, now: dt.datetime) -> None:
    """Delete what was to be deleted. Where the bot was taken out, Slack is asked once more a day before."""
    partnership = tx.partnerships.get(due.partnership_id)
    if due.subject == _ENDED:
        tx.partnerships.erase(partnership.id, results_stay=True)
    elif partnership.state is State.ACTIVE:
        stop(tx, partnership)
    elif due.scheduled_on is None or now.date() - due.scheduled_on > 2 * _ASKED_AGAIN:
        tx.schedule.roster_wanted(partnership.channel_id, partnership.home_team_id, now)  # an event may have been lost
        tx.schedule.put(replace(due, due_at=now + _ASKED_AGAIN, scheduled_on=now.date()))
        return
    else:
        tx.partnerships.erase(partnership.id, results_stay=False)
    log.info("a partnership was deleted", extra={"partnership": partnership.id})
