"""Milestones: the forms in which leads plan them, and in which leads and seniors say a word."""

import datetime as dt
from collections.abc import Iterable, Sequence

from bot.domain.cadence import spelled
from bot.domain.errors import FieldFault
from bot.domain.milestones import PHASE_MOST, TITLE_MOST, WORD_MOST, Milestone, MilestoneKind, Plan
from bot.views.blocks import (
    Block,
    View,
    choice_input,
    context,
    date_input,
    escape,
    listed,
    modal,
    option,
    section,
    select_input,
    several_input,
    text_input,
    verbatim,
)
from bot.views.ids import Callback
from bot.views.milestones import day_in_words, phases

WHICH, STAYS, TEXT, TAKE_BACK = "which", "stays", "text", "take_back"
NEW, KEEP, CANCEL = "new", "keep", "cancel"
FIELDS = ("title", "on", "kind", "before", "after")

_KINDS = {
    MilestoneKind.PHASE_CHANGE: ("Phase change", "one phase ends, the next begins"),
    MilestoneKind.DELIVERY: ("Delivery", "something is handed over or finished"),
    MilestoneKind.FIRST: ("First", "something works for the first time"),
    MilestoneKind.RECOVERY: ("Recovery", "a hard time is over; thanks, and how people are"),
    MilestoneKind.ANNIVERSARY: ("Anniversary", "so long together"),
}


def draw_milestones(partnership: str, coming: Sequence[Milestone], private: str) -> View:
    """What comes, to choose from, for a lead."""
    told = [option(_in_a_list(each.plan), each.id) for each in coming]
    return modal(
        Callback.MILESTONES,
        "Milestones",
        [
            section(f"*{escape(partnership)}*"),
            select_input(
                WHICH, "Add one, or change one that is coming", [option("Add a milestone", NEW), *told], initial=NEW
            ),
        ],
        submit="Next",
        private=private,
    )


def draw_milestone_form(plan: Plan | None, private: str) -> View:
    """A new milestone, or one that is coming."""
    kinds = [option(name, kind, says) for kind, (name, says) in _KINDS.items()]
    blocks: list[Block] = [
        text_input(
            "title",
            "What is reached?",
            initial=plan.title if plan else "",
            most=TITLE_MOST,
            placeholder="Phase 1 handed over",
        ),
        date_input(
            "on",
            "On which day?",
            initial=plan.on if plan else None,
            hint="The channel is told on this day. A weekend or public holiday goes to the working day before.",
        ),
        choice_input("kind", "What kind of milestone is it?", kinds, initial=plan.kind if plan else ""),
        text_input(
            "before",
            "For a phase change: which phase ends?",
            initial=plan.before if plan else "",
            most=PHASE_MOST,
            optional=True,
        ),
        text_input(
            "after",
            "For a phase change: which phase begins?",
            initial=plan.after if plan else "",
            most=PHASE_MOST,
            optional=True,
        ),
    ]
    if plan:
        stays = [option("Keep it", KEEP), option("Cancel it", CANCEL, "nothing is posted; I ask once more")]
        blocks.append(choice_input(STAYS, "Keep or cancel?", stays, initial=KEEP))
    blocks.append(
        context(
            "A week before, the leads of all organisations are asked for a word, and for a phase change the senior "
            "managers too."
        )
    )
    title = "Change a milestone" if plan else "Add a milestone"
    return modal(Callback.MILESTONE, title, blocks, submit="Save", private=private)


def draw_milestone_errors(faults: Iterable[FieldFault]) -> dict[str, str]:
    """What is wrong, beside the fields."""
    return {each.field: each.reason for each in faults}


def draw_milestone_kept(plan: Plan, told_at: dt.datetime, timezone: str, *, at_once: bool) -> View:
    """What was kept, and when the channel is told."""
    when = "The channel is told now." if at_once else f"The channel is told on {spelled(told_at, timezone)}."
    return modal(
        Callback.NOTE,
        "Saved",
        [verbatim(f"*{escape(plan.title)}*, {day_in_words(plan.on)}.{phases(plan.before, plan.after)} {when}")],
    )


def draw_milestone_cancel(plan: Plan, private: str) -> View:
    """The question before a milestone is cancelled."""
    return modal(
        Callback.MILESTONE_CANCEL,
        "Cancel it?",
        [
            verbatim(
                f"*{escape(plan.title)}*, {day_in_words(plan.on)}, will not be posted. Words that were given for it "
                "are deleted."
            )
        ],
        submit="Cancel the milestone",
        close="Keep it",
        private=private,
    )


def draw_milestone_word(plan: Plan, organisations: Sequence[str], before: str, private: str) -> View:
    """The form for a word."""
    return modal(
        Callback.MILESTONE_WORD,
        "A word",
        [
            verbatim(f"*{escape(plan.title)}*, {day_in_words(plan.on)}.{phases(plan.before, plan.after)}"),
            text_input(
                TEXT,
                "What would you like to say?",
                initial=before,
                multiline=True,
                most=WORD_MOST,
                hint="What was reached together, and what it took.",
            ),
            *([several_input(TAKE_BACK, "Or", [option("Take my word back", TAKE_BACK)])] if before else []),
            context(
                f"Shown to everybody of {escape(listed(organisations))} in the channel on the day, with your name and "
                "organisation."
            ),
        ],
        submit="Save my word",
        private=private,
    )


def _in_a_list(plan: Plan) -> str:
    return f"{plan.on.day:02}.{plan.on.month:02}.{plan.on.year} {plan.title}"
