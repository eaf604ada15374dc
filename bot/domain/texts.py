"""What people may write: how much, in characters, within what one Slack input takes (3,000), and what can be kept."""

import re
from typing import Final, TypeGuard

COMMENT_MOST: Final = 3_000
ESCALATION_MOST: Final = {"what": 1_500, "stake": 700, "tried": 700}
"""What happens, what is at stake, what was tried together: so that all of it fits one message with the sides' views."""
VIEW_MOST: Final = 700

_HALF_A_PAIR: Final = re.compile("[\ud800-\udfff]")


def whole_number(text: str) -> int | None:
    """A number of up to five digits that a form, a button or a hidden field brought back; None for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else None


def is_text(found: object) -> TypeGuard[str]:
    """Whether something is a text that can be kept: PostgreSQL takes no NUL, UTF-8 no half of a surrogate pair."""
    if not isinstance(found, str) or "\0" in found:
        return False
    return found.isascii() or not _HALF_A_PAIR.search(found)
