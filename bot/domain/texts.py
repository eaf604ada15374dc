"""How much people may write, in characters; within what one Slack input takes (3,000)."""

from typing import Final

COMMENT_MOST: Final = 3_000
CONCERN_MOST: Final = 2_000
