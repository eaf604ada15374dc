"""Alerts of drift: a neutral sentence for the channel, the message to all seniors, and what becomes of it."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.domain.alerts import OpenAlert, scope_words
from bot.domain.anonymity import Band
from bot.domain.days import day_spelled
from bot.views.blocks import (
    Block,
    Message,
    View,
    actions,
    button,
    choice_input,
    context,
    escape,
    listed,
    message,
    modal,
    option,
    section,
    slack_date,
)
from bot.views.ids import Action, Callback

ALERT = "alert"
NO_MORE = "No colleague, manager or administrator is shown more than you are."


def draw_alert_noted(body: Mapping[str, Any]) -> Message:
    """The channel hears it first, in a sentence that blames nobody."""
    told_at = slack_date(dt.datetime.fromisoformat(body["told_at"]), body["timezone"])
    unnamed = "".join(f" Nobody is named as senior manager of {escape(each)} yet." for each in body["unnamed"])
    return message(
        section(
            f"{_headline(body)}\n{_fall(body)} It is not one bad week and not one person, and it does not say why. "
            "What has changed since then is worth a talk."
        ),
        context(f"Senior managers of {_all(body)} hear the same on {told_at}.{unnamed}"),
        actions(
            button("What this means", Action.ALERT_MEANING, body["alert"]),
            button("Raise a concern", Action.ESCALATE, "alert"),
            button("More", Action.MORE, "alert", spoken="More that you can do here"),
        ),
    )


def draw_alert(body: Mapping[str, Any]) -> Message:
    """The message to the seniors of all organisations: what fell, for whom, how sure that is, and one thing to do."""
    return message(
        section(
            f"{_headline(body)}\n{_fall(body)} This is unlikely to be chance (we expect one false alert in two years), "
            f"and it is not down to one person or to one bad week.{_others(body)}"
        ),
        section(
            "One of you is enough to look after it, best together with somebody of the other side. It counts as "
            "recovered when later pulses are back at the level before; everybody is told then."
        ),
        context(f"<#{body['channel']}> heard this first. {_all(body)} receive this message at the same time."),
        _buttons(body),
    )


def draw_alert_taken(body: Mapping[str, Any]) -> Message:
    """All who have the alert learn who looks after it."""
    of = f" ({escape(body['of'])})" if body["of"] else ""
    return message(
        section(f"*<@{body['owner']}>{of} looks after this:* {_subject(body)}."),
        context(f"{_all(body)} receive this message at the same time. Speak to each other directly, from here on."),
        actions(button("Agree an action", Action.AGREE_ACTION, body["channel"]), *_more_buttons(body)),
    )


def draw_alert_followed(body: Mapping[str, Any]) -> Message:
    """The channel, which heard of the fall, learns who follows it up."""
    of = f" ({escape(body['of'])})" if body["of"] else ""
    return message(
        section(f"*<@{body['owner']}>{of} follows this up for everybody:* {_subject(body)}."),
        context(f"If you know what would help, tell <@{body['owner']}>, or raise a concern."),
        actions(
            button("Raise a concern", Action.ESCALATE, "alert"),
            button("More", Action.MORE, "alert", spoken="More that you can do here"),
        ),
    )


def draw_alert_unowned(body: Mapping[str, Any]) -> Message:
    """All who have the alert learn that nobody looks after it, and that one of them is enough."""
    why = {
        "nobody": "Nobody has taken it in three working days.",
        "left": "Whoever had taken it is not a senior manager here any more.",
    }[body["why"]]
    owners = listed([f"<@{each}>" for each in body["programme"]]) if body["programme"] else ""
    programme = f" It is now with the programme level: {owners}." if owners else ""
    return message(
        section(f"*Still open: {_subject(body)}.*\n{why}{programme} One of you is enough to look after it."),
        context(f"{_all(body)} receive this message at the same time."),
        _buttons(body),
    )


def draw_alert_recovered(body: Mapping[str, Any]) -> Message:
    """The channel and all who had the alert learn that it is over."""
    return message(
        section(
            f"*{escape(body['dimension'])}: back at the level before, {escape(scope_words(body['organisation']))}.*\n"
            f"It was lower since the pulses that began on {_day(body['since'])}. The last four pulses, by the results "
            "that everybody saw, are where they were before. What helped is worth keeping."
        ),
        context(f"{_all(body)} receive this message at the same time."),
        actions(
            button("What this means", Action.ALERT_MEANING, body["alert"]),
            button("More", Action.HUB, body["channel"], spoken="More that you can do here"),
        ),
    )


def draw_alert_unheard(body: Mapping[str, Any]) -> Message:
    """The channel learns that an organisation has nobody who could be told."""
    name = escape(body["organisation"])
    return message(
        section(
            f"*Nobody is named as senior manager of {name}.* Senior managers of all organisations are told when "
            f"answers stay lower; for {name} there is nobody to tell. People of {name} can say who it should be."
        ),
        actions(
            button(f"Say who it is for {body['organisation']}", Action.CONFIRM_ROLES, body["organisation_id"]),
            button("More", Action.MORE, "alert", spoken="More that you can do here"),
        ),
    )


def draw_alert_taken_note() -> Message:
    """The private reply to "I'll take this"."""
    return message(section("It is yours. All senior managers who had this message are told so."))


def draw_alert_meaning() -> View:
    """What stands behind an alert, in a manager's words."""
    return modal(
        Callback.NOTE,
        "What this means",
        [
            section(
                "*How it is found.* I compare each person's answers of the last 4 and 8 weeks with that same person's "
                "answers of the half year before. You hear of it only if the fall is too large to be chance, and would "
                "still show without the single worst week and without any one person."
            ),
            section(
                "*How sure it is.* We expect one false alert in two years for a partnership. A small fall, or one in a "
                "small group, may go unseen: no alert does not mean that all is well."
            ),
            section(
                f"*What it does not say.* Not who, not how many exactly, and not why. {NO_MORE} An organisation is "
                "named only where every organisation has five or more people who answered before and now."
            ),
            section(
                "*What helps.* One senior manager takes it, speaks with the other side before speaking about it, and "
                "asks the teams what has changed. Please do not ask anybody what they answered."
            ),
            section(
                "*When it is over.* Results are compared at the end of every four pulses. When they are back at the "
                "level before, or within a tenth of a point, everybody is told. Until then it stays open."
            ),
        ],
    )


