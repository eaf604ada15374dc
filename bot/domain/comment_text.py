"""A comment as plain lower-case words, so that markup and typography cannot change its mood."""

import html
import re
import unicodedata
from typing import Final

LONGEST_COMMENT: Final = 4_000
"""Characters of a comment that are read; Slack's own input holds fewer."""
_LONGEST_RAW: Final = 4 * LONGEST_COMMENT  # markup may take three quarters before the cap falls on words

GOOD_EMOJI: Final = "emojigood"
BAD_EMOJI: Final = "emojibad"
"""Words that stand for an emoji or shortcode of that side in plain text."""

# Soft hyphen, zero-width spaces and joiners, direction marks, variation selectors, word joiner, byte-order mark.
_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff]"
)
_APOSTROPHES: Final = str.maketrans(
    dict.fromkeys("‘’‚‛′´ʼʹ＇`", "'") | dict.fromkeys("“”„‟″«»", '"') | {"–": "-", "—": "-"}
)
_MARKUP: Final = re.compile(
    r"```.*?```"  # code block
    r"|`[^`\n]+`"  # code span
    r"|<[@#!][^<>]*>"  # mention of a person, channel or group, Slack date
    r"|<(?:https?:|mailto:|tel:|slack:)[^<>]*>"  # link with or without a label
    r"|\b(?:https?://|www\.)[^\s<>]+"
    r"|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"  # e-mail
    r"|(?<!\w)@[\w.-]+",  # name typed after an at sign
    re.DOTALL | re.IGNORECASE,
)
_SHORTCODE: Final = re.compile(r":([a-z0-9_+'-]+):(?=\D|$)", re.IGNORECASE)
_EMOTICONS: Final = (
    (re.compile(r"(?<!\w)(?:[:;=]-?[)D]|<3|\\o/)(?!\w)"), GOOD_EMOJI),
    (re.compile(r"(?<!\w)(?:[:=]'?-?[(/|]|>:\()(?![\w/])"), BAD_EMOJI),
)
_GOOD_NAMES: Final = """
+1 thumbsup tada raised_hands clap muscle star star2 sparkles heart hearts blue_heart green_heart yellow_heart
purple_heart orange_heart heart_eyes smile smiley grin grinning blush relaxed slightly_smiling_face smiling_face
partying_face confetti_ball trophy first_place_medal sports_medal medal 100 ok_hand handshake rocket champagne
clinking_glasses beers cake bouquet hugging_face star-struck heavy_heart party_parrot partyparrot clapping
relieved smiling_face_with_3_hearts two_hearts sparkling_heart fist_bump facepunch
"""
_BAD_NAMES: Final = """
-1 thumbsdown rage angry face_with_symbols_on_mouth disappointed slightly_frowning_face white_frowning_face
frowning cry sob face_with_rolling_eyes rolling_eyes eye_roll weary tired_face confounded worried triumph
persevere unamused facepalm face_palm man-facepalming woman-facepalming poop hankey scream anguished cold_sweat
fearful pensive broken_heart disappointed_relieved expressionless no_good face_exhaling huffing nauseated_face
exploding_head snail turtle
"""
_GOOD_CODES: Final = frozenset(_GOOD_NAMES.split())
_BAD_CODES: Final = frozenset(_BAD_NAMES.split())
_GOOD_SIGNS: Final = frozenset(
    "👍🎉🙌👏💪⭐🌟✨❤💙💚💛💜🧡😍😄😃😁😀😊☺🙂🥳🎊🏆🥇🏅🎖💯👌🤝🚀🍾🥂🍻🎂💐🤗🤩😌🥰💕💖🤜🤛👊😎"
)
_BAD_SIGNS: Final = frozenset("👎😡😠🤬😞🙁☹😦😧😢😭🙄😩😫😖😟😤😣😒🤦💩😱😰😨😔💔😥😑🙅😮🤢🤮🤯🐌🐢😓😕")
# Contractions are spelled out so that "not" is a word of its own; the irregular ones first.
_CONTRACTIONS: Final = tuple(
    (re.compile(pattern), full)
    for pattern, full in (
        (r"\bcan'?t\b|\bcannot\b", "can not"),
        (r"\bwon't\b", "will not"),
        (r"\bshan't\b", "shall not"),
        (r"\bain't\b", "is not"),
        (r"\b(is|are|was|were|do|does|did|have|has|had|would|could|should|must|need|might)n'?t\b", r"\1 not"),
        (r"\blet's\b", "let us"),
        (r"\b(it|that|there|here|what|who|where|how|he|she|everything|nothing|everyone|nobody)'s\b", r"\1 is"),
        (r"'re\b", " are"),
        (r"'ve\b", " have"),
        (r"'ll\b", " will"),
        (r"'d\b", " would"),
        (r"\bi'm\b", "i am"),
        (r"'s\b|(?<=s)'(?=\s|$)", ""),
    )
)
_SPACE_BEFORE_STOP: Final = re.compile(r"\s+(?=[.,;:!?)])|(?<=\()\s+")


def plain(text: str) -> str:
    """The comment as at most 4,000 lower-case characters without Slack markup, links, code, addresses and curly quotes.

    Emoji and shortcodes that take a side become a word for it, all others go. Adding a mention, a link, a code span or
    a zero-width character to a comment does not change its plain text.
    """
    text = _INVISIBLE.sub("", text[:_LONGEST_RAW])
    text = _MARKUP.sub(" ", html.unescape(text)).translate(_APOSTROPHES)
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    text = _SHORTCODE.sub(lambda code: f" {_side_of_code(code[1].lower())} ", text)
    for emoticon, word in _EMOTICONS:
        text = emoticon.sub(f" {word} ", text)
    text = "".join(_readable(sign) for sign in text).lower()
    for contraction, full in _CONTRACTIONS:
        text = contraction.sub(full, text)
    text = " ".join(text.replace("'", "").split())
    return _SPACE_BEFORE_STOP.sub("", text)[:LONGEST_COMMENT].strip()


def _side_of_code(code: str) -> str:
    if code in _GOOD_CODES:
        return GOOD_EMOJI
    return BAD_EMOJI if code in _BAD_CODES else ""


def _readable(sign: str) -> str:
    """One character as it is read: letters and stops stay, emoji become words, decoration becomes a space."""
    if sign < "\x7f":
        return " " if sign in "*_~<>`|" else sign
    if sign in _GOOD_SIGNS:
        return f" {GOOD_EMOJI} "
    if sign in _BAD_SIGNS:
        return f" {BAD_EMOJI} "
    return sign if unicodedata.category(sign)[0] in "LNM" or sign in "£€%" else " "
