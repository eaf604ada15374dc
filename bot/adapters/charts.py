"""Charts, drawn by a child process that ends at once: the server never loads the library that draws."""

import json
import logging
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

_ROOT = Path(__file__).parent.parent.parent
_SECONDS = 20


def draw_png(drawing: Mapping[str, Any]) -> bytes | None:
    """A PNG of `bot.views.charts.drawing`; None when it cannot be drawn, which is logged."""
    try:
        child = subprocess.run(
            [sys.executable, "-m", "bot.adapters.chart_child"],
            input=json.dumps(drawing).encode(),
            capture_output=True,
            cwd=_ROOT,
            timeout=_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        log.error("a chart could not be drawn", extra={"reason": type(error).__name__})
        return None
    return child.stdout
