"""How a call to Slack can fail, told apart by what it may have done."""

from __future__ import annotations


class SlackFailure(Exception):
    """``cause`` is Slack's error code or a few words; it never holds a secret."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


class RateLimited(SlackFailure):
    """Too many calls: nothing was done; ``seconds`` to wait."""

    def __init__(self, seconds: float) -> None:
        super().__init__("ratelimited")
        self.seconds = seconds


class Refused(SlackFailure):
    """Slack said no: nothing was done. ``cause`` is its error code."""


class Unreached(SlackFailure):
    """The call was never sent."""


class Unanswered(SlackFailure):
    """The call was sent and its answer was lost: it may or may not have been carried out."""
