"""SOAP calls, each sent once.

pyVmomi's own session-oriented stub sends a call up to four times when answers are lost, effects included;
these stubs never repeat anything.
"""

from __future__ import annotations

import re
import socket
import threading
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from typing import Any
from xml.etree import ElementTree as ET

from pyVmomi import SoapAdapter, VmomiSupport

from bot.vsphere.departure import Departure
from bot.vsphere.tls import Connect

NAMESPACE = "urn:vim25"
_LARGEST_VERSIONS = 1 << 20
_UNTYPED_REFERENCE = re.compile(rb'(<\w+ xsi:type="ManagedObject)(?=")')
"""in a tag: in text a ``<`` would be escaped"""


class NotSent(Exception):
    """No connection came about; the cause says why."""


class NoVCenter(Exception):
    """The server is something else; the message says how that shows."""


class ReadingStub(SoapAdapter.SoapStubAdapter):  # type: ignore[misc] # pyVmomi has no types
    """Keeps connections for the next question."""

    def __init__(self, connect: Connect, version: str) -> None:
        super().__init__(version=version)
        self.scheme = lambda **_: connect()

    def SerializeRequest(self, mo: Any, info: Any, args: Any) -> bytes:  # noqa: N802 - pyVmomi's name
        """Types references as the API's WSDL does, where they stand for anything.

        pyVmomi's own name for their type is in no schema: govmomi's simulator hangs up on it.
        """
        request: bytes = super().SerializeRequest(mo, info, args)
        return _UNTYPED_REFERENCE.sub(rb"\1Reference", request)

    def retire(self) -> None:
        """Closes kept connections, and those in use as soon as their call ends."""
        self.poolSize = 0
        self.DropConnections()


class EffectStub(ReadingStub):
    """Sends on a connection of its own: a kept one may be dead, and then nobody knows what arrived."""

    def __init__(self, connect: Connect, session: ReadingStub, departure: Departure) -> None:
        super().__init__(connect, session.version)
        self.poolSize = 0
        self.cookie = session.cookie
        self._departure = departure

    def GetConnection(self) -> HTTPConnection:  # noqa: N802 - pyVmomi's name
        try:
            connection: HTTPConnection = super().GetConnection()
        except (OSError, HTTPException) as e:
            raise NotSent from e
        try:
            self._departure.depart()
        except BaseException:
            connection.close()
            raise
        return connection


class WaitingStub(ReadingStub):
    """For calls that vCenter may take long to answer, by one thread; another may cut them off."""

    def __init__(self, connect: Connect, session: ReadingStub, longer_by: float) -> None:
        """``longer_by`` seconds more than other calls they may take."""
        super().__init__(connect, session.version)
        self.scheme = lambda **_: self._patient(connect())
        self.cookie = session.cookie
        self._longer_by = longer_by
        self._lock = threading.Lock()
        self._in_use: HTTPConnection | None = None
        self._is_cut = False

    def GetConnection(self) -> HTTPConnection:  # noqa: N802 - pyVmomi's name
        connection: HTTPConnection = super().GetConnection()
        with self._lock:
            if self._is_cut:
                connection.close()
                raise ConnectionAbortedError
            self._in_use = connection
        return connection

    def cut(self) -> None:
        """Ends the call that is waited for, and lets none begin; one that still connects ends by time-out."""
        with self._lock:
            self._is_cut = True
            sock = None if self._in_use is None else self._in_use.sock
            if sock is not None:
                with suppress(OSError):
                    # Not the TLS socket's own method: that takes away what the waiting thread reads with.
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def _patient(self, connection: HTTPConnection) -> HTTPConnection:
        connection.timeout = (connection.timeout or 0) + self._longer_by
        return connection


def newest_version(connect: Connect) -> str:
    """pyVmomi's name of the newest API version that both sides know.

    Raises ``OSError``, ``HTTPException``, or ``NoVCenter``.
    """
    offered = _offered(_get_versions(connect))
    for version in VmomiSupport.GetServiceVersions("vim25"):
        if VmomiSupport.versionIdMap.get(version) in offered:
            return str(version)
    raise NoVCenter("it speaks no known version of the vSphere API")


def _get_versions(connect: Connect) -> bytes:
    connection = connect()
    try:
        connection.request("GET", "/sdk/vimServiceVersions.xml")
        response = connection.getresponse()
        if response.status != 200:
            raise NoVCenter(f"it answers {response.status} where a vCenter lists its API versions")
        return response.read(_LARGEST_VERSIONS)
    finally:
        connection.close()


def _offered(document: bytes) -> set[str]:
    if b"<!DOCTYPE" in document:
        raise NoVCenter("its list of API versions declares a document type")
    try:
        root = ET.fromstring(document)  # noqa: S314 - entities need a document type
    except ET.ParseError:
        raise NoVCenter("its list of API versions is not XML") from None
    return {
        version.text or ""
        for namespace in root.findall("namespace")
        if namespace.findtext("name") == NAMESPACE
        for version in (*namespace.findall("version"), *namespace.findall("priorVersions/version"))
    }


def known_in(version: str, info: Any) -> bool:
    """Whether a property or method of the API exists in that version."""
    return bool(VmomiSupport.IsChildVersion(version, info.version))
