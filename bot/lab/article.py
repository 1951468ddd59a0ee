"""The site of the article this procedure comes from: vCenter 5.5, a host, and the machine DumpTest."""

import secrets
from pathlib import Path

from bot.lab.builder import AGENT_MANAGER, Builder, Release, System, made_up_uuid
from bot.lab.center import Center
from bot.lab.cluster import Cluster
from bot.lab.datastore import Datastore
from bot.lab.host import Host
from bot.lab.pace import Pace
from bot.lab.world import World

_DOMAIN = "lab.vmdump.invalid"
_RELEASE = Release("5.5.0", "1331820", "5.5", hardware_version="vmx-10", lockdown_mode=None)

# Windows Server 2012 R2 runs under the id of 2012 on vSphere 5.5.
_WINDOWS = System(
    "windows",
    "windows8Server64Guest",
    "Microsoft Windows Server 2012 (64-bit)",
    shown_as="Windows Server 2012 R2",
    memory_mb=4096,
)
_LINUX = System(
    "linux",
    "rhel7_64Guest",
    "Red Hat Enterprise Linux 7 (64-bit)",
    shown_as="Red Hat Enterprise Linux Server 7.9 (Maipo)",
    memory_mb=2048,
    distribution="rhel7",
)
_APPLIANCE = System(
    "linux",
    "sles11_64Guest",
    "SUSE Linux Enterprise 11 (64-bit)",
    shown_as="VMware vCenter Server Appliance",
    memory_mb=2048,
    distribution="sles11",
)


def article_world(folder: Path, *, speed: float = 60.0) -> World:
    """The article's site. `folder` takes the lab's files; `speed` divides every duration of it.

    All passwords are made up anew: read them from the world.
    """
    center = Center(
        version="5.5.0",
        build="1623101",
        api_version="5.5",
        instance_uuid=made_up_uuid("vcenter", _DOMAIN),
        username="vmdump@vsphere.local",
        password=secrets.token_urlsafe(12),
    )
    world = World(folder, center, Pace(speed=speed), datacenter="DC1")
    world.add_cluster(Cluster(moid="domain-c7", name="Prod-A", pool="resgroup-8"))
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
    builder = Builder(world, store, _RELEASE, _DOMAIN)
    _add_machines(builder, builder.host("host-9", "esx-03.example.com", "Prod-A"))
    return world


def _add_machines(builder: Builder, host: Host) -> None:
    target = builder.vm(
        "DumpTest",
        "/DC1/vm/prod",
        host,
        _WINDOWS,
        uuid="4230f9ee-a22a-3ce0-0233-07acaff8d25c",
        annotation='Owner: Billing, "invoice batch"',
        worlds=(3199732, 3199731),
    )
    builder.crashed_before(target)
    builder.vm("DumpTest2", "/DC1/vm/prod", host, _WINDOWS, worlds=(3201154, 3201150))
    builder.vm("web 01 [blue]", "/DC1/vm/prod", host, _LINUX, worlds=(2105156, 2105097))
    builder.vm("twin", "/DC1/vm/prod", host, _LINUX, worlds=(2292961, 2292957))
    builder.vm("twin", "/DC1/vm/test", host, _LINUX, worlds=(2293310, 2293304), directory="twin_1")
    builder.vm("archive", "/DC1/vm/prod", host, _LINUX, worlds=None)
    builder.vm("vCLS (1)", "/DC1/vm/vCLS", host, _LINUX, worlds=(2103350, 2103347), managed_by=AGENT_MANAGER)
    builder.vm("vcsa", "/DC1/vm/infra", host, _APPLIANCE, worlds=(1454883, 1454882))
    builder.vm("vmdump-bot", "/DC1/vm/infra", host, _LINUX, worlds=(1455301, 1455295))
