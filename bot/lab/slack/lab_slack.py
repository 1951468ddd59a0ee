"""The simulated workspace as one object: start it, point a bot at it, act for its people."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from bot.lab.slack.access import Access
from bot.lab.slack.arguments import Arguments
from bot.lab.slack.default_workspace import default_workspace
from bot.lab.slack.deliveries import Courier, Transport
from bot.lab.slack.faults import Faults
from bot.lab.slack.file_methods import FileMethods
from bot.lab.slack.http_delivery import HttpDelivery
from bot.lab.slack.people import People
from bot.lab.slack.rate_limits import RateLimits
from bot.lab.slack.response_urls import ResponseUrls
from bot.lab.slack.socket_mode import SocketMode
from bot.lab.slack.views import Views
from bot.lab.slack.web_api import WebApi
from bot.lab.slack.workspace import Workspace

MAX_UPLOAD = 64 * 1024 * 1024
"""Bytes of one request; Slack takes more, a console picture needs far less."""


class LabSlack(People):
    """A Slack workspace on 127.0.0.1.

    `speed` divides Slack's long times: redelivery pauses, the 30 minutes of a response_url and, unless
    `limits_speed` says otherwise, the windows of the rate limits. `ack_timeout` (seconds) stays real, since
    the bot's own work takes real time. `file_processing` (seconds) is how long an uploaded file cannot be
    shown yet. `clock` (seconds) is what limits, triggers and response URLs go by.
    """

    bot_token = "xoxb-lab-bot-token"  # noqa: S105 - opens nothing but this simulator
    app_token = "xapp-lab-app-token"  # noqa: S105
    signing_secret = "lab-signing-secret"  # noqa: S105

    def __init__(
        self,
        *,
        speed: float = 1.0,
        rate_limits: bool = True,
        limits_speed: float | None = None,
        ack_timeout: float = 3.0,
        file_processing: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.workspace: Workspace = default_workspace()
        self._access = Access(self.bot_token, self.app_token)
        self._faults = Faults()
        self._urls = ResponseUrls(clock, speed=speed)
        self._files = FileMethods(self.workspace, processing=file_processing)
        self._views = Views(self.workspace, self._files.ready, clock)
        self._courier = Courier(speed=speed)
        self._socket = SocketMode(self.workspace, ack_timeout=ack_timeout)
        self._http = HttpDelivery(self.workspace, self.signing_secret, ack_timeout=ack_timeout)
        self._web = WebApi(
            self.workspace,
            self._access,
            self._files,
            limits=RateLimits(clock, speed=limits_speed or speed),
            faults=self._faults,
            urls=self._urls,
            views=self._views,
            open_connection=self._open_connection,
        )
        self._web.rate_limits = rate_limits
        self._port = 0
        super().__init__(
            self.workspace, self._courier, self._transport, self._response_url, self._views.trigger
        )

    @property
    def api_url(self) -> str:
        """The base URL for a Slack client."""
        return f"http://127.0.0.1:{self._port}/api/"

    @property
    def team_id(self) -> str:
        """The id of the workspace."""
        return self.workspace.team_id

    @property
    def app_id(self) -> str:
        """The id of the app that is installed in it."""
        return self.workspace.app_id

    @property
    def scopes(self) -> set[str]:
        """The scopes granted to the bot token; change them to take one away."""
        return self._access.scopes

    @asynccontextmanager
    async def serve(self) -> AsyncIterator["LabSlack"]:
        """Listen on a free port of 127.0.0.1 until the block ends. Streams of changes end with it."""
        app = web.Application(client_max_size=MAX_UPLOAD)
        app.router.add_route("*", "/api/{method}", self._web.handle)
        app.router.add_post("/upload/{file}", self._web.upload)
        app.router.add_post("/response/{key}", self._web.respond)
        app.router.add_get("/link/", self._socket.handle)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            self._port = runner.addresses[0][1]
            self._files.upload_url = f"http://127.0.0.1:{self._port}/upload/"
            yield self
        finally:
            await self._courier.stop()
            await self._files.stop()
            await self._socket.stop()
            await runner.cleanup()
            self.workspace.feed.close()

    async def connected(self, count: int = 1) -> None:
        """Wait until `count` Socket Mode connections can take deliveries."""
        await self.workspace.feed.until(lambda: self._socket.live >= count)

    async def refresh_connections(self) -> None:
        """Ask every Socket Mode client to reconnect; `connected()` then waits for a new one."""
        await self._socket.refresh()

    def cut_connections(self) -> None:
        """Cut every Socket Mode connection, as a network does."""
        self._socket.cut()

    def fault(self, method: str, kind: str, *, times: int = 1, retry_after: int = 1) -> None:
        """Let the next `times` calls of a Web API method go wrong.

        `kind`: `ratelimited` (429, `retry_after` seconds), `http_500`, `lost` (carried out, then the
        connection is cut), or any error code of Slack's, such as `plan_upgrade_required`.
        """
        self._faults.order(method, kind, times=times, retry_after=retry_after)

    def _transport(self) -> Transport:
        return self._http if self.workspace.request_url else self._socket

    def _response_url(self, channel: str, person: str, thread_ts: str | None) -> str:
        return f"http://127.0.0.1:{self._port}/response/{self._urls.issue(channel, person, thread_ts)}"

    async def _open_connection(self, call: Arguments) -> dict[str, Any]:  # noqa: ARG002
        ticket = self._socket.issue_ticket()
        return {"url": f"ws://127.0.0.1:{self._port}/link/?ticket={ticket}&app_id={self.app_id}"}
