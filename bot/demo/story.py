"""The twelve weeks before the visitor arrives, told through the real services and the real Slack calls."""

import datetime as dt
import random
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from bot.adapters.clock import MovableClock
from bot.adapters.partnership_file import read_file
from bot.adapters.stand_in import TEAM
from bot.app import Product
from bot.demo import cast
from bot.demo.happenings import Happenings, person
from bot.domain.ids import ChannelId, TeamId
from bot.domain.partnership import Partnership
from bot.domain.people import Organisation
from bot.domain.rounds import Click, Round
from bot.services import channels, comments, deliveries, roles, setup
from bot.services.channels import ChannelEvent
from schedules.delivery import drain

WEEKS = 12


def beginning(now: dt.datetime) -> dt.datetime:
    """When the story begins: a Monday, so that the thirteenth pulse is open about now."""
    return (now - dt.timedelta(weeks=WEEKS, days=now.weekday())).replace(hour=8, minute=0, second=0, microsecond=0)


@dataclass(slots=True, kw_only=True)
class Teller:
    """Moves the clock from one due moment to the next and lets the colleagues answer."""

    product: Product
    clock: MovableClock
    dice: random.Random = field(default_factory=lambda: random.Random(12))  # noqa: S311 - a story, not a secret

    def tell(self, say: Callable[[str], None]) -> None:
        """Set the partnership up and live through twelve rounds, until the thirteenth is open."""
        self._set_up()
        tempers = cast.tempers(self.dice)
        answered: set[str] = set()
        happenings = Happenings(self.product)
        while True:
            drain(self.product.ports, self.product.messenger)
            happenings.take_alert()
            asked = self.open_round()
            if asked is not None and asked.number > WEEKS:
                return
            if asked is not None and asked.id not in answered:
                answered.add(asked.id)
                say(f"  pulse {asked.number} of {WEEKS}")
                self._answer(asked, tempers)
                happenings.while_open(asked.number)
            due = deliveries.next_due(self.product.ports)
            if due is None:
                return
            self.clock.move_to(due)

    def partnership(self, channel: str = cast.CHANNEL) -> Partnership | None:
        """The partnership that lives in a channel of the demonstration."""
        with self.product.ports.store.read() as tx:
            return tx.partnerships.in_channel(TeamId(TEAM), ChannelId(channel))

    def open_round(self, channel: str = cast.CHANNEL) -> Round | None:
        """The round that is open now in a channel."""
        partnership = self.partnership(channel)
        if partnership is None:
            return None
        with self.product.ports.store.read() as tx:
            return tx.rounds.current(partnership.id)

    def _set_up(self) -> None:
        product = self.product
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "partnerships.yaml"
            file.write_text(cast.SPEC, encoding="utf-8")
            setup.apply_all(product.ports, read_file(file), product.directory, product.home_team_id)
        event = ChannelEvent(id="demonstration", team_id=TeamId(TEAM), channel_id=ChannelId(cast.OTHER_CHANNEL))
        channels.invited(product.ports, event)
        builder = self._organisation(cast.BUILDER)
        channel = ChannelId(cast.CHANNEL)
        roles.confirm(
            product.ports, product.home_team_id, channel, person("U11"), builder.id, ["U11", "U14"], ["U12", "U16"]
        )

    def _organisation(self, name: str) -> Organisation:
        partnership = self.partnership()
        assert partnership is not None
        return next(each for each in partnership.organisations if each.name == name)

    def _answer(self, asked: Round, tempers: Mapping[str, cast.Temper]) -> None:
        clicks = []
        for user in cast.USERS:
            temper = tempers[user.id]
            if self.dice.random() > temper.answers:
                continue
            scores = []
            for item in asked.items:
                dimension = self.product.ports.bank.item(item).dimension
                lower_by = cast.mood_of(asked.number, user.id, dimension)
                score = cast.score_of(temper, lower_by, self.dice)
                scores.append(score)
                clicks.append(
                    Click(
                        round_id=asked.id,
                        item_id=item,
                        score=score,
                        person=person(user.id),
                        channel_id=asked.channel_id,
                        at=self.clock.now(),
                    )
                )
            if self.dice.random() < temper.comments:
                low = cast.is_worried(asked.number, user.id) or sum(each for each in scores if each) < 3.2 * len(scores)
                self._comment(asked, user.id, self.dice.choice(cast.BAD if low else cast.GOOD))
        with ThreadPoolExecutor(max_workers=8) as pool:
            list(pool.map(self.product.writer.store, clicks))

    def _comment(self, asked: Round, user: str, text: str) -> None:
        product = self.product
        place = (product.ports, product.home_team_id, asked.channel_id, person(user), asked.id)
        kept = comments.write(*place, text)
        comments.allow_quoting(*place, seal=kept.seal, allowed=self.dice.random() < 0.6)
