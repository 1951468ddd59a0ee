"""The VM as identified, and what was read of it and of its host."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from bot.core.value import Value


class Target(Value):
    """The VM as identified. Names are shown, never compared: the ids decide."""

    vcenter: str
    """name of the vCenter in the settings"""
    moid: str
    name: str
    instance_uuid: str
    """lower case with dashes; unique in its vCenter"""
    bios_uuid: str
    """lower case with dashes; what ``esxcli vm process list`` shows; copies of a VM may share it"""
    vmx_path: str
    """as the host's shell sees it: ``/vmfs/volumes/<datastore>/<folder>/<name>.vmx``"""
    host_moid: str
    host_name: str


class Service(Value):
    """A host service such as ``TSM-SSH``."""

    id: str
    label: str
    running: bool
    policy: str
    """``on``, ``off`` or ``automatic``"""


class Ruleset(Value):
    """A rule set of a host's firewall, such as ``sshServer``, and who it lets in."""

    id: str
    enabled: bool
    all_addresses: bool
    addresses: tuple[str, ...] = ()
    """single addresses, and networks as ``192.0.2.0/24``; they count where not all are let in"""

    def same(self, other: Ruleset) -> bool:
        """Whether both let in the same: in what order the addresses are listed is the host's affair."""
        if self.all_addresses or other.all_addresses:
            return (self.id, self.enabled, self.all_addresses) == (
                other.id,
                other.enabled,
                other.all_addresses,
            )
        return (self.id, self.enabled, self._networks) == (other.id, other.enabled, other._networks)

    @property
    def _networks(self) -> frozenset[IPv4Network | IPv6Network]:
        return frozenset(ip_network(known, strict=False) for known in self.addresses)

    def lets_in(self, address: str) -> bool:
        """Raises ``ValueError`` for what is no address."""
        return self.enabled and (
            self.all_addresses or any(ip_address(address) in network for network in self._networks)
        )


class Host(Value):
    moid: str
    name: str
    version: str
    build: str
    connection: str
    """``connected``, ``disconnected`` or ``notResponding``"""
    maintenance: bool
    lockdown: str | None
    """``lockdownDisabled``, ``lockdownNormal`` or ``lockdownStrict``; None before vSphere 6.0"""
    services: tuple[Service, ...]
    ssh_ruleset: Ruleset | None = None
    """None where the host shows none"""

    def service(self, service_id: str) -> Service | None:
        return next((s for s in self.services if s.id == service_id), None)


class Machine(Value):
    """What one reading of the VM said, all of it in one question to vCenter."""

    target: Target
    path: str
    """inventory path, ``/DC1/vm/prod/DumpTest``"""
    guest_id: str
    guest_name: str
    family: str
    """``windows``, ``linux`` or ``other``"""
    notes: str
    memory_mib: int
    cpus: int
    power: str
    """``poweredOn``, ``poweredOff`` or ``suspended``"""
    connection: str
    template: bool
    managed_by: str | None
    """extension that owns the VM, ``com.vmware.vim.eam`` for agents"""
    question: str | None
    """the text of a pending question: the VM stands until somebody answers"""
    fault_tolerance: str
    cluster: str | None
    resource_pool: str | None
    guest_host_name: str | None
    """what the guest says of itself: never selects a VM"""
    guest_addresses: tuple[str, ...]
    heartbeat: str
    """``green``, ``yellow``, ``red`` or ``gray``"""
    tools: str
    """``guestToolsRunning``, ``guestToolsNotRunning``, ``guestToolsExecutingScripts``"""
    disabled_methods: tuple[str, ...]
    cluster_moid: str | None = None
    encrypted: bool = False
    migrating: bool = False
    """a migration of it is under way"""
    tags: tuple[str, ...] | None = None
    """``category:name``, as far as policies ask for them; None where they were not or could not be read"""
    attributes: tuple[str, ...] | None = None
    """``name=value`` of custom attributes; None where they could not be read"""

    @property
    def identity(self) -> tuple[str, ...]:
        """What stays the same when it moves to another host."""
        target = self.target
        return (target.vcenter, target.moid, target.instance_uuid, target.bios_uuid, target.vmx_path)


class NamedVm(Value):
    """A row of the inventory, enough to choose a VM by."""

    vcenter: str
    moid: str
    name: str
    path: str
    instance_uuid: str
    bios_uuid: str = ""
    """copies of a VM may share it"""
    host_moid: str = ""
    guest_host_name: str | None = None
    """what the guest says of itself: never selects a VM"""
    guest_addresses: tuple[str, ...] = ()
    """the same"""
