"""The site of the article this procedure comes from: vCenter 5.5, a host, and the machine DumpTest."""

import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import NAMESPACE_DNS, uuid5

from bot.lab.center import Center
from bot.lab.cluster import Cluster
from bot.lab.course import leave_dump
from bot.lab.datastore import Datastore
from bot.lab.guest import Family, Guest
from bot.lab.host import Host, Service
from bot.lab.pace import Pace
from bot.lab.vm import Vm
from bot.lab.world import World

# What fixed ids of the lab's own objects are derived from; never a real machine's.
_DOMAIN = "lab.vmdump.invalid"
_AGENT_MANAGER = "com.vmware.vim.eam"
_UP_FOR = timedelta(days=41, hours=3)

# Windows Server 2012 R2 runs under the id of 2012 on vSphere 5.5.
_WINDOWS = ("windows8Server64Guest", "Microsoft Windows Server 2012 (64-bit)")
_LINUX = ("rhel6_64Guest", "Red Hat Enterprise Linux 6 (64-bit)")
_APPLIANCE = ("sles11_64Guest", "SUSE Linux Enterprise 11 (64-bit)")


def article_world(folder: Path, *, speed: float = 60.0) -> World:
    """The article's site. `folder` takes the lab's files; `speed` divides every duration of it.

    All passwords are made up anew: read them from the world.
    """
    center = Center(
        version="5.5.0",
        build="1623101",
        api_version="5.5",
        instance_uuid=str(uuid5(NAMESPACE_DNS, f"vcenter.{_DOMAIN}")),
        username="vmdump@vsphere.local",
        password=secrets.token_urlsafe(12),
    )
    world = World(folder, center, Pace(speed=speed), datacenter="DC1")
    world.add_cluster(Cluster(moid="domain-c7", name="Prod-A", pool="resgroup-8"))
    host = world.add_host(
        Host(
            moid="host-9",
            name="esx-03.example.com",
            cluster="Prod-A",
            version="5.5.0",
            build="1331820",
            services=[
                Service("TSM", "ESXi Shell"),
                Service("TSM-SSH", "SSH"),
                Service("ntpd", "NTP Daemon", running=True, policy="on"),
            ],
            root_password=secrets.token_urlsafe(12),
        )
    )
    mount = "/vmfs/volumes/643475f9-d1354340"
    store = world.add_datastore(
        Datastore(
            moid="datastore-11",
            name="nfs01",
            mount=mount,
            url=f"ds://{mount}/",
            vm_url=mount,
            remote_host="nas-01.example.com",
            remote_path="/export/nfs01",
        )
    )
    _add_machines(_Builder(world, host, store))
    return world


def _add_machines(builder: "_Builder") -> None:
    target = builder.windows(
        "DumpTest",
        "/DC1/vm/prod",
        uuid="4230f9ee-a22a-3ce0-0233-07acaff8d25c",
        annotation='Owner: Billing, "invoice batch"',
        worlds=(3199732, 3199731),
    )
    builder.crashed_before(target)
    builder.windows("DumpTest2", "/DC1/vm/prod", worlds=(3201154, 3201150))
    builder.linux("web 01 [blue]", "/DC1/vm/prod", worlds=(2105156, 2105097))
    builder.linux("twin", "/DC1/vm/prod", worlds=(2292961, 2292957), directory="twin")
    builder.linux("twin", "/DC1/vm/test", worlds=(2293310, 2293304), directory="twin_1")
    builder.linux("archive", "/DC1/vm/prod", worlds=None)
    builder.linux("vCLS (1)", "/DC1/vm/vCLS", worlds=(2103350, 2103347), managed_by=_AGENT_MANAGER)
    builder.linux("vcsa", "/DC1/vm/infra", worlds=(1454883, 1454882), kind=_APPLIANCE)
    builder.linux("vmdump-bot", "/DC1/vm/infra", worlds=(1455301, 1455295))


class _Builder:
    """Adds machines to the one host and datastore, with ids in the order of adding."""

    def __init__(self, world: World, host: Host, datastore: Datastore) -> None:
        self._world = world
        self._host = host
        self._datastore = datastore
        self._booted_at = datetime.now(UTC) - _UP_FOR

    def windows(
        self,
        name: str,
        folder: str,
        *,
        worlds: tuple[int, int] | None,
        uuid: str | None = None,
        annotation: str = "",
    ) -> Vm:
        """A Windows Server 2012 R2 with 4 GiB."""
        vm = self._vm(name, folder, name, "windows", worlds, _WINDOWS)
        vm.uuid = uuid or vm.uuid
        vm.annotation = annotation
        return vm

    def linux(
        self,
        name: str,
        folder: str,
        *,
        worlds: tuple[int, int] | None,
        directory: str | None = None,
        kind: tuple[str, str] = _LINUX,
        managed_by: str | None = None,
    ) -> Vm:
        """A Linux as installed: it logs an unknown NMI and carries on."""
        vm = self._vm(name, folder, directory or name, "linux", worlds, kind)
        vm.guest.nmi_ignored = True
        vm.managed_by = managed_by
        return vm

    def crashed_before(self, vm: Vm) -> None:
        """Leave the dump of a crash of a hundred days ago in the guest."""
        vm.guest.keep(leave_dump(self._world, vm, crashed_at=datetime.now(UTC) - timedelta(days=100)))

    def _vm(
        self,
        name: str,
        folder: str,
        directory: str,
        family: Family,
        worlds: tuple[int, int] | None,
        kind: tuple[str, str],
    ) -> Vm:
        number = len(self._world.vms) + 1
        user = r"LAB\svc-vmdump" if family == "windows" else "svc-vmdump"
        guest = Guest(
            family=family,
            host_name=f"{directory.split(' ')[0].lower()}.example.com",
            username=user,
            password=secrets.token_urlsafe(12),
            booted_at=self._booted_at,
            state="running" if worlds else "off",
        )
        return self._world.add_vm(
            Vm(
                moid=f"vm-{100 + number}",
                name=name,
                folder=folder,
                host=self._host,
                datastore=self._datastore,
                directory=directory,
                uuid=str(uuid5(NAMESPACE_DNS, f"bios.{number}.{_DOMAIN}")),
                instance_uuid=str(uuid5(NAMESPACE_DNS, f"instance.{number}.{_DOMAIN}")),
                memory_mb=4096 if family == "windows" else 2048,
                cpus=2,
                guest_id=kind[0],
                guest_full_name=kind[1],
                guest=guest,
                powered_on_at=self._booted_at,
                world_id=worlds[0] if worlds else None,
                cartel_id=worlds[1] if worlds else None,
            )
        )
