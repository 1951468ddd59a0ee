"""The same deliveries as HTTP requests to the app's request URL, signed."""

import hashlib
import hmac
import json
from typing import Any
from urllib.parse import urlencode

import aiohttp

from bot.lab.slack.deliveries import Delivery, NotDelivered
from bot.lab.slack.workspace import Workspace

_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"


class HttpDelivery:
    """Posts to `workspace.request_url` with the v0 signature (docs.slack.dev, verifying requests)."""

    def __init__(self, workspace: Workspace, signing_secret: str, *, ack_timeout: float) -> None:
        self._workspace = workspace
        self._secret = signing_secret.encode()
        self._timeout = aiohttp.ClientTimeout(total=ack_timeout)

    async def send(self, delivery: Delivery, *, reason: str, keep: float) -> dict[str, Any] | None:  # noqa: ARG002
        """Deliver once; the answer's body if it has one. Raises NotDelivered."""
        content_type, body = _body(delivery)
        headers = {"Content-Type": content_type, **self._signature(body)}
        if delivery.kind == "events_api" and delivery.attempts > 1:
            headers |= {"X-Slack-Retry-Num": str(delivery.attempts - 1), "X-Slack-Retry-Reason": reason}
        url = self._workspace.request_url or ""
        try:
            async with (
                aiohttp.ClientSession(timeout=self._timeout) as session,
                session.post(url, data=body, headers=headers, allow_redirects=False) as response,
            ):
                return await _answer(response)
        except TimeoutError:
            raise NotDelivered("http_timeout", "operation_timeout") from None
        except aiohttp.ClientError:
            raise NotDelivered("connection_failed", "dispatch_failed") from None

    def _signature(self, body: bytes) -> dict[str, str]:
        now = str(int(self._workspace.now()))
        digest = hmac.new(self._secret, b"v0:" + now.encode() + b":" + body, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": now, "X-Slack-Signature": f"v0={digest}"}


def _body(delivery: Delivery) -> tuple[str, bytes]:
    if delivery.kind == "events_api":
        return _JSON, json.dumps(delivery.payload).encode()
    if delivery.kind == "slash_commands":
        return _FORM, urlencode(delivery.payload).encode()
    return _FORM, urlencode({"payload": json.dumps(delivery.payload)}).encode()


async def _answer(response: aiohttp.ClientResponse) -> dict[str, Any] | None:
    if response.status != 200:
        raise NotDelivered("http_error", "dispatch_failed")
    text = await response.text()
    if not text:
        return None
    if response.content_type != _JSON:
        return {"text": text}
    answer = json.loads(text)
    return answer if isinstance(answer, dict) else None
