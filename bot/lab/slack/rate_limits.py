"""Slack's limits on how often a method may be called."""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

WINDOW = 60.0
"""Seconds over which a tier counts."""

PER_MINUTE = {
    "auth.test": 300,
    "apps.connections.open": 50,
    "chat.update": 50,
    "chat.postEphemeral": 100,
    "conversations.info": 50,
    "conversations.history": 50,
    "conversations.replies": 50,
    "users.info": 100,
    "usergroups.users.list": 20,
    "files.getUploadURLExternal": 100,
    "files.completeUploadExternal": 100,
    "reactions.get": 50,
    "views.open": 100,
}
"""Calls per minute: the floor of each method's tier (docs.slack.dev/apis/web-api/rate-limits)."""

POSTS_PER_SECOND = 1.0
POST_BURST = 5
"""chat.postMessage: one a second per channel with short bursts. Slack does not say how short: 5 is ours."""


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class RateLimits:
    """Counts calls per method, or per channel for posts, on a clock that runs `speed` times as fast."""

    def __init__(self, clock: Callable[[], float], *, speed: float) -> None:
        self._clock = clock
        self._speed = speed
        self._calls: dict[str, deque[float]] = {}
        self._posts: dict[str, _Bucket] = {}

    def retry_after(self, method: str, channel: str) -> int | None:
        """None if the call may go on; else whole seconds of the caller's time to wait, at least 1."""
        now = self._clock() * self._speed
        wait = self._post(channel, now) if method == "chat.postMessage" else self._tier(method, now)
        return None if wait is None else max(1, math.ceil(wait / self._speed))

    def _post(self, channel: str, now: float) -> float | None:
        bucket = self._posts.setdefault(channel, _Bucket(POST_BURST, now))
        bucket.tokens = min(POST_BURST, bucket.tokens + (now - bucket.at) * POSTS_PER_SECOND)
        bucket.at = now
        if bucket.tokens < 1:
            return (1 - bucket.tokens) / POSTS_PER_SECOND
        bucket.tokens -= 1
        return None

    def _tier(self, method: str, now: float) -> float | None:
        calls = self._calls.setdefault(method, deque())
        while calls and now - calls[0] >= WINDOW:
            calls.popleft()
        if len(calls) >= PER_MINUTE[method]:
            return WINDOW - (now - calls[0])
        calls.append(now)
        return None
