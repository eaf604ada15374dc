"""`/pulse milestone`, its forms, and the buttons in direct messages about a milestone."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import BadInput, InvalidForm, PulseError
from bot.domain.ids import ChannelId, MilestoneId
from bot.domain.people import Person
from bot.services import celebrations, milestone_words, milestones
from bot.views.blocks import View
from bot.views.hub import draw_note
from bot.views.ids import Action, Callback, pack, unpack
from bot.views.milestone_forms import (
    CANCEL,
    FIELDS,
    NEW,
    STAYS,
    TAKE_BACK,
    TEXT,
    WHICH,
    draw_milestone_cancel,
    draw_milestone_errors,
    draw_milestone_form,
    draw_milestone_kept,
    draw_milestone_word,
    draw_milestones,
)
from bot.views.milestones import draw_agreement
from handlers.commands import Verb
from handlers.deps import Deps, person_of, tell, value_of
from handlers.forms import channel_behind, chosen, day, refuse, show, ticked, typed
from handlers.screens import screen_verb


def register(app: AsyncApp, deps: Deps) -> None:
    """Listen to the forms of leads and to the buttons "Write a word" and "Celebrate anyway"."""

    @app.view(Callback.MILESTONES)
    async def choose(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        try:
            channel_id = channel_behind(view)
            which = chosen(view, WHICH) or NEW
            following = await _form(deps, channel_id, person_of(body), "" if which == NEW else which)
        except PulseError as refusal:
            await refuse(ack, refusal)
            return
        await show(ack, following)

    @app.view(Callback.MILESTONE)
    async def write(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        try:
            following = await _written(deps, person_of(body), view)
        except InvalidForm as refusal:
            await ack(response_action="errors", errors=draw_milestone_errors(refusal.faults))
            return
        except PulseError as refusal:
            await refuse(ack, refusal)
            return
        await show(ack, following)

    @app.view(Callback.MILESTONE_CANCEL)
    async def cancel(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        try:
            place = unpack(view["private_metadata"])
            channel_id, milestone_id = ChannelId(place.get("channel", "")), MilestoneId(place.get("milestone", ""))
            await deps.run(milestones.cancel, deps.ports, deps.home_team_id, channel_id, person_of(body), milestone_id)
        except PulseError as refusal:
            await refuse(ack, refusal)
            return
        await show(ack, draw_note("Cancelled", "It is cancelled. Nothing will be posted."))

    @app.action(Action.MILESTONE_WORD)
    async def ask(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient, respond: AsyncRespond) -> None:
        await ack()
        milestone_id = _of_button(body)
        try:
            own = await deps.run(milestone_words.own_word, deps.ports, deps.home_team_id, person_of(body), milestone_id)
        except PulseError as refusal:
            await tell(deps, respond, refusal)
            return
        view = draw_milestone_word(own.plan, own.organisations, own.text, pack(milestone=milestone_id))
        await client.views_open(trigger_id=body["trigger_id"], view=view)

    @app.view(Callback.MILESTONE_WORD)
    async def say(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        try:
            milestone_id = MilestoneId(unpack(view["private_metadata"]).get("milestone", ""))
            text = "" if ticked(view, TAKE_BACK) else typed(view, TEXT)
            await deps.run(
                milestone_words.write_word, deps.ports, deps.home_team_id, person_of(body), milestone_id, text
            )
        except PulseError as refusal:
            await refuse(ack, refusal, TEXT if isinstance(refusal, BadInput) else "")
            return
        await ack()

    @app.action(Action.CELEBRATE_ANYWAY)
    async def agree(ack: AsyncAck, body: dict[str, Any], respond: AsyncRespond) -> None:
        try:
            agreed = await deps.run(
                celebrations.celebrate_anyway, deps.ports, deps.home_team_id, person_of(body), _of_button(body)
            )
        except PulseError as refusal:
            await ack()
            await tell(deps, respond, refusal)
            return
        await ack()
        await deps.answer(respond, draw_agreement(agreed.title, agreed.missing))


def verbs(deps: Deps) -> tuple[Verb, ...]:
    """`/pulse milestone`, the twin of what the hub offers to leads."""

    return (screen_verb(deps, "milestone", "plans a milestone, or changes one that is coming (leads)", first_screen),)


async def first_screen(deps: Deps, channel_id: ChannelId, person: Person) -> View:
    """What comes, or at once the form where nothing does. Raises NotHere, NotAllowed."""
    board = await deps.run(milestones.board, deps.ports, deps.home_team_id, channel_id, person)
    if not board.coming:
        return draw_milestone_form(None, pack(channel=channel_id))
    return draw_milestones(board.partnership, board.coming, pack(channel=channel_id))


async def _form(deps: Deps, channel_id: ChannelId, person: Person, which: str) -> View:
    if not which:
        await deps.run(milestones.board, deps.ports, deps.home_team_id, channel_id, person)
        return draw_milestone_form(None, pack(channel=channel_id))
    args = (deps.ports, deps.home_team_id, channel_id, person, MilestoneId(which))
    known = await deps.run(milestones.one, *args)
    return draw_milestone_form(known.plan, pack(channel=channel_id, milestone=known.id))


async def _written(deps: Deps, person: Person, view: dict[str, Any]) -> View:
    place = unpack(view["private_metadata"])
    channel_id, milestone_id = ChannelId(place.get("channel", "")), MilestoneId(place.get("milestone", ""))
    here = (deps.ports, deps.home_team_id, channel_id, person)
    if milestone_id and chosen(view, STAYS) == CANCEL:
        known = await deps.run(milestones.one, *here, milestone_id)
        return draw_milestone_cancel(known.plan, view["private_metadata"])
    on = day(view, "on")
    entered = {
        **{name: typed(view, name) for name in FIELDS},
        "on": on.isoformat() if on else None,
        "kind": chosen(view, "kind"),
    }
    kept = await deps.run(milestones.keep, *here, milestone_id or None, entered)
    at_once = kept.told_at <= deps.ports.clock.now()
    return draw_milestone_kept(kept.plan, kept.told_at, kept.timezone, at_once=at_once)


def _of_button(body: dict[str, Any]) -> MilestoneId:
    return MilestoneId(value_of(body))
