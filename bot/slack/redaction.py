"""Keeping tokens, tickets and response URLs out of every log."""

from __future__ import annotations

import logging
import re

_SECRET = re.compile(
    r"xox[a-z](?:\.xox[a-z])?-[\w.%-]+"
    r"|xapp-[\w.%-]+"
    r"|(?<=ticket=)[^&\s'\"<>]+"
    r"|https://hooks\.[\w.-]+/[^\s'\"<>]+"
)
HIDDEN = "(hidden)"


def redact(text: str) -> str:
    """The text without anything that opens something in Slack."""
    return _SECRET.sub(HIDDEN, text)


class _Redaction(logging.Filter):
    """Rewrites records before any handler sees them, tracebacks included."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage()), None
        if record.exc_info:
            record.exc_text = redact(logging.Formatter().formatException(record.exc_info))
            record.exc_info = None
        return True


def safe_logger(name: str, *, least: int = logging.INFO) -> logging.Logger:
    """A logger that hides secrets and stays silent below ``least``, whatever the root logger is set to.

    The libraries print tickets, payloads and response URLs at DEBUG, and payloads of forged deliveries at
    INFO; they decide by their logger's own level, which is why it is set here.
    """
    logger = logging.getLogger(name)
    logger.setLevel(least)
    if not any(isinstance(known, _Redaction) for known in logger.filters):
        logger.addFilter(_Redaction())
    return logger
