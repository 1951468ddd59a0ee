"""The lab's vCenter as an endpoint."""

from __future__ import annotations

from bot.core.change import ServiceChange
from bot.lab.world import World
from bot.vsphere import GuestRule, VCenterEndpoint

HOST = "host-9"
SSH = ServiceChange(
    vcenter="vc1",
    host_moid=HOST,
    host_name="esx-03.example.com",
    service="TSM-SSH",
    label="SSH",
    former_policy="off",
)


def endpoint_of(world: World) -> VCenterEndpoint:
    center = world.vcenter
    return VCenterEndpoint(
        name="vc1",
        host=center.host,
        port=center.port,
        username=center.username,
        password=lambda: center.password,
        ca_file=center.ca_file,
        socket_seconds=10,
        call_seconds=20,
    )


def rules_of(world: World) -> tuple[GuestRule, ...]:
    guest = world.vm("DumpTest").guest
    return (
        GuestRule(
            covers=lambda machine: machine.path == "/DC1/vm/prod/DumpTest",
            username=guest.username,
            password=lambda _: guest.password,
            dump_file=guest.dump_path,
        ),
    )
