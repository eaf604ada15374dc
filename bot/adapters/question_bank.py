"""Reads the instrument from `question_bank.yaml`."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bot.domain.questions import CANT_SAY, LABELS, Dimension, Item, QuestionBank

_FILE = Path(__file__).with_name("question_bank.yaml")


@cache
def load_question_bank() -> QuestionBank:
    """The product's question bank. Raises ValueError when the scale of the file is not the one people see."""
    raw = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    scale = {CANT_SAY if step["value"] is None else step["value"]: step["label"] for step in raw["scale"]}
    if scale != LABELS:
        raise ValueError(f"the scale of {_FILE.name} is not the scale of the buttons")
    return QuestionBank(dimensions=tuple(_dimension(key, each) for key, each in raw["dimensions"].items()))


def _dimension(key: str, raw: dict[str, Any]) -> Dimension:
    return Dimension(
        key=key,
        name=raw["name"],
        tracked=bool(raw.get("alerts")),
        items=tuple(
            Item(
                id=item["id"],
                dimension=key,
                text=item["text"],
                text_for_many=item.get("many", item["text"]),
                core=bool(item.get("core")),
                mirrors=item.get("mirrors"),
                for_seniors=item.get("audience") == "senior",
            )
            for item in raw["items"]
        ),
    )
