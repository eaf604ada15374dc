"""All attacks, in the order of the table. A new one is a new line here."""

from tests.attack import door, emitted, rounds, search, stored, subtraction, unsaid
from tests.attack.registry import Attack

ATTACKS: tuple[Attack, ...] = (
    *search.ATTACKS,
    *unsaid.ATTACKS,
    *subtraction.ATTACKS,
    *rounds.ATTACKS,
    *stored.ATTACKS,
    *door.ATTACKS,
    *emitted.ATTACKS,
)
