"""`/pulse pause`, `/pulse resume` and `/pulse end`."""

from slack_bolt.async_app import AsyncApp

from bot.domain.errors import PulseError
from bot.domain.ids import ChannelId
from bot.domain.people import Person
from bot.domain.permissions import Deed
from bot.services import life
from bot.views.blocks import View
from bot.views.channels import draw_end_question, draw_pause_question, draw_resumed_receipt
from bot.views.ids import Callback, pack
from handlers.commands import Call, Verb
from handlers.deps import Deps, channel_of, person_of, tell
from handlers.screens import do_when_submitted, screen_verb


def register(app: AsyncApp, deps: Deps) -> None:
    """Listen to the confirmations that a partnership shall pause, or end."""
    do_when_submitted(app, deps, Callback.PAUSE, life.pause)
    do_when_submitted(app, deps, Callback.END, life.end)


def verbs(deps: Deps) -> tuple[Verb, ...]:
    """What `/pulse` can do about the life of a partnership."""

    return (
        screen_verb(deps, "pause", "stops asking until it is resumed (administrators)", pause_question),
        _resume(deps),
        screen_verb(deps, "end", "ends the pulse of this channel, after a question (administrators)", end_question),
    )


async def pause_question(deps: Deps, channel_id: ChannelId, person: Person) -> View:
    """The question before a pulse is paused. Raises NotAllowed or NotHere."""
    ending = await deps.run(life.ending, deps.ports, deps.home_team_id, channel_id, person, Deed.PAUSE)
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


def _resume(deps: Deps) -> Verb:
    async def run(call: Call) -> None:
        try:
            await deps.run(life.resume, deps.ports, deps.home_team_id, channel_of(call.body), person_of(call.body))
        except PulseError as refusal:
            await tell(deps, call.respond, refusal)
            return
        await deps.answer(call.respond, draw_resumed_receipt())

    return Verb(name="resume", says="goes on asking after a pause (administrators)", run=run)
