"""Plain text: what markup, typography and emoji may and may not change."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.comment_text import BAD_EMOJI, GOOD_EMOJI, LONGEST_COMMENT, plain

ADDITIONS = (
    "<@U04KD81LM>",
    "<@U02AA11BB|sam>",
    "<!channel>",
    "<#C0123456|general>",
    "<https://example.org/minutes-07.docx|here>",
    "<https://example.org>",
    "<mailto:sam@example.org|sam@example.org>",
    "https://example.org/a?b=c#d",
    "sam@example.org",
    "`CE-014`",
    "```a\nb```",
    "\u200b",
    "\ufeff",
    "\u2060",
)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Fees &amp; charges &lt; last year", "fees & charges last year"),
        ("It isn’t clear", "it is not clear"),
        ("we can't, won't and shan't", "we can not, will not and shall not"),
        ("dont isnt", "do not is not"),
        ("they're late, I'm told", "they are late, i am told"),
        ("the council's “fair” word", 'the council "fair" word'),
        ("the heads' meeting", "the heads meeting"),
        ("*bold*, _slanted_ and ~struck~", "bold, slanted and struck"),
        ("ﬁne", "fine"),
        ("re\u200bally go\u00adod", "really good"),
        ("👍🏽 great", f"{GOOD_EMOJI} great"),
        (":+1::skin-tone-3: great", f"{GOOD_EMOJI} great"),
        (":thumbsup::tada:", f"{GOOD_EMOJI} {GOOD_EMOJI}"),
        ("late again :disappointed:", f"late again {BAD_EMOJI}"),
        ("late again 🙄", f"late again {BAD_EMOJI}"),
        ("all good :)", f"all good {GOOD_EMOJI}"),
        ("not again :-(", f"not again {BAD_EMOJI}"),
        ("👀 looking", "looking"),
        (":calendar: moved", "moved"),
        ("at 10:30:45 sharp", "at 10:30:45 sharp"),
        ("thanks <@U1>, well done", "thanks, well done"),
        ("`status: amber`", ""),
        ("", ""),
        (" \n\t ", ""),
        ("Diolch i'r tîm", "diolch ir tîm"),
    ],
)
def test_a_comment_is_read_without_its_markup_and_typography(written: str, read: str) -> None:
    assert plain(written) == read


@pytest.mark.parametrize("addition", ADDITIONS)
@pytest.mark.parametrize(
    "comment",
    [
        "The drawings are late again.",
        "Great week",
        "isn't good",
        "Thanks, all - well done!",
        "Why? Nobody told us (again)",
        "",
    ],
)
def test_an_added_mention_link_code_span_or_invisible_sign_leaves_the_plain_text_alone(
    comment: str, addition: str
) -> None:
    unchanged = plain(comment)
    assert plain(f"{addition} {comment}") == unchanged
    assert plain(f"{comment} {addition}") == unchanged
    assert plain(comment.replace(" ", f" {addition} ", 1)) == unchanged


@given(st.text(max_size=300))
def test_curly_and_straight_apostrophes_read_the_same(comment: str) -> None:
    assert plain(comment.replace("'", "’")) == plain(comment.replace("’", "'"))


@given(st.text(max_size=200), st.data())
def test_a_zero_width_space_anywhere_changes_nothing(comment: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(comment)))
    assert plain(f"{comment[:at]}\u200b{comment[at:]}") == plain(comment)


@given(st.text(max_size=400))
def test_plain_text_is_lower_case_trimmed_and_single_spaced(comment: str) -> None:
    read = plain(comment)
    assert read == " ".join(read.split())
    assert read == read.lower()


@pytest.mark.parametrize("sign", ["a", "a ", "<", "`", "@", ":a", "👍", "&lt;", "'", "www."])
def test_a_comment_of_any_length_is_cut_to_what_is_read(sign: str) -> None:
    assert len(plain(sign * 20_000)) <= LONGEST_COMMENT
