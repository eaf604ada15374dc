"""What was published of one partnership, for taking it along: released values only, nothing about single people."""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.domain.anonymity import WHOLE, WITHHELD_TEXT, Band, Released
from bot.domain.errors import BadInput, NotHere
from bot.domain.groups import called
from bot.domain.ids import RoundId
from bot.domain.partnership import Partnership
from bot.domain.promise import Promise, strictest
from bot.domain.publication import BlockPublication, Result, whole_from_dict
from bot.services.ports import Ports, Published, Transaction

_EVERYBODY = "everybody together"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing that was published, in the words of the screens. `pulses` are its first and last; `on` is the day."""

    pulses: tuple[int, int]
    on: str
    kind: str
    whose: str = _EVERYBODY
    about: str = ""
    value: str
    people: str = ""
    change: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """All that was published. What people wrote stands apart from scores, as it does in the channel (PRIVACY)."""

    partnership: str
    organisations: tuple[str, ...]
    results: tuple[Line, ...]
    comments: tuple[Line, ...]


def export(ports: Ports, place: str) -> Export:
    """What was published of the partnership with this id, or of the one in the channel with this id.

    Raises NotHere, or BadInput with the ids to choose from where a channel had several.
    """
    with ports.store.read() as tx:
        partnership = _found(tx, place)
        published = tx.publications.all_of(partnership.id)
        rounds = [each for each in published if each.subject.startswith("round:")]
        blocks = [each for each in published if each.subject.startswith("block:")]
        results = [line for each in rounds for line in _whole(tx, ports, each)]
        comments: list[Line] = []
        for each in blocks:
            promise = _of_block(tx, partnership, each)
            results += _side_by_side(ports, partnership, each, promise)
            comments += _comments(ports, each, promise)
    return Export(
        partnership=partnership.name,
        organisations=partnership.names,
        results=tuple(results),
        comments=tuple(comments),
    )


def _found(tx: Transaction, place: str) -> Partnership:
    found = tx.partnerships.known_as(place)
    if not found:
        raise NotHere(f"There is no partnership with the id or in the channel {place!r}.")
    if len(found) > 1:
        known = "; ".join(f"{each.id} ({each.name}, {each.state}, workspace {each.home_team_id})" for each in found)
        raise BadInput(f"Several partnerships were in this channel. Give the id of one: {known}.")
    return found[0]


def _whole(tx: Transaction, ports: Ports, published: Published) -> Iterator[Line]:
    asked = tx.rounds.get(RoundId(published.subject.removeprefix("round:")))
    assert asked is not None, "a result belongs to a round"
    number = published.body["number"]
    for each in whole_from_dict(published.body).results:
        yield _line(ports, each, (number, number), published, {}, asked.promise.whole_people)


def _side_by_side(ports: Ports, partnership: Partnership, published: Published, promise: Promise) -> Iterator[Line]:
    block = BlockPublication.from_dict(published.body)
    pulses = (block.first_number, block.last_number)
    names = {str(each.id): each.name for each in partnership.organisations}
    for each in block.results:
        yield _line(ports, each, pulses, published, names, promise.organisation_people)
    for gap in block.gaps:
        yield Line(
            pulses=pulses,
            on=published.day,
            kind="difference",
            about=ports.bank.name_or_key(gap.dimension),
            value=f"{called(gap.higher, names)} rates it clearly higher than {called(gap.lower, names)}",
        )
    took_part = block.participation or WITHHELD_TEXT
    yield Line(pulses=pulses, on=published.day, kind="participation", value=took_part)


def _comments(ports: Ports, published: Published, promise: Promise) -> Iterator[Line]:
    block = BlockPublication.from_dict(published.body)
    pulses = (block.first_number, block.last_number)
    said = block.comments
    yield Line(pulses=pulses, on=published.day, kind="mood", value=said.mood or WITHHELD_TEXT)
    for each in said.themes:
        if _is_enough(each.people, promise.theme_people):
            about = ports.bank.name_or_key(each.dimension)
            yield Line(pulses=pulses, on=published.day, kind="theme", value=about, people=each.people.text)
    for quote in said.quotes:
        yield Line(pulses=pulses, on=published.day, kind="quote", value=quote)


def _line(
    ports: Ports, result: Result, pulses: tuple[int, int], published: Published, names: dict[str, str], least: int
) -> Line:
    """One result. What the promise of its time does not allow is withheld, whatever stands in the database."""
    whose = _EVERYBODY if result.scope == WHOLE else called(result.scope, names)
    about = ports.bank.name_or_key(result.dimension)
    if not isinstance(result, Released) or not _is_enough(result.people, least):
        return Line(pulses=pulses, on=published.day, kind="result", whose=whose, about=about, value=WITHHELD_TEXT)
    many = ", many could not say" if result.cant_say_many else ""
    return Line(
        pulses=pulses,
        on=published.day,
        kind="result",
        whose=whose,
        about=about,
        value=f"{result.score.text}{many}",
        people=result.people.text,
        change=result.change or "",
    )


def _is_enough(people: Band, least: int) -> bool:
    """Whether a band holds enough people for sure, or, where it has two ends, can hold them."""
    return (people.low if people.is_last else people.high) >= least


def _of_block(tx: Transaction, partnership: Partnership, published: Published) -> Promise:
    rounds = tx.rounds.of_block(partnership.id, int(published.subject.removeprefix("block:")))
    return strictest(each.promise for each in rounds)
