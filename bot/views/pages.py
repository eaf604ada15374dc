"""The few pages that a browser shows: after the app was installed, or was not."""

from enum import StrEnum
from html import escape


class Outcome(StrEnum):
    """Why an app was not installed."""

    DENIED = "denied"
    EXPIRED = "expired"
    REFUSED = "refused"
    BROKEN = "broken"


_WORDS = {
    Outcome.DENIED: (
        "Nothing was installed",
        "You chose not to install Partnership Pulse. Nothing has changed in your workspace.",
    ),
    Outcome.EXPIRED: (
        "Please begin again",
        "This page belongs to an installation that has ended, was begun in another browser, or took more than ten "
        "minutes. Nothing was installed by it.",
    ),
    Outcome.REFUSED: (
        "It was not installed",
        "The installation could not be completed. Please begin again; if it happens twice, tell whoever runs this bot.",
    ),
    Outcome.BROKEN: (
        "It was not installed",
        "Something went wrong on our side. Please begin again in a minute; if it happens twice, tell whoever runs this "
        "bot.",
    ),
}

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 1.1rem/1.5 system-ui, sans-serif; color: #1d1c1d; max-width: 36rem; margin: 12vh auto; padding: 1.5rem }}
h1 {{ font-size: 1.6rem; color: #1f4e5f; }}
</style>
</head>
<body>
<h1>{title}</h1>
{body}
</body>
</html>
"""


def draw_installed(where: str | None, *, whole_organisation: bool, resumed: int) -> str:
    """What to do next. `resumed` is how many partnerships had stopped with an earlier installation and go on."""
    place = escape(where) if where else "your organisation" if whole_organisation else "your workspace"
    steps = [
        "Open the channel that you share with your partners.",
        "Invite the bot: type <b>/invite @Partnership Pulse</b>.",
        "Press <b>Set up this partnership</b> under its greeting. It takes three minutes, and nobody is asked before "
        "you press Start.",
    ]
    if whole_organisation:
        steps.insert(0, "In your organisation's settings at Slack, add the app to the workspaces that shall have it.")
    before = ""
    if resumed:
        many = "One partnership that had stopped goes on." if resumed == 1 else f"{resumed} partnerships go on again."
        told = "Its channel is" if resumed == 1 else "Their channels are"
        left = "Where the bot is no longer in the channel, its leads are asked to invite it."
        before = f"<p>{many} {told} told. {left}</p>"
    listed = "".join(f"<li>{each}</li>" for each in steps)
    return _PAGE.format(title=f"Partnership Pulse is installed in {place}", body=f"{before}<ol>{listed}</ol>")


def draw_not_installed(why: Outcome, begin_at: str, more: str = "") -> str:
    """What happened, and how to begin again; `more` is said in place of the usual words, or after them."""
    title, words = _WORDS[why]
    said = escape(more if more and why is Outcome.REFUSED else f"{words} {more}".strip())
    return _PAGE.format(
        title=title, body=f'<p>{said}</p><p><a href="{escape(begin_at)}">Begin the installation again</a></p>'
    )
