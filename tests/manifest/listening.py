"""What the code listens to and what it calls, found out from the code itself."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient
from slack_sdk.web.async_client import AsyncWebClient

from handlers.registry import register_all
from tests.builders import HOME, Stage
from tests.handlers.apps import deps_of

ROOT = Path(__file__).parent.parent.parent
RUNS_IN_SLACK = ("bot", "handlers", "schedules", "storage")
ONLY_IN_THE_DEMONSTRATION = "demo"
WEB_API = frozenset(name for name in dir(WebClient) if "_" in name.strip("_") and not name.startswith("_"))


class Listening(AsyncApp):
    """A Bolt application that notes what it is asked to listen to."""

    def __init__(self) -> None:
        async def authorize() -> AuthorizeResult:
            return AuthorizeResult(enterprise_id=None, team_id=HOME, bot_token="xoxb-test")

        self.commands: list[str] = []
        self.events: list[str] = []
        self.interactions: list[str] = []
        self.others: list[str] = []
        super().__init__(
            client=AsyncWebClient(),
            authorize=authorize,
            process_before_response=True,
            request_verification_enabled=False,
        )

    def command(self, *args: Any, **kwargs: Any) -> Any:
        """Note a slash command."""
        self.commands.append(args[0])
        return super().command(*args, **kwargs)

    def event(self, *args: Any, **kwargs: Any) -> Any:
        """Note an event."""
        self.events.append(args[0])
        return super().event(*args, **kwargs)

    def action(self, *args: Any, **kwargs: Any) -> Any:
        """Note a click."""
        self.interactions.append(str(args[0]))
        return super().action(*args, **kwargs)

    def view(self, *args: Any, **kwargs: Any) -> Any:
        """Note a modal."""
        self.interactions.append(str(args[0]))
        return super().view(*args, **kwargs)

    def message(self, *args: Any, **kwargs: Any) -> Any:
        """Note a message."""
        self.others.append("message")
        return super().message(*args, **kwargs)

    def shortcut(self, *args: Any, **kwargs: Any) -> Any:
        """Note a shortcut."""
        self.others.append("shortcut")
        return super().shortcut(*args, **kwargs)

    def options(self, *args: Any, **kwargs: Any) -> Any:
        """Note a menu whose options are asked for."""
        self.others.append("options")
        return super().options(*args, **kwargs)


def listening(stage: Stage) -> Listening:
    """The application with everything registered that is registered in production."""
    app = Listening()
    register_all(app, deps_of(stage.ports))
    return app


def called_methods() -> set[str]:
    """The methods of Slack's Web API that the code calls, by Slack's names ("chat.postMessage")."""
    return {name.replace("_", ".") for path in _sources() for name in _calls(path) if name in WEB_API}


def _sources() -> Iterator[Path]:
    for folder in RUNS_IN_SLACK:
        for path in (ROOT / folder).rglob("*.py"):
            if not path.relative_to(ROOT / folder).parts[0].startswith(ONLY_IN_THE_DEMONSTRATION):
                yield path


def _calls(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute):
            yield node.attr
