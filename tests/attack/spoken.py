"""What the words about comments give away to whoever knows all other comments: they are counted exactly, behind minima.

No bar is held against it: docs/privacy.md tells the shares, and why the words are kept.
"""

import random
from collections.abc import Sequence
from dataclasses import replace
from statistics import mean

from bot.domain.anonymity import CommentsResult
from bot.domain.mood_release import release_comments
from bot.domain.promise import PROMISE
from bot.domain.responses import Comment
from bot.domain.sentiment import Mood
from tests.attack.lives import Life, lived

SIDES = (Mood.POSITIVE, Mood.NEUTRAL, Mood.NEGATIVE)
MOOD, THEME = "the mood, on which side your comment fell", "a theme, that you wrote about it"


def given_away(size: int, lives: int) -> dict[str, float]:
    """The shares of comments, and of what they were about, that the words of a block prove."""
    sides, themes = [], []
    for life in (lived(size, seed) for seed in range(lives)):
        for block in sorted({each.asked.block for each in life.rounds if each.block is not None}):
            heard = _of_block(life, block)
            told = _shown(heard)
            for place, own in enumerate(heard):
                others = [*heard[:place], *heard[place + 1 :]]
                leaning = own.mood if own.mood in SIDES else Mood.NEUTRAL
                another = [_shown([*others, replace(own, mood=side)]).mood for side in SIDES if side is not leaning]
                sides.append(told.mood not in another)
                if own.themes:
                    silent = _themes(_shown([*others, replace(own, themes=())]))
                    themes += [theme in _themes(told) - silent for theme in own.themes]
    return {MOOD: mean(sides), THEME: mean(themes)}


def _themes(shown: CommentsResult) -> set[str]:
    return {each.dimension for each in shown.themes}


def _of_block(life: Life, block: int) -> list[Comment]:
    return [
        Comment(
            person=each.pseudonym,
            organisation=each.organisation_id,
            counts=each.counts,
            mood=each.sentiment.label,
            themes=each.sentiment.themes,
        )
        for one in life.rounds
        if one.asked.block == block
        for each in one.comments
    ]


def _shown(heard: Sequence[Comment]) -> CommentsResult:
    return release_comments(heard, answers=(), promise=PROMISE, random=random.Random(1))
