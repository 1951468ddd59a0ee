"""What the lab's vCenter refuses for want of a privilege, and what it answers who asks first."""

import asyncio
import http.client
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from pyVmomi import VmomiSupport, vim, vmodl

from bot.lab.article import article_world
from bot.lab.vcenter.methods import METHODS
from bot.lab.vcenter.privileges import KNOWN
from bot.lab.vcenter.request import UNLISTED
from bot.lab.world import World
from tests.unit.lab.vim_client import host, logged_in, machine

NMI, SERVICES = "VirtualMachine.Interact.GuestControl", "Host.Config.NetService"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    site = article_world(tmp_path, speed=2000)
    site.vcenter.api_version, site.vcenter.version = "6.5", "6.5.0"
    async with site.serve() as world:
        yield world


def services(instance: Any) -> Any:
    return host("host-9", instance).configManager.serviceSystem


def reconfigure(instance: Any) -> Any:
    cluster: Any = vim.ClusterComputeResource("domain-c7", instance._stub)
    return cluster.ReconfigureComputeResource_Task(vim.cluster.ConfigSpecEx(), True)


def list_guest_files(world: World) -> Callable[[Any], Any]:
    guest = world.vm("DumpTest").guest
    auth = vim.vm.guest.NamePasswordAuthentication(username=guest.username, password=guest.password)
    auth.interactiveSession = False

    def ask(instance: Any) -> Any:
        manager = instance.RetrieveContent().guestOperationsManager.fileManager
        return manager.ListFilesInGuest(machine("vm-101", instance), auth, guest.dump_path)

    return ask


async def refusal(world: World, ask: Callable[[Any], Any]) -> tuple[str, str]:
    """The object and the privilege of the refusal."""

    def run() -> None:
        with logged_in(world.vcenter) as instance:
            ask(instance)

    with pytest.raises(vim.fault.NoPermission) as caught:
        await asyncio.to_thread(run)
    return str(getattr(caught.value.object, "_moId", None)), str(caught.value.privilegeId)


async def test_calls_are_refused_on_the_object_they_need_the_privilege_on(world: World) -> None:
    world.vcenter.privileges = frozenset()
    assert await refusal(world, lambda i: machine("vm-101", i).SendNMI()) == ("vm-101", NMI)
    for method in ("StartService", "StopService"):
        refused = await refusal(world, lambda i, m=method: getattr(services(i), m)("TSM"))  # type: ignore[misc] # a lambda's default binds the loop's value
        assert refused == ("host-9", SERVICES)
    refused = await refusal(
        world, lambda i: i.RetrieveContent().eventManager.LogUserEvent(host("host-9", i), "x")
    )
    assert refused == ("host-9", "Global.LogEvent")
    assert await refusal(world, list_guest_files(world)) == ("vm-101", "VirtualMachine.GuestOperations.Query")
    assert await refusal(world, reconfigure) == ("domain-c7", "Host.Inventory.EditCluster")
    assert [each.applied for each in world.effects] == [False] * 5
    assert world.tasks.begun == []
    assert world.nmis == []


async def test_one_privilege_is_enough_for_its_call(world: World) -> None:
    world.vcenter.privileges = frozenset({SERVICES})

    def start() -> None:
        with logged_in(world.vcenter) as instance:
            services(instance).StartService("TSM")

    await asyncio.to_thread(start)
    assert world.hosts[0].service("TSM").running
    assert (await refusal(world, lambda i: machine("vm-101", i).SendNMI()))[1] == NMI


async def test_who_asks_first_is_told(world: World) -> None:
    world.vcenter.privileges = frozenset({NMI})

    def ask() -> Any:
        with logged_in(world.vcenter) as instance:
            content = instance.RetrieveContent()
            manager, key = content.authorizationManager, content.sessionManager.currentSession.key
            vm, esx = machine("vm-101", instance), host("host-9", instance)
            one = manager.HasPrivilegeOnEntity(vm, key, [NMI, SERVICES, "System.View"])
            (several, _) = manager.HasPrivilegeOnEntities([vm, esx], key, [NMI, SERVICES])
            fetched = manager.FetchUserPrivilegeOnEntities([vm], world.vcenter.username)[0].privileges
            other = manager.FetchUserPrivilegeOnEntities([vm], "somebody@vsphere.local")[0].privileges
            every = [each.privId for each in manager.privilegeList]
            return list(one), several, set(fetched), list(other), every

    one, several, fetched, other, every = await asyncio.to_thread(ask)
    assert one == [True, False, True]
    assert several.entity._moId == "vm-101"
    assert [(each.privId, each.isGranted) for each in several.privAvailability] == [
        (NMI, True),
        (SERVICES, False),
    ]
    assert fetched == {NMI, "System.Anonymous", "System.View", "System.Read"}
    assert other == []
    assert every == list(KNOWN)


async def test_of_a_strange_session_and_an_unknown_object_nothing_is_told(world: World) -> None:
    def ask(session: str | None, moid: str) -> None:
        with logged_in(world.vcenter) as instance:
            content = instance.RetrieveContent()
            key = session or content.sessionManager.currentSession.key
            content.authorizationManager.HasPrivilegeOnEntity(machine(moid, instance), key, [NMI])

    with pytest.raises(vmodl.fault.InvalidArgument):
        await asyncio.to_thread(ask, "a-strange-session", "vm-101")
    with pytest.raises(vmodl.fault.ManagedObjectNotFound):
        await asyncio.to_thread(ask, None, "vm-999")


async def test_the_picture_needs_its_privilege(world: World) -> None:
    world.vcenter.privileges = frozenset()

    def look() -> int:
        context = ssl.create_default_context(cafile=str(world.vcenter.ca_file))
        connection = http.client.HTTPSConnection("127.0.0.1", world.vcenter.port, context=context, timeout=10)
        try:
            with logged_in(world.vcenter) as instance:
                connection.request("GET", "/screen?id=vm-101", headers={"Cookie": instance._stub.cookie})
                return connection.getresponse().status
        finally:
            connection.close()

    assert await asyncio.to_thread(look) == 403
    world.vcenter.privileges = frozenset({"VirtualMachine.Interact.ConsoleInteract"})
    assert await asyncio.to_thread(look) == 200


def test_the_list_names_every_privilege_that_a_method_declares() -> None:
    infos = [VmomiSupport.GetWsdlMethod("urn:vim25", name).info for name in set(METHODS) - UNLISTED]
    declared = {info.privId for info in infos} | {each.privId for info in infos for each in info.params}
    assert declared - {None, ""} <= set(KNOWN)
