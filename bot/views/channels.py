"""What is said about the life of a channel and its partnership: switched off, paused, resumed, ended."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from bot.views.blocks import Block, Message, View, actions, button, escape, listed, message, modal, section, slack_date
from bot.views.ids import Action, Callback

_INVITE = "To go on, invite me to {channel} again. I then continue by myself, with the same people and results."
_REASONS = {
    "not_in_channel": ("I am no longer in {channel}.", _INVITE),
    "is_archived": (
        "{channel} is archived.",
        "To go on, restore the channel and invite me again. I then continue by myself.",
    ),
    "channel_not_found": ("I can no longer find its channel.", _INVITE),
    "restricted_action": (
        "I am no longer allowed to post in {channel}.",
        "To go on, allow apps to post there. I look once a day and then continue by myself.",
    ),
}
_OTHER = (
    "Slack no longer lets me into the workspace.",
    "To go on, an administrator of the host's Slack workspace can install me again and invite me to {channel}.",
)


def draw_switched_off(body: Mapping[str, Any]) -> Message:
    """Leads of all organisations and administrators learn, in the same words, why nothing is asked any more."""
    why, what = _REASONS.get(body["reason"], _OTHER)
    channel = f"<#{body['channel']}>"
    deletion = ""
    if body.get("deleted_at"):  # messages that waited through an upgrade have none
        at = slack_date(dt.datetime.fromisoformat(body["deleted_at"]), body["timezone"])
        deletion = (
            f"\n*If I am not back by {at}, I delete everything that I keep of it:* answers, comments, names, concerns, "
            "thanks and results. What was posted in Slack stays there."
        )
    return message(
        section(
            f"*The pulse of {escape(body['partnership'])} has stopped.* {why.format(channel=channel)} "
            "Answers that were given are kept; a pulse that is open closes at its time.\n"
            f"{what.format(channel=channel)} Leads and administrators of all organisations receive this message."
            f"{deletion}"
        )
    )


def draw_paused(body: Mapping[str, Any]) -> Message:
    """The channel learns that no further pulse opens, what becomes of an open one, and how to go on."""
    still_open = ""
    if body["closes_at"]:
        closes = slack_date(dt.datetime.fromisoformat(body["closes_at"]), body["timezone"])
        still_open = f"Pulse {body['number']} stays open as planned until {closes}, and its results follow here. "
    return message(
        section(
            f"*The pulse of {escape(body['partnership'])} is paused.* No new one opens until it is resumed.\n"
            f"{still_open}An administrator of the pulse can resume it with `/pulse resume`."
        ),
        _more("paused"),
    )


def draw_resumed(body: Mapping[str, Any]) -> Message:
    """The channel learns that the pulse goes on, and when the next one opens."""
    following = ""
    if body["opens_at"]:
        opens = slack_date(dt.datetime.fromisoformat(body["opens_at"]), body["timezone"])
        following = f" The next one opens {opens}."
    return message(
        section(f"*The pulse of {escape(body['partnership'])} goes on.*{following}"),
        _more("resumed"),
    )


def draw_ended(body: Mapping[str, Any]) -> Message:
    """The channel learns that nothing more is asked, and what becomes of the answers."""
    closed = f"Pulse {body['number']} was closed for this; its results are posted here. " if body["number"] else ""
    return message(
        section(
            f"*The pulse of {escape(body['partnership'])} has ended.* No further questions follow. "
            "Thank you to everybody who answered.\n"
            f"{closed}What was published stays in this channel. {_deletion(body['kept_weeks'])}"
        )
    )


def draw_pause_question(partnership: str, private: str) -> View:
    """The question before a pulse is paused: everybody is told."""
    return modal(
        Callback.PAUSE,
        "Pause the pulse",
        [
            section(
                f"No further pulse of {escape(partnership)} opens until somebody resumes it; one that is open closes "
                "at its hour. Everybody in the channel is told now. To go on, choose “Resume the pulse” under “More”."
            )
        ],
        submit="Pause and tell",
        close="Do not pause",
        private=private,
    )


def draw_end_question(
    partnership: str, organisations: tuple[str, ...], *, open_number: int | None, kept_weeks: int, private: str
) -> View:
    """The question before a partnership is ended: what happens, who sees it, and that it cannot be undone."""
    closes = f"Pulse {open_number} closes now and its results are posted.\n" if open_number else ""
    return modal(
        Callback.END,
        "End the pulse",
        [
            section(
                f"*This ends the pulse of {escape(partnership)} for {escape(listed(organisations))}.* "
                "It cannot be undone; a new one can be set up.\n"
                f"{closes}The channel is told that it has ended. What was published stays there. "
                f"{_deletion(kept_weeks)}"
            ),
            section("To stop for a while only, use `/pulse pause`."),
        ],
        submit="End the pulse",
        close="Keep it",
        private=private,
    )


def draw_resumed_receipt() -> Message:
    """The private word that the pulse goes on."""
    return message(section("The pulse goes on, and the channel is told when the next one opens."))


def _deletion(kept_weeks: int) -> str:
    return f"Answers and comments are deleted {kept_weeks} weeks after their round."


def _more(value: str) -> Block:
    return actions(button("More", Action.MORE, value, spoken="More that you can do here"))
