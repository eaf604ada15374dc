"""Reading rosters: wanted channels are claimed, Slack is asked outside any transaction, its answer applied."""

import datetime as dt
import logging
import threading

from bot.services import channels
from bot.services.channels import WantedRoster
from bot.services.ports import Directory, Ports, SlackBusy, SlackRefused

log = logging.getLogger(__name__)

_SLICE = 20


def read_rosters(ports: Ports, directory: Directory, stopping: threading.Event | None = None) -> int:
    """Read the rosters that are wanted now, one slice of channels; returns how many.

    Those that are left when `stopping` is set are given back at once.
    """
    stopping = stopping or threading.Event()
    wanted = channels.take_wanted(ports, _SLICE)
    for each in wanted:
        if stopping.is_set():
            channels.was_put_off(ports, each, dt.timedelta())
        else:
            _read(ports, directory, each)
    return len(wanted)


def _read(ports: Ports, directory: Directory, wanted: WantedRoster) -> None:
    try:
        profiles = directory.members(wanted.team_id, wanted.channel_id, {})
    except SlackBusy as busy:
        channels.was_put_off(ports, wanted, busy.after)
    except SlackRefused as refusal:
        log.warning("a roster could not be read", extra={"reason": refusal.reason})
        channels.was_refused(ports, wanted, refusal.reason)
    else:
        channels.was_read(ports, wanted, profiles)
