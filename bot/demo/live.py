"""After the story: the visitor acts as any member, and moves the clock by a week with `/pulse demo next-week`."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from typing import Any

from bot.adapters.stand_in import StandIn
from bot.demo import cast
from bot.demo.story import Teller, person
from bot.domain.ids import UserId
from bot.domain.rounds import Round
from bot.services import deliveries
from bot.views.comments import MAY_BE_QUOTED, QUOTABLE, TEXT
from bot.views.ids import Action, answer_action, answer_value
from handlers.commands import Call, Verb
from handlers.deps import person_of
from schedules.delivery import drain

_NEXT_WEEK = "next-week"
_COMMENTERS = 6


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
        """Let the colleagues answer what is open, close it, and open the next one."""
        if call.rest != _NEXT_WEEK:
            await call.respond("In the demonstration: `/pulse demo next-week`.", response_type="ephemeral")
            return
        visitor = person_of(call.body).user_id
        if self._one_at_a_time.locked():
            await call.respond("A week is already going by.", response_type="ephemeral")
            return
        task = asyncio.get_running_loop().create_task(self._week_goes_by(visitor))
        self._task = task  # the loop keeps weak references only

    async def _week_goes_by(self, visitor: UserId) -> None:
        async with self._one_at_a_time:
            asked = await asyncio.to_thread(self._teller.open_round)
            if asked is not None:
                await self._colleagues_answer(asked, visitor)
            await asyncio.to_thread(self._until_the_next_opens, asked)

    def _until_the_next_opens(self, before: Round | None) -> None:
        product = self._teller.product
        while True:
            drain(product.ports, product.messenger)
            asked = self._teller.open_round()
            if asked is not None and (before is None or asked.id != before.id):
                return
            due = deliveries.next_due(product.ports)
            if due is None:
                return
            self._teller.clock.move_to(due)

    async def _colleagues_answer(self, asked: Round, visitor: UserId) -> None:
        """Colleagues who have not answered click through Slack's own protocol; some write a comment."""
        message = await asyncio.to_thread(self._pulse_message, asked)
        if message is None:
            return
        tempers = cast.tempers(random.Random(12))  # noqa: S311 - the same people as in the story
        colleagues = [
            user.id
            for user in cast.USERS
            if user.id != visitor
            and self._dice.random() < tempers[user.id].answers
            and not await asyncio.to_thread(self._has_answered, asked, user.id)
        ]
        for user in colleagues:
            for place, item in enumerate(asked.items, 1):
                score = cast.score_of(tempers[user], 0.0, self._dice) or 0
                button = (answer_action(place, score), answer_value(asked.id, item, score))
                await asyncio.to_thread(self._stand_in.click, cast.CHANNEL, message, user, *button)
        for user in self._dice.sample(colleagues, min(_COMMENTERS, len(colleagues))):
            text = self._dice.choice(cast.GOOD + cast.BAD)
            ticks = [{"value": MAY_BE_QUOTED}] if self._dice.random() < 0.6 else []
            steps: list[Mapping[str, Any]] = [
                {TEXT: {"type": "plain_text_input", "value": text}},
                {QUOTABLE: {"type": "checkboxes", "selected_options": ticks}},
            ]
            await self._stand_in.fill(cast.CHANNEL, message["ts"], user, Action.COMMENT, steps)
        await asyncio.to_thread(self._tidy, colleagues)

    def _pulse_message(self, asked: Round) -> dict[str, Any] | None:
        with self._teller.product.ports.store.read() as tx:
            current = tx.rounds.get(asked.id)
        ts = None if current is None else current.message_ts
        return next((each for each in self._stand_in.messages(cast.CHANNEL) if each["ts"] == ts), None)

    def _has_answered(self, asked: Round, user: str) -> bool:
        ports = self._teller.product.ports
        with ports.store.read() as tx:
            key = tx.partnerships.sealed_key(asked.partnership_id)
            return bool(tx.answers.own(asked.id, ports.vault.pseudonym(key, person(user))))

    def _tidy(self, colleagues: Sequence[str]) -> None:
        """Take the colleagues' private receipts off the page: in Slack nobody else would see them."""
        for message in self._stand_in.messages(cast.CHANNEL):
            if message.get("subtype") == "ephemeral" and message.get("ephemeral_to") in colleagues:
                self._stand_in.forget_message(cast.CHANNEL, message["ts"])
