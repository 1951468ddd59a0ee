"""Updates become an inventory, whatever pages they come in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from pyVmomi import vim, vmodl

from bot.core.target import NamedVm
from bot.vsphere.inventory_watch import Watch
from tests.unit.vsphere.collector import FILTER, ROOT, answering, update, update_set

_Pc = vmodl.query.PropertyCollector
DC, FOLDER, APP = (
    vim.Datacenter("datacenter-2", None),
    vim.Folder("group-v3", None),
    vim.VirtualApp("resgroup-v4", None),
)
VM, OTHER, HOST = (
    vim.VirtualMachine("vm-1", None),
    vim.VirtualMachine("vm-2", None),
    vim.HostSystem("host-9", None),
)
UUID, BIOS = "502A0C3E-0000-0000-0000-000000000001", "4230F9EE-0000-0000-0000-000000000001"

PAGES = {
    # A VM may come before the folders that it is in.
    "": update_set(
        "1",
        update(
            "enter",
            VM,
            name="a%2fb",
            parent=FOLDER,
            config__instanceUuid=UUID,
            config__uuid=BIOS,
            runtime__host=HOST,
            guest__hostName="a.example.com",
            guest__ipAddress="192.0.2.1",
        ),
        update("enter", OTHER, name="in an app", parentVApp=APP),
        truncated=True,
    ),
    "1": update_set(
        "2",
        update("enter", DC, name="DC1", parent=ROOT),
        update("enter", FOLDER, name="vm", parent=DC),
        update("enter", APP, name="app", parentFolder=FOLDER),
    ),
    "2": update_set("3", update("modify", VM, guest__ipAddress=None, runtime__host=None)),
    "3": update_set("4", update("modify", FOLDER, name="machines"), update("leave", OTHER)),
    "4": update_set("5", update("enter", VM, name="back", parent=FOLDER)),
}


class Collector:
    """Tells its pages in their order, each once; before the third it has nothing to tell for a while."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.waits: list[int] = []
        self.quiet = True

    def answers(self) -> dict[str, Any]:
        results = {
            "CreatePropertyCollector": _Pc("session-collector", None),
            "CreateFilter": FILTER,
            "DestroyPropertyCollector": None,
        }
        noted = {name: self._noted(name, result) for name, result in results.items()}
        return noted | {"WaitForUpdatesEx": self._wait}

    def _noted(self, name: str, result: Any) -> Callable[[dict[str, Any]], Any]:
        def answered(_: dict[str, Any]) -> Any:
            self.calls.append(name)
            return result

        return answered

    def _wait(self, args: dict[str, Any]) -> Any:
        self.waits.append(args["options"].maxWaitSeconds)
        version = args.get("version") or ""
        if version not in PAGES:
            raise vmodl.fault.RequestCanceled
        if version == "2" and self.quiet:
            self.quiet = False
            return None
        return PAGES[version]


async def next_of(watch: Watch) -> dict[str, NamedVm]:
    return {vm.moid: vm for vm in await asyncio.to_thread(watch.next)}


async def test_pages_changes_and_departures() -> None:
    collector = Collector()
    async with answering(collector.answers()) as link:
        watch = Watch(link, "vc1", 5.9, None)
        first = await next_of(watch)
        assert first["vm-1"] == NamedVm(
            vcenter="vc1",
            moid="vm-1",
            name="a/b",
            path="/DC1/vm/a%2fb",
            instance_uuid=UUID.lower(),
            bios_uuid=BIOS.lower(),
            host_moid="host-9",
            guest_host_name="a.example.com",
            guest_addresses=("192.0.2.1",),
        )
        assert (first["vm-2"].path, first["vm-2"].instance_uuid) == ("/DC1/vm/app/in an app", "")
        assert await next_of(watch) == first
        modified = (await next_of(watch))["vm-1"]
        assert (modified.host_moid, modified.guest_addresses) == ("", ())
        assert (modified.name, modified.guest_host_name) == ("a/b", "a.example.com")
        left = await next_of(watch)
        assert [vm.path for vm in left.values()] == ["/DC1/machines/a%2fb"]
        entered = (await next_of(watch))["vm-1"]
        assert (entered.name, entered.instance_uuid, entered.guest_host_name) == ("back", "", None)
        watch.close()
    assert collector.calls == ["CreatePropertyCollector", "CreateFilter"]
    assert set(collector.waits) == {5}


async def test_after_an_error_another_one_begins_anew_and_frees_what_is_left() -> None:
    collector = Collector()
    async with answering(collector.answers()) as link:
        first = Watch(link, "vc1", 0.5, None)
        for _ in range(5):
            await next_of(first)
            assert first.good_for(link)
        with pytest.raises(vmodl.fault.RequestCanceled):
            await next_of(first)
        assert not first.good_for(link)
        first.close()
        second = Watch(link, "vc1", 0.5, first)
        assert set(await next_of(second)) == {"vm-1", "vm-2"}
        second.close()
    begun = ["CreatePropertyCollector", "CreateFilter"]
    assert collector.calls == [*begun, "DestroyPropertyCollector", *begun]
    # vCenter takes whole seconds, and none would mean not to wait.
    assert set(collector.waits) == {1}


async def test_one_that_was_cut_sends_nothing_any_more() -> None:
    collector = Collector()
    async with answering(collector.answers()) as link:
        watch = Watch(link, "vc1", 5, None)
        await next_of(watch)
        watch.cut()
        with pytest.raises(ConnectionAbortedError):
            await next_of(watch)
        watch.close()
    assert len(collector.waits) == 2
