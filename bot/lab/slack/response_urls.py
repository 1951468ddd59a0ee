"""The response_url that comes with a command or a click."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from bot.lab.slack.errors import SlackError

USES = 5
LIFETIME = 30 * 60.0
"""Five answers within 30 minutes (docs.slack.dev/interactivity/handling-user-interaction)."""


@dataclass(slots=True)
class ResponseUrl:
    """Where an answer goes: to whom, in which channel and below which message."""

    channel: str
    person: str
    thread_ts: str | None
    issued: float
    left: int = USES


class ResponseUrls:
    """Issues response URLs and counts their uses, on a clock that runs `speed` times as fast."""

    def __init__(self, clock: Callable[[], float], *, speed: float) -> None:
        self._clock = clock
        self._speed = speed
        self._urls: dict[str, ResponseUrl] = {}

    def issue(self, channel: str, person: str, thread_ts: str | None = None) -> str:
        """A new one; the secret last part of its URL."""
        key = secrets.token_urlsafe(18)
        self._urls[key] = ResponseUrl(channel, person, thread_ts, self._clock())
        return key

    def use(self, key: str) -> ResponseUrl:
        """Count one use. Raises SlackError `used_url` or `expired_url`; an unknown one counts as expired."""
        url = self._urls.get(key)
        if url is None or (self._clock() - url.issued) * self._speed >= LIFETIME:
            raise SlackError("expired_url")
        if url.left <= 0:
            raise SlackError("used_url")
        url.left -= 1
        return url
