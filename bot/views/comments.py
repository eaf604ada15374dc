"""Writing a comment, and seeing it again as it is kept."""

from bot.domain.texts import COMMENT_MOST
from bot.views.blocks import Block, View, context, escape, modal, option, section, several_input, shortened, text_input
from bot.views.ids import Callback

TEXT = "text"
QUOTABLE = "quotable"
MAY_BE_QUOTED = "may_be_quoted"
DELETED = "deleted"


def draw_comment(private: str, number: int, before: str) -> View:
    """The form for a comment; `before` is what the person wrote earlier in this round."""
    return modal(
        Callback.COMMENT,
        "Add a comment",
        [
            context(
                f"Pulse {number}. Confidential, like your answers. Names of people in this channel, links, e-mail "
                "addresses and phone numbers are taken out before it is stored; please leave out what else could point "
                "at somebody."
            ),
            text_input(
                TEXT,
                "What happened, and what would help?",
                initial=before,
                multiline=True,
                most=COMMENT_MOST,
                placeholder="One thing to keep, one thing to change",
            ),
            *_deletion(before),
        ],
        submit="Save my comment",
        private=private,
    )


def _deletion(before: str) -> list[Block]:
    if not before:
        return []
    return [several_input(DELETED, "Or take it back", [option("Delete my comment in this pulse", DELETED)])]


def draw_comment_check(private: str, text: str, *, changed: bool) -> View:
    """The comment as it is kept, and the question whether it may be quoted."""
    parts = [section("*Your comment is saved.* This is how it is kept:")]
    parts += [section(f">>> {escape(piece)}") for piece in _pieces(text)]
    if changed:
        parts.append(
            context("Names of people in this channel, links, e-mail addresses or phone numbers were taken out.")
        )
    parts.append(
        several_input(
            QUOTABLE,
            "May it be quoted?",
            [option("It may be quoted, without my name", MAY_BE_QUOTED)],
            hint=(
                "If you tick this, these words can be shown to everybody with the results of four pulses, beside at "
                "least one other comment and never beside a score. Somebody may recognise your way of writing."
            ),
        )
    )
    return modal(Callback.COMMENT_CHECK, "Your comment", parts, submit="Done", private=private)


def draw_comment_deleted() -> View:
    """The word that a comment is gone."""
    return modal(Callback.NOTE, "Your comment", [section("Your comment in this pulse is deleted.")])


def _pieces(text: str) -> list[str]:
    """The text in parts that fit into one paragraph each, escaped characters included."""
    return [shortened(text[start : start + 500], 500) for start in range(0, len(text), 500)] or [""]
