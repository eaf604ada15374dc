"""Private answers go to Slack's own address over TLS, and to nobody else, whatever a request names."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from slack_bolt.async_app import AsyncRespond

from bot.app import called_back
from bot.config import SLACK_API
from handlers.deps import Deps
from storage.engine import Database
from tests.builders import stage
from tests.handlers.apps import at_home

SLACK = "https://hooks.slack.com"


def posted(database: Database, url: str | None, origins: frozenset[str] | None = None) -> list[str]:
    """Where an answer went."""
    sent: list[str] = []

    async def post(address: str, _: Mapping[str, Any]) -> None:
        sent.append(address)

    with stage(database) as on:
        deps = Deps(ports=on.ports, known=at_home(), post=post)
        deps.callback_origins = origins or deps.callback_origins
        asyncio.run(deps.answer(AsyncRespond(response_url=url), {"text": "Saved."}))
    return sent


@pytest.mark.parametrize("path", ["/actions/T1/2/abc", "/commands/T1/2/abc", "/app/T1/2/abc"])
def test_slacks_own_address_is_called_back(sqlite: Database, path: str) -> None:
    assert posted(sqlite, SLACK + path) == [SLACK + path]


@pytest.mark.parametrize(
    "url",
    [
        *(None, "", "/", "null", "hooks.slack.com/x", "//hooks.slack.com/x", "https:/hooks.slack.com/x", SLACK),
        *(
            "http://hooks.slack.com/x",
            "ftp://hooks.slack.com/x",
            "file:///hooks.slack.com/x",
            "wss://hooks.slack.com/x",
        ),
        *(f"{SLACK}.evil.example/x", f"{SLACK}evil.example/x", "https://evil-hooks.slack.com/x", "https://slack.com/x"),
        *(f"{SLACK}@evil.example/x", f"{SLACK}:443@evil.example/x", f"https://a:b@{SLACK[8:]}/x", f"{SLACK}:8443/x"),
        *(
            f"{SLACK}\\@evil.example/x",
            f"{SLACK}\t/x",
            f"{SLACK}\n.evil.example/x",
            f" {SLACK}/x",
            f"{SLACK}%2f@evil",
        ),
        *("https://HOOKS.SLACK.COM/x", "https://hooks.slack.com./x", "https://hooks%2eslack.com/x"),
        *(
            "https://h\u043e\u043eks.slack.com/x",
            "https://hooks.slack.com\u2215.evil.example/x",
            "https://hooks。slack.com/x",
        ),
        *(
            "https://xn--hks-5cda.slack.com/x",
            "https://127.0.0.1/x",
            "https://[::1]/x",
            "https://evil.example/?https://hooks.slack.com/x",
        ),
        *(f"https://evil.example/{SLACK}/x", f"https://evil.example#{SLACK}/x", f"https://evil.example\\{SLACK}/x"),
    ],
    ids=ascii,
)
def test_nobody_else_is(sqlite: Database, url: str | None) -> None:
    assert posted(sqlite, url) == []


def test_beside_a_stand_in_slack_is_not_called_back(sqlite: Database) -> None:
    """What a demonstration says must not reach a real workspace, nor the other way round."""
    only = frozenset({called_back("http://localhost:4000/api/")})
    assert posted(sqlite, "http://localhost:4000/response/1", only) == ["http://localhost:4000/response/1"]
    for url in (f"{SLACK}/x", "http://localhost:40001/x", "http://localhost/x", "http://localhost:4000@evil.example/x"):
        assert posted(sqlite, url, only) == []
    assert called_back(SLACK_API) == SLACK
