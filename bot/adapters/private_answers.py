"""Private answers to clicks and commands, through the address that came with them (`response_url`)."""

import logging
from collections.abc import Mapping
from typing import Any

import aiohttp
import orjson
from slack_sdk.proxy_env_variable_loader import load_http_proxy_from_env

log = logging.getLogger(__name__)

_WITHIN = aiohttp.ClientTimeout(total=10)
_CONNECTIONS = 16
_HEADERS = {"content-type": "application/json; charset=utf-8"}


class PrivateAnswers:
    """Posts over connections that stay open: slack_sdk's client opens a session and a connection for every answer."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None
        self._proxy = load_http_proxy_from_env(log)

    async def post(self, url: str, message: Mapping[str, Any]) -> None:
        """Post a message to an address that has been found to be Slack's. Raises what aiohttp raises."""
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                timeout=_WITHIN, connector=aiohttp.TCPConnector(limit=_CONNECTIONS), headers=_HEADERS
            )
        sent = self._session.post(url, data=orjson.dumps(dict(message)), proxy=self._proxy, allow_redirects=False)
        async with sent as answer:
            if answer.status >= 400:
                log.warning("Slack did not take a private answer", extra={"status": answer.status})

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
