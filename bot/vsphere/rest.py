"""vCenter's REST API, for what SOAP does not tell. Runs on the worker threads.

It came with vSphere 6.0 below ``/rest``; from 7.0 U2 on the same is below ``/api``, and the old form is
deprecated.
"""

from __future__ import annotations

import base64
import json
import logging
import threading
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any

from bot.core.errors import Code, VmdumpError
from bot.vsphere.endpoint import VCenterEndpoint
from bot.vsphere.tls import Connect

_log = logging.getLogger(__name__)
_LARGEST = 1 << 20
_TOKEN = "vmware-api-session-id"  # noqa: S105 - a header's name


@dataclass(frozen=True)
class Form:
    """How the API spells what is asked for."""

    session: str
    tagging: str
    action: str
    """name of the query parameter"""
    before_id: str
    wrapped: bool
    """whether answers stand in ``{"value": …}``"""


_OLD = Form("/rest/com/vmware/cis/session", "/rest/com/vmware/cis/tagging", "~action", "id:", wrapped=True)
_NEW = Form("/api/session", "/api/cis/tagging", "action", "", wrapped=False)


def form_for(api_version: str) -> Form | None:
    """None for servers without REST. Whether every 6.0 has it is unknown: one that has not answers 404."""
    parts = tuple(int(part) for part in api_version.split(".") if part.isdigit())
    if parts < (6, 0):
        return None
    return _OLD if parts < (7, 0, 2) else _NEW


@dataclass(frozen=True)
class _Open:
    connect: Connect
    form: Form
    token: str


class RestSession:
    """Another login than that of SOAP, begun when first needed, and again when vCenter has forgotten it.

    After how many idle minutes it does is not published [unknown].
    """

    def __init__(self, endpoint: VCenterEndpoint) -> None:
        self._endpoint = endpoint
        self._lock = threading.Lock()
        self._open: _Open | None = None
        self._refused_at: float | None = None
        self._over = False

    def talk(self, connect: Connect, form: Form) -> Talk:
        """To be closed; its requests share a connection."""
        return Talk(self, connect, form)

    def log_out(self) -> None:
        """Ends the session, or vCenter's idle limit does. No other begins."""
        self._over = True
        with self._lock:
            known, self._open = self._open, None
        if known is not None:
            with suppress(Exception), closing(known.connect()) as wire:
                _send(wire, "DELETE", known.form.session, {_TOKEN: known.token})

    def token(self, wire: HTTPConnection, connect: Connect, form: Form) -> str:
        """Raises ``VmdumpError``, ``OSError``, ``HTTPException``."""
        with self._lock:
            if self._over:
                # A thread that nobody waits for any more must not leave a session behind.
                raise ConnectionAbortedError
            if self._open is None:
                self._open = _Open(connect, form, self._log_in(wire, form))
            return self._open.token

    def forget(self, token: str) -> None:
        with self._lock:
            if self._open is not None and self._open.token == token:
                self._open = None
                _log.info("vCenter %s has forgotten the REST session; logging in again", self._endpoint.name)

    def _log_in(self, wire: HTTPConnection, form: Form) -> str:
        endpoint = self._endpoint
        refused = VmdumpError(Code.VCENTER_LOGIN, endpoint=endpoint.name, username=endpoint.username)
        if (
            self._refused_at is not None
            and time.monotonic() < self._refused_at + endpoint.login_pause_seconds
        ):
            raise refused
        who = base64.b64encode(f"{endpoint.username}:{endpoint.password()}".encode()).decode()
        # The second header keeps browsers out, and is said to be wanted from everybody.
        headers = {"Authorization": f"Basic {who}", "vmware-use-header-authn": "vmdump"}
        status, body = _send(wire, "POST", form.session, headers)
        if status == 401:
            self._refused_at = time.monotonic()
            raise refused
        self._refused_at = None
        token = self.answer(form, status, body)
        if not isinstance(token, str):
            raise self.fault("no session")
        return token

    def answer(self, form: Form, status: int, body: bytes) -> Any:
        """What a successful answer holds. Raises ``VmdumpError`` for any other."""
        if status not in {200, 201}:
            raise self.fault(f"HTTP {status}")
        try:
            said = json.loads(body)
        except ValueError:
            raise self.fault("no JSON") from None
        if not form.wrapped:
            return said
        if not isinstance(said, dict) or "value" not in said:
            raise self.fault("no value")
        return said["value"]

    def fault(self, what: str) -> VmdumpError:
        """``what`` holds nothing of what was sent or answered: both have secrets."""
        return VmdumpError(Code.VCENTER_FAULT, endpoint=self._endpoint.name, fault=f"REST: {what}")


class Talk:
    """Requests one after the other on one connection."""

    def __init__(self, session: RestSession, connect: Connect, form: Form) -> None:
        self.form = form
        self._session = session
        self._connect = connect
        self._wire = connect()

    def close(self) -> None:
        self._wire.close()

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Once more with a new session if that was lost.

        Raises ``VmdumpError``, ``OSError``, ``HTTPException``.
        """
        status, said = 401, b""
        for _ in range(2):
            token = self._session.token(self._wire, self._connect, self.form)
            status, said = _send(self._wire, method, path, {_TOKEN: token}, body)
            if status != 401:
                break
            self._session.forget(token)
        return self._session.answer(self.form, status, said)

    def fault(self, what: str) -> VmdumpError:
        return self._session.fault(what)


def _send(
    wire: HTTPConnection, method: str, path: str, headers: dict[str, str], body: Any = None
) -> tuple[int, bytes]:
    """Follows no redirection: it would take the password along."""
    headers = headers | {"Accept": "application/json"}
    data = None
    if body is not None:
        headers["Content-Type"] = "application/json"
        data = json.dumps(body).encode()
    wire.request(method, path, data, headers)
    response = wire.getresponse()
    said = response.read(_LARGEST)
    if not response.isclosed():
        wire.close()
    return response.status, said
