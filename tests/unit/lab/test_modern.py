"""The site of today as pure state."""

from pathlib import Path

import pytest

from bot.lab.article import article_world
from bot.lab.modern import modern_world
from bot.lab.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return modern_world(tmp_path / "modern")


def test_one_name_is_in_both_sites_and_no_other(world: World, tmp_path: Path) -> None:
    article = article_world(tmp_path / "article")
    assert {vm.name for vm in world.vms} & {vm.name for vm in article.vms} == {"twin"}
    assert not {host.name for host in world.hosts} & {host.name for host in article.hosts}
    ids = [uuid for site in (world, article) for vm in site.vms for uuid in (vm.uuid, vm.instance_uuid)]
    assert len(set(ids)) == len(ids)
    assert world.vcenter.instance_uuid != article.vcenter.instance_uuid


def test_ids_of_objects_mean_something_in_one_vcenter_only(world: World, tmp_path: Path) -> None:
    assert world.vm("vm-101").name != article_world(tmp_path / "article").vm("vm-101").name


def test_two_clusters_have_their_hosts(world: World) -> None:
    hosts = {cluster.name: [host.name for host in world.hosts_in(cluster)] for cluster in world.clusters}
    assert hosts == {
        "Prod-B": ["esx-11.example.com", "esx-12.example.com"],
        "Test-B": ["esx-21.example.com"],
    }
    assert world.vm("stubborn-01").host is world.host("esx-21.example.com")


def test_a_world_id_is_of_one_host(world: World) -> None:
    """The same number on another host is another machine's, as it may be in life."""
    node_a, node_b = world.vm("node-a"), world.vm("node-b")
    assert node_a.world_id == node_b.world_id is not None
    world.deliver_nmi(node_b.host, node_b.world_id)
    assert [nmi.vm for nmi in world.nmis] == ["node-b"]
    for host in world.hosts:
        worlds = [vm.world_id for vm in world.vms_on(host) if vm.powered_on]
        assert len(set(worlds)) == len(worlds)


@pytest.mark.parametrize(("name", "state"), [("PayDB", "crashed"), ("kdump-01", "crashed")])
def test_guests_that_take_an_nmi(world: World, name: str, state: str) -> None:
    vm = world.vm(name)
    assert vm.world_id is not None
    world.deliver_nmi(vm.host, vm.world_id)
    assert (vm.guest.state, vm.guest.crashes) == (state, 1)


@pytest.mark.parametrize("name", ["stubborn-01", "node-a", "twin"])
def test_guests_that_do_not(world: World, name: str) -> None:
    vm = world.vm(name)
    assert vm.world_id is not None
    world.deliver_nmi(vm.host, vm.world_id)
    assert (vm.guest.state, vm.guest.crashes) == ("running", 0)


def test_awkward_machines(world: World) -> None:
    assert world.vm("rhel9-golden").template
    assert world.vm("month-end").power_state == "suspended"
    assert world.vm("vault-01").encrypted
    assert world.vm("ledger-ft").fault_tolerance == "running"
    assert {"web%2f01 (copy)", "東京-01"} <= {vm.name for vm in world.vms}
    assert world.vm("東京-01").vmx_file.endswith("/東京-01/東京-01.vmx")
