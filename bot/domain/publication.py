"""What a close publishes, as it is kept for ever: released values only, in the form that JSON can hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.domain.anonymity import (
    WHOLE,
    Band,
    CommentsResult,
    Gap,
    MoodWord,
    Participation,
    Released,
    Scope,
    Score,
    Theme,
    WholeResult,
    Withheld,
)
from bot.domain.drift import Change

_WORTH_A_TALK_BELOW: Final = 35
"""Tenths of a point. A whole below 3.5 leans towards disagreement, so its dimension is proposed for a talk."""

Result = Released | Withheld


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockPublication:
    """What a block of rounds adds at its close: the organisations, participation and comments."""

    first_number: int
    last_number: int
    results: tuple[Result, ...]
    gaps: tuple[Gap, ...]
    participation: Participation | None
    comments: CommentsResult

    def to_dict(self) -> dict[str, Any]:
        """The form for the database."""
        return {
            "first_number": self.first_number,
            "last_number": self.last_number,
            "results": [_result_to_dict(each) for each in self.results],
            "gaps": [{"dimension": gap.dimension, "higher": gap.higher, "lower": gap.lower} for gap in self.gaps],
            "participation": self.participation,
            "mood": self.comments.mood,
            "themes": [{"dimension": theme.dimension, "people": theme.people.stored} for theme in self.comments.themes],
            "quotes": list(self.comments.quotes),
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "BlockPublication":
        """What `to_dict` made."""
        return cls(
            first_number=stored["first_number"],
            last_number=stored["last_number"],
            results=tuple(_result_from_dict(each) for each in stored["results"]),
            gaps=tuple(Gap(**each) for each in stored["gaps"]),
            participation=None if stored["participation"] is None else Participation(stored["participation"]),
            comments=CommentsResult(
                mood=None if stored["mood"] is None else MoodWord(stored["mood"]),
                themes=tuple(
                    Theme(dimension=each["dimension"], people=Band.from_stored(each["people"]))
                    for each in stored["themes"]
                ),
                quotes=tuple(stored["quotes"]),
            ),
        )


def whole_to_dict(result: WholeResult) -> dict[str, Any]:
    """A round's whole in the form for the database."""
    return {
        "people": result.people and result.people.stored,
        "results": [_result_to_dict(each) for each in result.results],
    }


def whole_from_dict(stored: Mapping[str, Any]) -> WholeResult:
    """What `whole_to_dict` made."""
    return WholeResult(
        people=None if stored["people"] is None else Band.from_stored(stored["people"]),
        results=tuple(_result_from_dict(each) for each in stored["results"]),
    )


def worth_a_talk(results: Sequence[Result]) -> str | None:
    """The dimension to talk about this week, from released values only; None when nothing asks for it.

    One that is lower comes first, then the lowest whole below 3.5; the order of `results` decides between equals.
    """
    released = [each for each in results if isinstance(each, Released) and each.scope == WHOLE]
    lower = [each for each in released if each.change is Change.LOWER]
    low = [each for each in released if each.score.tenths < _WORTH_A_TALK_BELOW]
    candidates = lower or low
    return min(candidates, key=lambda each: each.score.tenths).dimension if candidates else None


def _result_to_dict(result: Result) -> dict[str, Any]:
    if isinstance(result, Withheld):
        return {"dimension": result.dimension, "scope": result.scope}
    return {
        "dimension": result.dimension,
        "scope": result.scope,
        "tenths": result.score.tenths,
        "people": result.people.stored,
        "change": result.change,
        "cant_say_many": result.cant_say_many,
    }


def _result_from_dict(stored: Mapping[str, Any]) -> Result:
    scope = Scope(stored["scope"])
    if "tenths" not in stored:
        return Withheld(dimension=stored["dimension"], scope=scope)
    return Released(
        dimension=stored["dimension"],
        scope=scope,
        score=Score(tenths=stored["tenths"]),
        people=Band.from_stored(stored["people"]),
        change=None if stored["change"] is None else Change(stored["change"]),
        cant_say_many=stored["cant_say_many"],
    )
