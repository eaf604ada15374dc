"""`/pulse VERB`: one command, its verbs brought along by the capabilities."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.views.commands import draw_help
from handlers.deps import Deps

PULSE = "/pulse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One use of `/pulse`: the payload, what stands behind the verb, and the ways to answer."""

    body: dict[str, Any]
    rest: str
    client: AsyncWebClient
    respond: AsyncRespond


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """What stands behind `/pulse`, what help says of it, and what it does (after the acknowledgement)."""

    name: str
    says: str
    run: Callable[[Call], Awaitable[None]]


def register(app: AsyncApp, deps: Deps, verbs: Iterable[Verb]) -> None:
    """Listen to `/pulse`; no verb, or one that nobody knows, shows the help."""
    known = {verb.name: verb for verb in verbs}

    @app.command(PULSE)
    async def pulse(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient, respond: AsyncRespond) -> None:
        await ack()
        name, _, rest = str(body.get("text", "")).strip().partition(" ")
        verb = known.get(name.lower())
        if verb is None:
            said = tuple((each.name, each.says) for each in known.values())
            await deps.answer(respond, draw_help(said, unknown=name))
            return
        await verb.run(Call(body=body, rest=rest.strip(), client=client, respond=respond))
