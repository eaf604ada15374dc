"""Where the app is installed, known without a look-up at every click; and what follows when it begins or ends."""

import datetime as dt
import logging
import threading
from collections import OrderedDict
from collections.abc import Iterable

from bot.domain.ids import ChannelId, DraftId, TeamId
from bot.domain.partnership import State
from bot.domain.people import Person
from bot.services import channels, erasure
from bot.services.ports import Clock, Door, Installed, Ports, Store, Transaction

log = logging.getLogger(__name__)

_KEPT = 10_000
_REFRESHED_AFTER = dt.timedelta(seconds=30)
USED_FOR = dt.timedelta(seconds=60)
"""How long another replica may go on with an installation that has ended."""


class KnownInstallations:
    """Installations by the doors that requests come in at, for any thread.

    An entry is used for a minute and read again, behind a request's back, from half a minute on. What does not exist is
    not kept: an installation counts at once.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: OrderedDict[Door, tuple[Installed, dt.datetime]] = OrderedDict()
        self._changes = 0

    def known(self, door: Door) -> Installed | None:
        """What is in memory and may be used; never waits."""
        entry = self._entries.get(door)
        return None if entry is None or self._clock.real() - entry[1] > USED_FOR else entry[0]

    def is_due(self, door: Door) -> bool:
        """Whether an entry should be read again soon."""
        entry = self._entries.get(door)
        return entry is not None and self._clock.real() - entry[1] > _REFRESHED_AFTER

    def read(self, door: Door) -> Installed | None:
        """Ask the database and keep the answer. An entry outlives a database that is away: that proves nothing."""
        changes = self._changes
        at = self._clock.real()
        try:
            with self._store.read() as tx:
                found = tx.installations.serving(door)
        except Exception as error:
            entry = self._entries.get(door)
            if entry is None:
                raise
            log.warning("installations cannot be read", extra={"error": type(error).__name__})
            return entry[0]
        with self._lock:
            if found is None:
                self._entries.pop(door, None)
            elif changes == self._changes:  # else it may have ended while it was read
                self._entries[door] = (found, at)
                while len(self._entries) > _KEPT:
                    self._entries.popitem(last=False)
        return found

    def token_of(self, team_id: TeamId) -> str | None:
        """bot.services.ports.Tokens: the token to speak with in a workspace, for a thread that may wait."""
        door = Door(team_id=team_id)
        found = None if self.is_due(door) else self.known(door)
        found = found or self.read(door)
        return None if found is None else found.token

    def forget(self, door: Door) -> None:
        """Forget whatever is known of a workspace or an organisation, on this replica."""
        places = {door.team_id, door.enterprise_id} - {None}
        with self._lock:
            self._changes += 1
            for known, (installed, _) in list(self._entries.items()):
                if places & {known.team_id, known.enterprise_id, installed.place}:
                    del self._entries[known]


def uninstalled(ports: Ports, event_id: str, door: Door, told_at: dt.datetime) -> None:
    """The app was taken out of a workspace or an organisation: the token goes, its partnerships stop, nothing is sent.

    `told_at` is when it happened: Slack repeats itself for minutes, and the app may have been installed again since.
    What is kept of the partnerships, ended ones too, is deleted after a month; until then they go on when the app is
    installed again.
    """
    with ports.store.write() as tx:
        if tx.notebook.seen(event_id, ports.clock.real()):
            return
        made_at = tx.installations.made_at(door)
        if made_at is not None and made_at > told_at + dt.timedelta(seconds=1):
            return
        tx.installations.remove(door)
        for team_id in _workspaces(tx, door):
            if tx.installations.serving(Door(team_id=team_id)) is None:
                for partnership in tx.partnerships.of_workspace(team_id, ended=True):
                    channels.suspend(tx, ports, partnership, "account_inactive", tell=False)
                tx.notebook.forget_profiles(team_id)


def installed(tx: Transaction, ports: Ports, installed: Installed) -> int:
    """The app is there (again): partnerships that had stopped go on, and say so; returns how many.

    Where the bot is no longer in the channel Slack refuses that word, and the leads are told to invite it.
    """
    door = Door(team_id=installed.team_id, enterprise_id=installed.enterprise_id)
    resumed = 0
    for team_id in _workspaces(tx, door if installed.is_enterprise_install else Door(team_id=installed.team_id)):
        for partnership in tx.partnerships.of_workspace(team_id, ended=True):
            if partnership.state is State.ENDED:
                erasure.stop(tx, partnership)
                continue
            tx.schedule.roster_wanted(partnership.channel_id, team_id, ports.clock.now())
            resumed += channels.come_back(tx, ports, partnership)
    return resumed


def note_workspace(ports: Ports, installed: Installed, team_id: TeamId) -> None:
    """Keep that a workspace is one of the organisation that has the app, as Slack says in a request."""
    if installed.enterprise_id is not None:
        with ports.store.write() as tx:
            tx.installations.belongs(team_id, installed.enterprise_id)


def home_of(
    ports: Ports,
    installed: Installed,
    named: Iterable[ChannelId],
    draft_id: DraftId,
    stated: TeamId | None,
    person: Person | None,
) -> TeamId:
    """The workspace that a request to a whole organisation's installation is about; empty when nothing tells.

    In order: where the partnership of a channel it names (or its draft does) is at home; the workspace it states; the
    person's own; where all partnerships of the person are. All of them count only if they are the organisation's.
    """
    if installed.enterprise_id is None:
        return TeamId("")
    with ports.store.read() as tx:
        own = tx.installations.workspaces_of(installed.enterprise_id)
        draft = tx.notebook.draft(draft_id)
        for channel_id in (*named, *([draft.channel_id] if draft else ())):
            for team_id in sorted(own):
                if tx.partnerships.in_channel(team_id, channel_id) is not None:
                    return team_id
        for team in (stated, person and person.team_id):
            if team in own:
                return TeamId(str(team))
        homes = {each.home_team_id for each in tx.partnerships.of_person(person)} & own if person else set()
    return homes.pop() if len(homes) == 1 else TeamId("")


def _workspaces(tx: Transaction, door: Door) -> tuple[TeamId, ...]:
    """The workspaces behind a door: the one that is named, else all of the organisation."""
    if door.team_id is not None:
        return (door.team_id,)
    return tuple(sorted(tx.installations.workspaces_of(door.enterprise_id))) if door.enterprise_id else ()
