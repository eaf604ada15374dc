"""Raising an escalation: the form and its preview; and for those who were told, the list, the record and its moves."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bot.domain.escalation import Move, State
from bot.domain.route_map import Lane, Level
from bot.domain.texts import ESCALATION_MOST, VIEW_MOST
from bot.views.blocks import (
    Block,
    View,
    choice_input,
    context,
    divider,
    escape,
    listed,
    modal,
    option,
    section,
    select_input,
    shortened,
    text_input,
    verbatim,
)
from bot.views.escalation_messages import BUTTONS, absent, at, lane_of, more_of, quoted, told
from bot.views.ids import Callback

NAMED: Final = "This carries your name; it is not part of the confidential pulse."
CHOSEN, CHOICE, TEXT, TO, DAYS = "escalation", "choice", "text", "to", "days"

Levels = Sequence[tuple[Level, Sequence[tuple[str, str]]]]

STATES: Final = {
    State.WAITING: "waiting for an answer",
    State.IN_HAND: "in hand",
    State.SNOOZED: "put off",
    State.PROPOSED: "called resolved, to be confirmed",
    State.RESOLVED: "resolved",
}
_DUE: Final = {
    State.WAITING: "An answer is due by {}.",
    State.SNOOZED: "It is put off until {}.",
    State.PROPOSED: "A confirmation is due by {}.",
}
_LINES: Final[Mapping[Move, str]] = {
    Move.OPEN: "{actor} raised it at the {level}",
    Move.ACKNOWLEDGE: "{actor} acknowledged it",
    Move.ADD_VIEW: "{actor} added a view",
    Move.HAND_OVER: "{actor} handed it over to {to}",
    Move.SNOOZE: "{actor} put it off",
    Move.RAISE: "{actor} raised it to the {level}",
    Move.RESOLVE: "{actor} called it resolved",
    Move.CONFIRM: "{actor} agreed that it is resolved",
    Move.SETTLE: "{actor} agreed, and so it is resolved",
    Move.DISAGREE: "{actor} said that it is not resolved yet",
    Move.WAKE: "The pause ended, and all sides were asked again",
    Move.LAPSE: "Nobody answered in time: it went to the {level}",
    Move.REMIND: "Nobody answered in time: the owners were reminded",
}
_ASKED: Final[Mapping[Move, tuple[str, str, str]]] = {
    Move.ADD_VIEW: ("Add our side's view", "How does your side see it?", "Add it for all who know"),
    Move.RAISE: ("Raise a level", "Why now? (if you like)", "Raise it now"),
    Move.RESOLVE: ("Resolve", "What was agreed?", "Ask the other side"),
    Move.DISAGREE: ("Not resolved yet", "What is still open?", "Say so"),
}


def draw_form(levels: Levels, written: Mapping[str, str], private: str) -> View:
    """The form: facts, what is at stake, what was tried, the level, and the fast lane."""
    sides = [name for name, _ in levels[0][1]]
    who = {Level(level): [f"<@{user}> ({escape(name)})" for name, user in pair if user] for level, pair in levels}
    lines = [f"• {Level(level).called.capitalize()}: {listed(who[level])}" for level, _ in levels if who[level]]
    return modal(
        Callback.ESCALATION,
        "Raise a concern",
        [
            section(f"{NAMED} It reaches {escape(listed(sides))} at the same moment. Who is told:"),
            section("\n".join(lines)),
            text_input(
                "what",
                "What happens?",
                initial=written.get("what", ""),
                multiline=True,
                most=ESCALATION_MOST["what"],
                hint="Facts rather than blame: what you saw, and when.",
            ),
            text_input(
                "stake",
                "What is at stake?",
                initial=written.get("stake", ""),
                multiline=True,
                optional=True,
                most=ESCALATION_MOST["stake"],
            ),
            text_input(
                "tried",
                "What have you tried together?",
                initial=written.get("tried", ""),
                multiline=True,
                optional=True,
                most=ESCALATION_MOST["tried"],
            ),
            choice_input(
                "level",
                "At which level?",
                [option(Level(level).called.capitalize(), level) for level, _ in levels],
                initial=written.get("level") or levels[0][0],
            ),
            choice_input(
                "lane",
                "Is it about safety or the law?",
                [
                    option("No", Lane.NORMAL),
                    option("Safety", Lane.SAFETY, "straight to the programme level, a working day each"),
                    option("A legal matter", Lane.LEGAL, "straight to the programme level, a working day each"),
                ],
                initial=written.get("lane") or Lane.NORMAL,
            ),
            context(
                "You see who will be told, and the exact words, before anything is sent. If somebody is in danger now, "
                "call for help first: nobody watches this at night."
            ),
        ],
        submit="Show me the preview",
        private=private,
    )


def draw_preview(body: Mapping[str, Any], private: str, *, again: bool = False) -> View:
    """Exactly who will be told now, with exactly which words, and what follows if nobody answers.

    `again`: somebody came or left since the preview before, so it is shown once more.
    """
    following = body["following"]
    then = (
        f"it goes to the {Level(following['level']).called}, {told(following['owners'])}"
        if following
        else "they are reminded; there is no higher level"
    )
    count = sum(1 for _, user in body["owners"] if user)
    all_of = {1: "alone", 2: "both"}.get(count, "all of them")
    blocks = [
        section(
            f"{NAMED}\n*{lane_of(body).capitalize()}*: {told(body['owners'])} will be told now, {all_of}, with exactly "
            f"this text. Nobody else.{absent(body['owners'])}\nIf nobody answers by "
            f"{at(body['answer_by'], body['timezone'])} (their own working days), {then}."
        ),
        verbatim(f"*What happens*\n{quoted(body['what'])}"),
    ]
    if more := more_of(body):
        blocks.append(verbatim(more))
    if again:
        blocks.insert(0, section("*Nothing was sent yet: who will be told has changed since you looked.*"))
    send = "Send to both" if count == 2 else "Send to all" if count > 2 else "Send it"
    return modal(Callback.ESCALATION_CHECK, "Before it is sent", blocks, submit=send, close="Change", private=private)


def draw_list(lines: Sequence[Mapping[str, Any]], private: str) -> View:
    """The escalations that this person was told of, to choose one of."""
    if not lines:
        return modal(
            Callback.NOTE,
            "My escalations",
            [section("You have raised none and were told of none here. “Raise a concern” starts one.")],
        )
    shown = lines[:50]
    return modal(
        Callback.ESCALATIONS,
        "My escalations",
        [
            *(verbatim(_line(each)) for each in shown[:20]),
            select_input(
                CHOSEN,
                "Which one?",
                [option(" ".join(each["what"].split()), each["escalation_id"]) for each in shown],
                initial=shown[0]["escalation_id"],
            ),
        ],
        submit="Open it",
        private=private,
    )


def draw_record(body: Mapping[str, Any], moves: Sequence[Move], private: str) -> View:
    """All of one escalation, and what this person may do with it."""
    blocks: list[Block] = [verbatim(_line(body, all_of_it=True))]
    if more := more_of(body):
        blocks.append(verbatim(more))
    if body["answer_by"] and body["state"] in _DUE:
        blocks.append(context(_DUE[State(body["state"])].format(at(body["answer_by"], body["timezone"]))))
    blocks += [divider(), *(verbatim(_event(each, body["timezone"])) for each in body["history"][-40:])]
    if len(body["history"]) > 40:
        blocks.append(context("Earlier entries are kept, too, but do not fit here."))
    if not moves:
        return modal(Callback.NOTE, "Escalation", blocks)
    options = [option(BUTTONS[each], each) for each in moves]
    blocks.append(choice_input(CHOICE, "What would you like to do?", options, initial=moves[0]))
    return modal(Callback.ESCALATION_RECORD, "Escalation", blocks, submit="Next", private=private)


def draw_move(
    move: Move, body: Mapping[str, Any], successors: Sequence[tuple[str, str]], days: Sequence[int], private: str
) -> View:
    """What a move still needs: words, a person or a number of days; and who will hear of it."""
    if move is Move.HAND_OVER:
        return _hand_over(successors, private)
    if move is Move.SNOOZE:
        options = [option(f"{each} working day{'s' if each > 1 else ''}", str(each)) for each in days]
        return modal(
            Callback.ESCALATION_MOVE,
            "Snooze",
            [
                section("Everybody who knows of it hears that you put it off, once on each level. Then it comes back."),
                choice_input(DAYS, "For how long?", options, initial=options[0]["value"]),
            ],
            submit="Put it off",
            private=private,
        )
    title, label, submit = _ASKED[move]
    field = text_input(TEXT, label, multiline=True, optional=move is Move.RAISE, most=VIEW_MOST)
    return modal(
        Callback.ESCALATION_MOVE, title, [section(_who_hears(move, body)), field], submit=submit, private=private
    )


def _hand_over(successors: Sequence[tuple[str, str]], private: str) -> View:
    if not successors:
        return modal(
            Callback.NOTE,
            "Hand over",
            [section("Your organisation has no other lead or senior in the channel to whom you could hand it over.")],
        )
    options = [option(name or user, user) for name, user in successors[:100]]
    return modal(
        Callback.ESCALATION_MOVE,
        "Hand over",
        [
            section("They get all of it now, and everybody who knows of it hears that they have it. The time stays."),
            select_input(TO, "To whom?", options, initial=options[0]["value"]),
        ],
        submit="Hand it over",
        private=private,
    )


def _who_hears(move: Move, body: Mapping[str, Any]) -> str:
    if move is Move.RAISE and body["following"]:
        following = body["following"]
        return f"All of it goes to the {Level(following['level']).called} now: {told(following['owners'])}."
    if move is Move.RESOLVE:
        return "The other side is asked to confirm it. It is resolved when all sides have said so."
    return f"It is told to everybody who knows of it: {told(body['owners'])}, <@{body['author']}> and whoever was told."


def _line(body: Mapping[str, Any], *, all_of_it: bool = False) -> str:
    what = body["what"] if all_of_it else shortened(" ".join(body["what"].split()), 150)
    level, state = Level(body["level"]).called.capitalize(), STATES[State(body["state"])]
    day = "" if body["state"] == State.RESOLVED else f", day {body['day']}"
    opened = at(body["opened_at"], body["timezone"])
    return f"*{level}: {state}*{day}\n{quoted(what)}\n<@{body['author']}>, {opened}. With {told(body['owners'])}."


def _event(event: Mapping[str, Any], timezone: str) -> str:
    line = _LINES[Move(event["move"])].format(
        actor=f"<@{event['actor']}>", to=f"<@{event['to']}>", level=Level(event["level"]).called
    )
    written = f"\n{quoted(event['text'])}" if event["text"] else ""
    return f"{at(event['at'], timezone)}: {line}.{written}"
