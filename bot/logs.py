"""Logs as lines of named values: references, kinds and counts; never what a person said, and no message of an error.

The text of an exception can hold what was being stored (a database names the row it refuses), so only its type, a
database's code and the places in our code are written.
"""

import datetime as dt
import json
import logging
import traceback
from types import TracebackType

_OWN_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_NOISY = ("slack_bolt", "slack_sdk", "apscheduler", "alembic", "aiohttp.access")

ExceptionInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class LineFormatter(logging.Formatter):
    """`time level logger message name=value ...`, and errors without their texts."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Written anew: another handler may have left the text of an error in the record."""
        record.exc_text = None
        return super().format(record)

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The line with the extra values at its end."""
        return " ".join([super().formatMessage(record), *(f"{name}={value}" for name, value in _extra(record))])

    def formatException(self, ei: ExceptionInfo) -> str:
        """Types, codes and places, from the first cause to the last."""
        lines = []
        error = ei[1]
        while error is not None:
            code = getattr(getattr(error, "orig", error), "sqlstate", None)
            lines.append(f"{type(error).__module__}.{type(error).__name__}{f' {code}' if code else ''}")
            frames = traceback.extract_tb(error.__traceback__)
            lines += [f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
            error = error.__cause__ or error.__context__
        return "\n".join(lines)


class JsonFormatter(LineFormatter):
    """The same values as one JSON object per line: `time`, `level`, `logger`, `message`, the extra ones, `error`."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, whatever the values hold."""
        line: dict[str, object] = dict(_extra(record))
        line |= {
            "time": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info).splitlines()
        return json.dumps(line, default=str)


def _extra(record: logging.LogRecord) -> list[tuple[str, object]]:
    return sorted((name, value) for name, value in vars(record).items() if name not in _OWN_FIELDS)


def set_up_logs(level: int = logging.INFO, *, as_json: bool = False) -> None:
    """Write logs to standard error in one of these forms; libraries only from warnings on."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if as_json else LineFormatter())
    logging.basicConfig(level=level, handlers=[handler])
    for noisy in _NOISY:
        logging.getLogger(noisy).setLevel(logging.WARNING)
