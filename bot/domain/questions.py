"""The instrument: dimensions, questions, and which of them a round asks."""

import hashlib
import random
from dataclasses import dataclass

from bot.domain.ids import ItemId, PartnershipId

CANT_SAY = 0
"""The button value of "Can't say": stored without a score and kept out of every mean."""

LABELS = {
    1: "Strongly disagree",
    2: "Disagree",
    3: "In between",
    4: "Agree",
    5: "Strongly agree",
    CANT_SAY: "Can't say",
}
"""Labels of the scale of `question_bank.yaml`; the loader checks that both agree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One question as it is shown. `text_for_many` is used where three or more organisations work together."""

    id: ItemId
    dimension: str
    text: str
    text_for_many: str
    core: bool = False
    mirrors: ItemId | None = None
    for_seniors: bool = False

    def words(self, organisations: int) -> str:
        """The sentence to show in a partnership of so many organisations."""
        return self.text if organisations <= 2 else self.text_for_many


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """What questions measure. `tracked` dimensions are asked every round, may alert and are shown per organisation."""

    key: str
    name: str
    tracked: bool
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionBank:
    """All dimensions in the order of the bank; item ids are unique and immutable."""

    dimensions: tuple[Dimension, ...]

    def item(self, item_id: ItemId) -> Item:
        """The question with this id; KeyError if there is none."""
        for dimension in self.dimensions:
            for item in dimension.items:
                if item.id == item_id:
                    return item
        raise KeyError(item_id)

    def dimension(self, key: str) -> Dimension:
        """The dimension with this key; KeyError if there is none."""
        for dimension in self.dimensions:
            if dimension.key == key:
                return dimension
        raise KeyError(key)

    def name(self, key: str) -> str:
        """The dimension's name as people read it."""
        return self.dimension(key).name

    def name_or_key(self, key: str) -> str:
        """The same; the key itself where the bank has no such dimension any more: what was said stays readable."""
        return next((each.name for each in self.dimensions if each.key == key), key)


def choose(bank: QuestionBank, partnership: PartnershipId, number: int) -> tuple[Item, ...]:
    """The questions of round `number` (from 1): one of each tracked dimension, then one of a rotating dimension.

    Deterministic in its arguments. Core questions of a tracked dimension take turns; rotating dimensions come in an
    order drawn anew for every cycle, so none comes twice before all have come, nor twice in a row where cycles meet.
    """
    tracked = [dimension for dimension in bank.dimensions if dimension.tracked]
    rotating = [dimension for dimension in bank.dimensions if not dimension.tracked]
    cycle, position = divmod(number - 1, len(rotating))
    chosen = [_turn([item for item in each.items if item.core], partnership, each.key, number) for each in tracked]
    dimension = _cycle_order(rotating, partnership, cycle)[position]
    asked = [item for item in dimension.items if item.mirrors is None and not item.for_seniors]
    return (*chosen, _turn(asked, partnership, dimension.key, cycle))


def _turn(items: list[Item], partnership: PartnershipId, key: str, turn: int) -> Item:
    return items[(_seed(partnership, key) + turn) % len(items)]


def _cycle_order(rotating: list[Dimension], partnership: PartnershipId, cycle: int) -> list[Dimension]:
    order = _shuffled(rotating, partnership, cycle)
    if cycle and order[0] == _shuffled(rotating, partnership, cycle - 1)[-1]:
        return [*order[1:-1], order[0], order[-1]]  # keep the last one: the next cycle looks at it
    return order


def _shuffled(rotating: list[Dimension], partnership: PartnershipId, cycle: int) -> list[Dimension]:
    order = list(rotating)
    random.Random(_seed(partnership, f"cycle {cycle}")).shuffle(order)  # noqa: S311 - variety, not secrecy
    return order


def _seed(partnership: PartnershipId, salt: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{partnership}/{salt}".encode()).digest()[:8])
