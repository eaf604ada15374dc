"""How much people may write, in characters; within what one Slack input takes (3,000)."""

from typing import Final

COMMENT_MOST: Final = 3_000
ESCALATION_MOST: Final = {"what": 1_500, "stake": 700, "tried": 700}
"""What happens, what is at stake, what was tried together: so that all of it fits one message with the sides' views."""
VIEW_MOST: Final = 700
