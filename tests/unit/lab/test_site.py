"""The inventory follows machines that come, go, move and change."""

from pathlib import Path
from typing import Any

import pytest
from pyVmomi import vim

from bot.lab.modern import modern_world
from bot.lab.vcenter.moid import moid_of
from bot.lab.vcenter.site import Site
from bot.lab.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return modern_world(tmp_path)


@pytest.fixture
def site(world: World) -> Site:
    return Site(world)


def value(site: Site, ref: Any, name: str) -> Any:
    node = site.inventory.find(ref)
    assert node is not None
    read = site.inventory.value(node, name)
    return [moid_of(each) for each in read] if isinstance(read, list) else read


def test_a_machine_that_goes_is_nowhere(world: World, site: Site) -> None:
    vm = world.vm("node-a")
    ref, host = vim.VirtualMachine(vm.moid), vim.HostSystem(vm.host.moid)
    assert vm.moid in value(site, host, "vm")
    world.remove_vm(vm)
    assert site.inventory.find(ref) is None
    assert vm.moid not in site.vms
    for place, name in (
        (host, "vm"),
        (vim.Datastore(vm.datastore.moid), "vm"),
        (vim.Folder("group-v21"), "childEntity"),
    ):
        assert vm.moid not in value(site, place, name)
    vm.name = "still somewhere else"
    with pytest.raises(ValueError, match="not in list"):
        world.remove_vm(vm)


def test_a_machine_that_comes_is_found_in_a_folder_of_its_own(world: World, site: Site) -> None:
    vm = world.vm("node-a")
    world.remove_vm(vm)
    vm.folder = "/DC2/vm/new/deep"
    world.add_vm(vm)
    folder = value(site, vim.VirtualMachine(vm.moid), "parent")
    assert value(site, folder, "name") == "deep"
    assert value(site, value(site, folder, "parent"), "name") == "new"
    assert value(site, folder, "childEntity") == [vm.moid]


def test_a_machine_that_moves_is_with_its_new_host(world: World, site: Site) -> None:
    vm, test = world.vm("node-a"), world.host("esx-21.example.com")
    before = vim.HostSystem(vm.host.moid)
    assert vm.moid in value(site, before, "vm")
    vm.host = test
    assert vm.moid not in value(site, before, "vm")
    assert vm.moid in value(site, vim.HostSystem(test.moid), "vm")
    pool = value(site, vim.VirtualMachine(vm.moid), "resourcePool")
    assert moid_of(pool) == world.cluster("Test-B").pool


def test_only_what_changed_is_computed_anew(world: World, site: Site) -> None:
    changed, other = (site.inventory.find(vim.VirtualMachine(world.vm(n).moid)) for n in ("node-a", "node-b"))
    assert changed is not None
    assert other is not None
    first = [site.inventory.value(node, "config") for node in (changed, other)]
    world.vm("node-a").annotation = "seen"
    second = [site.inventory.value(node, "config") for node in (changed, other)]
    assert second[0].annotation == "seen"
    assert second[0] is not first[0]
    assert second[1] is first[1]


def test_what_depends_on_anything_is_computed_after_any_change(world: World, site: Site) -> None:
    ref = vim.Task("task-1")
    site.add(ref, {"info": lambda: world.revision})
    before = value(site, ref, "info")
    world.vm("node-a").annotation = "seen"
    assert value(site, ref, "info") == world.revision > before
