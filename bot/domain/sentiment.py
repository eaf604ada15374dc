"""The mood of one comment as values: polarity, class, confidence and themes; what every reader of moods returns."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.domain.comment_text import BAD_EMOJI, GOOD_EMOJI

SURE_FROM: Final = 0.45
"""Confidence below which a class is not guessed but "unsure"."""


class Mood(StrEnum):
    """The class of a comment; unsure is counted and shown, never guessed."""

    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentiment:
    """What is read in one comment: polarity in [-1, 1], class, confidence in [0, 1], keys of the dimensions named."""

    polarity: float
    label: Mood
    confidence: float
    themes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not -1 <= self.polarity <= 1:
            raise ValueError(f"a polarity lies in [-1, 1], not {self.polarity}")
        if not 0 <= self.confidence <= 1:
            raise ValueError(f"a confidence lies in [0, 1], not {self.confidence}")


def judge(plain_text: str, shares: tuple[float, float, float], *, themes: tuple[str, ...] = ()) -> Sentiment:
    """The sentiment that shares of negative, neutral and positive (they add up to 1) and the comment's emoji amount to.

    Emoji of one side win over the words; a class with too small a share is unsure.
    """
    negative, neutral, positive = shares
    good, bad = GOOD_EMOJI in plain_text, BAD_EMOJI in plain_text
    if good != bad:
        negative, neutral, positive = (0.02, 0.08, 0.9) if good else (0.9, 0.08, 0.02)
    polarity = max(-1.0, min(1.0, positive - negative))
    confidence, label = max(
        (negative, Mood.NEGATIVE), (neutral, Mood.NEUTRAL), (positive, Mood.POSITIVE), key=lambda side: side[0]
    )
    if confidence < SURE_FROM:
        label = Mood.UNSURE
    return Sentiment(polarity=round(polarity, 3), label=label, confidence=round(min(1.0, confidence), 3), themes=themes)
