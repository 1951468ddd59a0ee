"""What a client's inventory cache holds, and what its vCenter says when it is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bot.core.names import Names
from bot.core.target import NamedVm
from bot.vsphere import PyVmomiVCenter
from bot.vsphere.inventory import read_names


async def until(holds: Callable[[], bool]) -> None:
    """vCenter's changes come in on another thread."""
    async with asyncio.timeout(120):
        while True:
            if holds():
                return
            await asyncio.sleep(0.01)


async def kept(vcenter: PyVmomiVCenter, fits: Callable[[dict[str, NamedVm]], bool] = bool) -> Names:
    """What the cache holds, once it fits; the VMs are given by their names."""
    seen = Names()

    def fitting() -> bool:
        nonlocal seen
        before, seen = seen, vcenter._inventory.names() or seen
        return seen is not before and fits({vm.name: vm for vm in seen})

    await until(fitting)
    return seen


async def asked(vcenter: PyVmomiVCenter) -> dict[str, NamedVm]:
    names = await vcenter._ask(lambda link: read_names(link, "vc1"))
    return {vm.moid: vm for vm in names}


def by_moid(names: Names) -> dict[str, NamedVm]:
    return {vm.moid: vm for vm in names}
