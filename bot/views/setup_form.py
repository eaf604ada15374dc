"""The set-up form in its steps, and the form by which an organisation names its leads and seniors."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from bot.domain.cadence import Every, Weekday
from bot.domain.errors import FieldFault
from bot.domain.ids import DraftId
from bot.domain.people import Organisation
from bot.domain.spec import OrganisationSpec, PartnershipSpec
from bot.domain.spec_faults import NAME_LIMIT
from bot.domain.spec_form import FORM_ORGANISATIONS, LEFT_OUT, NONE, recognition, regions_typed
from bot.views.blocks import (
    Block,
    View,
    context,
    escape,
    modal,
    option,
    section,
    select_input,
    several_input,
    text_input,
)
from bot.views.ids import Callback, pack
from bot.views.setup import first_pulse, paragraphs, some

LEADS, SENIORS = "leads", "seniors"

_LIST_LIMIT = 100
_TIMES = tuple(f"{hour:02}:{minute:02}" for hour in range(7, 19) for minute in (0, 30))[:-1]  # 07:00 to 18:00
_STEP = re.compile(r"(\.\w+|\[\d+\])$")


def draw_names(draft_id: DraftId, spec: PartnershipSpec) -> View:
    """Step 1: the name, and the organisations with what tells their people apart."""
    blocks: list[Block] = [
        context("Step 1 of 4. Nothing is sent before the last step."),
        text_input("name", "Name of the partnership", initial=spec.name, most=NAME_LIMIT),
    ]
    for number, each in enumerate(spec.organisations):
        blocks += _organisation(number, each)
    if len(spec.organisations) < FORM_ORGANISATIONS:
        hint = "For each one: its name, a colon, its e-mail domains or Slack team. Between two of them a semicolon."
        blocks.append(
            text_input(
                "more", "More organisations", hint=hint, optional=True, placeholder="Third Partner: third.example; ..."
            )
        )
    return modal(Callback.SET_UP, "Set up: organisations", blocks, submit="Next", private=pack(draft=draft_id))


def draw_rhythm(draft_id: DraftId, spec: PartnershipSpec) -> View:
    """Step 2: when pulses come and how long they stay open."""
    often = (option("Every week", Every.WEEK), option("Every second week", Every.FORTNIGHT))
    days = [option(each.capitalize(), each) for each in Weekday]
    times = [option(each, each) for each in sorted({*_TIMES, spec.at})]
    lengths = [option(f"{each} working day{'s' if each > 1 else ''}", str(each)) for each in range(1, 10)]
    blocks = [
        context("Step 2 of 4. When people are asked."),
        select_input("pulse.every", "How often", often, initial=spec.every),
        select_input("pulse.weekday", "On which day", days, initial=spec.weekday),
        select_input("pulse.at", "At what time", times, initial=spec.at),
        text_input("timezone", "Time zone", initial=spec.timezone, hint="For example Europe/London.", most=60),
        select_input(
            "pulse.open_working_days",
            "How long a pulse stays open",
            lengths,
            initial=str(spec.open_working_days),
            hint="Every week: 1 to 4 working days. Every second week: up to 9.",
        ),
        text_input(
            "regions",
            "Public holidays of which region",
            initial=regions_typed(spec),
            hint=f"GB-ENG for England, for example, or “{NONE}”. For different regions give one for each organisation, "
            f"separated by commas, in this order: {', '.join(each.name for each in spec.organisations)}.",
            most=300,
        ),
    ]
    return modal(Callback.SET_UP_RHYTHM, "Set up: rhythm", blocks, submit="Next", private=pack(draft=draft_id))


def draw_people(
    draft_id: DraftId,
    spec: PartnershipSpec,
    sides: Sequence[Sequence[tuple[str, str]]],
    by_hand: Sequence[tuple[str, str]] = (),
) -> View:
    """Step 3: leads and seniors, and whose the people are whom nobody could place (`by_hand`).

    `sides` are the people of each organisation. People are given as user id and name.
    """
    blocks: list[Block] = [
        context(
            "Step 3 of 4. Leads can start an extra pulse; seniors are told when trust or communication falls. Without "
            "them nobody does. You only propose for the other organisations: each confirms its own before anything is "
            "sent to them."
        )
    ]
    for number, (each, people) in enumerate(zip(spec.organisations, sides, strict=True)):
        at = f"organisations[{number}]."
        blocks += _speakers(at, each.name, people, each.leads, each.seniors)
        if by_hand:
            blocks.append(_tick(f"{at}members", f"Also people of {each.name}", by_hand, each.members))
    if by_hand:
        blocks.append(context("“Also people of” lists those whom neither Slack team nor e-mail domain could place."))
    return modal(Callback.SET_UP_PEOPLE, "Set up: people", blocks, submit="Next", private=pack(draft=draft_id))


def draw_check(draft_id: DraftId, picture: Mapping[str, Any]) -> View:
    """Step 4: what will be, before anything is sent."""
    blocks = [
        context("Step 4 of 4. Nothing has been sent yet. With “Start” everybody in the channel is told this:"),
        section(f"*{escape(picture['partnership'])}.* The first pulse comes {first_pulse(picture)}."),
        *(section(each) for each in paragraphs(picture)),
        *(section(f"*{escape(each['name'])}.* {_named(each)}") for each in picture["organisations"]),
    ]
    if picture["asks"]:
        blocks.append(context(f"Asked to confirm their own leads and seniors: {some(picture['asks'])}."))
    if not all(each["commands"] for each in picture["organisations"]):
        blocks.append(
            context(
                "If Slack Connect shares this channel, give the other side the permission to “post, invite and more”: "
                "with “post only” the buttons may not work for them."
            )
        )
    return modal(Callback.SET_UP_CHECK, "Set up: check", blocks, submit="Start", private=pack(draft=draft_id))


def draw_done(partnership: str, channel: str) -> View:
    """The end of the set-up, with a pulse to try."""
    return modal(
        Callback.SET_UP_DONE,
        "Set up: done",
        [
            section(f"*{escape(partnership)} is set up.* Everybody in the channel is told now."),
            section(
                "Would you like to see what people will get? The test pulse comes to you alone and stores nothing."
            ),
        ],
        submit="Send me a test pulse",
        private=pack(channel=channel),
    )


def draw_confirm(
    organisation: Organisation,
    people: Sequence[tuple[str, str]],
    leads: Collection[str],
    seniors: Collection[str],
    channel: str,
) -> View:
    """An organisation's own people, ticked as proposed or as they are. `people` are user ids and names."""
    name = organisation.name
    return modal(
        Callback.CONFIRM_ROLES,
        "Leads and seniors",
        [
            section(
                f"*{escape(name)}: who speaks for you?* Your choice is posted in the channel with your name. You or a "
                "colleague can change it there at any time."
            ),
            *_speakers("", name, people, leads, seniors),
        ],
        submit="Confirm",
        private=pack(channel=channel, organisation=organisation.id),
    )


