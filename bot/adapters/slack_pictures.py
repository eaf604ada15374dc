"""Pictures of messages: drawn, uploaded without a channel, and shown by an image block that names the file.

A picture never holds a message up for good: where it cannot be drawn, or Slack will not take or show it, the text goes
alone, for it says the same in words.
"""

import datetime as dt
import json
import threading
import urllib.request
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from slack_sdk import WebClient

from bot.adapters.charts import draw_png
from bot.adapters.slack_calls import attempt
from bot.domain.outbox import Delivered, Retry

PICTURE_REFUSED = "invalid_blocks"  # what Slack says to a file it does not know, or does not know yet
_READY_SOON = dt.timedelta(seconds=2)
_WAITS_FOR_IT = 3  # times; Slack looks at an upload before it shows it, and does not say when it has finished
_REMEMBERED = 50
_SECONDS = 10

Drawn = Mapping[str, Any]
Drawing = Mapping[str, Any]


class SlackPictures:
    """The files of one installation. One that goes to several people is uploaded once."""

    def __init__(self, web: WebClient, draw: Callable[[Drawing], bytes | None] = draw_png) -> None:
        self._web = web
        self._draw = draw
        self._files: dict[str, str | None] = {}
        self._refused: Counter[str] = Counter()
        self._door = threading.Lock()
        self._uploading: dict[str, threading.Lock] = {}

    def shown(self, drawn: Drawn) -> Drawn | Retry:
        """The message with its pictures uploaded, or left out where that fails; itself when it has none.

        Retry when Slack asks to wait or cannot be reached: nothing has been posted then.
        """
        if not any(_is_picture(block) for block in drawn.get("blocks", ())):
            return drawn
        blocks = []
        for block in drawn["blocks"]:
            if not _is_picture(block):
                blocks.append(block)
                continue
            file = self._file(block["slack_file"]["drawing"], block["alt_text"])
            if isinstance(file, Retry):
                return file
            if file is not None:
                blocks.append({**block, "slack_file": {"id": file}})
        return {**drawn, "blocks": blocks}

    def not_ready(self, key: str) -> Retry | None:
        """After Slack refused to show a file in the message with this key: wait for it, or None to go without."""
        self._refused[key] += 1
        if self._refused[key] <= _WAITS_FOR_IT:
            return Retry(after=_READY_SOON)
        del self._refused[key]
        return None

    def _file(self, drawing: Drawing, alt: str) -> str | Retry | None:
        """The id of the uploaded picture; None when there cannot be one."""
        name = json.dumps(drawing, sort_keys=True)
        with self._door:
            alone = self._uploading.setdefault(name, threading.Lock())
        with alone:  # messages go out side by side, and the second one waits for the first one's upload
            if name not in self._files:
                uploaded = self._upload(drawing, alt)
                if isinstance(uploaded, Retry):
                    return uploaded
                with self._door:
                    self._remember(name, uploaded)
            return self._files.get(name)

    def _remember(self, name: str, file: str | None) -> None:
        self._files[name] = file
        while len(self._files) > _REMEMBERED:
            oldest = next(iter(self._files))
            del self._files[oldest]
            self._uploading.pop(oldest, None)

    def _upload(self, drawing: Drawing, alt: str) -> str | Retry | None:
        png = self._draw(drawing)
        if png is None:
            return None
        place: dict[str, str] = {}
        steps = (
            lambda: self._web.files_getUploadURLExternal(filename="pulse.png", length=len(png), alt_txt=alt[:1_000]),
            lambda: _send(place["upload_url"], png),
            lambda: self._web.files_completeUploadExternal(files=[{"id": place["file_id"], "title": "Pulse"}]),
        )
        for step in steps:
            outcome = attempt(step, keep=lambda answer: place.update(_texts(answer)))
            if isinstance(outcome, Retry):
                return outcome
            if not isinstance(outcome, Delivered):
                return None
        return place["file_id"]


def without_pictures(drawn: Drawn) -> Drawn:
    """The message without its pictures."""
    return {**drawn, "blocks": [block for block in drawn["blocks"] if not _is_picture(block)]}


def _is_picture(block: Mapping[str, Any]) -> bool:
    return block.get("type") == "image" and "drawing" in block.get("slack_file", {})


def _texts(answer: Any) -> dict[str, str]:
    return {name: str(answer[name]) for name in ("upload_url", "file_id") if answer.get(name)}


def _send(address: str, png: bytes) -> dict[str, str]:
    request = urllib.request.Request(  # noqa: S310 - the address comes from Slack
        address, data=png, headers={"content-type": "image/png"}
    )
    with urllib.request.urlopen(request, timeout=_SECONDS):  # noqa: S310
        return {}
