"""Socket Mode: the double's end of the websocket (https://docs.slack.dev/apis/events-api/using-socket-mode)."""

import asyncio
import json
from collections.abc import Mapping
from typing import Literal

from aiohttp import WSMsgType, web

from .calls import Answer, Call, Method
from .pacing import TIER_1
from .records import Json
from .world import World

EnvelopeType = Literal["events_api", "interactive", "slash_commands"]
CONNECTIONS_MAX = 10


class SocketHub:
    """All connections of the app; an envelope goes to one of them and waits for its acknowledgement.

    Everything here runs on the server's loop; tests come in through `SlackDouble.deliver`.
    """

    def __init__(self) -> None:
        self._connected: asyncio.Condition = asyncio.Condition()
        self._connections: list[web.WebSocketResponse] = []
        self._waiting: dict[str, asyncio.Future[Json]] = {}
        self.tickets: set[str] = set()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One connection from `hello` to its end. A ticket opens one connection, and an app has at most ten."""
        ticket = request.query.get("ticket", "")
        if ticket not in self.tickets or len(self._connections) >= CONNECTIONS_MAX:
            raise web.HTTPForbidden
        self.tickets.remove(ticket)
        connection = web.WebSocketResponse()
        await connection.prepare(request)
        async with self._connected:
            self._connections.append(connection)
            self._connected.notify_all()
        await connection.send_json(
            {
                "type": "hello",
                "num_connections": len(self._connections),
                "debug_info": {"host": "double", "approximate_connection_time": 3600},
                "connection_info": {"app_id": World.APP_ID},
            }
        )
        try:
            async for message in connection:
                if message.type is WSMsgType.TEXT:
                    self._acknowledge(json.loads(message.data))
        finally:
            self._connections = [one for one in self._connections if one is not connection]
        return connection

    def _acknowledge(self, ack: Mapping[str, object]) -> None:
        waiting = self._waiting.pop(str(ack.get("envelope_id")), None)
        if waiting is not None and not waiting.done():
            payload = ack.get("payload")
            waiting.set_result(dict(payload) if isinstance(payload, dict) else {})

    async def deliver(self, kind: EnvelopeType, payload: Json, envelope_id: str, retry_attempt: int) -> Json:
        """Send one envelope to the newest connection; the payload of its acknowledgement ({} if it has none)."""
        async with self._connected:
            await self._connected.wait_for(lambda: self._connections)
        envelope: Json = {
            "envelope_id": envelope_id,
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
        }
        if kind == "events_api":
            envelope |= {"retry_attempt": retry_attempt, "retry_reason": "timeout" if retry_attempt else ""}
        acknowledged: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._waiting[envelope_id] = acknowledged
        await self._connections[-1].send_json(envelope)
        return await acknowledged

    async def disconnect(self, *, warn: bool) -> None:
        """End all connections: with Slack's `disconnect` message, upon which the app reconnects, or without a word."""
        leaving, self._connections = self._connections, []
        for connection in leaving:
            if warn:
                await connection.send_json({"type": "disconnect", "reason": "refresh_requested", "debug_info": {}})
            else:
                await connection.close()


def open_connection(call: Call) -> Answer:
    """https://docs.slack.dev/reference/methods/apps.connections.open: for app-level tokens only."""
    ticket = call.world.next_id("ticket-")
    return {"url": f"{call.origin.replace('http', 'ws', 1)}/link/?ticket={ticket}&app_id={World.APP_ID}"}


METHODS = {
    "apps.connections.open": Method(
        run=open_connection, scopes=("connections:write",), per_minute=TIER_1, app_level=True
    )
}
