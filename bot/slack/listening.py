"""Taking deliveries, in whichever way the configuration says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.core.errors import Code, VmdumpError
from bot.slack.bolt_app import bolt_app
from bot.slack.http_mode import http_mode
from bot.slack.line import Line
from bot.slack.reception import Reception
from bot.slack.slack_api import SlackApi
from bot.slack.slack_settings import Mode, SlackSettings
from bot.slack.socket_mode import socket_mode


@asynccontextmanager
async def listening(
    settings: SlackSettings, api: SlackApi, reception: Reception, line: Line | None = None
) -> AsyncIterator[int | None]:
    """Deliveries reach the inbox while the block runs; yields the port in HTTP mode.

    ``line`` learns how to ask whether deliveries can arrive. Raises ``VmdumpError`` on entering: see
    ``socket_mode`` and ``http_mode``; ``CONFIG`` (cause) for a missing token.
    """
    line = line or Line()
    app = bolt_app(settings, api, reception)
    if settings.mode is Mode.HTTP:
        async with http_mode(app, settings.listen_host, settings.listen_port) as port:
            line.hold(api.reached)
            yield port
        return
    if settings.app_token is None:
        raise VmdumpError(Code.CONFIG, cause="slack: Socket Mode needs app_token")
    async with socket_mode(app, api, settings.app_token) as connected:
        line.hold(connected)
        yield None
