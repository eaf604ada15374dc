"""From the comments of a block to what is released of them: a mood, themes and quotes, of the whole only."""

from collections.abc import Collection, Iterable
from random import Random

from bot.domain.anonymity import Band, CommentsResult, MoodWord, Theme
from bot.domain.ids import Pseudonym
from bot.domain.promise import Promise
from bot.domain.responses import Answer, Comment, counted, people, without_few_unplaced
from bot.domain.sentiment import Mood

QUOTES_SHOWN = 5
_LEANING = {Mood.POSITIVE: 1, Mood.NEGATIVE: -1, Mood.NEUTRAL: 0, Mood.UNSURE: 0}


def release_comments(
    comments: Iterable[Comment], *, answers: Iterable[Answer], promise: Promise, random: Random
) -> CommentsResult:
    """The comments of one block, once, at its close; `answers` are all answers of the block.

    `random` shuffles the quotes: production passes `SystemRandom()`.
    """
    heard = without_few_unplaced(comments, promise)
    return CommentsResult(
        mood=_mood(heard, promise),
        themes=_themes(heard, promise),
        quotes=_quotes(heard, counted(without_few_unplaced(answers, promise)), promise, random),
    )


def _mood(heard: Collection[Comment], promise: Promise) -> MoodWord | None:
    """The class of more than half the people, or mixed; every class that is named holds at least 3 who count."""
    if counted(heard) < promise.mood_people:
        return None
    leaning = _leaning_by_person(heard)
    everybody = people(heard)

    def named(side: int) -> bool:
        return counted(c for c in heard if leaning[c.person] == side) >= promise.mood_people_in_class

    words = {1: MoodWord.MOSTLY_POSITIVE, -1: MoodWord.MOSTLY_WORRIED, 0: MoodWord.MOSTLY_NEUTRAL}
    for side, word in words.items():
        if 2 * sum(each == side for each in leaning.values()) > everybody and named(side):
            return word
    return MoodWord.MIXED if named(1) and named(-1) else None


def _leaning_by_person(heard: Iterable[Comment]) -> dict[Pseudonym, int]:
    """1, 0 or -1 for each person, however many comments they wrote."""
    sums: dict[Pseudonym, int] = {}
    for comment in heard:
        sums[comment.person] = sums.get(comment.person, 0) + _LEANING[comment.mood]
    return {person: (total > 0) - (total < 0) for person, total in sums.items()}


def _themes(heard: Collection[Comment], promise: Promise) -> tuple[Theme, ...]:
    """The dimensions that at least 5 people wrote about, in alphabetical order of their keys, and no more than that.

    How many they were would tell, at the edge of a band, whether one more wrote about it.
    """
    found = []
    for dimension in sorted({theme for comment in heard for theme in comment.themes}):
        about = [comment for comment in heard if dimension in comment.themes]
        if counted(about) >= promise.theme_people:
            found.append(Theme(dimension=dimension, people=Band(low=promise.people_band, is_last=True)))
    return tuple(found)


def _quotes(heard: Iterable[Comment], answering: int, promise: Promise, random: Random) -> tuple[str, ...]:
    """What may be quoted, from 10 people answering and two authors; the order says nothing about who or when.

    One text of each author and five at most, so that no single voice fills the screen.
    """
    quotable = [comment for comment in heard if comment.quotable is not None]
    if answering < promise.quote_people or counted(quotable) < promise.quotes_least:
        return ()
    of_author: dict[str, list[str]] = {}
    for comment in quotable:
        of_author.setdefault(comment.person, []).append(comment.quotable or "")
    texts = sorted(random.choice(sorted(own)) for _, own in sorted(of_author.items()))
    random.shuffle(texts)
    return tuple(texts[:QUOTES_SHOWN])
