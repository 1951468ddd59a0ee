"""A simulated virtual machine, as vCenter and its host know it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from bot.lab.datastore import Datastore
from bot.lab.guest import Guest
from bot.lab.host import Host
from bot.lab.vmware_log import VmwareLog
from bot.lab.watched import Watched

if TYPE_CHECKING:
    from bot.lab.qemu.machine import Machine


@dataclass(eq=False)
class Vm(Watched):
    """One virtual machine.

    `world_id` and `cartel_id` are None while it is powered off: it has no worlds then. `folder` is its place
    in the inventory (`/DC1/vm/prod`), `uuid` its BIOS UUID. `managed_by` names the extension that owns an
    agent machine. `migrating` holds while `World.migrate` moves it. `attributes` are its custom attributes by
    name, `tags` its tags as `category:name`; give new ones, they are not to be changed in place.

    Switches for stories: `connection_state` (`orphaned`, `inaccessible`), `suspended`, `encrypted`,
    `question` (the text of one that has stopped it) and `disabled_methods` (as the API names them, e.g.
    `SendNMI`). They change what vCenter tells and allows; while a machine is suspended it has no worlds,
    whatever `world_id` says. `thin` is how its disk takes room (None leaves it to the datastore, and an NFS
    export is thin), `snapshots` are the names of those it has, and `consolidation_needed` says that removing
    one was left half done.

    `machine` is what really runs where the guest is real; `real_guest` of bot.lab.qemu.guest sets it.
    """

    moid: str
    name: str
    folder: str
    host: Host = field(repr=False)
    datastore: Datastore = field(repr=False)
    directory: str
    uuid: str
    instance_uuid: str
    memory_mb: int
    cpus: int
    guest_id: str
    guest_full_name: str
    guest: Guest
    powered_on_at: datetime
    world_id: int | None = None
    cartel_id: int | None = None
    annotation: str = ""
    managed_by: str | None = None
    connection_state: str = "connected"
    fault_tolerance: str = "notConfigured"
    template: bool = False
    suspended: bool = False
    encrypted: bool = False
    migrating: bool = False
    question: str | None = None
    disabled_methods: tuple[str, ...] = ()
    hardware_version: str = "vmx-10"
    attributes: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    machine: "Machine | None" = field(default=None, repr=False)
    thin: bool | None = None
    snapshots: tuple[str, ...] = ()
    consolidation_needed: bool = False
    log: VmwareLog = field(default_factory=VmwareLog, repr=False)

    @property
    def grows(self) -> bool:
        """Whether what its guest writes takes room on the datastore."""
        thin = self.datastore.type == "NFS" if self.thin is None else self.thin
        return thin or bool(self.snapshots)

    @property
    def powered_on(self) -> bool:
        """Whether it runs."""
        return self.power_state == "poweredOn"

    @property
    def power_state(self) -> Literal["poweredOn", "poweredOff", "suspended"]:
        """As the API names it."""
        if self.suspended:
            return "suspended"
        return "poweredOff" if self.world_id is None else "poweredOn"

    @property
    def memory_bytes(self) -> int:
        """Its configured memory."""
        return self.memory_mb * 2**20

    @property
    def vmx_path(self) -> str:
        """The configuration file as vCenter writes it: `[datastore] directory/name.vmx`."""
        return f"[{self.datastore.name}] {self._vmx}"

    @property
    def vmx_file(self) -> str:
        """The configuration file as the host's shell writes it."""
        return f"{self.datastore.mount}/{self._vmx}"

    @property
    def esxcli_uuid(self) -> str:
        """The BIOS UUID as esxcli prints it: sixteen bytes in the order of `uuid`, a dash in the middle."""
        digits = self.uuid.replace("-", "")
        pairs = [digits[i : i + 2] for i in range(0, 32, 2)]
        return " ".join(pairs[:8]) + "-" + " ".join(pairs[8:])

    @property
    def _vmx(self) -> str:
        return f"{self.directory}/{self.directory.rsplit('/', 1)[-1]}.vmx"
