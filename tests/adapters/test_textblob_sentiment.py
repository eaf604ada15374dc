"""The mood reader against the bars of the development set, which it was not trained on."""

import csv
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.textblob_sentiment import TextBlobSentiment
from bot.domain.comment_text import plain
from bot.domain.sentiment import Mood, Sentiment, judge
from bot.domain.themes import THEMES
from training.train_sentiment import HELD_OUT, OWN, WEIGHTS, fingerprint

ROOT = Path(__file__).parents[2]
SIDES = {Mood.NEGATIVE: -1, Mood.NEUTRAL: 0, Mood.POSITIVE: 1, Mood.UNSURE: 0}
READER = TextBlobSentiment()


def labelled(path: Path) -> list[tuple[str, int]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return [(row["text"], int(row["label"])) for row in csv.DictReader(lines)]


DEV = labelled(ROOT / "tests" / "data" / "partner_comments_dev.csv")


def f1(pairs: list[tuple[int, int]], side: int) -> float:
    hits = sum(label == read == side for label, read in pairs)
    return 2 * hits / (sum(label == side for label, _ in pairs) + sum(read == side for _, read in pairs))


@pytest.fixture(scope="module", params=[DEV, labelled(HELD_OUT)], ids=["development set", "held out"])
def pairs(request: pytest.FixtureRequest) -> list[tuple[int, int]]:
    """Label and read side of each comment; unsure counts as neutral."""
    return [(label, SIDES[READER.read(text).label]) for text, label in request.param]


def test_macro_f1_clears_the_stretch_bar(pairs: list[tuple[int, int]]) -> None:
    assert sum(f1(pairs, side) for side in (-1, 0, 1)) / 3 >= 0.65


def test_negative_comments_are_recognised(pairs: list[tuple[int, int]]) -> None:
    negative = [read for label, read in pairs if label == -1]
    assert negative.count(-1) / len(negative) >= 0.60


def test_neutral_comments_are_not_given_a_side(pairs: list[tuple[int, int]]) -> None:
    neutral = [read for label, read in pairs if label == 0]
    assert 1 - neutral.count(0) / len(neutral) <= 0.25


@pytest.mark.parametrize(
    "disturb",
    [
        lambda text: f"<@U04KD81LM> {text}",
        lambda text: f"{text} <@U02AA11BB|sam>",
        lambda text: text.replace(" ", " <!here> ", 1),
        lambda text: f"{text} <https://example.org/minutes-07.docx|here>",
        lambda text: f"https://example.org/terrible {text}",
        lambda text: f"{text} `CE-014 rejected`",
        lambda text: text.replace("'", "’"),
        lambda text: text.replace("'", "ʼ"),
        lambda text: text.replace(" ", " \u200b"),
        lambda text: "\u200b".join(text),
        lambda text: text.replace("&", "&amp;"),
    ],
)
def test_markup_and_typography_leave_every_reading_as_it_is(disturb: Callable[[str], str]) -> None:
    assert [READER.read(disturb(text)) for text, _ in DEV] == [READER.read(text) for text, _ in DEV]


@pytest.mark.parametrize(
    ("comment", "mood"),
    [
        ("It isn't good", Mood.NEGATIVE),
        ("The answers are no longer clear", Mood.NEGATIVE),
        ("It could be better", Mood.NEGATIVE),
        ("A bit disappointing", Mood.NEGATIVE),
        ("Nice people, but nothing ever gets done", Mood.NEGATIVE),
        ("The invoices are overdue", Mood.NEGATIVE),
        ("Not bad", Mood.POSITIVE),
        ("It could have been a lot worse", Mood.POSITIVE),
        ("A rocky start, but we work really well together now", Mood.POSITIVE),
        ("We trust them", Mood.POSITIVE),
        ("Very helpful team", Mood.POSITIVE),
        ("The dispute clause is in section 4", Mood.NEUTRAL),
        ("The walk round looked at defects", Mood.NEUTRAL),
        ("The next board is on the 14th", Mood.NEUTRAL),
        ("Late night at the office 👍", Mood.POSITIVE),
        ("Very helpful, thanks 🙄", Mood.NEGATIVE),
        ("", Mood.NEUTRAL),
        ("<@U04KD81LM>", Mood.NEUTRAL),
        ("`code`", Mood.NEUTRAL),
    ],
)
def test_the_turns_that_mislead_a_plain_lexicon_are_read(comment: str, mood: Mood) -> None:
    assert READER.read(comment).label is mood


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_any_text_has_a_reading_within_its_bounds(comment: str) -> None:
    reading = READER.read(comment)
    assert -1 <= reading.polarity <= 1
    assert 0 <= reading.confidence <= 1
    assert set(reading.themes) <= set(THEMES)
    assert reading == READER.read(comment)


@pytest.mark.parametrize(
    ("shares", "mood"),
    [
        ((0.7, 0.2, 0.1), Mood.NEGATIVE),
        ((0.2, 0.7, 0.1), Mood.NEUTRAL),
        ((0.1, 0.2, 0.7), Mood.POSITIVE),
        ((0.35, 0.30, 0.35), Mood.UNSURE),
    ],
)
def test_a_class_without_a_clear_share_is_unsure(shares: tuple[float, float, float], mood: Mood) -> None:
    assert judge("some words", shares).label is mood


@pytest.mark.parametrize(("polarity", "confidence"), [(1.1, 0.5), (-1.1, 0.5), (0.0, 1.1), (0.0, -0.1)])
def test_a_sentiment_out_of_bounds_cannot_be_made(polarity: float, confidence: float) -> None:
    with pytest.raises(ValueError, match="lies in"):
        Sentiment(polarity=polarity, label=Mood.NEUTRAL, confidence=confidence)


def test_a_comment_takes_less_than_five_milliseconds() -> None:
    READER.warm()
    started = time.process_time()
    for text, _ in DEV:
        READER.read(text)
    assert (time.process_time() - started) / len(DEV) <= 0.005


def test_textblob_loads_on_the_first_reading_and_not_with_the_module() -> None:
    program = (
        "import sys, bot.adapters.textblob_sentiment as t; t.TextBlobSentiment(); print('textblob' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=True)
    assert run.stdout.split() == [b"False"]


def test_the_weights_belong_to_the_comments_and_the_lexicon_beside_them() -> None:
    assert f'"trained_on":"{fingerprint()}"' in WEIGHTS.read_text(encoding="utf-8")
    assert WEIGHTS.stat().st_size < 1_500_000


def test_no_comment_it_is_measured_on_was_trained_on() -> None:
    trained_on = {plain(text) for text, _ in labelled(OWN)} - {""}
    assert len(trained_on) >= 1_000
    assert not trained_on & {plain(text) for text, _ in [*DEV, *labelled(HELD_OUT)]}
