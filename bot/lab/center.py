"""The simulated vCenter, as its clients have to be told about it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from bot.lab.watched import Watched

Esxcli = Literal["works", "no-method", "no-permission"]
SendNmi = Literal["works", "not-implemented", "not-supported"]


@dataclass(eq=False)
class Center(Watched):
    """One vCenter Server. `port`, `ca_file` and `fingerprint` are filled when the world serves.

    `unreadable` holds (managed object id, property path) pairs that its user lacks the privilege to read.
    `send_nmi` is how VirtualMachine.SendNMI ends where the API has it: there are vCenters that have the
    method and do not implement it; of which versions is unknown. `privileges` are the user's, alike on every
    object; None stands for all. `esxcli` is how esxcli over SOAP ends.
    """

    version: str
    build: str
    api_version: str
    instance_uuid: str
    username: str
    password: str = field(repr=False)
    unreadable: set[tuple[str, str]] = field(default_factory=set)
    send_nmi: SendNmi = "works"
    esxcli: Esxcli = "works"
    privileges: frozenset[str] | None = None
    host: str = "127.0.0.1"
    port: int = 0
    ca_file: Path = Path()
    fingerprint: str = ""
    session_age: int = 0

    @property
    def url(self) -> str:
        """The base URL; the SOAP endpoint is `/sdk` below it."""
        return f"https://{self.host}:{self.port}"

    def expire_sessions(self) -> None:
        """End every session behind its client's back, as the idle time-out does."""
        self.session_age += 1

    def grants(self, privilege: str) -> bool:
        """Whether its user holds a privilege. Those of the group System are everybody's."""
        return self.privileges is None or privilege in self.privileges or privilege.startswith("System.")

    @property
    def reports_crashes(self) -> bool:
        """Whether this API has VmGuestOSCrashedEvent and guestKernelCrashed: both came with 6.0."""
        return tuple(int(part) for part in self.api_version.split(".")) >= (6, 0)
