"""The weekly digest to leads and seniors: what the channel saw, how it moved, and what is open, in one message."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.domain.anonymity import WITHHELD_TEXT, Band, Gap, MoodWord, Released, Withheld
from bot.domain.digest import ROUNDS_IN_SPARKLINE, TRACKED, PublishedRound, Tone, headline, series
from bot.domain.drift import Change
from bot.domain.publication import BlockPublication, Result, whole_from_dict
from bot.views import charts
from bot.views.blocks import (
    Block,
    Message,
    actions,
    button,
    context,
    divider,
    escape,
    listed,
    message,
    picture,
    section,
)
from bot.views.digest_items import inside, name, open_items, since
from bot.views.ids import Action
from bot.views.results import talk

_EVERY_FOUR = "What people write is told together, after every fourth pulse."

Body = Mapping[str, Any]


def draw_digest(body: Body) -> Message:
    """The digest of one round: the same words to everybody who gets it."""
    rounds = [PublishedRound(number=each["number"], whole=whole_from_dict(each)) for each in body["rounds"]]
    this = rounds[-1]
    people = f" {this.whole.people.text} people answered." if this.whole.people else ""
    lines = "\n".join(_line(each, rounds, body) for each in this.whole.results)
    return message(
        section(f"*{_first_sentence(this.whole.results, body)}*{people}"),
        *_chart(rounds, body),
        section(f"*Pulse {this.number}*\n{lines}"),
        *_organisations(body),
        *talk(this.whole.results, body["dimensions"], this.number),
        divider(),
        section(_comments(body)),
        *open_items(body),
        actions(button("More", Action.HUB, body["channel"], spoken=f"More that you can do in {body['partnership']}")),
        context(
            f"{escape(listed(body['organisations']))} receive this at the same time. Scores go from 1, strongly "
            f"disagree, to 5, strongly agree, rounded and slightly blurred. The channel is <#{body['channel']}>."
        ),
    )


def _first_sentence(results: Sequence[Result], body: Body) -> str:
    fallen = {each["dimension"] for each in body["alerts"] if not each["scope"]}
    somewhere: dict[str, list[str]] = {}
    for each in body["alerts"]:
        if each["scope"]:
            somewhere.setdefault(each["dimension"], []).append(escape(each["scope"]))
    said = headline(results, fallen, somewhere)
    words = ((said.lower, "lower"), (said.higher, "higher"), (said.unshown, "not shown this time"))
    moved = [
        f"{listed([inside(each, body) for each in dimensions])} {word}" for dimensions, word in words if dimensions
    ]
    moved += [f"{inside(each, body)} lower {listed(somewhere[each])}" for each in said.lower_somewhere]
    match said.tone:
        case Tone.STEADY:
            parts = [*moved, "otherwise steady"] if moved else ["steady"]
        case Tone.MOVED:
            parts = moved
        case Tone.FIRST:
            parts = ["first values, nothing to compare them with yet", *moved]
        case Tone.NOTHING:
            parts = [*moved, f"results {WITHHELD_TEXT}"]
    return f"{escape(body['partnership'])}, week {body['week']}: {', '.join(parts)}."


def _chart(rounds: Sequence[PublishedRound], body: Body) -> Iterable[Block]:
    """The picture, and what it shows in words; neither while there are no two values to connect."""
    panels = {name(each, body): series(rounds, each, len(rounds)) for each in TRACKED}
    if any(sum(point.score is not None for point in points) > 1 for points in panels.values()):
        words = charts.in_words(panels)
        yield picture(charts.drawing(panels), words)
        yield context(words)


def _line(result: Result, rounds: Sequence[PublishedRound], body: Body) -> str:
    called = name(result.dimension, body)
    alerts = [each for each in body["alerts"] if each["dimension"] == result.dimension]
    if isinstance(result, Withheld):
        return f"{called}: {result.text}" + (f"; lower {_places(alerts)}" if alerts else "")
    bars = charts.sparkline(series(rounds, result.dimension, ROUNDS_IN_SPARKLINE))
    many = "many could not say" if result.cant_say_many else ""
    said = ", ".join(each for each in (_word(result, alerts), many) if each)
    values = " ".join(each for each in (f"{called} *{result.score.text}*", bars, said) if each)
    return f"{values} ({result.people.text} people)"


def _word(result: Released, alerts: Sequence[Mapping[str, Any]]) -> str:
    """The week's word; where alerts have not recovered, "lower" with where and since when (docs/drift.md)."""
    if not alerts:
        return result.change or ""
    whole = any(not each["scope"] for each in alerts)
    steady = f"{result.change}, " if result.change is Change.NO_CLEAR_CHANGE and not whole else ""
    return f"{steady}lower {_places(alerts)}"


def _places(alerts: Sequence[Mapping[str, Any]]) -> str:
    return " and ".join(since(each) for each in alerts)


def _organisations(body: Body) -> Iterable[Block]:
    """The organisations side by side, where the round ended a block."""
    if body["block"] is not None:
        block = BlockPublication.from_dict(body["block"])
        took_part = f" {block.participation.capitalize()} took part." if block.participation else ""
        sides = "\n".join(_sides(each, block, body) for each in TRACKED)
        yield section(f"*Pulses {block.first_number} to {block.last_number} together.*{took_part}\n{sides}")


def _sides(dimension: str, block: BlockPublication, body: Body) -> str:
    called = name(dimension, body)
    shown = [each for each in block.results if isinstance(each, Released) and each.dimension == dimension]
    if not shown:
        return f"{called}, by organisation: {WITHHELD_TEXT}"
    values = sorted(
        (f"{_organisation(each.scope, body)} *{each.score.text}* ({each.people.text} people)" for each in shown),
        key=str.casefold,
    )
    clear = [_gap(gap, body) for gap in block.gaps if gap.dimension == dimension]
    return f"{called}: {', '.join(values)}. {' '.join(clear) or 'No clear difference.'}"


def _gap(gap: Gap, body: Body) -> str:
    return f"{_organisation(gap.higher, body)} rates it clearly higher than {_organisation(gap.lower, body)}."


def _comments(body: Body) -> str:
    """Mood and themes of the newest block, in a part of their own; or that there is nothing to tell."""
    told = body["comments"]
    if told is None:
        return f"*Comments.* {_EVERY_FOUR} There is nothing to tell yet."
    mood = MoodWord(told["mood"]) if told["mood"] else WITHHELD_TEXT
    themes = [
        f"{inside(each['dimension'], body)} ({Band.from_stored(each['people']).text} people)" for each in told["themes"]
    ]
    about = f" Often about: {'; '.join(themes)}." if themes else ""
    return f"*Comments, pulses {told['first_number']} to {told['last_number']}.* Mood: {mood}.{about} {_EVERY_FOUR}"


def _organisation(scope: str, body: Body) -> str:
    return escape(body["names"].get(scope, scope))
