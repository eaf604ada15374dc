"""Setting a partnership up, an organisation's word on its leads and seniors, and a pulse to try."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import BadInput, InvalidForm, PulseError
from bot.domain.ids import ChannelId, DraftId, OrganisationId
from bot.domain.people import Person, Profile
from bot.domain.spec_form import Entered, Step
from bot.services import roles, setup
from bot.services.setup import Form
from bot.views.blocks import View
from bot.views.ids import TEST_ANSWER_PATTERN, Action, Callback, unpack
from bot.views.setup import draw_test_answered, draw_test_sent
from bot.views.setup_form import (
    LEADS,
    SENIORS,
    draw_check,
    draw_confirm,
    draw_done,
    draw_errors,
    draw_names,
    draw_people,
    draw_rhythm,
)
from handlers.commands import Verb
from handlers.deps import Deps, channel_of, person_of, tell, value_of
from handlers.forms import filled_in, refuse, show
from handlers.screens import do_when_submitted, open_screen, screen_verb

Ack = AsyncAck
Body = dict[str, Any]


def register(app: AsyncApp, deps: Deps) -> None:
    """Listen to the buttons and forms of setting up."""

    @app.action(Action.SET_UP)
    async def open_form(ack: Ack, body: Body, client: AsyncWebClient, respond: AsyncRespond) -> None:
        await ack()
        await open_screen(deps, body, client, respond, first_screen(deps, channel_of(body), person_of(body)))

    @app.view(Callback.SET_UP)
    async def names(ack: Ack, body: Body, view: Body) -> None:
        await _step(deps, ack, body, Step.NAMES, _rhythm)

    @app.view(Callback.SET_UP_RHYTHM)
    async def rhythm(ack: Ack, body: Body, view: Body) -> None:
        await _step(deps, ack, body, Step.RHYTHM, _people)

    @app.view(Callback.SET_UP_PEOPLE)
    async def people(ack: Ack, body: Body, view: Body) -> None:
        await _step(deps, ack, body, Step.PEOPLE, _check)

    @app.view(Callback.SET_UP_CHECK)
    async def start(ack: Ack, body: Body, view: Body) -> None:
        try:
            draft_id = _draft_of(view)
            applied = await deps.run(setup.start, deps.ports, deps.home_team_id, draft_id, person_of(body))
        except PulseError as refusal:
            await refuse(ack, refusal)
            return
        await show(ack, draw_done(applied.partnership.name, applied.partnership.channel_id))

    do_when_submitted(app, deps, Callback.SET_UP_DONE, setup.send_test)

    @app.action(Action.TEST_PULSE)
    async def send_test(ack: Ack, body: Body, respond: AsyncRespond) -> None:
        try:
            await deps.run(setup.send_test, deps.ports, deps.home_team_id, channel_of(body), person_of(body))
        except PulseError as refusal:
            await ack()
            await tell(deps, respond, refusal)
            return
        await ack()
        await deps.answer(respond, draw_test_sent())

    @app.action(TEST_ANSWER_PATTERN)
    async def test_answer(ack: Ack, respond: AsyncRespond) -> None:
        await ack()
        await deps.answer(respond, draw_test_answered())

    @app.action(Action.CONFIRM_ROLES)
    async def ask_roles(ack: Ack, body: Body, client: AsyncWebClient, respond: AsyncRespond) -> None:
        await ack()
        organisation_id = OrganisationId(value_of(body))
        await open_screen(deps, body, client, respond, _roles(deps, channel_of(body), person_of(body), organisation_id))

    @app.view(Callback.CONFIRM_ROLES)
    async def confirm(ack: Ack, body: Body, view: Body) -> None:
        try:
            await _confirm(deps, person_of(body), view)
        except PulseError as refusal:
            await refuse(ack, refusal, refusal.field if isinstance(refusal, BadInput) else "")
            return
        await ack()


def verbs(deps: Deps) -> tuple[Verb, ...]:
    """`/pulse setup`, the twin of the button "Set up this partnership"."""
    return (screen_verb(deps, "setup", "sets up the partnership of this channel, or changes its set-up", first_screen),)


async def first_screen(deps: Deps, channel_id: ChannelId, person: Person) -> View:
    """The first step of the form, prefilled."""
    form = await deps.run(setup.begin, deps.ports, deps.home_team_id, channel_id, person)
    return draw_names(form.draft_id, form.spec)


async def _step(
    deps: Deps, ack: Ack, body: Body, step: Step, following: Callable[[Deps, Form, Person], Awaitable[View]]
) -> None:
    """Keep what a step says and show the next one, or say beside the fields why not."""
    view, person = body["view"], person_of(body)
    try:
        args = (deps.ports, deps.home_team_id, _draft_of(view), person, step, entered(view))
        shown = await following(deps, await deps.run(setup.write, *args), person)
    except PulseError as refusal:
        if isinstance(refusal, InvalidForm) and (inputs := _inputs(view)):
            await ack(response_action="errors", errors=draw_errors(refusal.faults, inputs))
        else:
            await refuse(ack, refusal)
    else:
        await show(ack, shown)


async def _rhythm(deps: Deps, form: Form, person: Person) -> View:
    return draw_rhythm(form.draft_id, form.spec)


async def _people(deps: Deps, form: Form, person: Person) -> View:
    return draw_people(form.draft_id, form.spec, [_called(side) for side in form.sides], _called(form.by_hand))


async def _check(deps: Deps, form: Form, person: Person) -> View:
    picture = await deps.run(setup.check, deps.ports, deps.home_team_id, form.draft_id, person)
    return draw_check(form.draft_id, picture)


async def _roles(deps: Deps, channel_id: ChannelId, person: Person, organisation_id: OrganisationId) -> View:
    asked = await deps.run(roles.confirmation, deps.ports, deps.home_team_id, channel_id, person, organisation_id)
    people = [(each.person.user_id, each.name) for each in asked.people]
    return draw_confirm(asked.organisation, people, asked.leads, asked.seniors, channel_id)


async def _confirm(deps: Deps, person: Person, view: Body) -> None:
    """Store an organisation's word; lists that were not touched stay as they were."""
    fields = unpack(view["private_metadata"])
    channel_id = ChannelId(fields.get("channel", ""))
    organisation_id = OrganisationId(fields.get("organisation", ""))
    said = entered(view)
    asked = await deps.run(roles.confirmation, deps.ports, deps.home_team_id, channel_id, person, organisation_id)
    leads, seniors = said.get(LEADS), said.get(SENIORS)
    await deps.run(
        roles.confirm,
        deps.ports,
        deps.home_team_id,
        channel_id,
        person,
        organisation_id,
        asked.leads if leads is None else leads,
        asked.seniors if seniors is None else seniors,
    )


def entered(view: Mapping[str, Any]) -> Entered:
    """What stands in every input of a form by its name; None for what was left as it was."""
    return {name: _value(next(iter(elements.values()), {})) for name, elements in filled_in(view).items()}


def _value(element: Mapping[str, Any]) -> str | tuple[str, ...] | None:
    if (several := element.get("selected_options")) is not None:
        return tuple(str(each["value"]) for each in several)
    if (one := element.get("selected_option")) is not None:
        return str(one["value"])
    text = element.get("value")
    return None if text is None else str(text)


def _inputs(view: Mapping[str, Any]) -> list[str]:
    return [block["block_id"] for block in view["blocks"] if block["type"] == "input"]


def _draft_of(view: Mapping[str, Any]) -> DraftId:
    return DraftId(unpack(view["private_metadata"]).get("draft", ""))


def _called(people: Sequence[Profile]) -> list[tuple[str, str]]:
    return [(each.person.user_id, each.name) for each in people]
