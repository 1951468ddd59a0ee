"""Running the manifest that sends an NMI, and reading its bundle to the end."""

from __future__ import annotations

import socket
import threading
from concurrent.futures import Future
from contextlib import suppress
from http.client import HTTPConnection, HTTPException

from bot.capture.ports import NmiAnswer, NmiReport
from bot.core.errors import Code, OutcomeUnknown, VmdumpError
from bot.core.target import Machine
from bot.vsphere.bundle import Opening, drain, page_for
from bot.vsphere.departure import CalledOff, Departure
from bot.vsphere.endpoint import VCenterEndpoint
from bot.vsphere.session import Session
from bot.vsphere.tls import CertificateRefused
from bot.vsphere.workers import Workers

REFUSED = frozenset({401, 403, 404, 405})
"""HTTP answers that prove that no run began: who asks, the page, or its use was refused, which is settled
before one begins.

Any other answer proves nothing. What the page says to a bad request is not published [unknown]: 400 may come
when a run has looked at what it was given. 5xx is what a server says of itself, whatever it had begun: behind
a 500 a run may have broken off after its NMI, and behind a 502 to 504, which a server in between gives, it
may go on.
"""
_CALL = "the support bundle"


class BundleRuns:
    """The bundles that hosts are writing for us. A bundle is read on a thread of its own, for minutes."""

    def __init__(self, endpoint: VCenterEndpoint, session: Session) -> None:
        self._endpoint = endpoint
        self._session = session
        self._workers = Workers(endpoint)
        self._lock = threading.Lock()
        self._running: dict[threading.Thread, socket.socket] = {}

    async def send(self, machine: Machine) -> NmiReport:
        """*Effect.* Never says that the NMI was sent: that shows in the guest alone.

        Raises ``VmdumpError`` if it is known that the run did not begin.
        """
        page = page_for(machine)
        opening = await self._workers.ask(
            lambda: self._session.ask(lambda link: Opening(link, self._endpoint, machine, page))
        )
        status = await self._workers.do(_CALL, lambda departure: self._begin(opening, machine, departure))
        if status in REFUSED:
            fault = f"HTTP {status}"
            raise VmdumpError(Code.VCENTER_FAULT, endpoint=machine.target.host_name, fault=fault)
        return NmiReport(answer=NmiAnswer.UNKNOWN, output=f"HTTP {status}")

    def _begin(self, opening: Opening, machine: Machine, departure: Departure) -> int:
        """The page's HTTP status; the rest is read behind it."""
        host = machine.target.host_name
        connection = opening.connect()
        try:
            connection.connect()
        except (CertificateRefused, OSError) as error:
            raise opening.meaning(error) from None
        try:
            departure.depart()
        except CalledOff:
            connection.close()
            raise VmdumpError(Code.VCENTER_TIMEOUT, endpoint=host) from None
        try:
            return self._run(connection, opening, machine).result(self._endpoint.call_seconds)
        except (OSError, HTTPException) as error:
            # The reading goes on after a time-out: who hangs up may break the run off.
            cause = type(error).__name__
            raise OutcomeUnknown(Code.OUTCOME_UNKNOWN, endpoint=host, call=_CALL, cause=cause) from None

    def _run(self, connection: HTTPConnection, opening: Opening, machine: Machine) -> Future[int]:
        answer: Future[int] = Future()
        sock = connection.sock
        # How long a host is silent in the course of a run is not published [unknown].
        sock.settimeout(self._endpoint.bundle_seconds)

        def run() -> None:
            try:
                connection.request("GET", page_for(machine), headers=opening.headers)
                response = connection.getresponse()
            except (OSError, HTTPException) as error:
                answer.set_exception(error)
            else:
                answer.set_result(response.status)
                with suppress(OSError, HTTPException), response:
                    drain(response, self._endpoint.bundle_seconds)
            finally:
                connection.close()
                with self._lock:
                    del self._running[thread]

        thread = threading.Thread(target=run, name=f"bundle-{machine.target.host_name}", daemon=True)
        with self._lock:
            self._running[thread] = sock
        thread.start()
        return answer

    async def close(self) -> None:
        """Hangs up: what a host does with a bundle that nobody reads is its own affair."""
        with self._lock:
            running = dict(self._running)
        for sock in running.values():
            with suppress(OSError):
                # TLS's own shutdown would pull its state from under the thread that reads.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)
        with suppress(VmdumpError):
            for thread in running:
                await self._workers.ask(thread.join)
        self._workers.close()
