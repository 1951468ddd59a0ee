"""Keeping secrets out of every log: those that were read, and those that their shape gives away."""

from __future__ import annotations

import logging
import re

from bot.settings.known_secrets import HIDDEN, KNOWN

_SHAPES = re.compile(
    r"xox[a-z](?:\.xox[a-z])?-[\w.%-]+"
    r"|xapp-[\w.%-]+"
    r"|(?<=ticket=)[^&\s'\"<>]+"
    r"|https://hooks\.[\w.-]+/[^\s'\"<>]+"
)
"""Slack's tokens, tickets and response URLs: they come with deliveries and answers, from no reference"""


def redact(text: str) -> str:
    """The text without anything that opens something."""
    return _SHAPES.sub(HIDDEN, KNOWN.hide(text))


class Redaction(logging.Filter):
    """Rewrites records before anything is written: message, arguments, traceback and stack."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage()), None
        if record.exc_info and record.exc_info[0] is not None:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        record.exc_info = None
        record.exc_text = record.exc_text and redact(record.exc_text)
        record.stack_info = record.stack_info and redact(record.stack_info)
        return True


def safe_logger(name: str, *, least: int = logging.INFO) -> logging.Logger:
    """A logger that hides secrets and stays silent below ``least``, whatever the root logger is set to.

    Libraries print tickets, payloads and parameters at DEBUG, some at INFO; they decide by their logger's own
    level, which is why it is set here.
    """
    logger = logging.getLogger(name)
    logger.setLevel(least)
    if not any(isinstance(known, Redaction) for known in logger.filters):
        logger.addFilter(Redaction())
    return logger
