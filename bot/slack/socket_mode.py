"""Taking deliveries over a WebSocket that we open, and keep open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.core.errors import Code, VmdumpError
from bot.ops.redaction import safe_logger
from bot.slack.slack_api import SlackApi
from bot.slack.slack_settings import Secret

PING_SECONDS = 5
CONNECT_SECONDS = 15.0
LOOK_SECONDS = 0.5
"""how often the connection is looked at"""
LONGEST_PAUSE = 30.0
"""seconds between two attempts to connect anew"""
DRAIN_SECONDS = 3.0
"""for deliveries that are being stored when the bot stops"""

log = safe_logger("vmdump.slack.socket")


@asynccontextmanager
async def socket_mode(
    app: AsyncApp, api: SlackApi, app_token: Secret
) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Connected when the block is entered, and again whenever the connection breaks, until it ends.

    Yields what raises ``SLACK_UNREACHABLE`` (endpoint, cause) while it is broken.

    Raises on entering ``VmdumpError``: ``SLACK_LOGIN`` (endpoint, cause) for a token that Slack refuses,
    ``SLACK_UNREACHABLE`` (endpoint, cause), ``CREDENTIAL``. Later trouble is logged and waited out:
    a capture under way must go on without Slack.
    """
    connection = _Connection(app, api, app_token)
    try:
        await connection.open()
        keeper = asyncio.create_task(connection.keep())
        try:
            yield connection.check
        finally:
            keeper.cancel()
            # It ends in no other way. A task group would wrap what the caller's own block raises.
            await asyncio.gather(keeper, return_exceptions=True)
    finally:
        await connection.close()


class _Handler(AsyncSocketModeHandler):
    """Counts the deliveries that are being stored, so that stopping can wait for them."""

    def __init__(self, app: AsyncApp, token: str, api: SlackApi) -> None:
        super().__init__(app, token, logger=log, web_client=api.client(""), ping_interval=PING_SECONDS)
        if api.on_this_machine:
            self.client.proxy = None
        self._under_way = 0
        self.idle = asyncio.Event()
        self.idle.set()

    async def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]  # as Bolt's own
        self._under_way += 1
        self.idle.clear()
        try:
            await super().handle(client, req)
        finally:
            self._under_way -= 1
            if not self._under_way:
                self.idle.set()


class _Connection:
    """One handler of Bolt's at a time, replaced where the SDK's own reconnecting is stuck.

    The SDK tries for ever with a URL that can be used once.
    """

    def __init__(self, app: AsyncApp, api: SlackApi, app_token: Secret) -> None:
        self._app = app
        self._api = api
        self._app_token = app_token
        self._handler: _Handler | None = None

    async def open(self) -> None:
        """Connects anew. Raises ``VmdumpError``."""
        token = await asyncio.to_thread(self._app_token)
        self._handler = _Handler(self._app, token, self._api)
        client = self._handler.client
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                client.wss_uri = await client.issue_new_wss_url()
                await self._handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt has no types there
        except SlackApiError as error:
            raise _refused(error, self._api.url) from None
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            cause = "no answer in time" if isinstance(error, TimeoutError) else type(error).__name__
            raise VmdumpError(Code.SLACK_UNREACHABLE, endpoint=self._api.url, cause=cause) from None

    async def keep(self) -> None:
        """Looks after the connection until it is cancelled."""
        pause = 1.0
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                if await self._healthy():
                    pause = 1.0
                    continue
                await self.close()
                await self.open()
                log.info("connected to Slack anew")
            except Exception as error:  # noqa: BLE001  # the SDK's own trouble must not end the looking after
                cause = (
                    f"{error.code} {error.params}" if isinstance(error, VmdumpError) else type(error).__name__
                )
                log.error("no connection to Slack: %s", cause)  # noqa: TRY400
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    async def check(self) -> None:
        """Raises ``VmdumpError(SLACK_UNREACHABLE)`` (endpoint, cause) while there is no connection."""
        if self._handler is None or not await self._handler.client.is_connected():
            raise VmdumpError(Code.SLACK_UNREACHABLE, endpoint=self._api.url, cause="no connection")

    async def close(self) -> None:
        """Waits a little for what is being stored, then disconnects."""
        handler, self._handler = self._handler, None
        if handler is None:
            return
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                await handler.idle.wait()
        except TimeoutError:
            log.warning("stopped while a delivery was being stored; Slack will deliver it again")
        await handler.close_async()  # type: ignore[no-untyped-call]  # Bolt has no types there
        client = handler.client
        tasks = (client.message_processor, client.current_session_monitor, client.message_receiver)
        # The SDK cancels its tasks without waiting for their end.
        await asyncio.gather(*(task for task in tasks if task is not None), return_exceptions=True)

    async def _healthy(self) -> bool:
        """Gives the SDK, which reconnects when Slack asks for it, the first chance."""
        if self._handler is None:
            return False
        client = self._handler.client
        if await client.is_connected():
            return True
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await client.connect_to_new_endpoint()
        except (TimeoutError, SlackApiError, aiohttp.ClientError, OSError) as error:
            log.info("reconnecting failed: %s", type(error).__name__)
        return await client.is_connected()


def _refused(error: SlackApiError, endpoint: str) -> VmdumpError:
    data = getattr(error.response, "data", None)
    code = data.get("error") if isinstance(data, dict) else None
    if isinstance(code, str) and code not in ("ratelimited", "fatal_error", "internal_error"):
        return VmdumpError(Code.SLACK_LOGIN, endpoint=endpoint, cause=f"app token: {code}")
    return VmdumpError(Code.SLACK_UNREACHABLE, endpoint=endpoint, cause=code or "HTTP error")
