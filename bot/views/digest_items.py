"""The second half of the digest: alerts and who owns them, notices, and what is coming, open or agreed."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.domain.alerts import NoticedKind
from bot.domain.days import day_spelled
from bot.views.blocks import Block, escape, listed, section, shortened

_SHOWN = 5  # of a kind; the rest is counted
_TITLE_MOST = 120  # characters
_UNOWNED = "nobody has taken it yet: a senior can, with the button of the alert"
_SHORT = {"trust": "Trust", "communication": "Communication"}
_NOTICES = {
    NoticedKind.LOWER: "{dimension}, people answer lower than they did before.",
    NoticedKind.SPLIT: "opinions on {dimension} lie further apart than before, while its value stays where it was.",
    NoticedKind.SILENCE: "fewer people answer than before.",
}

Body = Mapping[str, Any]


def open_items(body: Body) -> Iterable[Block]:
    """A paragraph for what asks for attention and one for what is ahead; neither when there is nothing to say."""
    attention = [*_alerts(body), *_notices(body)]
    ahead = [*_coming(body), *_escalations(body), *_actions(body)]
    for lines in (attention, ahead):
        if lines:
            yield section("\n".join(lines))


def name(dimension: str, body: Body) -> str:
    """A dimension as the digest calls it: one word where one is enough."""
    return _SHORT.get(dimension, str(body["dimensions"][dimension]))


def inside(dimension: str, body: Body) -> str:
    """The same inside a sentence."""
    called = name(dimension, body)
    return called[0].lower() + called[1:]


def since(alert: Mapping[str, Any]) -> str:
    """ "since Monday 20 April", after the organisation where the alert names one; for use behind "lower"."""
    where = f"{escape(alert['scope'])} " if alert["scope"] else ""
    return f"{where}since {day(alert['since'])}"


def day(written: str) -> str:
    """ "Tuesday 2 June", from an ISO date."""
    return day_spelled(dt.date.fromisoformat(written))


def _alerts(body: Body) -> Iterable[str]:
    for each in body["alerts"]:
        owner = f"<@{each['owner']}> has taken it" if each["owner"] else _UNOWNED
        climbed = "; the programme level has been told" if each["climbed"] and not each["owner"] else ""
        yield f"*Alert:* {inside(each['dimension'], body)} is lower {since(each)}; {owner}{climbed}."


def _notices(body: Body) -> Iterable[str]:
    for each in body["notices"]:
        about = inside(each["dimension"], body) if each["dimension"] else ""
        yield f"*Worth knowing:* {_NOTICES[NoticedKind(each['kind'])].format(dimension=about)}"


def _coming(body: Body) -> Iterable[str]:
    dated = [f"{_title(each['title'])}, {day(each['on'])}" for each in body["milestones"]]
    if dated:
        yield f"*Coming:* {_some(dated)}."


def _escalations(body: Body) -> Iterable[str]:
    """Level and day only: what an escalation is about is for those with whom it was raised (PRIVACY)."""
    levels = [f"{each['level']}, day {each['day']}" for each in body["escalations"]]
    if levels:
        yield f"*Open:* {'one escalation, ' if len(levels) == 1 else f'{len(levels)} escalations: '}{_some(levels)}."


def _actions(body: Body) -> Iterable[str]:
    agreed = [
        f"{_title(each['text'])} ({listed([f'<@{owner}>' for owner in each['owners']])}, "
        f"{'was due' if each['late'] else 'by'} {day(each['on'])})"
        for each in body["actions"]
    ]
    if agreed:
        yield f"*Agreed and due:* {_some(agreed)}."


def _title(text: str) -> str:
    return escape(shortened(" ".join(text.split()), _TITLE_MOST))


def _some(texts: Sequence[str]) -> str:
    """The first few, with how many more there are."""
    more = len(texts) - _SHOWN
    return "; ".join(texts[:_SHOWN]) + (f"; and {more} more" if more > 0 else "")
