"""The help of `/pulse`."""

from collections.abc import Sequence

from bot.views.blocks import Message, escape, message, section


def draw_help(verbs: Sequence[tuple[str, str]], *, unknown: str = "") -> Message:
    """All verbs with what they do; `unknown` is what was typed and not understood."""
    opening = f"“{escape(unknown)}” is not something I know. " if unknown and unknown != "help" else ""
    lines = "\n".join(f"`/pulse {name}` {says}" for name, says in verbs)
    other = "`/escalate` raises a concern with both sides; `/escalate list` shows those you were told of"
    return message(section(f"{opening}This is what you can ask for:\n{lines}\n{other}"))
