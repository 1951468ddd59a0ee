"""One login at one vCenter, shared by all callers. Runs on the worker threads."""

from __future__ import annotations

import logging
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any, TypeVar

from pyVmomi import vim

from bot.core.errors import Code, OutcomeUnknown, VmdumpError
from bot.vsphere.departure import Departure
from bot.vsphere.endpoint import VCenterEndpoint
from bot.vsphere.faults import fault_text, meaning, nothing_done
from bot.vsphere.soap import EffectStub, ReadingStub, newest_version
from bot.vsphere.tls import Connect, connector

T = TypeVar("T")
_log = logging.getLogger(__name__)
_LOST = (ConnectionError, HTTPException, ssl.SSLEOFError, ssl.SSLZeroReturnError)
_SERVICE_INSTANCE = "ServiceInstance"


@dataclass(frozen=True)
class Link:
    """A live session."""

    connect: Connect
    stub: Any
    content: Any
    """vim.ServiceInstanceContent"""

    @property
    def version(self) -> str:
        return str(self.stub.version)

    @property
    def cookie(self) -> str:
        """The ``Cookie`` header that proves the session; a secret."""
        return str(self.stub.cookie).partition(";")[0]


Deed = Callable[[Any, Link], T]


class Session:
    """Logs in when first asked, and again when vCenter has forgotten the session."""

    def __init__(self, endpoint: VCenterEndpoint) -> None:
        self._endpoint = endpoint
        self._lock = threading.Lock()
        self._link: Link | None = None
        self._refused_at: float | None = None
        self._over = False

    def ask(self, question: Callable[[Link], T]) -> T:
        """Runs a question; once more with a new session or on a new connection if that was lost.

        Raises ``VmdumpError``.
        """
        may_log_in = may_connect = True
        while True:
            link: Link | None = None
            try:
                link = self._alive()
                return question(link)
            except vim.fault.NotAuthenticated as e:
                if link is None or not may_log_in:
                    raise meaning(self._endpoint, e) from None
                may_log_in = False
                self._forget(link)
            except _LOST as e:
                if link is None or not may_connect:
                    raise meaning(self._endpoint, e) from None
                may_connect = False
            except Exception as e:  # noqa: BLE001 - whatever a library raises becomes one error
                raise meaning(self._endpoint, e) from None

    def do(self, name: str, departure: Departure, deed: Deed[T]) -> T:
        """Runs an effect, given a stub for its one call, and the session. It is sent once.

        A question comes first, so that a session that died is not found out by the effect. One that dies in
        between refuses the effect, and only then it is sent again. Raises ``OutcomeUnknown`` if it may have
        happened, any other ``VmdumpError`` if it is known that it did not.
        """
        for last in (False, True):
            link = self.ask(lambda link: (_now(link), link)[1])
            try:
                return deed(EffectStub(link.connect, link.stub, departure), link)
            except vim.fault.NotAuthenticated as e:
                departure.came_back()
                self._forget(link)
                if last:
                    raise meaning(self._endpoint, e) from None
            except Exception as e:  # noqa: BLE001 - doubt must not pass for "did not happen"
                if nothing_done(e):
                    raise meaning(self._endpoint, e) from None
                raise OutcomeUnknown(
                    Code.OUTCOME_UNKNOWN, endpoint=self._endpoint.name, call=name, cause=fault_text(e)
                ) from None
        raise AssertionError

    def log_out(self) -> None:
        """Ends the session, or vCenter's idle limit does. No other begins."""
        self._over = True
        with self._lock:
            link, self._link = self._link, None
        if link is not None:
            with suppress(Exception):
                link.content.sessionManager.Logout()
            link.stub.retire()

    def _alive(self) -> Link:
        with self._lock:
            if self._over:
                # A thread that nobody waits for any more must not leave a session behind.
                raise ConnectionAbortedError
            if self._link is None:
                self._link = self._log_in()
            return self._link

    def _forget(self, link: Link) -> None:
        with self._lock:
            if self._link is link:
                self._link = None
                _log.info("vCenter %s has forgotten the session; logging in again", self._endpoint.name)
        link.stub.retire()

    def _log_in(self) -> Link:
        endpoint = self._endpoint
        refused = self._refused_at
        if refused is not None and time.monotonic() < refused + endpoint.login_pause_seconds:
            raise VmdumpError(Code.VCENTER_LOGIN, endpoint=endpoint.name, username=endpoint.username)
        try:
            connect = connector(endpoint)
        except OSError as e:
            cause = f"the CA file {endpoint.ca_file} is not readable: {e.strerror or type(e).__name__}"
            raise VmdumpError(
                Code.VCENTER_CERTIFICATE, endpoint=endpoint.name, address=endpoint.address, cause=cause
            ) from None
        stub = ReadingStub(connect, newest_version(connect))
        try:
            content: Any = vim.ServiceInstance(_SERVICE_INSTANCE, stub).RetrieveContent()
            content.sessionManager.Login(endpoint.username, endpoint.password(), None)
        except BaseException as e:
            stub.retire()
            if isinstance(e, vim.fault.InvalidLogin):
                self._refused_at = time.monotonic()
            raise
        self._refused_at = None
        return Link(connect, stub, content)


def _now(link: Link) -> Any:
    return vim.ServiceInstance(_SERVICE_INSTANCE, link.stub).CurrentTime()


def now(link: Link) -> Any:
    """vCenter's clock; the cheapest question, and it keeps the session alive."""
    return _now(link)
