"""After the story: the visitor acts as any member, and moves the clock by a week with `/pulse demo next-week`."""

import asyncio
import datetime as dt
import logging
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from bot.adapters.stand_in import StandIn
from bot.demo import cast
from bot.demo.happenings import person
from bot.demo.story import Teller
from bot.domain.ids import ChannelId, UserId
from bot.domain.rounds import Round
from bot.services import deliveries
from bot.views.comments import MAY_BE_QUOTED, QUOTABLE, TEXT
from bot.views.ids import Action, answer_action, answer_value
from handlers.commands import Call, Verb
from handlers.deps import channel_of, person_of
from schedules.delivery import drain

log = logging.getLogger(__name__)

_NEXT_WEEK = "next-week"
_COMMENTERS = 6
_A_WEEK = dt.timedelta(days=8)


class Live:
    """What only the demonstration can do."""

    def __init__(self, teller: Teller, stand_in: StandIn) -> None:
        self._teller = teller
        self._stand_in = stand_in
        self._dice = random.Random(13)  # noqa: S311 - a story, not a secret
        self._one_at_a_time = asyncio.Lock()

    def verb(self) -> Verb:
        """`/pulse demo next-week`, registered here alone."""
        return Verb(name="demo", says="next-week: moves the clock to the next pulse (demonstration only)", run=self.run)

    async def run(self, call: Call) -> None:
        """Let the colleagues answer what is open in this channel, close it, and open the next one."""
        if call.rest != _NEXT_WEEK:
            await call.respond("In the demonstration: `/pulse demo next-week`.", response_type="ephemeral")
            return
        if self._one_at_a_time.locked():
            await call.respond("A week is already going by.", response_type="ephemeral")
            return
        week = self._week_goes_by(channel_of(call.body), person_of(call.body).user_id)
        self._task = asyncio.get_running_loop().create_task(week)  # the loop keeps weak references only

    async def _week_goes_by(self, channel: ChannelId, visitor: UserId) -> None:
        async with self._one_at_a_time, _told_in_the_log():
            asked = await asyncio.to_thread(self._teller.open_round, channel)
            if asked is not None:
                await self._colleagues_answer(asked, visitor)
            await asyncio.to_thread(self._until_the_next_opens, channel, asked)

    def _until_the_next_opens(self, channel: ChannelId, before: Round | None) -> None:
        """A week at most, so that a pause or an end does not send the clock away."""
        product = self._teller.product
        latest = product.ports.clock.now() + _A_WEEK
        while True:
            drain(product.ports, product.messenger)
            asked = self._teller.open_round(channel)
            if asked is not None and (before is None or asked.id != before.id):
                return
            due = deliveries.next_due(product.ports)
            if due is None or due > latest:
                self._teller.clock.move_to(latest)
                return
            self._teller.clock.move_to(due)

    async def _colleagues_answer(self, asked: Round, visitor: UserId) -> None:
        """Colleagues who have not answered click through Slack's own protocol; some write a comment."""
        message = await asyncio.to_thread(self._pulse_message, asked)
        if message is None:
            return
        visited = {visitor, *await asyncio.to_thread(self._visited, asked.channel_id)}
        tempers = cast.tempers(random.Random(12))  # noqa: S311 - the same people as in the story
        colleagues = [
            user.id
            for user in cast.USERS
            if user.id not in visited
            and self._dice.random() < tempers[user.id].answers
            and not await asyncio.to_thread(self._has_answered, asked, user.id)
        ]
        for user in colleagues:
            for place, item in enumerate(asked.items, 1):
                score = cast.score_of(tempers[user], 0.0, self._dice) or 0
                button = (answer_action(place, score), answer_value(asked.id, item, score))
                await asyncio.to_thread(self._stand_in.click, asked.channel_id, message, user, *button)
        for user in self._dice.sample(colleagues, min(_COMMENTERS, len(colleagues))):
            text = self._dice.choice(cast.GOOD + cast.BAD)
            ticks = [{"value": MAY_BE_QUOTED}] if self._dice.random() < 0.6 else []
            steps: list[Mapping[str, Any]] = [
                {TEXT: {"type": "plain_text_input", "value": text}},
                {QUOTABLE: {"type": "checkboxes", "selected_options": ticks}},
            ]
            await self._stand_in.fill(asked.channel_id, message["ts"], user, Action.COMMENT, steps)
        await asyncio.to_thread(self._tidy, asked.channel_id, colleagues)

    def _pulse_message(self, asked: Round) -> dict[str, Any] | None:
        with self._teller.product.ports.store.read() as tx:
            current = tx.rounds.get(asked.id)
        ts = None if current is None else current.message_ts
        return next((each for each in self._stand_in.messages(asked.channel_id) if each["ts"] == ts), None)

    def _has_answered(self, asked: Round, user: str) -> bool:
        ports = self._teller.product.ports
        with ports.store.read() as tx:
            key = tx.partnerships.sealed_key(asked.partnership_id)
            return bool(tx.answers.own(asked.id, ports.vault.pseudonym(key, person(user))))

    def _visited(self, channel: str) -> set[str]:
        """Whom the visitor acted as: they have private notes on the page, the colleagues' are taken off."""
        notes = (each for each in self._stand_in.messages(channel) if each.get("subtype") == "ephemeral")
        return {str(each["ephemeral_to"]) for each in notes if "ephemeral_to" in each}

    def _tidy(self, channel: str, colleagues: Sequence[str]) -> None:
        """Take the colleagues' private receipts off the page: in Slack nobody else would see them."""
        for message in self._stand_in.messages(channel):
            if message.get("subtype") == "ephemeral" and message.get("ephemeral_to") in colleagues:
                self._stand_in.forget_message(channel, message["ts"])


@asynccontextmanager
async def _told_in_the_log() -> AsyncIterator[None]:
    """Nobody awaits a week that goes by, so what stops it must not be lost."""
    try:
        yield
    except Exception as error:
        log.error("the week stopped", exc_info=error)
