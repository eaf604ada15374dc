"""The tables of docs/privacy.md, as `make attack` prints them: what the attacker learns at each size, rule by rule."""

from collections.abc import Callable, Iterator, Sequence

from tests.attack.inference import Learned
from tests.attack.lives import LARGEST, MIXED, SMALLEST
from tests.attack.search import AS_PROMISED, LIVES, ONE_RULE_LESS, SIZES, learned_at
from tests.attack.spoken import MOOD, THEME, given_away

SHOWN_WITHOUT = (6, 8, 10, 15, 20, 30)
ROWS: dict[str, Callable[[Learned], float]] = {
    "certain": lambda found: found.certain,
    "certain, if every score were given equally often": lambda found: found.evenly,
    "certain, of answers of 1 or 5": lambda found: found.of_ends,
    "more than 90% sure": lambda found: found.nearly,
    "more than 90% sure, knowing what you usually answer": lambda found: found.with_habits,
}


def called(size: int) -> str:
    """A number of people a side as the tables have it."""
    return f"{SMALLEST} to {LARGEST}" if size == MIXED else str(size)


def tables() -> Iterator[str]:
    """Their lines; the populations are made if they are not there yet."""
    found = {size: learned_at(size, AS_PROMISED) for size in SIZES}
    for sizes in (SIZES[:13], SIZES[13:]):
        yield from _table(sizes, {name: [part(found[size]) for size in sizes] for name, part in ROWS.items()})
    less = {"as promised": AS_PROMISED, **ONE_RULE_LESS}
    yield from _table(
        SHOWN_WITHOUT,
        {name: [learned_at(size, rules).certain for size in SHOWN_WITHOUT] for name, rules in less.items()},
    )
    spoken = {size: given_away(size, LIVES // 3) for size in SHOWN_WITHOUT}
    yield from _table(SHOWN_WITHOUT, {name: [spoken[size][name] for size in SHOWN_WITHOUT] for name in (MOOD, THEME)})


def _table(sizes: Sequence[int], rows: dict[str, list[float]]) -> Iterator[str]:
    yield f"| people a side | {' | '.join(map(called, sizes))} |"
    yield "|---" * (len(sizes) + 1) + "|"
    for name, shares in rows.items():
        yield f"| {name} | {' | '.join(f'{100 * share:.1f}' for share in shares)} |"
    yield ""
