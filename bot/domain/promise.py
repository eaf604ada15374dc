"""The promise to the people who answer: every number of it, frozen with each round and never loosened.

Source of every number: docs/privacy.md, "What is released".
"""

from ast import literal_eval
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import Enum
from functools import lru_cache, reduce
from typing import Any, Self


class PromiseLoosened(ValueError):
    """Somebody tried to weaken, or could not state in full, what was promised to the people who answer."""


class _Tighter(Enum):
    """In which direction a number of the promise may move once it was given."""

    UP = "raised"
    DOWN = "lowered"
    NEVER = "changed"

    def allows(self, promised: object, proposed: object) -> bool:
        match self, promised, proposed:
            case _Tighter.UP, int(), int():
                return proposed >= promised
            case _Tighter.DOWN, int(), int():
                return 0 < proposed <= promised
            case _:
                return proposed == promised


def _may_rise(value: int) -> Any:
    return field(default=value, metadata={"tighter": _Tighter.UP})


def _may_fall(value: int) -> Any:
    return field(default=value, metadata={"tighter": _Tighter.DOWN})


def _fixed(value: int | tuple[int, ...]) -> Any:
    return field(default=value, metadata={"tighter": _Tighter.NEVER})


def _added(value: int) -> Any:
    """A number that makes the promise stricter than it was given before the number existed: it holds for all."""
    return field(default=value, metadata={"tighter": _Tighter.UP, "added": True})


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """Every number of the promise, as stored with each round. The defaults are its floor: a looser one cannot exist.

    Lengths are in the unit of their name, points of the scale in tenths. A later default is made with `tightened`,
    so that promises already stored stay readable. Raises `PromiseLoosened`.
    """

    whole_people: int = _may_rise(5)
    whole_people_each: int = _may_rise(2)
    unplaced_people: int = _may_rise(5)
    block_rounds: int = _fixed(4)  # another length would make blocks overlap
    organisation_invited: int = _may_rise(8)
    organisation_people: int = _may_rise(5)
    half_points_below: int = _may_rise(20)
    step_tenths: int = _fixed(2)
    half_step_tenths: int = _fixed(5)
    bottom_tenths: int = _fixed(15)
    top_tenths: int = _fixed(45)
    blur_weights: tuple[int, ...] = _fixed((1, 2, 3, 2, 1))  # chances of -2 ... +2, in ninths
    people_band: int = _fixed(5)
    cant_say_answers: int = _may_rise(20)
    cant_say_least: int = _may_rise(5)
    change_statistic_tenths: int = _may_rise(15)
    change_secret_tenths: int = _added(5)
    gap_tenths: int = _may_rise(10)
    gap_tenths_from_10_people: int = _may_rise(6)
    gap_tenths_from_20_people: int = _may_rise(4)
    mood_people: int = _may_rise(5)
    mood_people_in_class: int = _may_rise(3)
    theme_people: int = _may_rise(5)
    quote_people: int = _may_rise(10)
    quotes_least: int = _may_rise(2)
    alert_people: int = _may_rise(5)
    much_lower_people: int = _may_rise(15)
    distribution_people: int = _may_rise(30)
    extra_round_days: int = _may_rise(7)
    retention_weeks: int = _may_fall(34)

    def __post_init__(self) -> None:
        for number in fields(self):
            self._refuse_looser(number.name, number.default, getattr(self, number.name))

    def tightened(self, **changes: int) -> Self:
        """This promise with some numbers made stricter, for rounds that are still to come."""
        stated = asdict(self)
        for name, proposed in changes.items():
            if name not in stated:
                raise PromiseLoosened(f"The promise has no number called {name}.")
            self._refuse_looser(name, stated[name], proposed)
        return type(self)(**(stated | changes))

    @lru_cache(maxsize=100)  # noqa: B019 - thousands of rounds, and a handful of promises
    def to_dict(self) -> dict[str, int | list[int]]:
        """The promise as it is written beside a round, ready for JSON; the same each time, and not to be changed."""
        stated = ((name, getattr(self, name)) for name in self.__dataclass_fields__)
        return {name: list(value) if isinstance(value, tuple) else value for name, value in stated}

    @classmethod
    def from_dict(cls, stored: Mapping[str, object]) -> Self:
        """The promise a round was opened under. One that is not complete, or states something else, is refused.

        Numbers that were added later, to make every promise stricter, may be missing.
        """
        return cls._spelled(repr(dict(stored)))

    @classmethod
    @lru_cache(maxsize=100)  # thousands of rounds, and a handful of promises
    def _spelled(cls, stored: str) -> Self:
        added = {n.name: n.default for n in fields(cls) if "added" in n.metadata}
        stated: dict[str, Any] = added | literal_eval(stored)
        if odd := stated.keys() ^ cls.__dataclass_fields__.keys():
            raise PromiseLoosened(f"This is not the promise as it was given: see {', '.join(sorted(odd))}.")
        given: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in stated.items()}
        return cls(**given)

    @classmethod
    def _refuse_looser(cls, name: str, promised: object, proposed: object) -> None:
        tighter: _Tighter = cls.__dataclass_fields__[name].metadata["tighter"]
        if type(proposed) is not type(promised) or not tighter.allows(promised, proposed):
            verb = "must never be" if tighter is _Tighter.NEVER else "can only be"
            raise PromiseLoosened(f"What was promised to the people who answer stays: {name} {verb} {tighter.value}.")


PROMISE = Promise()


def strictest(promises: Iterable[Promise]) -> Promise:
    """One promise that keeps all of the given ones, for a block whose rounds were opened under several."""
    return reduce(_stricter, promises)


def _stricter(one: Promise, other: Promise) -> Promise:
    pick = {_Tighter.UP: max, _Tighter.DOWN: min, _Tighter.NEVER: max}
    return Promise(
        **{n.name: pick[n.metadata["tighter"]](getattr(one, n.name), getattr(other, n.name)) for n in fields(Promise)}
    )
