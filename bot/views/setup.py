"""The messages of setting up: the first hello, what was set up, whom organisations name, and a pulse to try."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from bot.domain.cadence import Every, spelled
from bot.domain.questions import CANT_SAY
from bot.views.blocks import Block, Message, actions, button, context, escape, listed, message, section, slack_date
from bot.views.ids import Action
from bot.views.pulse import in_words, promise

NAMES_SHOWN = 10

_MOST_WEEKS_FROM = 6  # PRIVACY, cost: two organisations of 6 see the whole in 97% of weeks
_NEARLY_ALWAYS_FROM = 12
_TEST_BUTTONS = {1: "1 Strongly disagree", 2: "2", 3: "3", 4: "4", 5: "5 Strongly agree", CANT_SAY: "Can't say"}


def draw_welcome(body: Mapping[str, Any]) -> Message:
    """The first hello in a channel; `body` needs to hold nothing."""
    return message(
        section(
            "I ask three short questions a week and show everyone the same results. To start, somebody of the host "
            "organisation sets me up: it takes three minutes."
        ),
        actions(
            button("Set up this partnership", Action.SET_UP, "welcome", style="primary"),
            button("What I do with answers", Action.PRIVACY, "welcome"),
        ),
    )


def draw_set_up(body: Mapping[str, Any]) -> Message:
    """What was set up, the same for everybody. `body` is the picture of bot.services.setup_apply."""
    first_at = slack_date(dt.datetime.fromisoformat(body["first_at"]), body["timezone"])
    return message(
        section(f"*{escape(body['partnership'])} is set up.* The first pulse under this set-up comes {first_at}."),
        *(section(each) for each in paragraphs(body)),
        actions(
            button("Send me a test pulse", Action.TEST_PULSE, body["partnership_id"]),
            button("What I do with answers", Action.PRIVACY, body["partnership_id"]),
            more(),
        ),
    )


def draw_confirm_roles(body: Mapping[str, Any]) -> Message:
    """Asks an organisation to confirm, or change, its own leads and seniors. Nobody is mentioned: that would be a
    message to them."""
    name = escape(body["organisation"])
    proposed = f"{escape(body['by'])} proposes" if body["by"] else "Proposed"
    if body.get("confirmed"):
        return message(
            section(f"*{name}: do you want other leads and seniors?* One of you can change them for all of you."),
            section(f"{proposed}:\n{_roles(body)}"),
            context(f"Those whom {name} has named stay until one of you names others."),
            actions(_change(body), more()),
        )
    return message(
        section(f"*{name}: please say who your leads and seniors are.* One of you confirms them for all of you."),
        section(f"{proposed}:\n{_roles(body)}\nYou can name others."),
        context(
            f"Leads can start an extra pulse. Seniors are told when trust or communication falls. Until {name} has "
            "confirmed, nothing is sent to them and they can do no more than everybody else."
        ),
        actions(
            button(f"Confirm for {body['organisation']}", Action.CONFIRM_ROLES, body["organisation_id"]),
            more(),
        ),
    )


def draw_roles_confirmed(body: Mapping[str, Any]) -> Message:
    """Tells the channel whom an organisation has named, and who did it."""
    by = f" {escape(body['by'])} did this." if body["by"] else ""
    return message(
        section(f"*{escape(body['organisation'])} has named its leads and seniors.*{by}"),
        section(_roles(body)),
        actions(_change(body), more()),
    )


def draw_test_pulse(body: Mapping[str, Any]) -> Message:
    """A pulse to try, as a direct message to oneself; its buttons store nothing."""
    return message(
        section(f"*Test pulse · {escape(body['partnership'])}*\nThis is how a pulse looks. Nothing here is stored."),
        *(block for number, each in enumerate(body["questions"], 1) for block in _test_question(number, each)),
        context(promise(body["people"], body["organisations"])),
    )


def draw_test_answered() -> Message:
    """The reply to a button of the test pulse."""
    return message(section("This was a test: nothing was stored."))


def draw_test_sent() -> Message:
    """The reply to "Send me a test pulse"."""
    return message(section("A test pulse is on its way to you as a direct message. Nothing you click there is stored."))


def paragraphs(body: Mapping[str, Any]) -> list[str]:
    """Who takes part, when, who can see, click and command, who was not placed, what will be shown; in mrkdwn."""
    sides: Sequence[Mapping[str, Any]] = body["organisations"]
    taking_part = listed([f"{escape(each['name'])} ({_people(each['people'])})" for each in sides])
    told = [
        f"*Who takes part.* {taking_part}. {_rhythm(body)}",
        "*Who can see.* Everybody in this channel sees the same results at the same minute. Nobody is shown somebody "
        "else's answer.",
        f"*Who can click.* Everybody in this channel, of every organisation. {_commanders(sides)}",
    ]
    if body["unplaced"]:
        told.append(_unplaced(body["unplaced"], body["floors"]["unplaced"]))
    return [*told, f"*What will be shown.* {_shown(sides, body['floors'])}"]


def some(names: Sequence[str]) -> str:
    """Names, or the first of many and how many more there are."""
    shown = [escape(each) for each in names[:NAMES_SHOWN]]
    left = len(names) - len(shown)
    return listed([*shown, f"{left} more"] if left else shown)


def first_pulse(body: Mapping[str, Any]) -> str:
    """When the first pulse comes, in words of the partnership's zone, for screens that show no Slack dates."""
    return spelled(dt.datetime.fromisoformat(body["first_at"]), body["timezone"])


