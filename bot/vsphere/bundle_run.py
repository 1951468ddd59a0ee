"""Running the manifest that sends an NMI, and reading its bundle to the end."""

from __future__ import annotations

import threading
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

REFUSED = frozenset({401, 403, 404, 405, 501})
"""HTTP answers with which the page did nothing"""


class BundleRuns:
    """The bundles that hosts are writing for us. A bundle is read on a thread of its own, for minutes."""

    def __init__(self, endpoint: VCenterEndpoint, session: Session) -> None:
        self._endpoint = endpoint
        self._session = session
        self._workers = Workers(endpoint)
        self._lock = threading.Lock()
        self._open: set[HTTPConnection] = set()

    async def send(self, machine: Machine) -> NmiReport:
        """*Effect.* Never says that the NMI was sent: that shows in the guest alone.

        Raises ``VmdumpError`` if it is known that the run did not begin.
        """
        opening = await self._workers.ask(
            lambda: self._session.ask(lambda link: Opening(link, self._endpoint, machine, page_for(machine)))
        )
        status = await self._workers.do("the support bundle", lambda d: self._begin(opening, machine, d))
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
        except CertificateRefused as error:
            raise opening.refused(error.cause) from None
        except OSError as error:
            cause = error.strerror or type(error).__name__
            raise VmdumpError(Code.VCENTER_UNREACHABLE, endpoint=host, address=host, cause=cause) from None
        try:
            departure.depart()
            connection.request("GET", page_for(machine), headers=opening.headers)
            response = connection.getresponse()
        except CalledOff:
            connection.close()
            raise VmdumpError(Code.VCENTER_TIMEOUT, endpoint=host) from None
        except (OSError, HTTPException) as error:
            connection.close()
            raise OutcomeUnknown(
                Code.OUTCOME_UNKNOWN, endpoint=host, call="the support bundle", cause=type(error).__name__
            ) from None
        with self._lock:
            self._open.add(connection)

        def read_on() -> None:
            with suppress(OSError, HTTPException, ValueError):
                drain(response)
            with self._lock:
                self._open.discard(connection)
            connection.close()

        threading.Thread(target=read_on, name=f"bundle-{host}", daemon=True).start()
        return response.status

    def close(self) -> None:
        """Hangs up: what a host does with a bundle that nobody reads is its own affair."""
        with self._lock:
            running = tuple(self._open)
        for connection in running:
            with suppress(OSError):
                connection.close()
        self._workers.close()
