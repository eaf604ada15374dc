"""Takes identifiers out of a comment before it is stored or quoted.

What goes: Slack mentions and links, typed @names, addresses, telephone numbers, honorific with name, roster names.
What cannot be seen from here: nicknames, people who are not on the roster, job titles, a way of writing.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from functools import lru_cache
from typing import Final

from bot.domain.redaction_words import MONTHS, ORDINARY_WORDS

NAME: Final = "[name]"
LINK: Final = "[link]"
EMAIL: Final = "[e-mail]"
PHONE: Final = "[phone]"
CHANNEL: Final = "[channel]"

_PLACEHOLDER: Final = r"\[(?:name|link|e-mail|phone|channel)\]"
_INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_OPEN: Final = r"(?:<|&lt;)"
_INSIDE: Final = r"(?:(?!&gt;)[^<>\n])*(?:>|&gt;)?"
_WORD: Final = r"[^\W\d_][^\W_'’]*(?:['’-][^\W\d_]+)*"
_CAPITALISED: Final = r"(?-i:[A-ZÀ-ÖØ-Þ])[^\W_]*(?:['’-][^\W_]+)*"

_PATTERNS: Final = tuple(
    (re.compile(f"{_PLACEHOLDER}|{pattern}", re.IGNORECASE), placeholder)
    for pattern, placeholder in (
        (rf"{_OPEN}mailto:{_INSIDE}", EMAIL),
        (rf"{_OPEN}tel:{_INSIDE}", PHONE),
        (rf"{_OPEN}[a-z]{{2,10}}://{_INSIDE}", LINK),
        (rf"{_OPEN}\#{_INSIDE}", CHANNEL),
        (rf"{_OPEN}[@!]{_INSIDE}", NAME),
        (r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+", EMAIL),
        (r"\b[a-z][a-z+.-]{1,10}://[^\s<>]+|\bwww\.[^\s<>]+", LINK),
        (r"(?<![\w.@-])(?:[a-z0-9-]{1,63}\.)+(?:com|org|net|uk|wales|cymru|eu|io|info|scot)\b(?:/[^\s<>]*)?", LINK),
        (r"(?<![\w@])@+[^\W_][\w.'’-]*", NAME),
        (r"(?-i:\b[UW](?=[A-Z]*\d)[A-Z0-9]{8,12}\b)", NAME),
        # Honorifics that are no other word may stand before any word, the rest only before a capital.
        (
            rf"\b(?:mr|mrs|ms|mx|dr|prof|cllr)\b\.?\s+{_WORD}(?:\s+{_CAPITALISED}){{0,2}}"
            r"|\b(?-i:Miss|Sir|Dame|Lord|Lady|Councillor|Professor|Doctor|Reverend|Rev|Father|Madam)\b\.?"
            rf"(?:\s+{_CAPITALISED}){{1,3}}",
            NAME,
        ),
    )
)
_NUMBER: Final = re.compile(
    rf"{_PLACEHOLDER}"
    r"|(?<![\w£$€.,])(?!\d{1,2}[-. ]\d{1,2}[-. ]\d{4}\b)(?:\+|\(?\+?0)(?:[\s().-]{0,3}\d){7,15}"
    r"(?:\s*(?:ext\.?|x)\s*\d{1,5})?(?!\w)"
    r"|(?<![\w£$€.,])\(?\d{3}\)?[\s.-]\d{3}[\s.-]\d{4}(?!\w)"
    r"|(?<=\btel )\d[\d ]{3,14}\d\b|(?<=\bphone )\d[\d ]{3,14}\d\b|(?<=\bext )\d{3,6}\b|(?<=\bmobile )\d[\d ]{3,14}\d\b"
    r"|(?<=\b(?:call|ring) )\d[\d ]{3,14}\d\b",
    re.IGNORECASE,
)
_SHORTEST_NATIONAL: Final = 9  # digits of a UK number with its leading nought are 10 or 11; some old ones have 9
_REPEATED: Final = re.compile(r"\[name\](?:(?:[ ,]*|[-.])\[name\])+")
_HONORIFICS: Final = frozenset(
    (
        "mr",
        "mrs",
        "ms",
        "mx",
        "miss",
        "dr",
        "prof",
        "professor",
        "sir",
        "dame",
        "lord",
        "lady",
        "cllr",
        "councillor",
        "rev",
    )
)


def redact(text: str, names: Collection[str]) -> str:
    """The comment with every identifier replaced by a neutral word such as [name], [link], [e-mail] or [phone].

    `names` are the people of the roster as displayed ("Siân O'Neil", "Will Grant (Brightbuild)"): found whole, by each
    part, in any case, with or without accents. A part that is also an ordinary word ("will", "Mark", "May") is only
    taken for a name where it stands like one. Doing it twice changes nothing.
    """
    roster = frozenset(names)
    text = _INVISIBLE.sub("", unicodedata.normalize("NFC", text))
    # Ends: every pass that changes something shortens what lies outside the placeholders.
    while (once := _redact_once(text, roster)) != text:
        text = once
    return text


def _redact_once(text: str, roster: frozenset[str]) -> str:
    for pattern, placeholder in _PATTERNS:
        text = pattern.sub(_put(placeholder), text)
    text = _NUMBER.sub(_put_phone, text)
    text = _without_names(text, roster)
    return _REPEATED.sub(NAME, text)


def _put(placeholder: str) -> Callable[[re.Match[str]], str]:
    return lambda found: found[0] if re.fullmatch(_PLACEHOLDER, found[0], re.IGNORECASE) else placeholder


def _put_phone(found: re.Match[str]) -> str:
    digits = sum(sign.isdigit() for sign in found[0])
    national = found[0].lstrip("(").startswith("0")
    return found[0] if found[0].startswith("[") or (national and digits < _SHORTEST_NATIONAL) else PHONE


def _without_names(text: str, roster: frozenset[str]) -> str:
    """Names are looked for in a copy without accents and curly apostrophes that has the same length."""
    pattern = _names_pattern(roster)
    if pattern is None:
        return text
    plain = "".join(_base(sign) for sign in text)
    kept, end = [], 0
    for found in pattern.finditer(plain):
        if found["name"] and (found["sure"] or _stands_like_a_name(plain, found)):
            kept += [text[end : found.start("name")], NAME]
            end = found.end("name")
    return "".join(kept) + text[end:]


def _base(sign: str) -> str:
    return "'" if sign in "’‘ʼ`" else unicodedata.normalize("NFD", sign)[0]


@lru_cache(maxsize=64)
def _names_pattern(roster: frozenset[str]) -> re.Pattern[str] | None:
    """One pattern for a roster: `sure` are whole names and plain parts, `ordinary` are parts that are also words."""
    sure: set[str] = set()
    ordinary: set[str] = set()
    for name in roster:
        parts = list(_parts(name))
        if len(parts) > 1:
            sure.add(r"[\s._-]+".join(map(re.escape, parts)))
            sure.add(r",?\s+".join(map(re.escape, reversed(parts))))
        for part in parts:
            if len(part) > 1:
                (ordinary if part.lower() in ORDINARY_WORDS else sure).add(re.escape(part))
    if not sure and not ordinary:
        return None
    longest_first = [sorted(group, key=lambda pattern: (-len(pattern), pattern)) for group in (sure, ordinary)]
    either = "|".join(
        f"(?P<{label}>{'|'.join(group)})"
        for label, group in zip(("sure", "ordinary"), longest_first, strict=True)
        if group
    )
    labels = "" if sure else "|(?P<sure>(?!))"
    initial = r"(?:(?-i:[A-Z])\.?\s+)?"
    return re.compile(rf"{_PLACEHOLDER}|(?<![^\W_])(?P<name>{initial}(?:{either}{labels}))(?![^\W_])", re.IGNORECASE)


def _parts(name: str) -> Iterator[str]:
    """The words of a displayed name without brackets, honorifics and accents; of a double name each half too.

    "sam99" and its like are names as they stand: the digits belong to them.
    """
    bare = "".join(_base(sign) for sign in unicodedata.normalize("NFC", re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", name)))
    for part in re.findall(r"[^\W_]+(?:'[^\W_]+)*", bare):
        if part.lower() not in _HONORIFICS and not part.isdigit():
            yield part


_ORDINARY_AFTER: Final = re.compile(
    r"\s+(?:the|an?|we|they|it|you|i|he|she|there|this|that|these|those|our|their|my|your|its|us|them|any|all|some|"
    r"be|not|have|been|to|up|out|period|if|when|than|more|less|no)\b",
    re.IGNORECASE,
)
_START_OF_SENTENCE: Final = re.compile(r"(?:^|[.!?:;\n\"(]|\n[-*•])\s*$")
_MONTH_BEFORE: Final = re.compile(
    r"\b(?:in|by|of|since|until|till|before|after|from|(?<!thanks )to|last|next|this|early|late|mid|end|during|for|"
    r"\d+(?:st|nd|rd|th)?)[\s-]+$",
    re.IGNORECASE,
)


def _stands_like_a_name(text: str, found: re.Match[str]) -> bool:
    """Whether an ordinary word is used as a name: with 's, capitalised inside a sentence, or at its start.

    When in doubt it is a name: a lost word costs less than a named person.
    """
    word, before, after = found["name"], text[: found.start("name")], text[found.end("name") :]
    if after.startswith("'s"):
        return True
    if not word[0].isupper() or (word.isupper() and len(word) > 1 and text.isupper()):
        return False
    if word.lower() in MONTHS and (_MONTH_BEFORE.search(before) or re.match(r"\s+\d", after)):
        return False
    return not _START_OF_SENTENCE.search(before) or not _ORDINARY_AFTER.match(after)
