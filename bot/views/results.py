"""What a close shows, to everybody in the channel and in the same words to all organisations."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.domain.anonymity import WITHHELD_TEXT, Gap, Released, Withheld
from bot.domain.groups import called
from bot.domain.publication import BlockPublication, Result, whole_from_dict, worth_a_talk
from bot.views.blocks import Block, Message, actions, button, context, escape, listed, message, section, shortened
from bot.views.ids import Action
from bot.views.thanks import thank_button

_QUOTE_MOST = 300  # characters
_COMPARES = " The trend compares people's answers of the last four and eight weeks with their own earlier ones."
_PROMPTS = {
    "trust": (
        "What would make it easier to be frank with each other?",
        "Which promise, kept next week, would help most?",
        "Where do we want the same, and where not quite?",
    ),
    "communication": (
        "What would have helped you to act in time?",
        "Which news reached whom too late, and how could it travel faster?",
        "Where do people hear two stories, and who could tell one?",
    ),
    "roles": ("Which decision or task needs a clearer owner?",),
    "leadership": ("What could leaders of all sides do together that people would notice?",),
    "working": ("Which practical arrangement costs the most effort at the moment?",),
    "focus": ("What is one thing to keep, and one thing to change?",),
    "risk": ("Which risk do we each see that the other side may not?",),
    "openness": ("What would help people to raise a problem while it is still small?",),
    "seniors": ("Where would senior people be of most help right now?",),
}


def draw_results(body: Mapping[str, Any]) -> Message:
    """The whole of a round: a value, a band of people and a word for change, or one sentence that it is not shown."""
    whole = whole_from_dict(body)
    people = f" {whole.people.text} people answered." if whole.people else ""
    lines = "\n".join(_line(each, body["dimensions"], body["questions"]) for each in whole.results)
    return message(
        section(f"*Pulse {body['number']} is closed.{people}*\n{lines}"),
        *_trend(whole.results, body["dimensions"]),
        *talk(whole.results, body["dimensions"], body["number"]),
        context(_legend(whole.results, body["organisations"])),
        actions(
            thank_button(body["organisations"], f"round:{body.get('round_id', '')}"),
            button("Raise a concern", Action.ESCALATE, "results"),
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
    lines = "\n".join(_line(each, body["dimensions"], {}) for each in whole.results)
    return section(f"*Pulse {body['number']}*{people}\n{lines}")


def _line(result: Result, dimensions: Mapping[str, str], questions: Mapping[str, str]) -> str:
    """One result; with the question it came from, where that is known."""
    question = questions.get(result.dimension)
    return f"{_value(result, dimensions)}\n_{escape(question)}_" if question else _value(result, dimensions)


def _value(result: Result, dimensions: Mapping[str, str]) -> str:
    name = dimensions[result.dimension]
    if isinstance(result, Withheld):
        return f"{name}: {result.text}"
    many = ", many could not say" if result.cant_say_many else ""
    return f"{name}: *{result.score.text}*{many} ({result.people.text} people)"


def _trend(results: Sequence[Result], dimensions: Mapping[str, str]) -> Iterable[Block]:
    """Words for change, apart from the week's values: they speak of the last eight weeks."""
    said = [
        f"{_inside(dimensions[each.dimension])} {each.change}"
        for each in results
        if isinstance(each, Released) and each.change is not None
    ]
    if said:
        yield section(f"*Trend of the last weeks:* {', '.join(said)}.")


def talk(results: Sequence[Result], dimensions: Mapping[str, str], number: int) -> Iterable[Block]:
    """What to talk about this week; the question takes turns with the pulses."""
    dimension = worth_a_talk(results)
    if dimension is not None:
        prompts = _PROMPTS[dimension]
        yield section(f"*Worth a talk this week:* {_inside(dimensions[dimension])}. {prompts[number % len(prompts)]}")


def _legend(results: Sequence[Result], organisations: Sequence[str]) -> str:
    shown = [each for each in results if isinstance(each, Released)]
    if not shown:
        return f"{escape(listed(organisations))} see the same, at the same time."
    compared = any(each.change is not None for each in shown)
    word = _COMPARES if compared else " A trend is told once there are enough earlier weeks to compare with."
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
        key=lambda each: called(each.scope, names).casefold(),
    )
    if not shown:
        return f"{dimensions[dimension]}, by organisation: {WITHHELD_TEXT}"
    sides = "\n".join(
        f"• {escape(called(each.scope, names))}: *{each.score.text}* ({each.people.text} people)" for each in shown
    )
    clear = "\n".join(_gap(gap, names) for gap in block.gaps if gap.dimension == dimension)
    return f"{dimensions[dimension]}\n{sides}\n{clear or 'No clear difference.'}"


def _gap(gap: Gap, names: Mapping[str, str]) -> str:
    return f"{escape(called(gap.higher, names))} rates it clearly higher than {escape(called(gap.lower, names))}."


def _comments(block: BlockPublication, dimensions: Mapping[str, str]) -> str:
    comments = block.comments
    if comments.mood is None and not comments.themes and not comments.quotes:
        return WITHHELD_TEXT.capitalize()
    mood = f"Mood: {comments.mood}." if comments.mood else f"Mood: {WITHHELD_TEXT}."
    themes = "; ".join(f"{_inside(dimensions[each.dimension])} ({each.people.text} people)" for each in comments.themes)
    about = f" Often about: {themes}." if themes else ""
    quotes = "".join(f"\n> {escape(shortened(' '.join(quote.split()), _QUOTE_MOST))}" for quote in comments.quotes)
    return f"{mood}{about}{quotes}"


def _inside(name: str) -> str:
    return name[0].lower() + name[1:]
