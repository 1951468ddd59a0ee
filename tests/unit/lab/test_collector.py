"""The property collector over the article's inventory, without a network."""

import dataclasses
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from pyVmomi import vim, vmodl

from bot.lab.article import article_world
from bot.lab.cluster import Cluster
from bot.lab.vcenter.collector import Collector
from bot.lab.vcenter.response import element
from bot.lab.vcenter.site import DATACENTER, HOST_FOLDER, ROOT, Site
from bot.lab.world import World

PC = vmodl.query.PropertyCollector
V5_5, V6_0 = "vim.version.version9", "vim.version.version10"
NS = "{urn:vim25}"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return article_world(tmp_path)


@pytest.fixture
def site(world: World) -> Site:
    return Site(world)


def ask(site: Site, spec: Any, version: str = V5_5, unreadable: Any = frozenset()) -> list[dict[str, Any]]:
    found = Collector(site.inventory, set(unreadable), version).retrieve([spec])
    objects = "".join(f"<o>{each}</o>" for each in found)
    wrapped = f'<r xmlns="urn:vim25" xmlns:xsd="urn:d" xmlns:xsi="urn:i">{objects}</r>'
    answers = []
    for each in ET.fromstring(wrapped):  # noqa: S314 - the lab's own words
        answer: dict[str, Any] = {"obj": each.findtext(f"{NS}obj"), "missing": []}
        for prop in each.findall(f"{NS}propSet"):
            answer[prop.findtext(f"{NS}name") or ""] = "".join(prop.find(f"{NS}val").itertext())  # type: ignore[union-attr] # an answer without val fails here, as it should
        answer["missing"] = [missing.findtext(f"{NS}path") for missing in each.findall(f"{NS}missingSet")]
        answers.append(answer)
    return answers


def of(ref: Any, paths: list[str], **options: Any) -> Any:
    return PC.FilterSpec(
        objectSet=[PC.ObjectSpec(obj=ref)],
        propSet=[PC.PropertySpec(type=type(ref), pathSet=paths, **options)],
    )


def down_the_folders(paths: list[str]) -> Any:
    folders = PC.TraversalSpec(
        name="folders",
        type=vim.Folder,
        path="childEntity",
        selectSet=[PC.SelectionSpec(name="folders"), PC.SelectionSpec(name="vms")],
    )
    vms = PC.TraversalSpec(
        name="vms", type=vim.Datacenter, path="vmFolder", selectSet=[PC.SelectionSpec(name="folders")]
    )
    return PC.FilterSpec(
        objectSet=[PC.ObjectSpec(obj=ROOT, skip=True, selectSet=[folders, vms])],
        propSet=[PC.PropertySpec(type=vim.VirtualMachine, pathSet=paths)],
    )


def test_named_selections_recurse_through_the_folders(site: Site, world: World) -> None:
    found = ask(site, down_the_folders(["name"]))
    assert sorted(each["name"] for each in found) == sorted(vm.name for vm in world.vms)


def test_a_property_is_read_at_any_depth(site: Site, world: World) -> None:
    vm = world.vm("DumpTest")
    ref = vim.VirtualMachine(vm.moid)
    paths = ["config.hardware.memoryMB", "config.uuid", "summary.config.vmPathName", "runtime.host"]
    assert ask(site, of(ref, paths)) == [
        {
            "obj": vm.moid,
            "missing": [],
            "config.hardware.memoryMB": "4096",
            "config.uuid": "4230f9ee-a22a-3ce0-0233-07acaff8d25c",
            "summary.config.vmPathName": "[nfs01] DumpTest/DumpTest.vmx",
            "runtime.host": "host-9",
        }
    ]


def test_what_is_unset_is_left_out(site: Site) -> None:
    assert ask(site, of(vim.VirtualMachine("vm-101"), ["runtime.question", "config.managedBy.type"])) == [
        {"obj": "vm-101", "missing": []}
    ]


def test_a_property_newer_than_the_version_does_not_exist(site: Site, world: World) -> None:
    spec = of(vim.VirtualMachine("vm-101"), ["guest.guestKernelCrashed"])
    with pytest.raises(vmodl.query.InvalidProperty):
        ask(site, spec)
    assert ask(site, spec, V6_0)[0]["guest.guestKernelCrashed"] == "false"
    whole = of(vim.VirtualMachine("vm-101"), ["guest"])
    assert site.inventory.find(vim.VirtualMachine("vm-101")) is not None
    assert "guestKernelCrashed" not in str(Collector(site.inventory, set(), V5_5).retrieve([whole]))
    assert "guestKernelCrashed" in str(Collector(site.inventory, set(), V6_0).retrieve([whole]))


