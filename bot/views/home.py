"""App Home: my partnerships, what is open for me, results, and what waits for my role."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.domain.days import day_spelled
from bot.views.blocks import Block, View, actions, button, context, divider, escape, header, listed, section, shortened
from bot.views.ids import Action
from bot.views.results import summary

_MOST_BLOCKS = 100
_SHOWN = 5

Page = Mapping[str, Any]


def draw_home(pages: Sequence[Page]) -> View:
    """The page of one person; for nobody else's eyes."""
    blocks = [block for page in pages for block in _partnership(page)]
    if not blocks:
        blocks = [
            section(
                "You are in no channel that has a pulse. Invite me to a channel that organisations share, and I say "
                "how to set it up."
            )
        ]
    if len(blocks) > _MOST_BLOCKS:
        blocks = [*blocks[: _MOST_BLOCKS - 1], context("The rest is under “More” in the channels.")]
    return {"type": "home", "blocks": blocks}


def _partnership(page: Page) -> Iterable[Block]:
    channel = page["channel"]
    yield header(page["partnership"])
    yield context(f"{escape(listed(page['organisations']))} · <#{channel}>")
    yield section("\n".join(_for_me(page)))
    if page["results"] is not None:
        yield summary({**page["results"], "dimensions": page["dimensions"]})
    for lines in (_alerts(page), _ahead(page)):
        if lines:
            yield section("\n".join(lines))
    buttons = [button("More", Action.HUB, channel, spoken=f"More that you can do in {page['partnership']}")]
    if page["sets_up"]:
        buttons.append(button("Change the set-up", Action.SET_UP_OF, channel))
    yield actions(*buttons, block_id=f"home:{channel}")
    yield divider()


def _for_me(page: Page) -> Iterable[str]:
    asked = page["open"]
    if page["paused"]:
        yield "*Open for you:* the pulse is paused."
    elif asked is None:
        yield "*Open for you:* nothing. The next pulse comes to the channel."
    elif asked["unanswered"]:
        many = "one question" if asked["unanswered"] == 1 else f"{asked['unanswered']} questions"
        yield f"*Open for you:* {many} of pulse {asked['number']}, in the channel until {escape(asked['closes'])}."
    else:
        yield f"*Open for you:* nothing more. You can change your answers until {escape(asked['closes'])}."
    for each in page["actions"][:_SHOWN]:
        yield f"*You own:* {escape(each['text'])}, by {_day(each['on'])}."
    for each in page["escalations"][:_SHOWN]:
        what = shortened(" ".join(each["what"].split()), 100)
        yield f"*Escalation, day {each['day']}:* {escape(what)} (under “More”, “My escalations”)."


def _alerts(page: Page) -> list[str]:
    lines = []
    for each in page["alerts"]:
        name = page["dimensions"][each["dimension"]]
        where = f" in {escape(each['scope'])}" if each["scope"] else ""
        owner = f"<@{each['owner']}> has taken it" if each["owner"] else "nobody has taken it yet"
        lines.append(f"*Alert:* {name} is lower{where} since {_day(each['since'])}; {owner}.")
    return lines


def _ahead(page: Page) -> list[str]:
    return [f"*Coming:* {escape(each['title'])}, {_day(each['on'])}." for each in page["milestones"][:_SHOWN]]


def _day(written: str) -> str:
    return day_spelled(dt.date.fromisoformat(written))
