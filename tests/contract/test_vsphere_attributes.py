"""The custom attributes of a machine, which come with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.lab.article import article_world
from bot.lab.modern import modern_world
from bot.lab.world import World
from bot.vsphere import PyVmomiVCenter
from tests.contract.vsphere_client import endpoint_of

VM, OTHER = "vm-101", "vm-102"
BOTH = pytest.mark.parametrize("build", [article_world, modern_world], ids=["5.5", "8.0"])


@BOTH
async def test_they_are_names_and_values(build: Callable[[Path], World], tmp_path: Path) -> None:
    async with build(tmp_path).serve() as world, PyVmomiVCenter(endpoint_of(world)) as vcenter:
        assert (await vcenter.machine(VM)).attributes == ()
        world.vm(VM).attributes = {"tier": "1", "Besitzer": "Müller & Söhne", "note": "a=b 50%25"}
        seen = (await vcenter.machine(VM)).attributes
        assert seen == ("Besitzer=Müller & Söhne", "note=a=b 50%25", "tier=1")
        # What one machine has, others can have.
        assert (await vcenter.machine(OTHER)).attributes == ()


async def test_one_without_text_is_none(tmp_path: Path) -> None:
    async with modern_world(tmp_path).serve() as world, PyVmomiVCenter(endpoint_of(world)) as vcenter:
        world.vm(VM).attributes = {"tier": "", "owner": "Payments"}
        assert (await vcenter.machine(VM)).attributes == ("owner=Payments",)


@BOTH
@pytest.mark.parametrize("withheld", ["customValue", "availableField"])
async def test_those_that_are_withheld_are_unknown(
    build: Callable[[Path], World], withheld: str, tmp_path: Path
) -> None:
    async with build(tmp_path).serve() as world, PyVmomiVCenter(endpoint_of(world)) as vcenter:
        world.vm(VM).attributes = {"tier": "1"}
        world.vcenter.unreadable.add((VM, withheld))
        machine = await vcenter.machine(VM)
        assert (machine.attributes, machine.target.moid) == (None, VM)
