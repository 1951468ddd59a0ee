"""The inventory that is kept of a vCenter, against govmomi's simulator."""

from __future__ import annotations

import dataclasses
import logging
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from pyVmomi import vim

from bot.core.errors import Code, VmdumpError
from bot.core.names import By
from bot.vsphere import PyVmomiVCenter
from tests.bench.inventory import measure
from tests.contract.kept_inventory import asked, by_moid, kept, until
from tests.contract.vcsim_server import Vcsim, serving

# Go compiles the whole API the first time: minutes on a small machine.
pytestmark = pytest.mark.timeout(600)


@pytest.fixture
async def vcenter(vcsim: Vcsim) -> AsyncIterator[PyVmomiVCenter]:
    async with PyVmomiVCenter(vcsim.endpoint) as client:
        yield client


async def test_what_is_kept_is_what_vcenter_would_answer(vcenter: PyVmomiVCenter) -> None:
    names = await kept(vcenter)
    assert len(names) == 4
    assert by_moid(names) == await asked(vcenter)
    assert await vcenter.names() is vcenter._inventory.names()


async def test_renamed_moved_copied_and_removed(vcsim: Vcsim, vcenter: PyVmomiVCenter) -> None:
    names = await kept(vcenter)
    (vm,) = names.find(By.NAME, "DC0_C0_RP0_VM0")
    admin = vcsim.administrator

    await admin.rename(vm.moid, "Straße %2f [1]")
    names = await kept(vcenter, lambda now: "Straße / [1]" in now)
    assert names.find(By.ANY_CASE, "STRASSE / [1]")[0].path == "/DC0/vm/Straße %2f [1]"
    assert names.find(By.NAME, vm.name) == ()

    hosts = {vm.host_moid for vm in names} - {vm.host_moid}
    there = vim.HostSystem(hosts.pop(), None)
    await admin.on_vm(vm.moid, lambda it: it.RelocateVM_Task(vim.vm.RelocateSpec(host=there)))
    await kept(vcenter, lambda now: now["Straße / [1]"].host_moid == there._moId)

    folder = str((await admin.on_vm(vm.moid, lambda it: it.parent))._moId)
    spec = vim.vm.CloneSpec(location=vim.vm.RelocateSpec(), powerOn=False, template=False)
    await admin.on_vm(vm.moid, lambda it: it.CloneVM_Task(vim.Folder(folder, None), "copy", spec))
    await kept(vcenter, lambda now: "copy" in now)

    await admin.on(vim.Folder, folder, lambda it: it.Rename_Task("machines"))
    names = await kept(vcenter, lambda now: now["copy"].path == "/DC0/machines/copy")
    assert {vm.path.rpartition("/")[0] for vm in names} == {"/DC0/machines"}

    (copy,) = names.find(By.NAME, "copy")
    await admin.on_vm(copy.moid, lambda it: it.Destroy_Task())
    names = await kept(vcenter, lambda now: "copy" not in now)
    assert by_moid(names) == await asked(vcenter)


async def test_a_lost_session_is_survived(vcsim: Vcsim) -> None:
    logins: list[str] = []

    def password() -> str:
        logins.append("")
        return vcsim.endpoint.password()

    endpoint = dataclasses.replace(vcsim.endpoint, password=password, watch_seconds=1)
    async with PyVmomiVCenter(endpoint) as client:
        (vm,) = (await kept(client)).find(By.NAME, "DC0_C0_RP0_VM0")
        for n in range(2):
            assert await vcsim.administrator.end_other_sessions() == 1
            # vcsim answers the call that waits as if nothing had happened; the next one is refused.
            await until(lambda n=n: len(logins) == n + 2)  # type: ignore[misc] # binds the loop's value
            await vcsim.administrator.rename(vm.moid, f"renamed {n}")
            await kept(client, lambda now, n=n: f"renamed {n}" in now)  # type: ignore[misc] # binds the loop's value
    assert len(logins) == 3
    assert await vcsim.administrator.end_other_sessions() == 0


async def test_a_vcenter_that_was_away(
    vcsim: Vcsim, vcsim_program: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody is told that there is no such VM while it cannot be known."""
    with caplog.at_level(logging.INFO):
        async with AsyncExitStack() as stack:
            client = await stack.enter_async_context(PyVmomiVCenter(vcsim.endpoint))
            before = by_moid(await kept(client))
            await vcsim.stop()
            await until(lambda: client._inventory.names() is None)
            with pytest.raises(VmdumpError) as caught:
                await client.names()
            assert caught.value.code is Code.VCENTER_UNREACHABLE
            async with serving(vcsim_program, "-listen", vcsim.endpoint.address):
                assert by_moid(await kept(client)).keys() == before.keys()
                await stack.aclose()
    told = [r.getMessage() for r in caplog.records if r.name == "bot.vsphere.inventory_cache"]
    assert told == [
        "vCenter vc1: 4 VMs, kept up to date",
        "vCenter vc1 reports no changes (vcenter-unreachable)",
        "vCenter vc1: 4 VMs, kept up to date",
    ]
    assert not [r for r in caplog.records if r.levelno >= logging.WARNING]


async def test_a_silent_vcenter_is_not_believed_for_long(vcsim: Vcsim) -> None:
    endpoint = dataclasses.replace(vcsim.endpoint, watch_seconds=1, socket_seconds=2, call_seconds=1)
    async with PyVmomiVCenter(endpoint) as client:
        await kept(client)
        vcsim.process.send_signal(signal.SIGSTOP)
        try:
            await until(lambda: client._inventory.names() is None)
            with pytest.raises(VmdumpError) as caught:
                await client.names()
        finally:
            vcsim.process.send_signal(signal.SIGCONT)
        assert caught.value.code is Code.VCENTER_TIMEOUT
        await kept(client)


async def test_leaving_ends_the_wait_and_the_session(vcsim: Vcsim) -> None:
    endpoint = dataclasses.replace(vcsim.endpoint, watch_seconds=500)
    async with PyVmomiVCenter(endpoint) as client:
        await kept(client)
    assert client._inventory._ended.done()
    assert client._inventory.names() is None
    assert await vcsim.administrator.end_other_sessions() == 0


async def test_ten_thousand(vcsim_program: Path) -> None:
    async with (
        serving(vcsim_program, "-machines", "10000") as vcsim,
        PyVmomiVCenter(dataclasses.replace(vcsim.endpoint, call_seconds=300, watch_seconds=60)) as client,
    ):
        names = await kept(client)
        assert len(names) == 10_000
        (last,) = names.find(By.NAME, "copy-09995")
        assert names.find(By.ID, "42000000000040008000" + f"{9995:012x}") == (last,)
        assert last.path == "/DC0/vm/copy-09995"
        assert by_moid(names) == await asked(client)
        await vcsim.administrator.rename(last.moid, "the last")
        names = await kept(client, lambda now: "the last" in now)
        assert (len(names), names.find(By.NAME, "copy-09995")) == (10_000, ())


async def test_the_bench_measures(vcsim_program: Path) -> None:
    report = await measure(vcsim_program, machines=20, rounds=2)
    assert "; 20 VMs" in report
    assert "ratio: min " in report
