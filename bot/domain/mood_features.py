"""What the mood of a comment is weighed by: contrast, negation and n-grams; shared by reading and training."""

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Final

_CONTRAST: Final = re.compile(
    r"[,;.]?\s*\b(?:but|however|yet|though|nevertheless|nonetheless|except that|shame about|shame|pity|whereas)\b"
    r"[,:]?\s"
)
_CONCESSION: Final = re.compile(
    r"^(?:although|though|despite|even though|even with|while|whilst|apart from|in spite of)\b([^,]*),\s*(.+)$"
)
_TOKEN: Final = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*|\d+|[?!]")
_NEGATORS: Final = frozenset(
    [
        "not",
        "no",
        "never",
        "nobody",
        "none",
        "nothing",
        "neither",
        "nor",
        "without",
        "hardly",
        "barely",
        "cannot",
        "dim",
        "does-neb",
        "ddim",
    ]
)
_STOPS: Final = re.compile(r"[.,;:()]")
_REACH_OF_NEGATION: Final = 3  # words
_PIECES: Final = range(3, 6)  # letters
_SHORT: Final = 3  # words of a fragment


def split_contrast(plain_text: str) -> tuple[str, str]:
    """What is conceded and what is meant: ("nice people", "nothing gets done"); without contrast the first is empty."""
    if found := _CONCESSION.match(plain_text):
        return found[1].strip(), found[2].strip()
    parts = _CONTRAST.split(plain_text)
    tail = parts.pop().strip() if len(parts) > 1 else ""
    conceded = " ".join(parts).strip()
    return (conceded, tail) if tail and conceded else ("", plain_text)


def _words(plain_text: str) -> Iterator[str]:
    """The words in order, numbers as #; a word in the reach of a negation carries a mark."""
    for stretch in _STOPS.split(plain_text):
        reach = 0
        for token in _TOKEN.findall(stretch):
            word = "#" if token.isdigit() else token
            yield f"not_{word}" if reach and len(word) > 2 else word
            reach = _REACH_OF_NEGATION if word in _NEGATORS else max(0, reach - 1)


def _grams(plain_text: str, mark: str) -> Iterator[str]:
    words = list(_words(plain_text))
    yield from (f"{mark}{word}" for word in words)
    yield from (f"{mark}{left} {right}" for left, right in pairwise(words))


def _letters(plain_text: str) -> Iterator[str]:
    """Pieces of words, so that "unanswered" lends its weight to "unanswering"."""
    for token in _TOKEN.findall(plain_text):
        if not token.isdigit():
            padded = f" {token} "
            yield from (f"c:{padded[i : i + n]}" for n in _PIECES for i in range(len(padded) - n + 1))


def features(plain_text: str, cues: Mapping[str, float]) -> dict[str, float]:
    """The weights' keys that a comment shows, with their strength; `cues` are the lexicon's scores, kept as they are.

    Each family of n-grams has length one, so that a long comment does not shout louder than a short one.
    """
    conceded, meant = split_contrast(plain_text)
    families = (
        frozenset(_grams(plain_text, "")),
        frozenset(_grams(meant, "t:")) if conceded else frozenset(),
        frozenset(_letters(plain_text)),
    )
    found = dict(cues)
    for family in families:
        for gram in family:
            found[gram] = 1 / len(family) ** 0.5
    words = plain_text.split()
    found["question"] = float("?" in plain_text)
    found["figures"] = min(1.0, sum(word.strip(".,").isdigit() for word in words) / 2)
    found["short"] = float(len(words) <= _SHORT)
    return found
