"""What a close shows, to everybody in the channel and in the same words to all organisations."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.domain.anonymity import WITHHELD_TEXT, Gap, Released, Withheld
from bot.domain.publication import BlockPublication, Result, whole_from_dict, worth_a_talk
from bot.views.blocks import Block, Message, actions, button, context, escape, listed, message, section, shortened
from bot.views.ids import Action

_QUOTES_SHOWN = 5
_QUOTE_MOST = 300  # characters
_COMPARES = " “Lower” and “higher” compare the last weeks' answers with the same people's earlier ones."
_PROMPTS = {
    "trust": "What would make it easier to be frank with each other?",
    "communication": "What would have helped you to act in time?",
    "roles": "Which decision or task needs a clearer owner?",
    "leadership": "What could leaders of all sides do together that people would notice?",
    "working": "Which practical arrangement costs the most effort at the moment?",
    "focus": "What is one thing to keep, and one thing to change?",
    "risk": "Which risk do we each see that the other side may not?",
    "openness": "What would help people to raise a problem while it is still small?",
    "seniors": "Where would senior people be of most help right now?",
}


def draw_results(body: Mapping[str, Any]) -> Message:
    """The whole of a round: a value, a band of people and a word for change, or one sentence that it is not shown."""
    whole = whole_from_dict(body)
    people = f" {whole.people.text} people answered." if whole.people else ""
    lines = "\n".join(_line(each, body["dimensions"]) for each in whole.results)
    return message(
        section(f"*Pulse {body['number']} is closed.{people}*\n{lines}"),
        *_talk(whole.results, body["dimensions"]),
        context(_legend(whole.results, body["organisations"])),
        actions(
            button("Raise a concern", Action.CONCERN, "results"),
            button("More", Action.MORE, "results", spoken="More that you can do here"),
        ),
    )


def draw_block_results(body: Mapping[str, Any]) -> Message:
    """What four rounds add: participation, and the organisations side by side."""
    block = BlockPublication.from_dict(body)
    names = {str(key): str(name) for key, name in body["names"].items()}
    took_part = f"{block.participation.capitalize()} took part. " if block.participation else ""
    return message(
        section(f"*Pulses {block.first_number} to {block.last_number} together.* {took_part}".strip()),
        section(_side_by_side(block, names, body["dimensions"])),
        context(
            f"{escape(listed(body['organisations']))} see the same, at the same time. "
            "From 1, strongly disagree, to 5, strongly agree; rounded and slightly blurred."
        ),
        actions(button("More", Action.MORE, "results", spoken="More that you can do here")),
    )


def draw_block_comments(body: Mapping[str, Any]) -> Message:
    """What people wrote over four rounds; a message of its own, for no comment stands beside a score (PRIVACY)."""
    block = BlockPublication.from_dict(body)
    return message(
        section(
            f"*What people wrote, pulses {block.first_number} to {block.last_number}*\n"
            f"{_comments(block, body['dimensions'])}"
        ),
        actions(
            button("What I do with answers", Action.PRIVACY, "comments"),
            button("More", Action.MORE, "comments", spoken="More that you can do here"),
        ),
    )


def summary(body: Mapping[str, Any]) -> Block:
    """One earlier round in a list of results."""
    whole = whole_from_dict(body)
    people = f" · {whole.people.text} people" if whole.people else ""
    lines = "\n".join(_line(each, body["dimensions"]) for each in whole.results)
    return section(f"*Pulse {body['number']}*{people}\n{lines}")


def _line(result: Result, dimensions: Mapping[str, str]) -> str:
    name = dimensions[result.dimension]
    if isinstance(result, Withheld):
        return f"{name}: {result.text}"
    change = f", {result.change}" if result.change else ""
    many = ", many could not say" if result.cant_say_many else ""
    return f"{name}: *{result.score.text}*{change}{many} ({result.people.text} people)"


def _talk(results: Sequence[Result], dimensions: Mapping[str, str]) -> Iterable[Block]:
    dimension = worth_a_talk(results)
    if dimension is not None:
        yield section(f"*Worth a talk this week:* {_inside(dimensions[dimension])}. {_PROMPTS[dimension]}")


def _legend(results: Sequence[Result], organisations: Sequence[str]) -> str:
    shown = [each for each in results if isinstance(each, Released)]
    if not shown:
        return f"{escape(listed(organisations))} see the same, at the same time."
    compared = any(each.change is not None for each in shown)
    word = _COMPARES if compared else " Words for change begin when there are enough earlier weeks to compare with."
    return (
        "From 1, strongly disagree, to 5, strongly agree; rounded and slightly blurred, the same for "
        f"{escape(listed(organisations))}.{word}"
    )


def _side_by_side(block: BlockPublication, names: Mapping[str, str], dimensions: Mapping[str, str]) -> str:
    return "\n\n".join(
        _sides(key, block, names, dimensions) for key in dict.fromkeys(r.dimension for r in block.results)
    )


def _sides(dimension: str, block: BlockPublication, names: Mapping[str, str], dimensions: Mapping[str, str]) -> str:
    shown = sorted(
        (each for each in block.results if isinstance(each, Released) and each.dimension == dimension),
        key=lambda each: names.get(each.scope, each.scope).casefold(),
    )
    if not shown:
        return f"{dimensions[dimension]}, by organisation: {WITHHELD_TEXT}"
    sides = "\n".join(
        f"• {escape(names.get(each.scope, each.scope))}: *{each.score.text}* ({each.people.text} people)"
        for each in shown
    )
    clear = "\n".join(_gap(gap, names) for gap in block.gaps if gap.dimension == dimension)
    return f"{dimensions[dimension]}\n{sides}\n{clear or 'No clear difference.'}"


def _gap(gap: Gap, names: Mapping[str, str]) -> str:
    return (
        f"{escape(names.get(gap.higher, gap.higher))} rates it clearly higher than "
        f"{escape(names.get(gap.lower, gap.lower))}."
    )


def _comments(block: BlockPublication, dimensions: Mapping[str, str]) -> str:
    comments = block.comments
    if comments.mood is None and not comments.themes and not comments.quotes:
        return WITHHELD_TEXT.capitalize()
    mood = f"Mood: {comments.mood}." if comments.mood else f"Mood: {WITHHELD_TEXT}."
    themes = "; ".join(f"{_inside(dimensions[each.dimension])} ({each.people.text} people)" for each in comments.themes)
    about = f" Often about: {themes}." if themes else ""
    quotes = "".join(
        f"\n> {escape(shortened(' '.join(quote.split()), _QUOTE_MOST))}"
        for quote in dict.fromkeys(comments.quotes[:_QUOTES_SHOWN])
    )
    return f"{mood}{about}{quotes}"


def _inside(name: str) -> str:
    return name[0].lower() + name[1:]
