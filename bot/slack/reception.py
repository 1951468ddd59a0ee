"""Where deliveries arrive: written down first, acknowledged after."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any, Protocol
from urllib.parse import parse_qsl

from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.ops.redaction import safe_logger
from bot.requests.ports import Act
from bot.slack.deliveries import COMMAND, EVENT, INTERACTION, parse
from bot.slack.slack_limits import ACK_SECONDS
from bot.slack.vote_form import VM, meta_of, typed_name
from bot.store.clock import Clock
from bot.store.database import Database
from bot.store.inbox import Delivery, receive

_EVENT_ID = re.compile(r"[A-Za-z0-9]{1,60}")

log = safe_logger("vmdump.slack.reception")


class Receipts(Protocol):
    """What the person who typed a command reads at once, escaped for Slack."""

    def received(self, act: Act) -> str:
        """Empty where the answer itself follows at once."""

    def other_name(self, vm: str) -> str:
        """What was typed into a form is not the VM's name; plain text."""

    def elsewhere(self) -> str:
        """The command came from another workspace or for another app."""


class Reception(AsyncMiddleware):
    """Stands before Bolt's authorisation, which calls Slack and drops the delivery when that call fails.

    It also answers: the inbox worker does the work, so that no delivery depends on a listener that Bolt
    runs after the acknowledgement.
    """

    def __init__(
        self, database: Database, clock: Clock, *, team_id: str, app_id: str, receipts: Receipts
    ) -> None:
        self._database = database
        self._clock = clock
        self._team_id = team_id
        self._app_id = app_id
        self._receipts = receipts

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,  # noqa: ARG002  # Bolt's signature
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002  # Bolt's signature
    ) -> BoltResponse | None:
        """200 once the delivery is in the inbox; 500, upon which Slack delivers again, if it is not."""
        body = _storable(_body(req))
        if body.get("type") == "url_verification":
            return await next()
        kind = _kind(body)
        if not self._meant_for_us(body):
            return self._turned_away(kind, body)
        if body.get("type") == "app_rate_limited":
            log.error("Slack holds events back: more than it delivers in an hour")
            return BoltResponse(status=200)
        mistyped = self._mistyped(body)
        if mistyped is not None:
            return mistyped
        key = _key(kind, body, req.raw_body)
        try:
            async with asyncio.timeout(ACK_SECONDS):
                await self._write(key, kind, body)
        except Exception as error:  # noqa: BLE001  # whatever it was: what is not stored is not acknowledged
            log.error("a delivery was not stored and not acknowledged: %s", type(error).__name__)  # noqa: TRY400
            return BoltResponse(status=500)
        return self._acknowledged(key, kind, body)

    async def _write(self, key: str, kind: str, body: dict[str, Any]) -> None:
        now = self._clock.now()
        await self._database.write(lambda connection: receive(connection, key, kind, body, now))

    def _meant_for_us(self, body: dict[str, Any]) -> bool:
        return _team(body) == self._team_id and body.get("api_app_id") == self._app_id

    def _turned_away(self, kind: str, body: dict[str, Any]) -> BoltResponse:
        team, app = str(_team(body))[:40], str(body.get("api_app_id"))[:40]
        log.warning("refused a delivery (%s) of team %r for app %r", kind, team, app)
        return _said(self._receipts.elsewhere()) if kind == COMMAND else BoltResponse(status=200)

    def _mistyped(self, body: dict[str, Any]) -> BoltResponse | None:
        """Told in the form, which stays open: a slip of the finger is no vote and no refusal."""
        meta = meta_of(body)
        if meta is None or typed_name(body, meta) == meta.vm:
            return None
        errors = {VM: self._receipts.other_name(meta.vm)}
        return BoltResponse(status=200, body={"response_action": "errors", "errors": errors})

    def _acknowledged(self, key: str, kind: str, body: dict[str, Any]) -> BoltResponse:
        if kind != COMMAND:
            return BoltResponse(status=200)
        act = parse(Delivery(id=0, key=key, kind=kind, body=body, received_at=0, tries=0), bot_user="")
        try:
            return _said("" if act is None else self._receipts.received(act))
        except Exception:
            # The command is stored and will be done: a person who reads "failed" would type it again.
            log.exception("a command has no receipt")
            return BoltResponse(status=200)


def _said(text: str) -> BoltResponse:
    if not text:
        return BoltResponse(status=200)
    return BoltResponse(status=200, body={"response_type": "ephemeral", "text": text})


def _body(req: AsyncBoltRequest) -> dict[str, Any]:
    if not req.body and req.raw_body:
        # Bolt takes every form in which the word "payload" occurs for an interaction, and reads nothing.
        return dict(parse_qsl(req.raw_body, keep_blank_values=True))
    return req.body


def _storable(body: dict[str, Any]) -> dict[str, Any]:
    """Half characters, which JSON can carry and no database takes, become question marks."""
    text = json.dumps(body, ensure_ascii=False)
    stored: dict[str, Any] = json.loads(text.encode("utf-8", "replace"))
    return stored


def _kind(body: dict[str, Any]) -> str:
    if "command" in body:
        return COMMAND
    return EVENT if body.get("type") in ("event_callback", "app_rate_limited") else INTERACTION


def _team(body: dict[str, Any]) -> Any:
    team = body.get("team")
    return team.get("id") if isinstance(team, dict) else body.get("team_id")


def _key(kind: str, body: dict[str, Any], raw: str) -> str:
    """Slack repeats an event under its id; what has none is known by its content.

    A signed HTTP body verifies again for five minutes: the hash also keeps it from being played back.
    """
    event_id = body.get("event_id")
    if kind == EVENT and isinstance(event_id, str) and _EVENT_ID.fullmatch(event_id):
        return event_id
    content = raw or json.dumps(body, sort_keys=True, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(content.encode('utf-8', 'replace')).hexdigest()}"
