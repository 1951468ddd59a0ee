"""A simulated ESXi host and its services."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal

from bot.lab.firewall import SSH_RULESET, Ruleset
from bot.lab.vmdumper import NORMAL, Answer
from bot.lab.watched import Watched

SSH_SERVICE = "TSM-SSH"
# Seconds after its start at which a shell is stopped by the host itself; 0: never.
SHELL_TIMEOUT = "UserVars.ESXiShellTimeOut"
_OPTIONS = (SHELL_TIMEOUT, "UserVars.ESXiShellInteractiveTimeOut", "UserVars.SuppressShellWarning")

NmiManifest = Literal["works", "never-sends", "absent"]


@dataclass(eq=False)
class Service(Watched):
    """A service of a host, as `HostServiceSystem` lists it."""

    id: str
    label: str
    running: bool = False
    policy: str = "off"


@dataclass(eq=False)
class Host(Watched):
    """One host of the cluster it names. The fields of the second half are filled when the world serves, and
    then stay the same.

    `login_methods` are those its SSH offers. Real hosts are said to ask by keyboard-interactive only
    (unconfirmed); the lab offers both unless told otherwise. `authorized_keys` holds lines of that file.
    `ssh_refused` keeps the port closed though the service runs. `old_ssh`: its SSH, from its next start on,
    knows no ciphers but those that clients of today refuse. While `connection_state` is not `connected`,
    vCenter passes no change on to the host and shows what it knew last. `nmi_manifest` is what becomes of the
    support bundle's HungVM:Send_NMI_To_Guest: hosts older than 6.5 do not offer it (it is said to have failed
    on 6.0) unless told so later, and one may accept it and never send the NMI.
    """

    moid: str
    name: str
    cluster: str
    version: str
    build: str
    services: list[Service]
    root_password: str = field(repr=False)
    api_version: str = "5.5"
    cpu_model: str = "Intel(R) Xeon(R) CPU E5-2680 v2 @ 2.80GHz"
    memory_bytes: int = 128 * 2**30
    connection_state: str = "connected"
    in_maintenance_mode: bool = False
    lockdown_mode: str | None = None
    lockdown_exceptions: tuple[str, ...] = ()
    vmdumper: Answer = NORMAL
    login_methods: frozenset[str] = frozenset({"password", "keyboard-interactive"})
    authorized_keys: str = ""
    ssh_refused: bool = False
    old_ssh: bool = False
    nmi_manifest: NmiManifest = "works"
    rulesets: list[Ruleset] = field(
        default_factory=lambda: [Ruleset(SSH_RULESET, "SSH Server", 22, required=True)]
    )
    options: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_OPTIONS, 0))

    address: str = "127.0.0.1"
    ssh_port: int = 0
    https_port: int = 0
    host_key: str = field(default="", repr=False)
    certificate: str = field(default="", repr=False)
    ssh_changed: Callable[[], Awaitable[None]] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if _release(self.version) < (6, 5):
            self.nmi_manifest = "absent"

    def service(self, service_id: str) -> Service:
        """The service of that id. KeyError: the host has none."""
        for service in self.services:
            if service.id == service_id:
                return service
        raise KeyError(service_id)

    def ruleset(self, ruleset_id: str) -> Ruleset:
        """The ruleset of that id. KeyError: the host's firewall has none."""
        for ruleset in self.rulesets:
            if ruleset.id == ruleset_id:
                return ruleset
        raise KeyError(ruleset_id)

    def locks_out(self, user: str) -> bool:
        """Whether lockdown keeps a user out of its shells: everybody who is no exception user.

        Those also have to be administrators of the host; in the lab they are.
        """
        locked = self.lockdown_mode in {"lockdownNormal", "lockdownStrict"}
        return locked and user not in self.lockdown_exceptions

    @property
    def ssh_open(self) -> bool:
        """Whether its SSH answers the lab's clients, which all come from the host's own address."""
        reachable = not self.ssh_refused and self.ruleset(SSH_RULESET).admits(self.address)
        return self.service(SSH_SERVICE).running and reachable

    @property
    def known_hosts_line(self) -> str:
        """What a known_hosts file needs to trust this host's SSH."""
        return f"[{self.address}]:{self.ssh_port} {self.host_key}"


def _release(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2])
