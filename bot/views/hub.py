"""The hub, one's own answers, earlier results."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.domain.hub import Choice
from bot.domain.ids import ItemId
from bot.domain.rounds import OwnAnswer
from bot.views.blocks import (
    View,
    choice_input,
    context,
    divider,
    escape,
    modal,
    option,
    section,
    select_input,
    several_input,
)
from bot.views.ids import Callback
from bot.views.pulse import in_words
from bot.views.results import summary

CHOICE = "choice"
WITHDRAWN = "withdrawn"

_BUTTONS_AT_MOST = 10  # radio buttons in one group

_WORDS = {
    Choice.OWN_ANSWERS: "My answers in this round",
    Choice.COMMENT: "Add or change my comment",
    Choice.CONCERN: "Raise a concern",
    Choice.ESCALATIONS: "My escalations",
    Choice.THANK: "Thank someone of another organisation",
    Choice.RESULTS: "Results so far",
    Choice.PRIVACY: "What I do with answers",
    Choice.MY_DATA: "All that I hold about me",
    Choice.FORGET_ME: "Forget me",
    Choice.EXTRA_ROUND: "Start an extra pulse now",
    Choice.ALERTS: "Open alerts",
    Choice.MILESTONES: "Milestones",
    Choice.ACTION: "Agree an action",
    Choice.SET_UP: "Change the set-up",
    Choice.PAUSE: "Pause the pulse",
    Choice.RESUME: "Resume the pulse",
    Choice.END: "End the pulse of this channel",
}


def draw_hub(partnership: str, choices: Sequence[Choice], private: str) -> View:
    """Everything that this person may do here."""
    chooser = choice_input if len(choices) <= _BUTTONS_AT_MOST else select_input
    return modal(
        Callback.HUB,
        "More",
        [
            section(f"*{escape(partnership)}*"),
            chooser(
                CHOICE,
                "What would you like to do?",
                [option(_WORDS[each], each) for each in choices],
                initial=choices[0],
            ),
        ],
        submit="Next",
        private=private,
    )


def draw_own_answers(
    number: int,
    questions: Sequence[tuple[ItemId, str, OwnAnswer | None]],
    comment: str | None,
    *,
    closes: str,
    private: str,
) -> View:
    """A person's own answers, for nobody else; `closes` is empty when the round is closed."""
    blocks = [context(f"Pulse {number}. Only you see this. {_until(closes)}")]
    for _, text, answer in questions:
        said = "not answered" if answer is None else in_words(answer.score)
        blocks.append(section(f"{escape(text)}\n*{said}*"))
    if comment is not None:
        blocks += [divider(), section(f"Your comment, as it is kept:\n>>> {escape(comment[:500])}")]
    given = [(item, text) for item, text, answer in questions if answer is not None]
    if not closes or not given:
        return modal(Callback.NOTE, "My answers", blocks)
    ticks = [option(text, item) for item, text in given]
    blocks.append(
        several_input(WITHDRAWN, "Withdraw my answer to", ticks, hint="Ticked answers are deleted when you save.")
    )
    return modal(Callback.OWN_ANSWERS, "My answers", blocks, submit="Withdraw ticked", private=private)


def draw_results_so_far(publications: Sequence[Mapping[str, Any]]) -> View:
    """The latest rounds, newest first: the same for everybody."""
    if not publications:
        return modal(
            Callback.NOTE, "Results so far", [section("The first results come when the first pulse has closed.")]
        )
    blocks = [summary(each) for each in publications]
    return modal(
        Callback.NOTE,
        "Results so far",
        [*blocks, context("From 1, strongly disagree, to 5, strongly agree; rounded and slightly blurred.")],
    )


def draw_note(title: str, text: str) -> View:
    """One sentence in a modal: a refusal, or that something is done."""
    return modal(Callback.NOTE, title, [section(text)])


def _until(closes: str) -> str:
    return f"Until {escape(closes)} you can change or withdraw them." if closes else "This pulse is closed."
