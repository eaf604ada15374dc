"""What stands behind the door while it is fuzzed: the whole product with one of everything, and requests about that."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.private_answers import PrivateAnswers
from bot.services.installations import KnownInstallations
from bot.services.ports import Installed
from bot.views.ids import Action, Callback
from handlers import gate
from handlers.deeds import BUTTONS
from handlers.deps import Deps
from handlers.gate import Authorize, Gate
from handlers.registry import register_all
from handlers.shape import OF_EVENTS, is_as_documented
from tests.attack.inputs import Input, Json, signed
from tests.attack.recording import REQUESTS, kind_of, with_ids
from tests.bench.sink import Sink
from tests.builders import HOME, TUESDAY, Stage, add_partnership
from tests.handlers.test_isolation import east
from tests.slack_double import World

Place = dict[str, str]

BROKE = REQUESTS.with_name("broke.jsonl")


class Watched:
    """Bolt as the edge sees it, with a count of what came through to it."""

    def __init__(self, dispatch: Callable[[AsyncBoltRequest], Awaitable[BoltResponse]]) -> None:
        self._dispatch = dispatch
        self.reached = 0

    async def async_dispatch(self, asked: AsyncBoltRequest) -> BoltResponse:
        """Count, and go on."""
        self.reached += 1
        return await self._dispatch(asked)


@asynccontextmanager
async def running(on: Stage, slack: Sink) -> AsyncIterator[tuple[Watched, Place]]:
    """The whole product behind its gate, with one of everything in it; and the ids of that."""
    answers = PrivateAnswers()
    place = _scene(on)
    known = KnownInstallations(on.ports.store, on.clock)
    deps = Deps(ports=on.ports, known=known, callback_origins=frozenset({slack.origin}), post=answers.post)
    try:
        yield Watched(_app(deps, slack).async_dispatch), place
    finally:
        await deps.after.finish(within=10)
        await answers.close()
        deps.threads.shutdown()


async def looked_into(asked: AsyncBoltRequest) -> BoltResponse:
    """All that the gate reads of a request without asking anybody."""
    if not is_as_documented(asked.body, asked.context):
        return BoltResponse(status=400)
    gate.door_of(asked.context)
    gate.named_in(asked.body)
    gate.stated_workspace(asked.body, None)
    return BoltResponse(status=200)


def _app(deps: Deps, slack: Sink) -> AsyncApp:
    """Bolt with every listener of the product, behind its gate, as bot.app makes it."""
    app = AsyncApp(
        client=AsyncWebClient(base_url=f"{slack.origin}/api/"),
        before_authorize=Gate(deps),
        authorize=Authorize(),  # type: ignore[arg-type]  # Bolt takes its own class too
        process_before_response=True,
        request_verification_enabled=False,
        ssl_check_enabled=False,
        url_verification_enabled=False,
    )
    register_all(app, deps)
    return app


def _scene(on: Stage) -> Place:
    """Two partnerships, one of them with one of everything; its ids by what they begin with."""
    add_partnership(on)
    with on.ports.store.write() as tx:
        tx.installations.put(Installed(team_id=HOME, bot_user_id=World.BOT, installed_at=TUESDAY, token="xoxb-fuzz"))
    ids = east(on, HOME)
    kinds = {"r": "round", "e": "escalation", "draft": "set-up", "m": "milestone", "a": "action", "org": "organisation"}
    return {short: ids[long] for short, long in kinds.items()} | {
        "p": ids["partnership"],
        "t": ids["alert"],
        "unsent": ids["draft"],
        "channel": ids["channel"],
        "answer": ids["answer"],
    }


def requests(place: Place, origin: str) -> Sequence[Json]:
    """Real requests about this place, one for everything that somebody listens to."""
    found = [with_ids(line, place, origin) for line in REQUESTS.read_text(encoding="utf-8").splitlines()]
    known = {kind_of(each): json.dumps(each) for each in found}
    for sort, names, like in (
        ("button", BUTTONS, Action.MORE),
        ("form", Callback, Callback.HUB),
        ("event", OF_EVENTS, "channel_archive"),
    ):
        missing = [each for each in names if f"{sort} {each}" not in known]  # where no journey comes by
        found += [json.loads(known[f"{sort} {like}"].replace(f'"{like}"', f'"{each}"')) for each in missing]
    return found


def broke(place: Place, origin: str) -> list[Input]:
    """What once broke the door, or came close."""
    kept = [with_ids(line, place, origin) for line in BROKE.read_text(encoding="utf-8").splitlines()]
    return [signed(each["body"].encode("utf-8", "surrogatepass"), each["type"], "kept") for each in kept]
