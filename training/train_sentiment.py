"""Train the linear head of the mood reader on training/comments.csv and write its weights.

`python -m training.train_sentiment` trains, reports and writes; with `--check` it writes nothing. Deterministic: same
comments, same weights. scikit-learn is used here alone; the server reads the weights as plain JSON.
"""

import argparse
import csv
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedKFold

from bot.adapters.textblob_sentiment import TextBlobSentiment
from bot.domain.comment_text import plain
from bot.domain.mood_features import features
from bot.domain.sentiment import Mood, judge

ROOT: Final = Path(__file__).parent.parent
OWN: Final = ROOT / "training" / "comments.csv"
HELD_OUT: Final = ROOT / "training" / "held_out.csv"
DEV: Final = ROOT / "tests" / "data" / "partner_comments_dev.csv"
DATA: Final = ROOT / "bot" / "adapters" / "sentiment_data"
WEIGHTS: Final = DATA / "weights.json"
LEXICON: Final = DATA / "lexicon.json"
SIDES: Final = {Mood.NEGATIVE: -1, Mood.NEUTRAL: 0, Mood.POSITIVE: 1, Mood.UNSURE: 0}
STRENGTH: Final = 4.0
"""Inverse of the penalty on large weights, chosen by cross-validation on the own comments."""
SEEN_IN: Final = 2
"""Comments a feature must occur in to get a weight."""
UNIT: Final = 0.01
"""Weights are stored as whole multiples of this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A labelled comment (-1, 0, 1) with its plain text and features."""

    words: str
    found: dict[str, float]
    side: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How well classes are read; unsure counts as neutral."""

    macro_f1: float
    recall_of_negative: float
    neutral_given_a_side: float
    unsure: float

    def __str__(self) -> str:
        return (
            f"macro-F1 {self.macro_f1:.3f}, recall of negative {self.recall_of_negative:.2f}, "
            f"neutral given a side {self.neutral_given_a_side:.2f}, unsure {self.unsure:.2f}"
        )


class Head:
    """A fitted linear head: which features it knows and their weights for negative, neutral and positive."""

    def __init__(self, examples: Sequence[Example]) -> None:
        counts = Counter(key for example in examples for key in example.found)
        known = [{k: v for k, v in example.found.items() if counts[k] >= SEEN_IN} for example in examples]
        self._keys = DictVectorizer()
        self._model = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=2_000, tol=1e-4)
        self._model.fit(self._keys.fit_transform(known), [example.side for example in examples])

    def moods(self, examples: Sequence[Example]) -> list[Mood]:
        """The class of each comment, as the server would give it."""
        shares = self._model.predict_proba(self._keys.transform([example.found for example in examples]))
        return [
            judge(example.words, (float(row[0]), float(row[1]), float(row[2]))).label
            for example, row in zip(examples, shares, strict=True)
        ]

    def as_json(self) -> str:
        """The weights as the server reads them; rows that round to nothing are left out."""
        rows = np.rint(self._model.coef_.T / UNIT).astype(int).tolist()
        weights = {key: row for key, row in zip(self._keys.get_feature_names_out(), rows, strict=True) if any(row)}
        head = {
            "trained_on": fingerprint(),
            "unit": UNIT,
            "bias": [round(float(value), 4) for value in self._model.intercept_],
            "weights": dict(sorted(weights.items())),
        }
        # One weight a line, so that a change can be read.
        return json.dumps(head, ensure_ascii=False, separators=(",", ":")).replace("],", "],\n") + "\n"


def fingerprint() -> str:
    """Of the comments and the lexicon that the weights belong to."""
    return hashlib.sha256(OWN.read_bytes() + LEXICON.read_bytes()).hexdigest()


def examples_of(path: Path) -> list[Example]:
    """The labelled comments of a file with columns text and label."""
    reader = TextBlobSentiment()
    with path.open(encoding="utf-8", newline="") as lines:
        return [
            Example(words=words, found=features(words, reader.cues(words)), side=int(row["label"]))
            for row in csv.DictReader(lines)
            for words in [plain(row["text"])]
        ]


def figures(examples: Sequence[Example], moods: Sequence[Mood]) -> Figures:
    """Compare read classes with labels."""
    sides, read = np.array([example.side for example in examples]), np.array([SIDES[mood] for mood in moods])
    return Figures(
        macro_f1=float(f1_score(sides, read, average="macro")),
        recall_of_negative=float(np.mean(read[sides == -1] == -1)),
        neutral_given_a_side=float(np.mean(read[sides == 0] != 0)),
        unsure=float(np.mean([mood is Mood.UNSURE for mood in moods])),
    )


def cross_validated(examples: Sequence[Example], *, folds: int = 5) -> Figures:
    """Every comment read by a head that was trained without it and its tenth of the comments."""
    moods: list[Mood] = [Mood.UNSURE] * len(examples)
    split = StratifiedKFold(folds, shuffle=True, random_state=1).split(examples, [example.side for example in examples])
    for kept, aside in split:
        head = Head([examples[i] for i in kept])
        for i, mood in zip(aside, head.moods([examples[i] for i in aside]), strict=True):
            moods[i] = mood
    return figures(examples, moods)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, write and report; `--check` reports without writing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="report the figures, write nothing")
    options = parser.parse_args(arguments)
    own = examples_of(OWN)
    head = Head(own)
    sys.stdout.write(f"own comments ({len(own)}), cross-validated: {cross_validated(own)}\n")
    for name, aside in (("held out", examples_of(HELD_OUT)), ("development set", examples_of(DEV))):
        sys.stdout.write(f"{name} ({len(aside)}), not trained on: {figures(aside, head.moods(aside))}\n")
    if not options.check:
        WEIGHTS.write_text(head.as_json(), encoding="utf-8")


if __name__ == "__main__":
    main()
