"""The simulated vCenter, as its clients have to be told about it."""

import asyncio
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from bot.lab.watched import Watched

Esxcli = Literal["works", "no-method", "no-permission"]
SendNmi = Literal["works", "not-implemented", "not-supported"]


class Front(Protocol):
    """The vCenter's port and certificate while the world serves."""

    async def open(self) -> None:
        """Answer."""

    def close(self) -> None:
        """Break all connections and take no more."""

    def drop(self) -> None:
        """Break all connections."""

    async def renew(self, *, other_authority: bool) -> None:
        """Show a new certificate from now on."""


@dataclass(eq=False)
class Center(Watched):
    """One vCenter Server. `port`, `ca_file` and `fingerprint` are filled when the world serves.

    `unreadable` holds (managed object id, property path) pairs that its user lacks the privilege to read.
    Switches: `session_limit` (with so many sessions nobody else gets an answer but HTTP's 503, as clients of
    vCenters that had run out of them report), `available` (off, everybody gets that: what the proxy in front
    says while the service behind starts), `answers_after` (seconds of wall-clock time before each answer);
    another `password` counts from the next login on, `old_tls` (TLS 1.0 only) from the next `start` on.
    `send_nmi` is how VirtualMachine.SendNMI ends where the API has it: there are vCenters that have
    the method and do not implement it; of which versions is unknown. `privileges` are the user's, alike on
    every object; None stands for all. `esxcli` is how esxcli over SOAP ends. `attributes` are the names of
    the custom attributes that machines can have; those that a machine is given come to it. The REST API
    counts `unreadable` pairs of a machine's id and `tags`, and leaves out the tags in `hidden_tags`
    (`category:name`) as those its user may not read.
    """

    version: str
    build: str
    api_version: str
    instance_uuid: str
    username: str
    password: str = field(repr=False)
    unreadable: set[tuple[str, str]] = field(default_factory=set)
    session_limit: int | None = None
    available: bool = True
    answers_after: float = 0.0
    old_tls: bool = False
    send_nmi: SendNmi = "works"
    esxcli: Esxcli = "works"
    privileges: frozenset[str] | None = None
    attributes: tuple[str, ...] = ()
    hidden_tags: frozenset[str] = frozenset()
    host: str = "127.0.0.1"
    port: int = 0
    ca_file: Path = Path()
    fingerprint: str = ""
    session_age: int = 0
    front: Front | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """The base URL; the SOAP endpoint is `/sdk` below it."""
        return f"https://{self.host}:{self.port}"

    def expire_sessions(self) -> None:
        """End every session behind its client's back, as the idle time-out does."""
        self.session_age += 1

    def drop_connections(self) -> None:
        """Break every connection; the sessions live on."""
        self._served().drop()

    def rotate_password(self) -> str:
        """Give the user another password; sessions begun with the old one live on."""
        self.password = secrets.token_urlsafe(12)
        return self.password

    async def stop(self) -> None:
        """Go down: every session ends, every connection breaks, and new ones are refused."""
        self.expire_sessions()
        self._served().close()

    async def start(self) -> None:
        """Come up again on the same port."""
        await self._served().open()

    async def restart(self, *, down_for: float = 0.0) -> None:
        """Be down for so many seconds of wall-clock time."""
        await self.stop()
        await asyncio.sleep(down_for)
        await self.start()

    async def change_certificate(self, *, other_authority: bool = True) -> None:
        """Have a new certificate, by default of an authority that `ca_file` names from now on.

        The file of the old authority stays. Connections break, sessions live on.
        """
        await self._served().renew(other_authority=other_authority)

    def grants(self, privilege: str) -> bool:
        """Whether its user holds a privilege. Those of the group System are everybody's."""
        return self.privileges is None or privilege in self.privileges or privilege.startswith("System.")

    @property
    def reports_crashes(self) -> bool:
        """Whether this API has VmGuestOSCrashedEvent and guestKernelCrashed: both came with 6.0."""
        return self.api >= (6, 0)

    @property
    def api(self) -> tuple[int, ...]:
        """The API's version as numbers, to compare."""
        return tuple(int(part) for part in self.api_version.split("."))

    def _served(self) -> Front:
        if self.front is None:
            raise RuntimeError("the vCenter is not served")
        return self.front
