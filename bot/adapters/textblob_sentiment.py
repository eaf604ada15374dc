"""Reads the mood of a comment with TextBlob and a small linear head; the only place that imports TextBlob."""

import json
import math
import re
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from bot.domain.comment_text import plain
from bot.domain.mood_features import features, split_contrast
from bot.domain.sentiment import Sentiment, judge
from bot.domain.themes import themes_of

_DATA: Final = Path(__file__).parent / "sentiment_data"
_FAINT: Final = 0.05  # polarity of a word that counts for neither side
_LOUDEST: Final = 1.5


class TextBlobSentiment:
    """The mood of comments, read locally; TextBlob and the weights load on the first comment or on `warm`."""

    def warm(self) -> None:
        """Load what reading needs (about 0.3 s, 30 MB), so that no comment waits for it."""
        self.read("ready")

    def read(self, text: str) -> Sentiment:
        """The sentiment of one comment, as written in Slack or a form."""
        words = plain(text)
        shares = self._shares(features(words, self.cues(words)))
        return judge(words, shares, themes=themes_of(words))

    def cues(self, words: str) -> dict[str, float]:
        """What TextBlob with the domain lexicon finds in a plain text: in all of it, in what is conceded and meant."""
        folded = self._lexicon.fold(words)
        conceded, meant = split_contrast(folded)
        whole = self._lexicon.assess(folded)
        cues = {f"lex:{name}": value for name, value in whole.items()}
        if conceded:
            cues |= {f"lex:meant:{name}": value for name, value in self._lexicon.assess(meant).items()}
            cues |= {f"lex:conceded:{name}": value for name, value in self._lexicon.assess(conceded).items()}
        return cues

    def _shares(self, found: dict[str, float]) -> tuple[float, float, float]:
        """Softmax of the linear head: shares of negative, neutral and positive."""
        weights, unit, bias = self._head
        sums = list(bias)
        for key, strength in found.items():
            if row := weights.get(key):
                for side in range(3):
                    sums[side] += strength * row[side] * unit
        raised = [math.exp(value - max(sums)) for value in sums]
        negative, neutral, positive = (value / sum(raised) for value in raised)
        return negative, neutral, positive

    @cached_property
    def _lexicon(self) -> "_Lexicon":
        return _Lexicon(json.loads((_DATA / "lexicon.json").read_text(encoding="utf-8")))

    @cached_property
    def _head(self) -> tuple[dict[str, list[int]], float, list[float]]:
        stored: dict[str, Any] = json.loads((_DATA / "weights.json").read_text(encoding="utf-8"))
        return stored["weights"], stored["unit"], stored["bias"]


class _Lexicon:
    """TextBlob's English sentiment with the domain's words laid over it, in an own instance: nothing global changes."""

    def __init__(self, stored: dict[str, Any]) -> None:
        from textblob import en

        self._sentiment = en.Sentiment(
            path=str(Path(en.MODULE) / "en-sentiment.xml"),
            synset="wordnet_id",
            negations=("no", "not", "never", "nobody", "nothing", "without", "hardly", "neither"),
            modifiers=("RB",),
            modifier=lambda word: word.endswith("ly"),
            tokenizer=en.parser.find_tokens,
            language="en",
        )
        self._sentiment.load(self._sentiment.path)
        for polarity, words in stored["words"].items():
            for word in words.split():
                self._sentiment.annotate(word, "JJ", float(polarity), 0.5, 1.0)
        self._phrases = tuple(
            (re.compile(rf"\b(?:{'|'.join(group['patterns'])})\b"), f" {group['as']} ") for group in stored["phrases"]
        )

    def fold(self, text: str) -> str:
        """Understatement and set phrases as one word for their side; terms of the trade ("defects list") as none."""
        for phrase, word in self._phrases:
            text = phrase.sub(word, text)
        return " ".join(text.split())

    def assess(self, text: str) -> dict[str, float]:
        """Mean polarity in [-1, 1], the sums on either side up to 1.5, and whether neither or both were found."""
        scores = [polarity for _, polarity, *_ in self._sentiment(text).assessments]
        good = sum(score for score in scores if score > _FAINT)
        bad = -sum(score for score in scores if score < -_FAINT)
        return {
            "polarity": sum(scores) / len(scores) if scores else 0.0,
            "good": min(good, _LOUDEST),
            "bad": min(bad, _LOUDEST),
            "none": float(good == 0 and bad == 0),
            "both": float(good > 0 and bad > 0),
        }
