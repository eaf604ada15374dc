"""How long everything is kept, from the code's own values: `python -m tests.retention` writes it into the page."""

import datetime as dt
import re
from dataclasses import dataclass

from bot.domain import escalation, thanks
from bot.domain.own_data import BACKUPS_KEPT_FOR
from bot.domain.promise import PROMISE
from bot.services.erasure import GRACE
from storage.claiming import SLOT_FORGOTTEN_AFTER
from storage.notebook import DRAFTS_KEPT_FOR, EVENTS_KEPT_FOR
from storage.oauth import STATE_LIVES
from tests.manifest.listening import ROOT

PAGE = ROOT / "docs/data-protection.md"
BEGIN, END = "<!-- from the code -->\n", "\n<!-- to here -->"

_YEARS = 2 * 365


def in_words(length: dt.timedelta) -> str:
    """A length as people say it."""
    if length.days >= _YEARS:
        return f"{length.days * 12 // 365} months"
    for unit, seconds in (("day", 86_400), ("minute", 60), ("second", 1)):
        count = int(length.total_seconds()) // seconds
        if count:
            return f"{count} {unit}{'s' if count > 1 else ''}"
    raise ValueError("no length")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One row: what it is, how long it is kept, and the tables of the database in which it stands."""

    what: str
    kept: str
    tables: tuple[str, ...]


_NAMED = in_words(thanks.KEPT_FOR)

ROWS = (
    Kept(
        what="answers and comments, with a pseudonym",
        kept=f"{PROMISE.retention_weeks} weeks, or until the person has them forgotten",
        tables=("answers", "comments"),
    ),
    Kept(
        what="results as published, and the pulses and organisations they are about; nothing about single persons",
        kept="for good, the partnership's end included",
        tables=("partnerships", "organisations", "rounds", "publications"),
    ),
    Kept(
        what="who is in the channel: Slack ids, organisation, name and e-mail address, both encrypted",
        kept="while the person is in the channel; what is left at the end of the partnership, "
        f"{_NAMED} longer, but the addresses go at once",
        tables=("members", "channel_profiles", "wanted_rosters"),
    ),
    Kept(what="who holds a role", kept=f"until replaced, or {_NAMED} after the end", tables=("holders",)),
    Kept(
        what="concerns, with names and words, and what became of them",
        kept=f"{in_words(escalation.KEPT_FOR)} from the day they were raised",
        tables=("escalations", "escalation_events"),
    ),
    Kept(
        what="milestones, words given for them, and thanks, with names unless unsigned",
        kept=_NAMED,
        tables=("milestones", "milestone_words", "thanks"),
    ),
    Kept(what="agreed actions, with their owners", kept=f"{_NAMED} after the day they were due", tables=("actions",)),
    Kept(
        what="alerts and who looks after them, the route map, what the search for drift remembers, what is due",
        kept=f"until {_NAMED} after the end",
        tables=("alerts", "drift_notices", "drift_states", "route_maps", "due_work"),
    ),
    Kept(
        what="messages: to whom, of which kind, when it was due",
        kept=f"until {_NAMED} after the end; their words only until Slack has them or will never take them",
        tables=("outbox",),
    ),
    Kept(what="forms that were begun, in plain text", kept=in_words(DRAFTS_KEPT_FOR), tables=("drafts",)),
    Kept(
        what="numbers of events, so that none is heard twice", kept=in_words(EVENTS_KEPT_FOR), tables=("seen_events",)
    ),
    Kept(
        what="installations: workspace ids, and the bot's token, encrypted",
        kept="until the app is removed",
        tables=("installations", "workspaces"),
    ),
    Kept(what="an installation in a browser that is under way", kept=in_words(STATE_LIVES), tables=("oauth_states",)),
    Kept(
        what="when a channel or person may be sent the next message",
        kept=in_words(SLOT_FORGOTTEN_AFTER),
        tables=("pacing",),
    ),
    Kept(
        what="everything of a partnership whose channel or workspace the bot was taken out of",
        kept=f"{in_words(GRACE)} more, unless it is put back",
        tables=(),
    ),
    Kept(what="backups, which the operator deletes", kept=in_words(BACKUPS_KEPT_FOR), tables=()),
)


def table() -> str:
    """The rows as they stand in the page."""
    rows = [f"| {each.what} | {each.kept} | {', '.join(f'`{name}`' for name in each.tables)} |" for each in ROWS]
    return "\n".join(["| what | kept | in the database |", "|---|---|---|", *rows])


def main() -> None:
    """Write the table into the page."""
    page = PAGE.read_text(encoding="utf-8")
    between = re.compile(f"(?<={re.escape(BEGIN)}).*(?={re.escape(END)})", re.DOTALL)
    PAGE.write_text(between.sub(lambda _: table(), page), encoding="utf-8")


if __name__ == "__main__":
    main()