def more() -> Block:
    """The button that opens the hub."""
    return button("More", Action.MORE, "set_up", spoken="More that you can do here")


def _rhythm(body: Mapping[str, Any]) -> str:
    often = "week" if body["every"] == Every.WEEK else "second week"
    days = body["open_working_days"]
    return (
        f"Every {often}, on {body['weekday'].capitalize()} at {body['at']} ({escape(body['timezone'])}), "
        f"open for {days} working {'day' if days == 1 else 'days'}."
    )


def _commanders(sides: Sequence[Mapping[str, Any]]) -> str:
    names = [escape(each["name"]) for each in sides if each["commands"]]
    if len(names) == len(sides):
        return "*Who can command.* Everybody, with `/pulse`."
    who = f"people of {listed(names)}" if names else "people of the workspace that installed me"
    everybody = "Everybody finds the same behind “More” under each pulse."
    return f"*Who can command.* Slack offers `/pulse` to {who} only. {everybody}"


def _unplaced(names: Sequence[str], least: int) -> str:
    return (
        f"*Who could not be placed.* I could not tell which organisation {some(names)} belong"
        f"{'s' if len(names) == 1 else ''} to. They can answer; their answers count only in the result of everybody "
        f"together, and only when {least} or more of them answered. An administrator can place them in the set-up."
    )


def _shown(sides: Sequence[Mapping[str, Any]], floors: Mapping[str, int]) -> str:
    """What this size will and will not show (PRIVACY, cost). The smallest organisation or group decides."""
    groups: dict[str, int] = {}
    for each in sides:
        groups[each["group"] or each["name"]] = groups.get(each["group"] or each["name"], 0) + each["people"]
    smallest = min(groups.values())
    if sum(groups.values()) < floors["whole"] or min(each["people"] for each in sides) < floors["each"]:
        return (
            f"No result yet: one needs {floors['whole']} or more people who answered, at least {floors['each']} from "
            "every organisation. It comes by itself when enough people are in the channel."
        )
    apart = "Trust and communication are shown for each organisation apart"
    never = f"Organisations are never shown apart: that needs {floors['apart']} or more people in each."
    if smallest < _MOST_WEEKS_FROM:
        return f"The result of everybody together in some weeks, not in all. {never}"
    if smallest < floors["apart"]:
        return f"The result of everybody together in most weeks. {never}"
    if smallest < _NEARLY_ALWAYS_FROM:
        often = "after about four of five periods of four pulses"
    else:
        often = "after nearly every period of four pulses"
    return f"The result of everybody together in most weeks. {apart} {often}."


def _change(body: Mapping[str, Any]) -> Block:
    return button(f"Change for {body['organisation']}", Action.CONFIRM_ROLES, body["organisation_id"])


def _roles(body: Mapping[str, Any]) -> str:
    leads = some(body["leads"]) if body["leads"] else "nobody yet"
    seniors = some(body["seniors"]) if body["seniors"] else "nobody yet"
    return f"Leads: {leads}\nSeniors: {seniors}"


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count} people"


def _test_question(number: int, text: str) -> tuple[Block, Block]:
    buttons = (
        button(words, f"{Action.TEST_ANSWER}_{number}_{score}", str(score), spoken=in_words(score or None))
        for score, words in _TEST_BUTTONS.items()
    )
    return section(f"*{number} · {escape(text)}*"), actions(*buttons)
