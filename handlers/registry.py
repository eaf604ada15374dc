"""All capabilities, in the order in which Bolt tries their listeners; the answer button comes first."""

import logging
from typing import Any

from slack_bolt.async_app import AsyncApp, AsyncRespond

from handlers import (
    actions,
    alerts,
    channels,
    commands,
    comments,
    escalation,
    home,
    hub,
    installations,
    life,
    milestones,
    own_data,
    pulse,
    setup,
    thanks,
)
from handlers.commands import Verb
from handlers.deps import Deps, reference

log = logging.getLogger(__name__)

CAPABILITIES = (
    pulse,
    comments,
    escalation,
    hub,
    own_data,
    alerts,
    actions,
    thanks,
    milestones,
    setup,
    life,
    home,
    channels,
    installations,
)


def verbs(deps: Deps) -> tuple[Verb, ...]:
    """All verbs of `/pulse`, in the order of its help."""
    return (*setup.verbs(deps), *hub.verbs(deps), *own_data.verbs(deps), *milestones.verbs(deps), *life.verbs(deps))


def register_all(app: AsyncApp, deps: Deps, more: tuple[Verb, ...] = ()) -> None:
    """Register every capability; `more` are verbs that only the demonstration has."""
    for capability in CAPABILITIES:
        capability.register(app, deps)
    commands.register(app, deps, (*verbs(deps), *more))

    @app.error
    async def caught(error: Exception, body: dict[str, Any], respond: AsyncRespond) -> None:
        """The one place where the unexpected is caught: logged once, and the person gets a number to name it by."""
        number = reference()
        log.error("a handler failed", exc_info=error, extra={"reference": number, "type": str(body.get("type", ""))})
        sentence = "Something went wrong on our side. Please look whether it was done before you try again."
        await deps.answer(respond, {"text": f"{sentence} (ref {number})"})
