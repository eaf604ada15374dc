"""What happens with answers, in the words of the promise (PRIVACY), from the numbers that the code keeps to."""

from bot.domain.promise import Promise
from bot.views.blocks import View, context, escape, modal, section
from bot.views.ids import Callback


def draw_privacy(promise: Promise, operator: str) -> View:
    """The promise with its two limits."""
    rules = "\n".join(
        (
            f"• A result is shown when {promise.whole_people} or more people answered, at least "
            f"{promise.whole_people_each} from every organisation. Otherwise one sentence says that it is not shown.",
            "• It is rounded, and changed by a small random amount that is not kept, so that one person's answer can "
            "hardly ever be worked out from it. Very high and very low results are shown as “4.5 or more” and "
            "“1.5 or less”.",
            f"• Organisations are shown apart only for trust and communication, every {promise.block_rounds} pulses, "
            f"and only if all of them have {promise.organisation_invited} or more members and "
            f"{promise.organisation_people} or more who answered. Else none is.",
            "• Comments are kept without names of people in this channel, links, e-mail addresses and phone numbers. "
            f"What is shown is a mood in a word, from {promise.mood_people} or more people. Words are quoted only if "
            "their author allowed it.",
            "• Everybody sees the same results at the same minute: members, managers, administrators, all "
            "organisations.",
            "• There is no list of who answered, and no clock time on an answer. The reminder goes to everybody.",
            f"• Answers and comments are deleted after {promise.retention_weeks} weeks; only the published results "
            "stay.",
            "• Thanks and concerns carry your name, and say so before they are sent. They are deleted after 24 months.",
            "• Under “More” you can look at all that I hold about you, and have your answers and comments forgotten.",
        )
    )
    return modal(
        Callback.NOTE,
        "What I do with answers",
        [
            section(
                "*Confidential.* No colleague, manager or administrator is shown your answer. You can change or "
                "withdraw it until the round closes."
            ),
            section(
                f"*Two limits.* {escape(operator)} runs this bot, holds the key and could link answers to people. And "
                "if everyone else in a small group compared answers, no rounding could fully hide the last one."
            ),
            section(rules),
            context(
                "These rules are stored with each round. They can be made stricter for later rounds, never looser."
            ),
        ],
    )
