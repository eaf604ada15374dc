"""Escalations: raised after a preview, then in the hands of their owners, by buttons or behind "My escalations"."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import BadInput, PulseError
from bot.domain.escalation import Move
from bot.domain.ids import ChannelId, DraftId, EscalationId, UserId
from bot.domain.people import Person
from bot.domain.texts import whole_number
from bot.services import escalation, escalation_moves, escalation_record
from bot.services.escalation_moves import SNOOZES, Wish
from bot.services.escalation_record import Record
from bot.views.blocks import View
from bot.views.escalation import (
    CHOICE,
    CHOSEN,
    DAYS,
    TEXT,
    TO,
    draw_form,
    draw_list,
    draw_move,
    draw_preview,
    draw_record,
)
from bot.views.ids import Action, Callback, escalation_action, pack, unpack
from handlers.deps import Deps, channel_of, person_of, tell, value_of
from handlers.forms import chosen, refuse, show, typed
from handlers.screens import open_screen

ESCALATE = "/escalate"
_AT_ONCE = (Move.ACKNOWLEDGE, Move.CONFIRM)
_ASKED_FIRST = (Move.ADD_VIEW, Move.HAND_OVER, Move.SNOOZE, Move.RAISE, Move.RESOLVE, Move.DISAGREE)
_FIELDS = ("what", "stake", "tried")

Body = dict[str, Any]


async def begin_from(deps: Deps, channel_id: ChannelId, person: Person, what: str = "") -> View:
    """The form, with a first sentence if something else gave rise to it. Raises NotHere, NotNow."""
    made = await deps.run(escalation.form, deps.ports, deps.home_team_id, channel_id, person, {"what": what})
    return draw_form(made.levels, made.written, pack(channel=channel_id, what=what))


async def form(deps: Deps, channel_id: ChannelId, person: Person) -> View:
    """The empty form, for the hub."""
    return await begin_from(deps, channel_id, person)


async def mine(deps: Deps, channel_id: ChannelId, person: Person) -> View:
    """The escalations of a channel that this person was told of."""
    lines = await deps.run(escalation_record.listed, deps.ports, deps.home_team_id, channel_id, person)
    return draw_list(lines, pack(channel=channel_id))


def register(app: AsyncApp, deps: Deps) -> None:
    """Listen to `/escalate`, "Raise a concern", the buttons of an escalation and all their screens."""

    @app.command(ESCALATE)
    async def escalate(ack: AsyncAck, body: Body, client: AsyncWebClient, respond: AsyncRespond) -> None:
        await ack()
        screen = mine if str(body.get("text", "")).strip().lower() == "list" else form
        await open_screen(deps, body, client, respond, screen(deps, channel_of(body), person_of(body)))

    @app.action(Action.ESCALATE)
    async def open_form(ack: AsyncAck, body: Body, client: AsyncWebClient, respond: AsyncRespond) -> None:
        await ack()
        await open_screen(deps, body, client, respond, form(deps, channel_of(body), person_of(body)))

    @app.view(Callback.ESCALATION)
    async def preview(ack: AsyncAck, body: Body, view: Body) -> None:
        try:
            hidden = unpack(view["private_metadata"])
            made = await deps.run(
                escalation.preview,
                deps.ports,
                deps.home_team_id,
                ChannelId(hidden.get("channel", "")),
                person_of(body),
                _entered(view, hidden.get("what", "")),
            )
        except PulseError as refusal:
            await refuse(ack, refusal, refusal.field if isinstance(refusal, BadInput) else "")
            return
        await ack(response_action="push", view=draw_preview(made.body, pack(draft=made.draft_id)))

    @app.view(Callback.ESCALATION_CHECK)
    async def send(ack: AsyncAck, body: Body, view: Body) -> None:
        try:
            draft_id = DraftId(unpack(view["private_metadata"]).get("draft", ""))
            changed = await deps.run(escalation.send, deps.ports, deps.home_team_id, draft_id, person_of(body))
        except PulseError as refusal:
            await refuse(ack, refusal)
            return
        if changed is not None:
            await show(ack, draw_preview(changed.body, pack(draft=changed.draft_id), again=True))
            return
        await ack(response_action="clear")

    @app.view(Callback.ESCALATIONS)
    async def open_one(ack: AsyncAck, body: Body, view: Body) -> None:
        try:
            hidden = unpack(view["private_metadata"])
            person, channel_id = person_of(body), ChannelId(hidden.get("channel", ""))
            lines = await deps.run(escalation_record.listed, deps.ports, deps.home_team_id, channel_id, person)
            first = lines[0]["escalation_id"] if lines else ""
            following = await _record_screen(deps, EscalationId(chosen(view, CHOSEN) or first), person)
        except PulseError as refusal:
            await refuse(ack, refusal)
            return
        await show(ack, following)

    @app.view(Callback.ESCALATION_RECORD)
    async def choose(ack: AsyncAck, body: Body, view: Body) -> None:
        try:
            escalation_id = EscalationId(unpack(view["private_metadata"]).get("escalation", ""))
            person = person_of(body)
            record = await _record(deps, escalation_id, person)
            wanted = chosen(view, CHOICE)
            move = next((each for each in record.moves if wanted in (None, each)), None)
            if move is None:
                raise BadInput("This is not possible any more. Please open it again.")
            if move in _AT_ONCE:
                await deps.run(escalation_moves.act, deps.ports, escalation_id, person, Wish(move=move))
                following = await _record_screen(deps, escalation_id, person)
            else:
                following = _move_screen(record, move)
        except PulseError as refusal:
            await refuse(ack, refusal)
            return
        await show(ack, following)

    @app.view(Callback.ESCALATION_MOVE)
    async def carry_out(ack: AsyncAck, body: Body, view: Body) -> None:
        try:
            escalation_id, wish = await _wish(deps, body, view)
            await deps.run(escalation_moves.act, deps.ports, escalation_id, person_of(body), wish)
        except PulseError as refusal:
            await refuse(ack, refusal, refusal.field if isinstance(refusal, BadInput) else "")
            return
        await ack(response_action="clear")

    for move in _AT_ONCE:
        app.action(escalation_action(move))(_at_once(deps, move))
    for move in _ASKED_FIRST:
        app.action(escalation_action(move))(_asked_first(deps, move))


def _at_once(deps: Deps, move: Move) -> Any:
    """The listener of a button that needs no more than the click."""

    async def clicked(ack: AsyncAck, body: Body, respond: AsyncRespond) -> None:
        try:
            await deps.run(escalation_moves.act, deps.ports, _clicked(body), person_of(body), Wish(move=move))
        except PulseError as refusal:
            await ack()
            await tell(deps, respond, refusal)
            return
        await ack()

    return clicked


def _asked_first(deps: Deps, move: Move) -> Any:
    """The listener of a button that opens a form."""

    async def clicked(ack: AsyncAck, body: Body, client: AsyncWebClient, respond: AsyncRespond) -> None:
        await ack()
        try:
            record = await _record(deps, _clicked(body), person_of(body))
            await deps.run(escalation_record.permit, deps.ports, record.id, person_of(body), move)
        except PulseError as refusal:
            await tell(deps, respond, refusal)
            return
        await client.views_open(trigger_id=body["trigger_id"], view=_move_screen(record, move))

    return clicked


def _clicked(body: Body) -> EscalationId:
    return EscalationId(value_of(body))


def _entered(view: Body, what: str) -> dict[str, str]:
    """What was written; a field that was left as it was keeps its prefill."""
    written = {name: typed(view, name) or "" for name in _FIELDS}
    written["what"] = what if typed(view, "what") is None else written["what"]
    return {**written, "level": chosen(view, "level") or "", "lane": chosen(view, "lane") or ""}


async def _wish(deps: Deps, body: Body, view: Body) -> tuple[EscalationId, Wish]:
    hidden = unpack(view["private_metadata"])
    escalation_id = EscalationId(hidden.get("escalation", ""))
    record = await _record(deps, escalation_id, person_of(body))
    move = next((each for each in _ASKED_FIRST if each == hidden.get("move")), None)
    number = whole_number(hidden.get("number", ""))
    if move is None or number is None:
        raise BadInput("This form cannot be read any more. Please open it again.")
    to = None
    if move is Move.HAND_OVER:
        user = chosen(view, TO) or (record.successors[0][1] if record.successors else "")
        to = await deps.run(escalation_record.successor, deps.ports, escalation_id, person_of(body), UserId(user))
    days = chosen(view, DAYS) or str(SNOOZES[0])
    return escalation_id, Wish(
        move=move,
        text=typed(view, TEXT) or "",
        to=to,
        working_days=whole_number(days) or 0,
        seen=number,
    )


async def _record(deps: Deps, escalation_id: EscalationId, person: Person) -> Record:
    return await deps.run(escalation_record.record, deps.ports, escalation_id, person)


async def _record_screen(deps: Deps, escalation_id: EscalationId, person: Person) -> View:
    record = await _record(deps, escalation_id, person)
    return draw_record(record.body, record.moves, pack(escalation=escalation_id))


def _move_screen(record: Record, move: Move) -> View:
    private = pack(escalation=record.id, move=move, number=str(record.number))
    return draw_move(move, record.body, record.successors, SNOOZES, private)
