"""The bot as it is looked at from outside: whether each part works, and what waits to be done."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from starlette.routing import BaseRoute

from bot.adapters.prometheus_meter import CONTENT_TYPE, PrometheusMeter
from bot.domain.ids import MessageTs, TeamId
from bot.domain.outbox import Delivered, Outcome, Outgoing, Refused
from bot.services import deliveries
from bot.services.ports import Backlog, Messenger, Ports
from handlers.watch import OK, health_routes, metrics_route
from storage.answer_writer import GroupCommitWriter
from storage.engine import Database
from storage.migrate import pending

log = logging.getLogger(__name__)

_TOKEN_REFUSED = frozenset({"token_revoked", "token_expired", "invalid_auth", "not_authed", "account_inactive"})


class Watch:
    """Looks at a running bot. `home_team_id` is the one workspace whose token everything depends on; None for many."""

    def __init__(
        self, database: Database, writer: GroupCommitWriter, ports: Ports, home_team_id: TeamId | None
    ) -> None:
        self._database = database
        self._writer = writer
        self._ports = ports
        self._home_team_id = home_team_id
        self._is_migrated = False
        self._refused_as = ""
        self.is_stopping = False
        self.is_connected: Callable[[], bool] = lambda: True

    def parts(self) -> Mapping[str, str]:
        """Every part with "ok" or with what is the matter: words and kinds of errors, never an address or a secret."""
        return {
            "answers": OK if self._writer.is_healthy or self._writer.recover() else "cannot be stored",
            "database": self._of_the_database(),
            "slack": self._of_slack(),
        }

    def health(self) -> list[BaseRoute]:
        """What anybody may ask: alive, ready."""
        return health_routes(lambda: self.is_stopping, self.parts)

    def metrics(self, meter: PrometheusMeter) -> BaseRoute:
        """What only the operator may read."""

        def text(backlog: Backlog | None) -> bytes:
            return meter.text(backlog, self._ports.clock.now(), self._writer.backlog)

        return metrics_route(self._backlog, text, CONTENT_TYPE)

    def over(self, messenger: Messenger) -> Messenger:
        """The messenger, with an eye on whether Slack takes the token."""
        return _Watched(messenger, self._saw)

    def _backlog(self) -> Backlog | None:
        try:
            return deliveries.backlog(self._ports)
        except Exception as error:  # whatever it is, the scrape says that the database did not answer
            log.warning("the backlog could not be read", extra={"error": type(error).__name__})
            return None

    def _of_the_database(self) -> str:
        trouble = self._database.trouble()
        if trouble is not None:
            return f"does not answer ({trouble})"
        self._is_migrated = self._is_migrated or not pending(self._database)
        return OK if self._is_migrated else "waits for a migration"

    def _of_slack(self) -> str:
        if self._refused_as:
            return f"refuses the token ({self._refused_as})"
        return OK if self.is_connected() else "is not connected"

    def _saw(self, message: Outgoing, outcome: Outcome) -> None:
        if message.team_id != self._home_team_id:
            return
        if isinstance(outcome, Delivered):
            self._refused_as = ""
        elif isinstance(outcome, Refused) and outcome.reason in _TOKEN_REFUSED:
            self._refused_as = outcome.reason


class _Watched:
    """bot.services.ports.Messenger that shows every outcome to somebody."""

    def __init__(self, messenger: Messenger, saw: Callable[[Outgoing, Outcome], None]) -> None:
        self._messenger = messenger
        self._saw = saw

    def send(self, message: Outgoing, drawn: Mapping[str, Any], edits: MessageTs | None) -> Outcome:
        """Send, and show what became of it."""
        outcome = self._messenger.send(message, drawn, edits)
        self._saw(message, outcome)
        return outcome

    def find(self, message: Outgoing, since: Any) -> Outcome | None:
        """Look for a message whose reply was lost."""
        return self._messenger.find(message, since)
