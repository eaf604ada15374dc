"""`python -m tests.attack [NAME ...]`: try the attacks, all of them or those named, and print a table.

Each attack is tried on the product, where it must not succeed more often than its bar, and on builds with one defence
taken out, where it must. The exit status says whether all of that was so. Then come the tables of
docs/privacy.md.
"""

import argparse
import logging
import sys
from collections.abc import Sequence

from tests.attack import search
from tests.attack.arena import Arena, arena
from tests.attack.registry import Attack, Effort
from tests.attack.rows import ATTACKS
from tests.attack.table import tables

_WIDTH = 58


def main() -> int:
    """Print a line for each attack and one for each of its defences taken out."""
    parser = argparse.ArgumentParser(prog="python -m tests.attack", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="attacks whose names contain this; all when none is given"
    )
    parser.add_argument("--short", action="store_true", help="try less of each, as `make test` does")
    asked = parser.parse_args()
    effort = Effort.SHORT if asked.short else Effort.FULL
    chosen = [each for each in ATTACKS if not asked.names or any(name in each.name for name in asked.names)]
    if not chosen:
        parser.error(f"there is no such attack; there are: {'; '.join(each.name for each in ATTACKS)}")
    logging.disable()  # what an attack provokes is in the logs of the product, not in this table
    _say(["attack", "tries", "breaks", ""])
    with arena() as on:
        is_well = min([_row(each, on, effort) for each in chosen])
    if effort is Effort.FULL and any(each in search.ATTACKS for each in chosen):
        sys.stdout.writelines(f"{line}\n" for line in ("", "Of 100 answers:", *tables()))
    return 0 if is_well else 1


def _row(attack: Attack, on: Arena, effort: Effort) -> bool:
    """Try an attack with all its defences, and without each of them."""
    found = attack.run(on, effort)
    is_well = attack.holds(found)
    _say([attack.name, f"{found.tries:,}", f"{found.breaks:,.4g}", "holds" if is_well else "BROKEN", found.note])
    for defence, out in attack.defences.items():
        with out():
            bare = attack.run(on, effort)
        bites = not attack.holds(bare)
        is_well = is_well and bites
        _say([f"  without: {defence}", f"{bare.tries:,}", f"{bare.breaks:,.4g}", "bites" if bites else "DOES NOT BITE"])
    return is_well


def _say(cells: Sequence[str]) -> None:
    name, tries, breaks, *rest = cells
    sys.stdout.write(f"{name:<{_WIDTH}} {tries:>9} {breaks:>9}  {'  '.join(filter(None, rest))}".rstrip() + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
