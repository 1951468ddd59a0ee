"""What this room needs to know of the configuration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

Secret = Callable[[], str]
"""Reads a credential anew at each use; may block; raises ``VmdumpError(CREDENTIAL)``."""


class Mode(StrEnum):
    SOCKET = "socket"
    HTTP = "http"


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """Where Slack is and who we are in it."""

    team_id: str
    app_id: str
    bot_token: Secret
    mode: Mode = Mode.SOCKET
    app_token: Secret | None = None
    """needed for Socket Mode"""
    signing_secret: Secret | None = None
    """needed for HTTP mode"""
    api_url: str = "https://slack.com/api/"
    listen_host: str = "127.0.0.1"
    listen_port: int = 3000
    """0 picks a free one"""
    language: str = "en"
