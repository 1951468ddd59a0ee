"""A second site of today: vCenter 8.0, two clusters, and machines of every awkward kind.

Its managed object ids and those of the article's site are partly the same, as in life: they mean something
within one vCenter only. Of the names only `twin` is in both.
"""

import secrets
from pathlib import Path

from bot.lab.builder import AGENT_MANAGER, Builder, Release, System, made_up_uuid
from bot.lab.center import Center
from bot.lab.cluster import CLASS, MONITORED, Cluster, Settings
from bot.lab.datastore import Datastore
from bot.lab.host import Host
from bot.lab.pace import Pace
from bot.lab.vm import Vm
from bot.lab.world import World

_DOMAIN = "modern.lab.vmdump.invalid"
_RELEASE = Release(
    "8.0.3", "24022510", "8.0.3.0", hardware_version="vmx-21", lockdown_mode="lockdownDisabled"
)

_WINDOWS = System(
    "windows",
    "windows2019srvNext_64Guest",
    "Microsoft Windows Server 2022 (64-bit)",
    shown_as="Windows Server 2022",
    memory_mb=8192,
)
_LINUX = System(
    "linux",
    "rhel9_64Guest",
    "Red Hat Enterprise Linux 9 (64-bit)",
    shown_as="Red Hat Enterprise Linux 9.4 (Plow)",
    memory_mb=2048,
)
_DEBIAN = System(
    "linux",
    "debian12_64Guest",
    "Debian GNU/Linux 12 (64-bit)",
    shown_as="Debian GNU/Linux 12 (bookworm)",
    memory_mb=512,
    distribution="debian12",
)


def modern_world(folder: Path, *, speed: float = 60.0) -> World:
    """The site of today. `folder` takes the lab's files; for the rest see article_world."""
    center = Center(
        version="8.0.3",
        build="24022515",
        api_version="8.0.3.0",
        instance_uuid=made_up_uuid("vcenter", _DOMAIN),
        username="vmdump@vsphere.local",
        password=secrets.token_urlsafe(12),
    )
    world = World(folder, center, Pace(speed=speed), datacenter="DC2")
    production = world.add_cluster(Cluster(moid="domain-c8", name="Prod-B", pool="resgroup-9"))
    world.add_cluster(Cluster(moid="domain-c16", name="Test-B", pool="resgroup-17"))
    mount = "/vmfs/volumes/5f2b8e1a-0c4d7e90"
    url = f"ds://{mount}/"
    world.add_datastore(
        Datastore(
            moid="datastore-12",
            name="nfs11",
            mount=mount,
            url=url,
            vm_url=url,
            remote_host="nas-11.example.com",
            remote_path="/export/nfs11",
        )
    )
    builder = _builder(world)
    first = builder.host("host-20", "esx-11.example.com", "Prod-B")
    second = builder.host("host-23", "esx-12.example.com", "Prod-B")
    testing = builder.host("host-26", "esx-21.example.com", "Test-B")
    production.ha |= {"enabled": True, "vmMonitoring": MONITORED}
    production.drs |= {"enabled": True}
    _add_production(builder, first, second)
    _add_awkward(builder, first, second)
    builder.vm("stubborn-01", "/DC2/vm/test", testing, _LINUX, worlds=(2099312, 2099307))
    production.rules = {1: _apart(world.vm("node-a"), world.vm("node-b"))}
    return world


def add_debian(world: World, name: str, moid: str) -> Vm:
    """One more machine, for a guest that is real: `real_guest` of bot.lab.qemu.guest."""
    host = world.host("esx-11.example.com")
    return _builder(world).vm(name, "/DC2/vm/prod", host, _DEBIAN, moid=moid, worlds=(2103118, 2103109))


def _builder(world: World) -> Builder:
    return Builder(world, world.datastores[0], _RELEASE, _DOMAIN)


def _apart(*vms: Vm) -> Settings:
    """A rule of DRS that keeps machines on different hosts."""
    return {
        CLASS: "vim.cluster.AntiAffinityRuleSpec",
        "name": "nodes apart",
        "enabled": True,
        "mandatory": False,
        "userCreated": True,
        "ruleUuid": made_up_uuid("rule.1", _DOMAIN),
        "vm": [vm.moid for vm in vms],
    }


def _add_production(builder: Builder, first: Host, second: Host) -> None:
    prod = "/DC2/vm/prod"
    builder.vm(
        "PayDB",
        prod,
        first,
        _WINDOWS,
        worlds=(2101774, 2101770),
        annotation="Owner: Payments\nTier: 1",
    )
    _panicking(builder.vm("kdump-01", prod, first, _LINUX, worlds=(2101912, 2101905)))
    builder.vm("node-a", prod, first, _LINUX, worlds=(2102066, 2102061))
    builder.vm("node-b", prod, second, _LINUX, worlds=(2102066, 2102060))
    builder.vm("twin", prod, second, _LINUX, worlds=(2102240, 2102231))


def _panicking(vm: Vm) -> None:
    """Somebody has set it up to panic at an NMI."""
    guest = vm.guest
    text = "kernel.unknown_nmi_panic = 1\nkernel.panic_on_unrecovered_nmi = 1\n"
    guest.files.write("/etc/sysctl.d/99-nmi.conf", text, guest.booted_at)
    guest.linux.boot(guest.booted_at)


def _add_awkward(builder: Builder, first: Host, second: Host) -> None:
    """A name with a slash as vCenter keeps it, one beyond ASCII, and machines that no NMI may be sent to."""
    prod = "/DC2/vm/prod"
    builder.vm("web%2f01 (copy)", prod, first, _LINUX, worlds=(2102388, 2102380), directory="web_01 (copy)")
    builder.vm("東京-01", prod, second, _LINUX, worlds=(2102502, 2102497))
    builder.vm("rhel9-golden", "/DC2/vm/templates", first, _LINUX, worlds=None, template=True)
    builder.vm("month-end", prod, second, _LINUX, worlds=None, suspended=True)
    builder.vm("vault-01", prod, second, _LINUX, worlds=(2102650, 2102641), encrypted=True)
    builder.vm("ledger-ft", prod, first, _LINUX, worlds=(2102791, 2102782), fault_tolerance="running")
    builder.vm(
        "vCLS-5f2b8e1a", "/DC2/vm/vCLS", first, _LINUX, worlds=(2100188, 2100184), managed_by=AGENT_MANAGER
    )
