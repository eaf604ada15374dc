"""The hub behind "More": everything a person may do here, for those who have no slash commands too."""

from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.cadence import spelled
from bot.domain.errors import BadInput, PulseError
from bot.domain.hub import Choice
from bot.domain.ids import ChannelId, ItemId
from bot.domain.people import Person
from bot.domain.promise import PROMISE
from bot.domain.rounds import Round
from bot.services import answers, hub, life, rounds
from bot.views.blocks import View
from bot.views.hub import (
    CHOICE,
    WITHDRAWN,
    draw_hub,
    draw_note,
    draw_own_answers,
    draw_results_so_far,
)
from bot.views.ids import Action, Callback, pack
from bot.views.privacy import draw_privacy
from handlers import actions, alerts, comments, escalation, milestones, own_data, setup, thanks
from handlers import life as handlers_life
from handlers.commands import Verb
from handlers.deps import Deps, channel_of, person_of
from handlers.forms import channel_behind, chosen, refuse, show, ticked
from handlers.screens import Opens, open_screen, screen_verb


def register(app: AsyncApp, deps: Deps) -> None:
    """Listen to "More", "What I do with answers", and the screens of the hub."""

    @app.action(Action.MORE)
    async def more(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient, respond: AsyncRespond) -> None:
        await ack()
        await open_screen(deps, body, client, respond, first_screen(deps, channel_of(body), person_of(body)))

    @app.action(Action.PRIVACY)
    async def privacy(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=draw_privacy(PROMISE, deps.ports.operator))

    @app.view(Callback.HUB)
    async def choose(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        try:
            channel_id = channel_behind(view)
            person = person_of(body)
            offered = await deps.run(hub.choices, deps.ports, deps.home_team_id, channel_id, person)
            choice = chosen(view, CHOICE) or offered.choices[0]
            if choice not in _SCREENS:
                raise BadInput("This is not possible here any more. Please open “More” again.")
            following = await _SCREENS[Choice(choice)](deps, channel_id, person)  # what is refused says who can
        except PulseError as refusal:
            await refuse(ack, refusal)
            return
        await show(ack, following)

    @app.view(Callback.OWN_ANSWERS)
    async def withdraw(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        try:
            channel_id = channel_behind(view)
            person = person_of(body)
            own = await deps.run(answers.own_round, deps.ports, deps.home_team_id, channel_id, person)
            for item in ticked(view, WITHDRAWN):
                click = answers.withdrawal(deps.ports, own.asked.id, ItemId(item), person, channel_id)
                await deps.ports.writer.submit(click)
            following = await _own_answers(deps, channel_id, person)
        except PulseError as refusal:
            await refuse(ack, refusal)
            return
        await show(ack, following)

    @app.view(Callback.NOTE)
    async def read(ack: AsyncAck) -> None:
        await ack()


def verbs(deps: Deps) -> tuple[Verb, ...]:
    """`/pulse answers`, `results`, `privacy` and `now`: twins of what the hub offers."""
    return (
        screen_verb(deps, "answers", "shows your own answers in this round, to you alone", _own_answers),
        screen_verb(deps, "results", "shows the results so far", _results),
        screen_verb(deps, "privacy", "tells what happens with answers", _privacy),
        screen_verb(deps, "now", "starts an extra pulse (leads)", _extra_round),
    )


async def first_screen(deps: Deps, channel_id: ChannelId, person: Person) -> View:
    offered = await deps.run(hub.choices, deps.ports, deps.home_team_id, channel_id, person)
    return draw_hub(offered.partnership, offered.choices, pack(channel=channel_id))


async def _own_answers(deps: Deps, channel_id: ChannelId, person: Person) -> View:
    own = await deps.run(answers.own_round, deps.ports, deps.home_team_id, channel_id, person)
    return draw_own_answers(
        own.asked.number,
        own.questions,
        own.comment,
        closes=spelled(own.asked.closes_at, own.timezone) if own.is_open else "",
        private=pack(channel=channel_id),
    )


async def _results(deps: Deps, channel_id: ChannelId, person: Person) -> View:
    return draw_results_so_far(await deps.run(hub.latest_results, deps.ports, deps.home_team_id, channel_id, person))


async def _privacy(deps: Deps, channel_id: ChannelId, person: Person) -> View:
    return draw_privacy(PROMISE, deps.ports.operator)


async def _extra_round(deps: Deps, channel_id: ChannelId, person: Person) -> View:
    opened: Round = await deps.run(rounds.open_extra, deps.ports, deps.home_team_id, channel_id, person)
    return draw_note(
        "Extra pulse", f"Pulse {opened.number} is on its way to the channel. It shows results of everybody together."
    )


async def _resume(deps: Deps, channel_id: ChannelId, person: Person) -> View:
    await deps.run(life.resume, deps.ports, deps.home_team_id, channel_id, person)
    return draw_note("Resumed", "The pulse goes on. The channel is told when the next one comes.")


_SCREENS: Mapping[Choice, Opens] = {
    Choice.OWN_ANSWERS: _own_answers,
    Choice.COMMENT: comments.form,
    Choice.CONCERN: escalation.form,
    Choice.ESCALATIONS: escalation.mine,
    Choice.THANK: thanks.form,
    Choice.RESULTS: _results,
    Choice.PRIVACY: _privacy,
    Choice.MY_DATA: own_data.first_page,
    Choice.FORGET_ME: own_data.forget_question,
    Choice.EXTRA_ROUND: _extra_round,
    Choice.ALERTS: alerts.form,
    Choice.MILESTONES: milestones.first_screen,
    Choice.ACTION: actions.form,
    Choice.SET_UP: setup.first_screen,
    Choice.PAUSE: handlers_life.pause_question,
    Choice.RESUME: _resume,
    Choice.END: handlers_life.end_question,
}