def draw_open_alerts(alerts: Sequence[OpenAlert], dimensions: Mapping[str, str], private: str) -> View:
    """Open alerts for a senior, with who looks after each; one that nobody has can be taken."""
    lines = [
        section(f"{escape(alert_words(each, dimensions[each.dimension]))}\n{_looked_after(each)}") for each in alerts
    ]
    free = [option(alert_words(each, dimensions[each.dimension]), each.id) for each in alerts if each.owner is None]
    if not free:
        return modal(Callback.NOTE, "Open alerts", lines or [section("No alert is open.")])
    choice = choice_input(ALERT, "Which will you look after?", free[:10], initial=free[0]["value"])
    return modal(Callback.ALERTS, "Open alerts", [*lines, choice], submit="I'll take this", private=private)


def alert_words(alert: OpenAlert, dimension: str) -> str:
    """An open alert in half a sentence: "Understanding and trust, lower in the partnership since Monday 20 April"."""
    return f"{dimension}, lower {alert.scope} since {day_spelled(alert.since)}"


def _headline(body: Mapping[str, Any]) -> str:
    return f"*{escape(body['dimension'])}: {body['size']} {escape(scope_words(body['organisation']))}.*"


def _subject(body: Mapping[str, Any]) -> str:
    where = escape(scope_words(body["organisation"]))
    return f"{escape(body['dimension'])}, {body['size']} {where} since {_day(body['since'])}"


def _looked_after(alert: OpenAlert) -> str:
    return f"<@{alert.owner.user_id}> looks after it." if alert.owner else "Nobody has taken it yet."


def _fall(body: Mapping[str, Any]) -> str:
    people = "at least 5" if body["people"] is None else Band.from_stored(body["people"]).text
    return (
        f"People who answered before ({people}) now answer {body['size']} than they did, since the pulses that began "
        f"on {_day(body['since'])}."
    )


def _others(body: Mapping[str, Any]) -> str:
    return f" {escape(listed(body['unchanged']))}: no clear change." if body["unchanged"] else ""


def _all(body: Mapping[str, Any]) -> str:
    return escape(listed(body["organisations"]))


def _day(iso: str) -> str:
    return day_spelled(dt.date.fromisoformat(iso))


def _buttons(body: Mapping[str, Any]) -> Block:
    return actions(button("I'll take this", Action.ALERT_TAKE, body["alert"], style="primary"), *_more_buttons(body))


def _more_buttons(body: Mapping[str, Any]) -> Iterable[Block]:
    yield button("Escalate", Action.ALERT_ESCALATE, body["alert"])
    yield button("What this means", Action.ALERT_MEANING, body["alert"])
