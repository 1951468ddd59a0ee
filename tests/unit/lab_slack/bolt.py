"""Slack's own client and a real Bolt app against the simulated workspace."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.lab.slack import LabSlack


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def client_of(lab: LabSlack) -> AsyncWebClient:
    """A client that does not retry, so that each test sees its own calls only."""
    return AsyncWebClient(token=lab.bot_token, base_url=lab.api_url, retry_handlers=[])


def app_of(lab: LabSlack) -> AsyncApp:
    return AsyncApp(client=client_of(lab), signing_secret=lab.signing_secret)


@asynccontextmanager
async def in_socket_mode(lab: LabSlack, app: AsyncApp) -> AsyncIterator[AsyncSocketModeHandler]:
    handler: Any = AsyncSocketModeHandler(app, lab.app_token, ping_interval=0.2)
    await handler.connect_async()
    try:
        await lab.connected()
        yield handler
    finally:
        await handler.close_async()


@asynccontextmanager
async def by_http(lab: LabSlack, app: AsyncApp) -> AsyncIterator[None]:
    runner = web.AppRunner(app.web_app("/slack/events"), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        lab.workspace.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
        yield
    finally:
        await runner.cleanup()


async def refusal(call: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])
