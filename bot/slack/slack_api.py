"""Calls to Slack's Web API, each sent once, with failures told apart by what they may have done."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.core.errors import Code, VmdumpError
from bot.ops.redaction import redact, safe_logger
from bot.slack.slack_failures import RateLimited, Refused, SlackFailure, Unanswered, Unreached
from bot.slack.slack_limits import RETRY_AFTER_SECONDS
from bot.slack.slack_settings import Secret

T = TypeVar("T")
READ_ATTEMPTS = 3
READ_PAUSE = 0.3
"""Seconds before a reading call is sent again."""

log = safe_logger("vmdump.slack.web")


class SlackApi:
    """The Web API behind one HTTP session; an async context manager.

    ``timeout`` in seconds is for each call. Nothing is retried here except by ``read``: a call with an
    effect that was sent twice would be seen twice.
    """

    def __init__(self, url: str, token: Secret, *, timeout: float = 10.0) -> None:
        self.url = url if url.endswith("/") else f"{url}/"
        self.token = token
        self._timeout = timeout
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self._timeout))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    def client(self, token: str) -> AsyncWebClient:
        """A client of the SDK that shares the session and never retries."""
        client = AsyncWebClient(
            token=token, base_url=self.url, session=self._session, logger=log, retry_handlers=[]
        )
        if self.on_this_machine:
            # The SDK takes a proxy from the environment even for loopback.
            client.proxy = None
        return client

    @property
    def host(self) -> str:
        """Host and port."""
        return urlsplit(self.url).netloc

    @property
    def on_this_machine(self) -> bool:
        return urlsplit(self.url).hostname in ("127.0.0.1", "::1", "localhost")

    async def call(self, method: str, **arguments: Any) -> dict[str, Any]:
        """One call, sent once; arguments that are None are left out. Raises a ``SlackFailure``."""
        try:
            token = await asyncio.to_thread(self.token)
        except VmdumpError as error:
            raise Unreached(f"bot token: {error.code}") from error
        data = {name: _form(value) for name, value in arguments.items() if value is not None}
        return await self._sent(lambda: _answer(self.client(token), method, data))

    async def read(self, method: str, **arguments: Any) -> dict[str, Any]:
        """A call without effect: sent again where the answer was lost or Slack asked to wait a little.

        Takes no longer than the time-out. Raises a ``SlackFailure``.
        """
        last: SlackFailure = Unanswered("no answer in time")
        end = asyncio.get_running_loop().time() + self._timeout
        try:
            async with asyncio.timeout_at(end):
                for _ in range(READ_ATTEMPTS):
                    try:
                        return await self.call(method, **arguments)
                    except RateLimited as failure:
                        last = failure
                        if asyncio.get_running_loop().time() + failure.seconds >= end:
                            break
                        await asyncio.sleep(failure.seconds)
                    except (Unreached, Unanswered) as failure:
                        last = failure
                        await asyncio.sleep(READ_PAUSE)
        except TimeoutError:
            pass
        raise last

    async def reached(self) -> None:
        """Raises ``VmdumpError(SLACK_UNREACHABLE)`` (endpoint, cause) if Slack knows no such token now."""
        try:
            await self.read("auth.test")
        except SlackFailure as failure:
            raise VmdumpError(Code.SLACK_UNREACHABLE, endpoint=self.url, cause=failure.cause) from failure

    async def respond(self, response_url: str, message: dict[str, Any]) -> None:
        """Posts to a response URL. Raises a ``SlackFailure``; what is refused was not shown."""
        webhook = AsyncWebhookClient(response_url, session=self._session, logger=log, retry_handlers=[])
        if self.on_this_machine:
            webhook.proxy = None
        answer = await self._sent(lambda: webhook.send_dict(message))
        _check_status(answer.status_code, answer.headers, answer.body)

    async def upload(self, url: str, content: bytes) -> None:
        """Sends bytes to where ``files.getUploadURLExternal`` said. Raises a ``SlackFailure``."""
        session, proxy = self._session, self.client("").proxy

        async def send() -> None:
            assert session is not None  # noqa: S101  # calls are made inside the context manager
            async with session.post(url, data=content, proxy=proxy) as response:
                _check_status(response.status, response.headers, "")

        await self._sent(send)

    async def _sent(self, send: Callable[[], Awaitable[T]]) -> T:
        try:
            async with asyncio.timeout(self._timeout):
                return await send()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise Unreached(redact(str(error))) from None
        except TimeoutError:
            raise Unanswered("no answer in time") from None
        except (aiohttp.ClientError, OSError) as error:
            raise Unanswered(type(error).__name__) from None


async def _answer(client: AsyncWebClient, method: str, data: dict[str, str]) -> dict[str, Any]:
    try:
        response = await client.api_call(method, data=data)
    except SlackApiError as error:
        raise _failure(error) from None
    except AttributeError:
        # The SDK stumbles over an answer of plain text, as proxies give it.
        raise Unanswered("the answer is no JSON") from None
    return dict(response.data) if isinstance(response.data, dict) else {}


def _failure(error: SlackApiError) -> SlackFailure:
    response: Any = error.response
    status: int = getattr(response, "status_code", None) or getattr(response, "status", None) or 0
    if status == 429:
        return RateLimited(_retry_after(response.headers))
    body = getattr(response, "data", None)
    code = body.get("error") if isinstance(body, dict) else None
    if status >= 500 or not isinstance(code, str):
        return Unanswered(f"HTTP {status}")
    # Slack answers these with HTTP 200 for trouble of its own, after which anything may have happened.
    if code in ("fatal_error", "internal_error", "service_unavailable", "request_timeout"):
        return Unanswered(code)
    if code in ("ratelimited", "rate_limited"):
        return RateLimited(_retry_after(response.headers))
    return Refused(code)


def _check_status(status: int, headers: Any, body: str) -> None:
    if status == 429:
        raise RateLimited(_retry_after(headers))
    if status >= 500:
        raise Unanswered(f"HTTP {status}")
    if status >= 300:
        raise Refused(redact(body)[:60] or f"HTTP {status}")


def _retry_after(headers: Any) -> float:
    for name, value in dict(headers).items():
        if name.lower() == "retry-after":
            try:
                return max(0.0, float(value[0] if isinstance(value, list) else value))
            except ValueError:
                break
    return float(RETRY_AFTER_SECONDS)


def _form(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
