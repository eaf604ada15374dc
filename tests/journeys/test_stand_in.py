"""One journey through the stand-in workspace in both modes, and the demonstration that lives in it."""

import asyncio
import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.clock import MovableClock
from bot.adapters.partnership_file import read_file
from bot.adapters.stand_in import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, StandIn, binary, for_the_page
from bot.app import Product, bolt_app, build
from bot.config import Settings
from bot.demo import cast
from bot.demo.live import Live
from bot.demo.story import WEEKS, Teller, beginning
from bot.services import deliveries, setup
from bot.services.ports import Clock
from bot.views.comments import MAY_BE_QUOTED, QUOTABLE, TEXT
from bot.views.ids import Action
from handlers.commands import Verb
from schedules.delivery import drain
from storage.claiming import AT_ONCE
from storage.engine import Database
from tests.builders import SECRET, StoppedClock, Unblurred
from tests.journeys.world import MODES, free_port, listening

ROOT = Path(__file__).parents[2]
PATIENCE = 20  # seconds
COUNCIL, BUILDER = ("U01", "U03", "U04"), ("U11", "U12", "U13")
Message = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class OnStandIn:
    """A bot that is put together over a stand-in workspace."""

    page: StandIn
    product: Product

    def work(self) -> None:
        """Do due work and send messages."""
        drain(self.product.ports, self.product.messenger)

    def posts(self) -> list[Message]:
        """What everybody sees in the channel."""
        return [each for each in self.page.messages(cast.CHANNEL) if each.get("subtype") != "ephemeral"]

    def told(self, user: str) -> list[str]:
        """What one person alone is told."""
        found = self.page.messages(cast.CHANNEL)
        return [str(each["text"]) for each in found if each.get("ephemeral_to") == user]

    def posted(self, words: str) -> Message:
        """The newest message of the channel with these words."""
        return next(each for each in reversed(self.posts()) if words in str(each["text"]))

    def press(self, user: str, action_id: str) -> None:
        """A person clicks the button of the newest pulse with this action id."""
        pulse = self.posted("one click each")
        value = next(
            element["value"]
            for block in pulse["blocks"]
            for element in block.get("elements", ())
            if element.get("action_id") == action_id
        )
        self.page.click(cast.CHANNEL, pulse, user, action_id, value)


@pytest.mark.parametrize("mode", MODES)
def test_a_pulse_from_its_set_up_to_its_results_on_the_stand_in(sqlite: Database, tmp_path: Path, mode: str) -> None:
    clock = StoppedClock()
    with stand_in(sqlite, clock, mode) as on, running(on.product):
        file = tmp_path / "partnerships.yaml"
        file.write_text(cast.SPEC, encoding="utf-8")
        setup.apply_all(on.product.ports, read_file(file), on.product.directory, on.product.home_team_id)
        on.work()
        assert "Northfield Schools" in on.posts()[0]["text"]
        clock.at = deliveries.next_due(on.product.ports) or clock.at
        on.work()
        for user in (*COUNCIL, *BUILDER):
            on.press(user, "answer_1_4")
            on.press(user, "answer_2_5")
        assert eventually(lambda: len(on.told("U13")) == 2)
        assert on.told("U13")[0].startswith("Saved: 4, agree.")
        on.press("U13", "answer_1_3")
        assert eventually(lambda: any(each.startswith("Saved: 3") for each in on.told("U13")))
        comment: list[Mapping[str, Any]] = [
            {TEXT: {"type": "plain_text_input", "value": "Thank you Alice Moore, the plan was clear"}},
            {QUOTABLE: {"type": "checkboxes", "selected_options": [{"value": MAY_BE_QUOTED}]}},
        ]
        asyncio.run(on.page.fill(cast.CHANNEL, on.posted("one click each")["ts"], "U12", Action.COMMENT, comment))
        assert [(each.quotable, "Alice" in each.text) for each in comments_kept(on.product)] == [(True, False)]
        clock.move(days=2)
        on.work()
        assert "5 to 9 people answered" in on.posted("Pulse 1 is closed.")["text"]
        assert "answer_1_4" not in str(on.posts())


def test_the_demonstration_tells_its_story_and_goes_on_with_next_week(sqlite: Database) -> None:
    said: list[str] = []
    clock = MovableClock(beginning(dt.datetime.now(dt.UTC)))
    with stand_in(sqlite, clock, "socket") as on:
        teller = Teller(product=on.product, clock=clock)
        live = Live(teller, on.page)
        with running(on.product, live.verb()):
            teller.tell(said.append)
            assert len(said) == WEEKS
            assert all(f"Pulse {number} is closed." in str(on.posts()) for number in range(1, WEEKS + 1))
            assert f"Pulse {WEEKS + 1} · Northfield Schools" in on.posted("one click each")["text"]
            on.page.command(cast.CHANNEL, "U05", "/pulse", "demo next-week")
            following = f"Pulse {WEEKS + 2} · Northfield Schools"
            assert eventually(lambda: following in str(on.posts()))
            assert "people answered" in on.posted(f"Pulse {WEEKS + 1} is closed.")["text"]
            assert len(comments_kept(on.product)) > 1
            assert [user.id for user in cast.USERS if user.id != "U05" and on.told(user.id)] == []
            on.page.command(cast.CHANNEL, "U05", "/pulse", "demo tomorrow")
            assert eventually(lambda: any("/pulse demo next-week" in each for each in on.told("U05")))


def comments_kept(product: Product) -> list[Any]:
    """The comments of the latest round in which somebody wrote one."""
    with product.ports.store.read() as tx:
        (partnership,) = tx.partnerships.of_workspace(product.home_team_id)
        of_block = tx.rounds.of_block(partnership.id, partnership.block)
        found = [list(tx.answers.comments_of([each.id])) for each in of_block]
    return next((each for each in reversed(found) if each), [])


def eventually(is_so: Callable[[], bool]) -> bool:
    """Whether something that follows an acknowledgement comes true within the patience of the tests."""
    until = time.monotonic() + PATIENCE
    while not is_so() and time.monotonic() < until:
        threading.Event().wait(0.02)
    return is_so()


@contextmanager
def stand_in(database: Database, clock: Clock, mode: str) -> Iterator[OnStandIn]:
    """A stand-in workspace with the demonstration's people and a bot that is put together; ends both."""
    try:
        binary(ROOT)
    except OSError as missing:
        pytest.skip(str(missing))
    port = free_port()
    url = f"http://localhost:{port}/slack/events" if mode == "http" else ""
    members = [user.id for user in cast.USERS]
    channels = {cast.CHANNEL: ("northfield-schools", members), cast.OTHER_CHANNEL: ("harbour-bridge", members)}
    with StandIn(ROOT, free_port(), cast.USERS, channels, url) as page:
        settings = Settings(
            bot_token=BOT_TOKEN,
            app_token="" if mode == "http" else APP_TOKEN,
            signing_secret=SIGNING_SECRET,
            port=port,
            api_url=f"{page.address}/api/",
            database_url=database.engine.url.render_as_string(hide_password=False),
            secret_key=SECRET,
            operator=cast.COUNCIL,
        )
        product = build(settings, clock=clock, pace=AT_ONCE, randomness=Unblurred(), rewrite=for_the_page)
        yield OnStandIn(page=page, product=product)
        product.database.close()


@contextmanager
def running(product: Product, *more: Verb) -> Iterator[None]:
    """Let the bot listen and store answers until the block ends."""
    app, deps = bolt_app(product, more)
    product.writer.start()
    try:
        with listening(product, app):
            yield
    finally:
        deps.threads.shutdown(wait=True)
        product.writer.stop()