def draw_errors(faults: Iterable[FieldFault], inputs: Sequence[str]) -> dict[str, str]:
    """The faults beside the inputs of a view; one that has no input of its own stands beside the first."""
    beside: dict[str, list[str]] = {}
    for fault in faults:
        beside.setdefault(_input_of(fault.field, inputs), []).append(fault.reason)
    return {block_id: " ".join(dict.fromkeys(reasons)) for block_id, reasons in beside.items()}


def _input_of(field: str, inputs: Sequence[str]) -> str:
    if field.endswith(".region") and "regions" in inputs:
        return "regions"
    place = field.replace(".team_id", ".email_domains")
    while place and place not in inputs:
        place = _STEP.sub("", place) if _STEP.search(place) else ""
    return place or ("more" if field.startswith("organisations") and "more" in inputs else inputs[0])


def _organisation(number: int, spec: OrganisationSpec) -> tuple[Block, Block]:
    at = f"organisations[{number}]"
    known = recognition(spec)
    return (
        text_input(
            f"{at}.name",
            f"Organisation {number + 1}",
            initial=spec.name,
            hint=_how_to_leave_out(spec) if number >= 2 else "",
            optional=number >= 2 and not spec.name,
            most=NAME_LIMIT,
        ),
        text_input(
            f"{at}.email_domains",
            f"How I recognise people of organisation {number + 1}",
            initial=known,
            hint="E-mail domains, the id of its Slack team, or both, separated by commas.",
            placeholder="brightbuild.co.uk, T01ABC",
            optional=not known and bool(spec.members or spec.named),
            most=500,
        ),
    )


def _how_to_leave_out(spec: OrganisationSpec) -> str:
    """Slack refuses a required field that was emptied, so a name is replaced and only a missing one may stay empty."""
    return f"To leave this one out, type “{LEFT_OUT}”." if spec.name else "Without a name it is left out."


def _speakers(
    at: str, name: str, people: Sequence[tuple[str, str]], leads: Collection[str], seniors: Collection[str]
) -> tuple[Block, ...]:
    if not people:
        return (section(f"*{escape(name)}.* I recognise nobody of this organisation in the channel yet."),)
    return (
        _tick(f"{at}{LEADS}", f"Leads of {name}", people, leads),
        _tick(f"{at}{SENIORS}", f"Seniors of {name}", people, seniors),
    )


def _tick(block_id: str, label: str, people: Sequence[tuple[str, str]], chosen: Collection[str]) -> Block:
    """The people to tick; of more than a list can hold, those chosen and the first by name."""
    first = sorted(people, key=lambda each: each[0] not in chosen)[:_LIST_LIMIT]
    hint = "" if len(people) <= _LIST_LIMIT else "Only the first 100 are listed; others are named in a file."
    options = [option(name or user, user) for user, name in first]
    return several_input(block_id, label, options, initial=chosen, hint=hint)


def _named(side: Mapping[str, Any]) -> str:
    leads = some(side["leads"]) if side["leads"] else "nobody, so no one there can start an extra pulse"
    seniors = some(side["seniors"]) if side["seniors"] else "nobody, so no one there is told when trust falls"
    return f"Leads: {leads}. Seniors: {seniors}."
