"""Comments: written after an answer, shown back as they are kept."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import BadInput, PulseError, TooLate
from bot.domain.ids import ChannelId, RoundId
from bot.domain.people import Person
from bot.services import comments
from bot.views.blocks import View
from bot.views.comments import (
    DELETED,
    MAY_BE_QUOTED,
    QUOTABLE,
    TEXT,
    draw_comment,
    draw_comment_check,
    draw_comment_deleted,
)
from bot.views.ids import Action, Callback, pack, unpack
from handlers.deps import Deps, channel_of, person_of, tell, value_of
from handlers.forms import refuse, show, ticked, typed


async def form(deps: Deps, channel_id: ChannelId, person: Person) -> View:
    """The form with what the person wrote before. Raises TooLate, NotHere."""
    own = await deps.run(comments.current, deps.ports, deps.home_team_id, channel_id, person)
    return draw_comment(pack(channel=channel_id, round=own.round_id), own.number, own.text)


def register(app: AsyncApp, deps: Deps) -> None:
    """Listen to "Add a comment" and its two screens."""

    @app.action(Action.COMMENT)
    async def open_form(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient, respond: AsyncRespond) -> None:
        await ack()
        try:
            view = await form(deps, channel_of(body), person_of(body))
            asked = value_of(body)
            if asked.startswith("r-") and asked != unpack(view["private_metadata"])["round"]:
                raise TooLate("This belongs to an earlier pulse, which is closed. Please use the newest one.")
        except PulseError as refusal:
            await tell(deps, respond, refusal)
            return
        await client.views_open(trigger_id=body["trigger_id"], view=view)

    @app.view(Callback.COMMENT)
    async def write(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        try:
            place = unpack(view["private_metadata"])
            channel_id, round_id = ChannelId(place.get("channel", "")), RoundId(place.get("round", ""))
            whose = (deps.ports, deps.home_team_id, channel_id, person_of(body), round_id)
            if ticked(view, DELETED):
                await deps.run(comments.remove, *whose)
                await show(ack, draw_comment_deleted())
                return
            before = await deps.run(comments.current, *whose[:-1])
            own = await deps.run(comments.write, *whose, typed(view, TEXT) or before.text)
        except PulseError as refusal:
            await refuse(ack, refusal, TEXT if isinstance(refusal, BadInput) else "")
            return
        private = pack(channel=channel_id, round=round_id, seal=own.seal)
        await show(ack, draw_comment_check(private, own.text, changed=own.changed))

    @app.view(Callback.COMMENT_CHECK)
    async def check(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        try:
            place = unpack(view["private_metadata"])
            await deps.run(
                comments.allow_quoting,
                deps.ports,
                deps.home_team_id,
                ChannelId(place.get("channel", "")),
                person_of(body),
                RoundId(place.get("round", "")),
                seal=place.get("seal", ""),
                allowed=MAY_BE_QUOTED in ticked(view, QUOTABLE),
            )
        except PulseError as refusal:
            await refuse(ack, refusal)
            return
        await ack()
