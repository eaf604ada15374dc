"""An export as a file: JSON, or CSV in which no cell is a formula when a spreadsheet opens it."""

import csv
import io
import json
from dataclasses import asdict

from bot.services.export import Export, Line

_FORMULA = tuple("=+-@|%\uff1d\uff0b\uff0d\uff20")  # also in their wide forms
_SKIPPED = "\"'`´‘’“”«» \t\r\n\v\f\0\ufeff\u00a0\u200b\u2060"
_COLUMNS = (
    "partnership",
    "first_pulse",
    "last_pulse",
    "published_on",
    "kind",
    "whose",
    "about",
    "value",
    "people",
    "change",
)


def as_json(export: Export) -> str:
    """All of it, for programs; what people wrote stands apart from scores."""
    return json.dumps(asdict(export), ensure_ascii=False, indent=2) + "\n"


def as_csv(export: Export) -> str:
    """One line for each thing that was published; what people wrote comes after all scores."""
    written = io.StringIO()
    rows = csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    rows.writerow(_COLUMNS)
    for line in (*export.results, *export.comments):
        rows.writerow([defused(str(cell)) for cell in _cells(export.partnership, line)])
    return written.getvalue()


def defused(text: str) -> str:
    """A text that a spreadsheet shows as it is: what it could take for a formula begins with an apostrophe.

    Spreadsheets look past quotes and spaces, and some break a cell at a tab or a line's end.
    """
    text = text.replace("\0", "")
    rest = text.lstrip(_SKIPPED)
    before = text.removesuffix(rest)
    could_be = rest.startswith(_FORMULA) or any(each in before for each in "\t\r\n")
    return f"'{text}" if could_be else text


def _cells(partnership: str, line: Line) -> tuple[object, ...]:
    return (
        partnership,
        *line.pulses,
        line.on,
        line.kind,
        line.whose,
        line.about,
        line.value,
        line.people,
        line.change,
    )
