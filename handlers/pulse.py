"""Answers: the click that the whole product lives on, and taking it back."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond

from bot.domain.errors import PulseError
from bot.domain.rounds import Click, Saved
from bot.services import answers
from bot.views.ids import ANSWER_PATTERN, Action, read_answer
from bot.views.pulse import draw_receipt, draw_withdrawn
from handlers.deps import Deps, channel_of, person_of, tell, value_of


def register(app: AsyncApp, deps: Deps) -> None:
    """Listen to answer buttons. Registered first of all: Bolt tries listeners in order (SLACK, Bolt)."""
    ports = deps.ports

    @app.action(ANSWER_PATTERN)
    async def answer(ack: AsyncAck, body: dict[str, Any], respond: AsyncRespond) -> None:
        try:
            round_id, item_id, score = read_answer(value_of(body))
            click = Click(
                round_id=round_id,
                item_id=item_id,
                score=score,
                person=person_of(body),
                channel_id=channel_of(body),
                at=ports.clock.now(),
            )
            saved = await ports.writer.submit(click)
        except PulseError as refusal:
            await ack()
            deps.after.add_refusal(tell(deps, respond, refusal))
            return
        await ack()
        deps.after.add(_receipt(saved, respond))

    @app.action(Action.WITHDRAW)
    async def withdraw(ack: AsyncAck, body: dict[str, Any], respond: AsyncRespond) -> None:
        try:
            round_id, item_id, _ = read_answer(value_of(body))
            click = answers.withdrawal(ports, round_id, item_id, person_of(body), channel_of(body))
            saved = await ports.writer.submit(click)
        except PulseError as refusal:
            await ack()
            deps.after.add_refusal(tell(deps, respond, refusal))
            return
        await ack()
        message = draw_withdrawn(ports.question(item_id, saved.asked.organisations))
        deps.after.add(deps.answer(respond, message, replace=True))

    async def _receipt(saved: Saved, respond: AsyncRespond) -> None:
        given = saved.answer
        if given is not None:
            question = ports.question(given.item_id, saved.asked.organisations)
            await deps.answer(respond, draw_receipt(saved.asked.id, given.item_id, question, given.score))
