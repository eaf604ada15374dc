"""Thanks across organisations: the button, the form, and what the channel reads."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.domain.thanks import THANKS_MOST, Behaviour
from bot.views.blocks import (
    Block,
    Message,
    View,
    button,
    context,
    escape,
    message,
    modal,
    option,
    person_input,
    section,
    select_input,
    several_input,
    text_input,
    verbatim,
)
from bot.views.ids import Action, Callback

PERSON, TEXT, BEHAVIOUR, UNSIGNED = "person", "text", "behaviour", "unsigned"
HIDE_NAME = "hide_name"
NAMED = "This carries your name; it is not part of the confidential pulse."

_LIST_LIMIT = 100
_BEHAVIOURS = {
    Behaviour.KEPT_WORD: "Kept their word",
    Behaviour.TOLD_EARLY: "Told us early",
    Behaviour.SPOKE_OPENLY: "Said openly what was difficult",
    Behaviour.LISTENED: "Listened",
    Behaviour.SOLVED: "Looked for a solution with us",
    Behaviour.MADE_CLEAR: "Made clear who does what",
}


def thank_button(organisations: Sequence[str], about: str) -> Block:
    """The button under results and celebrations; `about` says in whose thread the thanks go."""
    whom = "on the other side" if len(organisations) == 2 else "of another organisation"
    return button(f"Thank someone {whom}", Action.THANK, about)


def draw_thanks_form(people: Sequence[tuple[str, str, str]], own: str, private: str) -> View:
    """Whom, what for, signed or not. `people` are value, name and organisation; `own` is one's organisation or ""."""
    blocks = [
        section(
            f"{NAMED} It is posted in the channel, and the person is notified. Tick “Do not show my name” to show your "
            "organisation alone."
        ),
        _whom(people),
        text_input(
            TEXT,
            "What did they do that made a difference?",
            multiline=True,
            most=THANKS_MOST,
            hint="What happened, and what it changed for you.",
        ),
        select_input(
            BEHAVIOUR,
            "Which behaviour was it?",
            [option(words, each) for each, words in _BEHAVIOURS.items()],
            optional=True,
        ),
    ]
    if own:
        blocks.append(
            several_input(
                UNSIGNED,
                "Your name",
                [option("Do not show my name", HIDE_NAME, "your organisation is shown in its place")],
            )
        )
        blocks.append(
            context(
                f"Unsigned thanks say “Somebody at {escape(own)}”. Your name is not kept with them; colleagues may "
                "recognise how you write."
            )
        )
    return modal(Callback.THANK, "Thank someone", blocks, submit="Post my thanks", private=private)


def draw_thanked(name: str) -> View:
    """The word that the thanks are on their way."""
    return modal(Callback.NOTE, "Posted", [verbatim(f"Your thanks to {escape(name)} are on their way to the channel.")])


def draw_thanks(body: Mapping[str, Any]) -> Message:
    """What the channel reads. Only the person who is thanked is mentioned."""
    quoted = "\n".join(f"> {escape(line)}" for line in body["text"].splitlines() if line.strip())
    what = _BEHAVIOURS.get(body["behaviour"])
    return message(
        verbatim(f"{_who(body)} thanks <@{body['thanked']}>:"),
        verbatim(quoted),
        *([context(what)] if what else []),
    )


def _who(body: Mapping[str, Any]) -> str:
    organisation = escape(body["organisation"])
    if not body["by"]:
        return f"*Somebody at {organisation}*"
    return f"*{escape(body['by'])}* ({organisation})" if organisation else f"*{escape(body['by'])}*"


def _whom(people: Sequence[tuple[str, str, str]]) -> Block:
    label = "Whom would you like to thank?"
    if len(people) > _LIST_LIMIT:
        return person_input(PERSON, label, hint="Somebody of another organisation in this channel.")
    sides = {organisation for _, _, organisation in people}
    return select_input(
        PERSON,
        label,
        [
            option(name if len(sides) == 1 else f"{name} · {organisation}", value)
            for value, name, organisation in people
        ],
    )
