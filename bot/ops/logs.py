"""How the log is written: one handler, one line per record, as text or as JSON."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Literal, TextIO

from bot.ops.redaction import Redaction, safe_logger
from bot.ops.subject import subject

Format = Literal["text", "json"]

LIBRARIES = {
    "PIL": logging.INFO,
    "aiohttp": logging.WARNING,
    "alembic": logging.WARNING,
    "asyncio": logging.INFO,
    "asyncssh": logging.WARNING,
    "dbos": logging.WARNING,
    "psycopg": logging.WARNING,
    "pyVmomi": logging.WARNING,
    "slack_bolt": logging.WARNING,
    "slack_sdk": logging.WARNING,
    "sqlalchemy": logging.WARNING,
}
"""Below these levels libraries print commands, parameters and payloads, or a line for each packet."""

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def configure(level: str = "info", form: Format = "text", stream: TextIO | None = None) -> None:
    """Writes the log to ``stream`` (stderr) from now on; called again, it replaces what it did before."""
    handler = _Lines(stream)
    handler.addFilter(Redaction())
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    root = logging.getLogger()
    for former in [known for known in root.handlers if isinstance(known, _Lines)]:
        root.removeHandler(former)
    root.addHandler(handler)
    root.setLevel(level.upper())
    for name, least in LIBRARIES.items():
        safe_logger(name, least=least)
    # DBOS gives its logger a handler of its own, past ours, unless it has one.
    dbos = logging.getLogger("dbos")
    if not dbos.handlers:
        dbos.addHandler(logging.NullHandler())


class _Lines(logging.Handler):
    """Writes to what is stderr at that moment, unless it was given something else."""

    def __init__(self, stream: TextIO | None) -> None:
        super().__init__()
        self._stream = stream

    def emit(self, record: logging.LogRecord) -> None:
        try:
            print(self.format(record), file=self._stream or sys.stderr, flush=True)
        except Exception:  # noqa: BLE001  # as logging's own handlers: a full disk ends no capture
            self.handleError(record)


class TextLines(logging.Formatter):
    """``time level logger request: message``; what follows on further lines is indented.

    Names of machines and what servers answer are in messages: they can neither begin a record nor steer a
    terminal.
    """

    def format(self, record: logging.LogRecord) -> str:
        now = subject()
        whom = now.request or now.delivery
        head = f"{_time(record)} {record.levelname} {record.name}{f' {whom}' if whom else ''}: "
        further = [text for text in (record.exc_text, record.stack_info) if text]
        text = "\n".join([record.getMessage(), *further])
        return head + _CONTROL.sub(_spelled, text).replace("\n", "\n    ")


class JsonLines(logging.Formatter):
    """One object per line: time, level, logger, message, and where known request, delivery, trace, stack."""

    def format(self, record: logging.LogRecord) -> str:
        now = subject()
        found = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "request": now.request,
            "delivery": now.delivery,
            "trace": record.exc_text,
            "stack": record.stack_info,
        }
        return json.dumps({name: value for name, value in found.items() if value is not None})


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _spelled(found: re.Match[str]) -> str:
    return ascii(found[0])[1:-1]
