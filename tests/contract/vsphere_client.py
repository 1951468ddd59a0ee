"""The lab's vCenter as an endpoint."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import replace

from bot.core.change import ServiceChange
from bot.core.errors import OutcomeUnknown, VmdumpError
from bot.lab.vcenter.privileges import KNOWN
from bot.lab.world import World
from bot.vsphere import GuestRule, PyVmomiVCenter, VCenterEndpoint

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

    def https(name: str) -> tuple[str, int]:
        host = world.host(name)
        return host.address, host.https_port

    return VCenterEndpoint(
        name="vc1",
        host=center.host,
        port=center.port,
        username=center.username,
        password=lambda: center.password,
        ca_file=center.ca_file,
        socket_seconds=30,
        call_seconds=60,
        host_address=https,
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


def client_of(world: World, **endpoint: float) -> PyVmomiVCenter:
    """Knows every guest but vm-102."""
    passwords = {vm.moid: vm.guest.password for vm in world.vms}
    rules = [
        GuestRule(
            covers=lambda machine, family=family: (
                machine.family == family and machine.target.moid != "vm-102"
            ),  # type: ignore[misc]
            username=next(vm.guest.username for vm in world.vms if vm.guest.family == family),
            password=lambda machine: passwords[machine.target.moid],
        )
        for family in ("windows", "linux")
    ]
    return PyVmomiVCenter(replace(endpoint_of(world), **endpoint), rules)  # type: ignore[arg-type] # of several kinds


def without(world: World, privilege: str) -> None:
    """The lab's account loses a privilege."""
    world.vcenter.privileges = frozenset(KNOWN) - {privilege}


async def cut_at(world: World, gate: str, call: Awaitable[object]) -> object:
    """Breaks the connection when the call stands at the gate; gives what it raised or returned."""
    world.gates.close(gate)

    async def cut() -> None:
        await world.gates.reached(gate)
        world.gates.open(gate, drop=True)

    outcome, _ = await asyncio.gather(call, cut(), return_exceptions=True)
    return outcome


async def refusal(call: Awaitable[object]) -> VmdumpError:
    """What a call raises that is known to have done nothing."""
    try:
        await call
    except OutcomeUnknown as error:
        raise AssertionError("its outcome is unknown") from error
    except VmdumpError as error:
        return error
    raise AssertionError("it was not refused")