def test_an_unknown_property_and_an_unknown_object_are_faults(site: Site) -> None:
    with pytest.raises(vmodl.query.InvalidProperty):
        ask(site, of(vim.VirtualMachine("vm-101"), ["config.colour"]))
    with pytest.raises(vmodl.fault.ManagedObjectNotFound):
        ask(site, of(vim.VirtualMachine("vm-999"), ["name"]))


def test_what_may_not_be_read_is_missing(site: Site) -> None:
    spec = of(vim.VirtualMachine("vm-101"), ["name", "config"])
    assert ask(site, spec, unreadable={("vm-101", "config")}) == [
        {"obj": "vm-101", "name": "DumpTest", "missing": ["config"]}
    ]


def test_a_change_of_the_world_is_seen_at_once(site: Site, world: World) -> None:
    spec = of(vim.VirtualMachine("vm-101"), ["guestHeartbeatStatus", "guest.guestOperationsReady"])
    assert ask(site, spec)[0]["guestHeartbeatStatus"] == "green"
    world.deliver_nmi(world.hosts[0], 3199732)
    after = ask(site, spec)[0]
    assert (after["guestHeartbeatStatus"], after["guest.guestOperationsReady"]) == ("red", "false")


@pytest.mark.parametrize("version", [V5_5, V6_0, "vim.version.v9_1_1_0"])
def test_every_object_can_be_read_whole(site: Site, version: str) -> None:
    inventory = site.inventory
    for node in list(inventory._nodes.values()):
        answer = ask(site, of(node.ref, [], all=True), version)
        assert answer[0]["obj"] == node.moid


def test_the_places_hang_together(site: Site, world: World) -> None:
    parent = ask(site, of(vim.VirtualMachine("vm-101"), ["parent"]))[0]["parent"]
    above = ask(site, of(vim.Folder(parent), ["name", "parent"]))[0]
    assert above["name"] == "prod"
    assert ask(site, of(vim.Folder(above["parent"]), ["name", "parent"]))[0]["parent"] == DATACENTER._moId
    assert ask(site, of(vim.HostSystem("host-9"), ["parent"]))[0]["parent"] == world.clusters[0].moid


def test_each_cluster_has_its_hosts_and_machines(world: World) -> None:
    """Machines are in the pool of the cluster whose host they run on, wherever their folder is."""
    other = world.add_cluster(Cluster("domain-c17", "Test-A", "resgroup-18"))
    host = world.add_host(
        dataclasses.replace(world.hosts[0], moid="host-19", name="esx-04", cluster="Test-A")
    )
    world.vm("archive").host = host
    site = Site(world)
    assert ask(site, of(vim.ClusterComputeResource(other.moid), ["name", "host", "resourcePool"])) == [
        {"obj": other.moid, "missing": [], "name": "Test-A", "host": "host-19", "resourcePool": "resgroup-18"}
    ]
    archive = world.vm("archive").moid
    assert ask(site, of(vim.ResourcePool("resgroup-18"), ["vm"]))[0]["vm"] == archive
    assert archive not in ask(site, of(vim.ResourcePool("resgroup-8"), ["vm"]))[0]["vm"]
    assert ask(site, of(vim.VirtualMachine(archive), ["resourcePool"]))[0]["resourcePool"] == "resgroup-18"
    assert ask(site, of(vim.HostSystem("host-19"), ["parent"]))[0]["parent"] == other.moid
    assert ask(site, of(HOST_FOLDER, ["childEntity"]))[0]["childEntity"] == "domain-c7domain-c17"


def test_a_host_is_in_a_cluster_there_is(world: World) -> None:
    with pytest.raises(LookupError, match="0 of the name 'Prod-Z'"):
        world.add_host(dataclasses.replace(world.hosts[0], moid="host-19", cluster="Prod-Z"))


def test_an_element_says_its_type_where_none_is_declared() -> None:
    assert 'xsi:type="xsd:string"' in element("val", "DumpTest", V5_5)
