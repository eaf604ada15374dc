"""`/pulse pause`, `/pulse resume` and `/pulse end`."""

from collections.abc import Callable
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain.errors import PulseError
from bot.domain.ids import ChannelId, TeamId
from bot.domain.people import Person
from bot.services import life
from bot.services.ports import Ports
from bot.views.blocks import Message, View
from bot.views.channels import draw_end_question, draw_pause_question, draw_resumed_receipt
from bot.views.ids import Callback, pack, unpack
from handlers.commands import Call, Verb
from handlers.deps import Deps, channel_of, person_of, tell
from handlers.forms import refuse
from handlers.screens import screen_verb

Decision = Callable[[Ports, TeamId, ChannelId, Person], None]


def register(app: AsyncApp, deps: Deps) -> None:
    """Listen to the confirmation that a partnership shall end."""

    @app.view(Callback.PAUSE)
    async def paused(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        try:
            channel_id = ChannelId(unpack(view["private_metadata"]).get("channel", ""))
            await deps.run(life.pause, deps.ports, deps.home_team_id, channel_id, person_of(body))
        except PulseError as refusal:
            await refuse(ack, refusal)
            return
        await ack()

    @app.view(Callback.END)
    async def confirmed(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        try:
            channel_id = ChannelId(unpack(view["private_metadata"]).get("channel", ""))
            await deps.run(life.end, deps.ports, deps.home_team_id, channel_id, person_of(body))
        except PulseError as refusal:
            await refuse(ack, refusal)
            return
        await ack()


def verbs(deps: Deps) -> tuple[Verb, ...]:
    """What `/pulse` can do about the life of a partnership."""

    return (
        screen_verb(deps, "pause", "stops asking until it is resumed (administrators)", pause_question),
        _verb(deps, "resume", "goes on asking after a pause (administrators)", life.resume, draw_resumed_receipt),
        screen_verb(deps, "end", "ends the pulse of this channel, after a question (administrators)", end_question),
    )


async def pause_question(deps: Deps, channel_id: ChannelId, person: Person) -> View:
    """The question before a pulse is paused. Raises NotAllowed or NotHere."""
    ending = await deps.run(life.ending, deps.ports, deps.home_team_id, channel_id, person, wish="pause")
    return draw_pause_question(ending.partnership, pack(channel=channel_id))


async def end_question(deps: Deps, channel_id: ChannelId, person: Person) -> View:
    """The question before a partnership is ended. Raises NotAllowed or NotHere."""
    ending = await deps.run(life.ending, deps.ports, deps.home_team_id, channel_id, person)
    return draw_end_question(
        ending.partnership,
        ending.organisations,
        open_number=ending.open_number,
        kept_weeks=ending.kept_weeks,
        private=pack(channel=channel_id),
    )


def _verb(deps: Deps, name: str, says: str, decide: Decision, receipt: Callable[[], Message]) -> Verb:
    async def run(call: Call) -> None:
        try:
            await deps.run(decide, deps.ports, deps.home_team_id, channel_of(call.body), person_of(call.body))
        except PulseError as refusal:
            await tell(deps, call.respond, refusal)
            return
        await deps.answer(call.respond, receipt())

    return Verb(name=name, says=says, run=run)
