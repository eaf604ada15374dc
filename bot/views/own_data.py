"""All that is held about a person, in as many pages as it takes; and what is said before it is forgotten."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Final

from bot.domain.days import day_spelled
from bot.domain.own_data import BACKUPS_KEPT_FOR, Held, OwnEscalation, OwnPlace, OwnRound, OwnThanks
from bot.domain.people import Role
from bot.domain.promise import PROMISE
from bot.views.blocks import (
    Block,
    View,
    actions,
    button,
    context,
    divider,
    escape,
    header,
    listed,
    modal,
    section,
    shortened,
    verbatim,
)
from bot.views.escalation import STATES
from bot.views.ids import Action, Callback
from bot.views.pulse import in_words

_BLOCKS: Final = 90  # of 100 that a modal takes: the rest is for the ways on
_CHARACTERS: Final = 15_000  # even all emoji they stay below the 250 kB that Slack takes of a view
_PIECE: Final = 2_900
_ROLES: Final = {
    Role.LEAD: "lead",
    Role.SENIOR: "senior manager",
    Role.FACILITATOR: "facilitator",
    Role.ADMINISTRATOR: "administrator",
}


def draw_my_data(held: Sequence[Held], page: int, private: str) -> View:
    """One page of all that is held about a person, from 0; a page beyond the last is the last."""
    pages = list(_pages(held))
    page = max(0, min(page, len(pages) - 1))
    ways = [button("Forget me", Action.FORGET_ME, "ask", spoken="Forget me: you are asked first")]
    if page + 1 < len(pages):
        ways.insert(0, button("Next page", Action.MY_DATA_NEXT, str(page + 1)))
    if page:
        ways.insert(0, button("Page before", Action.MY_DATA_BEFORE, str(page - 1)))
    where = f" Page {page + 1} of {len(pages)}." if len(pages) > 1 else ""
    return modal(
        Callback.NOTE,
        "All that I hold about me",
        [context(f"Only you see this.{where}"), *pages[page], actions(*ways)],
        private=private,
    )


def draw_forget_question(partnerships: Sequence[str], private: str) -> View:
    """What forgetting reaches and what it cannot reach, before it is done."""
    names = [escape(each) for each in partnerships]
    return modal(
        Callback.FORGET_ME,
        "Forget me",
        [
            *(
                section(text)
                for text in _joined(
                    "*This deletes your answers and comments, in every pulse of these partnerships. It cannot be "
                    "undone.*",
                    [f"• {each}" for each in names],
                )
            ),
            section(
                "*What it reaches:* everything that you answered or wrote in a pulse and that is still kept (up to "
                f"{PROMISE.retention_weeks} weeks), in a pulse that is open too; and with it all that your later "
                "answers are compared with. Forms that you began and did not send go too. Nobody is told."
            ),
            section(
                "*What it cannot reach:*\n"
                "• Results that were published, and what was posted in Slack. They stay, and nothing is calculated "
                "again.\n"
                f"• Backups of the database. They are kept for up to {BACKUPS_KEPT_FOR.days} days.\n"
                "• Concerns, thanks, words for milestones and agreed actions. They carry names, and others were told "
                "or count on them: they stay until they are 24 months old.\n"
                "• Your place in the channel. While you are in it your name and organisation are kept, and you can "
                "answer; what you answer from now on is kept as before. To end that too, leave the channel."
            ),
        ],
        submit="Delete for good",
        close="Keep it",
        private=private,
    )


def draw_forgotten() -> View:
    """The word that it is done."""
    return modal(
        Callback.NOTE,
        "Forgotten",
        [
            section(
                "Your answers and comments are deleted. Published results stay as they are, and nobody is told. If a "
                "pulse is open you can still answer it; that answer would be a new one."
            )
        ],
    )


def _pages(held: Sequence[Held]) -> Iterator[list[Block]]:
    page: list[Block] = []
    size = 0
    for block in (block for each in held for block in _about(each)):
        long = len(str(block.get("text", "")))
        if page and (len(page) >= _BLOCKS or size + long > _CHARACTERS):
            yield page
            page, size = [], 0
        page.append(block)
        size += long
    yield page


def _about(held: Held) -> Iterator[Block]:
    yield header(held.partnership)
    over = " It has ended." if held.ended else ""
    yield context(f"{escape(listed(held.organisations))} · <#{held.channel}>.{over}")
    yield from _who(held)
    if not held.linked:
        yield section("*Answers:* no key is left that links them to you, so nobody can show them, nor use the link.")
    elif not held.rounds:
        yield section("*Answers and comments:* none is kept.")
    for each in held.rounds:
        yield from _round(each)
    for escalation in held.escalations:
        yield from _escalation(escalation)
    for thanks in held.thanks:
        yield from _paragraphs(f"*{_thanked(thanks)}*", (thanks.text,))
    for action in held.actions:
        until = f"done on {_day(action.done_on)}" if action.done_on else f"by {_day(action.due_on)}"
        yield from _paragraphs(f"*You own an agreed action,* {until}:", (action.text,))
    for title, word in held.words:
        yield from _paragraphs(f"*Your word for the milestone “{escape(shortened(title, 200))}”:*", (word,))
    for dimension, day in held.alerts:
        yield section(f"*You took an alert* of {_day(day)}: {escape(dimension)}.")
    if held.drafts:
        many = "One form" if held.drafts == 1 else f"{held.drafts} forms"
        yield section(f"*Begun and not sent:* {many}. What is not sent is deleted after a week.")
    yield divider()


def _who(held: Held) -> Iterator[Block]:
    lines = list(_place(held.place)) if held.place else ["*Roster:* you are not on it (any more)."]
    if held.roles:
        lines.append(f"*Roles:* {listed(sorted(_ROLES[each] for each in set(held.roles)))}.")
    if held.levels:
        lines.append(f"*Route map:* you are named for the {listed([each.called for each in held.levels])}.")
    yield section("\n".join(lines))


def _place(place: OwnPlace) -> Iterator[str]:
    name = escape(place.name) or "not known"
    yield f"*Roster:* {name}, {f'e-mail {escape(place.email)}' if place.email else 'no e-mail address'}."
    how = ", as somebody said by hand" if place.by_hand else ""
    yield f"*Organisation:* {escape(place.organisation) or 'nobody could place you'}{how}."
    if place.moves_to is not None:
        yield f"*It changes* to {escape(place.moves_to) or 'none'} with the next four pulses."
    since = "the first pulse" if place.since_pulse == 1 else f"pulse {place.since_pulse}"
    yield f"*Counted* towards the numbers that results need: from {since} on."
    if place.runs_workspace:
        yield "*Slack says* that you are an administrator of the workspace."


def _round(own: OwnRound) -> Iterator[Block]:
    lines = [f"{escape(question)} *{in_words(answer.score)}*" for question, answer in own.answers]
    yield from (section(text) for text in _joined(f"*Pulse {own.number}*, {_day(own.on)}", lines))
    if own.comment is not None:
        may = "It may be quoted." if own.quotable else "It may not be quoted."
        yield from _paragraphs(f"Your comment in pulse {own.number}, as it is kept. {may}", (own.comment,))


def _escalation(own: OwnEscalation) -> Iterator[Block]:
    who = "You raised a concern" if own.raised else "You were told of a concern"
    yield from _paragraphs(f"*{who},* {_day(own.on)}; {own.level.called}, {STATES[own.state]}.", own.words)
    if own.said:
        yield from _paragraphs("Your words about it since:", own.said)


def _thanked(thanks: OwnThanks) -> str:
    if thanks.given:
        return f"You thanked <@{thanks.other}>, {_day(thanks.on)}"
    by = f"<@{thanks.other}>" if thanks.other else f"Somebody of {escape(thanks.organisation)}"
    return f"{by} thanked you, {_day(thanks.on)}"


def _paragraphs(title: str, texts: Sequence[str]) -> Iterator[Block]:
    """A line of ours, and words of people in full, however many pieces that takes."""
    yield section(title)
    for text in texts:
        for piece in _pieces(text):
            yield verbatim(">>> " + piece)


def _pieces(text: str) -> Iterator[str]:
    """A text, escaped, in pieces that each fit into one paragraph; nothing is left out."""
    piece = ""
    for character in text:
        escaped = escape(character)
        if len(piece) + len(escaped) > _PIECE:
            yield piece
            piece = ""
        piece += escaped
    yield piece


def _joined(title: str, lines: Sequence[str]) -> Iterator[str]:
    """A title and its lines, in as few paragraphs as they fit into."""
    text = title
    for line in lines:
        if len(text) + 1 + len(line) > _PIECE:
            yield text
            text = line
        else:
            text = f"{text}\n{line}"
    yield text


def _day(day: dt.date) -> str:
    return f"{day_spelled(day)} {day.year}"
