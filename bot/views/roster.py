"""What is said about the roster: people who moved between organisations, and roles that want a successor."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.views.blocks import Message, actions, button, escape, listed, message, section
from bot.views.ids import Action

_MENTIONED = 10  # more people than this are counted, not listed


def draw_roster_moved(body: Mapping[str, Any]) -> Message:
    """The channel learns who answers for another organisation from now on."""
    moves = "\n".join(
        f"{_people(each['people'])} for {escape(each['organisation']) or 'no organisation yet'}"
        for each in body["moves"]
    )
    return message(
        section(
            f"*From this pulse on, these people of {escape(body['partnership'])} answer for another organisation.*\n"
            f"{moves}\nEarlier answers stay where they were given. If this is not right, please tell an administrator "
            "of the pulse."
        ),
        actions(button("More", Action.MORE, "roster", spoken="More that you can do here")),
    )


def draw_successor_wanted(body: Mapping[str, Any]) -> Message:
    """Those who can help learn that a lead, senior or administrator left the channel, and what to do next."""
    whose = f": {escape(body['organisation'])}" if body["organisation"] else ""
    wanted = f"a new {body['role']}" if len(body["left"]) == 1 else f"new {body['role']}s"
    text = section(
        f"*{escape(body['partnership'])}{whose} needs {wanted}.* {_people(body['left'])} left <#{body['channel']}>.\n"
        f"{_next_step(body)}"
    )
    if not body["in_channel"]:
        return message(text)
    return message(text, actions(button("More", Action.MORE, "successor", spoken="More that you can do here")))


def _next_step(body: Mapping[str, Any]) -> str:
    if body["administrators"]:
        return (
            "Please agree on somebody who is in the channel. "
            f"{listed([f'<@{each}>' for each in body['administrators']])} can enter the name with `/pulse setup`."
        )
    return (
        "Please agree on somebody who is in the channel. An administrator of the host's Slack workspace can enter the "
        "name with `/pulse setup`."
    )


def _people(user_ids: Sequence[str]) -> str:
    if len(user_ids) > _MENTIONED:
        return f"{len(user_ids)} people"
    return listed([f"<@{each}>" for each in user_ids])
