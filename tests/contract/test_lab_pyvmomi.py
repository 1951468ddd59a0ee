"""The lab's vCenter judged by pyVmomi's own client over verified TLS."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pyVim.connect import Disconnect, SmartConnect
from pyVmomi import vim, vmodl

from bot.lab.article import article_world
from bot.lab.world import World
from tests.unit.lab.vim_client import PC, host, list_by_view, logged_in, machine


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with article_world(tmp_path, speed=2000).serve() as world:
        yield world


async def test_it_says_what_it_is(world: World) -> None:
    def read() -> Any:
        center = world.vcenter
        context = ssl.create_default_context(cafile=str(center.ca_file))
        instance = SmartConnect(
            host=center.host, port=center.port, user=center.username, pwd=center.password, sslContext=context
        )
        try:
            assert instance.CurrentTime().tzinfo is not None
            return instance.RetrieveContent().about, instance._stub.version
        finally:
            Disconnect(instance)
            instance._stub.DropConnections()

    about, version = await asyncio.to_thread(read)
    assert (about.apiType, about.version, about.apiVersion) == ("VirtualCenter", "5.5.0", "5.5")
    assert about.instanceUuid == world.vcenter.instance_uuid
    assert version == "vim.version.version9"


async def test_an_authority_that_is_not_the_labs_is_not_enough(world: World) -> None:
    def connect() -> None:
        # Without a context of one's own pyVmomi verifies nothing on the local host.
        context = ssl.create_default_context()
        SmartConnect(host="127.0.0.1", port=world.vcenter.port, user="x", pwd="x", sslContext=context)

    with pytest.raises(ssl.SSLCertVerificationError):
        await asyncio.to_thread(connect)


async def test_a_wrong_password_is_refused(world: World) -> None:
    def connect() -> None:
        with logged_in(world.vcenter, password="wrong"):
            pass

    with pytest.raises(vim.fault.InvalidLogin, match="incorrect user name or password"):
        await asyncio.to_thread(connect)


async def test_nothing_is_told_without_a_session(world: World) -> None:
    def read() -> None:
        with logged_in(world.vcenter) as instance:
            instance.RetrieveContent().sessionManager.Logout()
            instance.CurrentTime()

    with pytest.raises(vim.fault.NotAuthenticated):
        await asyncio.to_thread(read)


async def test_a_session_that_expired_is_over_and_a_new_one_is_not(world: World) -> None:
    def read() -> None:
        with logged_in(world.vcenter) as instance:
            world.vcenter.expire_sessions()
            instance.CurrentTime()

    with pytest.raises(vim.fault.NotAuthenticated):
        await asyncio.to_thread(read)
    with pytest.raises(vim.fault.NotAuthenticated):
        await asyncio.to_thread(read)


async def test_a_container_view_lists_every_machine(world: World) -> None:
    def read() -> list[dict[str, Any]]:
        with logged_in(world.vcenter) as instance:
            paths = ["name", "config.uuid", "runtime.powerState", "guestHeartbeatStatus"]
            return list_by_view(instance.RetrieveContent(), vim.VirtualMachine, paths)

    found = {each.pop("moid"): each for each in await asyncio.to_thread(read)}
    assert set(found) == {vm.moid for vm in world.vms}
    assert found["vm-101"] == {
        "name": "DumpTest",
        "config.uuid": "4230f9ee-a22a-3ce0-0233-07acaff8d25c",
        "runtime.powerState": "poweredOn",
        "guestHeartbeatStatus": "green",
    }
    assert found[world.vm("archive").moid]["runtime.powerState"] == "poweredOff"


async def test_pages_add_up(world: World) -> None:
    def read() -> list[dict[str, Any]]:
        with logged_in(world.vcenter) as instance:
            return list_by_view(instance.RetrieveContent(), vim.VirtualMachine, ["name"], maxObjects=4)

    assert len(await asyncio.to_thread(read)) == len(world.vms)


async def test_objects_lead_to_each_other(world: World) -> None:
    def walk() -> dict[str, Any]:
        with logged_in(world.vcenter) as instance:
            vm = machine("vm-101", instance)
            esx = vm.runtime.host
            store = vm.datastore[0]
            return {
                "folder": vm.parent.name,
                "host": esx.name,
                "cluster": esx.parent.name,
                "product": esx.config.product.fullName,
                "certificate": bytes(esx.config.certificate).decode(),
                "lockdown": esx.config.lockdownMode,
                "maintenance": esx.runtime.inMaintenanceMode,
                "store": (store.name, store.summary.url, store.info.nas.remoteHost),
                "owner": machine(world.vm("vCLS (1)").moid, instance).config.managedBy.extensionKey,
                "disk": vm.guest.disk[0].diskPath,
                "vms": len(esx.vm),
            }

    assert await asyncio.to_thread(walk) == {
        "folder": "prod",
        "host": "esx-03.example.com",
        "cluster": "Prod-A",
        "product": "VMware ESXi 5.5.0 build-1331820",
        "certificate": world.hosts[0].certificate,
        "lockdown": None,
        "maintenance": False,
        "store": ("nfs01", "ds:///vmfs/volumes/643475f9-d1354340/", "nas-01.example.com"),
        "owner": "com.vmware.vim.eam",
        "disk": "C:\\",
        "vms": len(world.vms),
    }


async def test_what_5_5_does_not_have_is_a_fault(world: World) -> None:
    def read() -> None:
        with logged_in(world.vcenter) as instance:
            spec = PC.FilterSpec(
                objectSet=[PC.ObjectSpec(obj=machine("vm-101", instance))],
                propSet=[PC.PropertySpec(type=vim.VirtualMachine, pathSet=["guest.guestKernelCrashed"])],
            )
            instance.RetrieveContent().propertyCollector.RetrievePropertiesEx([spec], PC.RetrieveOptions())

    with pytest.raises(vmodl.query.InvalidProperty) as caught:
        await asyncio.to_thread(read)
    assert caught.value.name == "guest.guestKernelCrashed"


async def test_a_newer_vcenter_reports_the_crash(tmp_path: Path) -> None:
    site = article_world(tmp_path, speed=2000)
    site.vcenter.api_version, site.vcenter.version = "6.0", "6.0.0"
    async with site.serve() as world:

        def read() -> Any:
            with logged_in(world.vcenter) as instance:
                return machine("vm-101", instance).guest.guestKernelCrashed

        assert await asyncio.to_thread(read) is False
        world.deliver_nmi(world.hosts[0], 3199732)
        await world.until(lambda: bool(world.events.of_kind("VmGuestOSCrashedEvent")))


async def test_methods_that_are_not_there_are_faults(world: World) -> None:
    def call() -> None:
        with logged_in(world.vcenter) as instance:
            machine("vm-101", instance).PowerOff()

    with pytest.raises(vmodl.fault.MethodNotFound):
        await asyncio.to_thread(call)


async def test_an_entry_in_the_event_log_is_found_again(world: World) -> None:
    def log() -> list[Any]:
        with logged_in(world.vcenter) as instance:
            events = instance.RetrieveContent().eventManager
            vm = machine("vm-101", instance)
            begin = instance.CurrentTime()
            events.LogUserEvent(vm, "VD-7K3Q: <capture> asked by alice & bob")
            events.LogUserEvent(host("host-9", instance), "of the host")
            spec = vim.event.EventFilterSpec
            entity = spec.ByEntity(entity=vm, recursion="self")
            time = spec.ByTime(beginTime=begin)
            return list(
                events.QueryEvents(spec(entity=entity, time=time, eventTypeId=["vim.event.GeneralUserEvent"]))
            )

    (event,) = await asyncio.to_thread(log)
    assert type(event).__name__ == "vim.event.GeneralUserEvent"
    assert event.message == "VD-7K3Q: <capture> asked by alice & bob"
    assert event.userName == world.vcenter.username
    assert event.vm.name == "DumpTest"
    assert [effect.call for effect in world.effects] == ["LogUserEvent"] * 2
