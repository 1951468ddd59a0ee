"""HA and DRS overrides of one VM, made and put back at govmomi's simulator.

It merges an edit into an entry, but of HA's it takes the restart's priority alone: VM monitoring comes and
goes only with a whole entry.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pyVmomi import vim

from bot.core.change import AutomationChange, MonitoringChange, Standing
from bot.core.cluster import AutomationOverride, Cluster, MonitoringOverride
from bot.core.errors import Code
from bot.core.route import Route
from bot.core.target import NamedVm
from bot.vsphere import PyVmomiVCenter
from tests.contract.vcsim_server import Vcsim, serving
from tests.contract.vsphere_client import refusal

# Go compiles the whole API the first time: minutes on a small machine.
pytestmark = pytest.mark.timeout(600)
Change = MonitoringChange | AutomationChange


@pytest.fixture
async def vcenter(vcsim: Vcsim) -> AsyncIterator[PyVmomiVCenter]:
    async with PyVmomiVCenter(vcsim.endpoint) as client:
        yield client


@pytest.fixture
async def vms(vcenter: PyVmomiVCenter) -> list[NamedVm]:
    return sorted(await vcenter.names(), key=lambda vm: vm.name)


class OfCluster:
    """The cluster, by our client and by an administrator."""

    def __init__(self, vcsim: Vcsim, vcenter: PyVmomiVCenter, moid: str, vm: NamedVm) -> None:
        self._admin = vcsim.administrator
        self._vcenter = vcenter
        self.moid = moid
        self.vm = vm

    async def read(self) -> Cluster:
        return await self._vcenter.cluster(self.moid, self.vm.moid)

    async def entries(self, kind: str) -> list[Any]:
        answer = await self._admin.on(
            vim.ClusterComputeResource, self.moid, lambda it: getattr(it.configurationEx, kind)
        )
        return list(answer)

    async def edit(self, **specs: Any) -> None:
        spec = vim.cluster.ConfigSpecEx(**{name: [value] for name, value in specs.items()})
        await self._admin.on(
            vim.ClusterComputeResource,
            self.moid,
            lambda it: it.ReconfigureComputeResource_Task(spec, True),  # modify
        )

    def monitoring(self) -> MonitoringChange:
        return MonitoringChange(**self._place(), former=None, ours=MonitoringOverride().off())

    def automation(self, former: AutomationOverride | None = None) -> AutomationChange:
        ours = AutomationOverride(enabled=False, behavior=None if former is None else former.behavior)
        return AutomationChange(**self._place(), former=former, ours=ours)

    def _place(self) -> dict[str, str]:
        place = {"vcenter": "vc1", "cluster_moid": self.moid, "cluster_name": "DC0_C0"}
        return place | {"vm_moid": self.vm.moid, "vm_name": self.vm.name}


@pytest.fixture
async def cluster(vcsim: Vcsim, vcenter: PyVmomiVCenter, vms: list[NamedVm]) -> OfCluster:
    moid = (await vcenter.machine(vms[0].moid)).cluster_moid
    assert moid is not None
    return OfCluster(vcsim, vcenter, moid, vms[0])


async def test_a_cluster_is_read(cluster: OfCluster) -> None:
    seen = await cluster.read()
    assert (seen.name, seen.editable, seen.ha, seen.drs) == ("DC0_C0", True, False, True)
    assert (seen.monitoring_override, seen.automation_override, seen.moves) == (None, None, True)


async def test_both_are_made_and_put_back_and_others_keep_theirs(
    vcenter: PyVmomiVCenter, cluster: OfCluster, vms: list[NamedVm]
) -> None:
    other = vim.VirtualMachine(vms[1].moid)
    das = vim.cluster.DasVmSettings(restartPriority="high")
    await cluster.edit(
        dasVmConfigSpec=vim.cluster.DasVmConfigSpec(
            operation="add", info=vim.cluster.DasVmConfigInfo(key=other, dasSettings=das)
        ),
        drsVmConfigSpec=vim.cluster.DrsVmConfigSpec(
            operation="add", info=vim.cluster.DrsVmConfigInfo(key=other, behavior="manual")
        ),
    )
    changes: tuple[Change, ...] = (cluster.monitoring(), cluster.automation())
    for change in changes:
        assert (await vcenter.stand(change)).standing is Standing.BEFORE
        await vcenter.make(change)
        assert (await vcenter.stand(change)).standing is Standing.OURS
    seen = await cluster.read()
    assert seen.monitoring_override == MonitoringOverride().off()
    assert seen.automation_override == AutomationOverride(enabled=False)
    assert not seen.moves
    for change in changes:
        await vcenter.put_back(change)
        assert (await vcenter.stand(change)).standing is Standing.BEFORE
        # What is back already is left alone: vcsim refuses to remove what is not there.
        await vcenter.put_back(change)
    (left,) = await cluster.entries("dasVmConfig")
    assert (left.key._moId, left.dasSettings.restartPriority) == (other._moId, "high")
    (left,) = await cluster.entries("drsVmConfig")
    assert (left.key._moId, left.behavior) == (other._moId, "manual")


async def test_an_entry_of_drs_is_edited_and_put_back(vcenter: PyVmomiVCenter, cluster: OfCluster) -> None:
    info = vim.cluster.DrsVmConfigInfo(key=vim.VirtualMachine(cluster.vm.moid), behavior="partiallyAutomated")
    await cluster.edit(drsVmConfigSpec=vim.cluster.DrsVmConfigSpec(operation="add", info=info))
    former = (await cluster.read()).automation_override
    assert former == AutomationOverride(behavior="partiallyAutomated")
    change = cluster.automation(former)
    await vcenter.make(change)
    assert (await vcenter.stand(change)).standing is Standing.OURS
    await vcenter.put_back(change)
    assert (await vcenter.stand(change)).standing is Standing.BEFORE
    (left,) = await cluster.entries("drsVmConfig")
    assert (left.enabled, left.behavior) == (True, "partiallyAutomated")


async def test_what_somebody_put_into_our_entry_of_drs_stays(
    vcenter: PyVmomiVCenter, cluster: OfCluster
) -> None:
    change = cluster.automation()
    await vcenter.make(change)
    info = vim.cluster.DrsVmConfigInfo(key=vim.VirtualMachine(cluster.vm.moid), behavior="manual")
    await cluster.edit(drsVmConfigSpec=vim.cluster.DrsVmConfigSpec(operation="edit", info=info))
    assert (await vcenter.stand(change)).standing is Standing.OURS
    await vcenter.put_back(change)
    assert (await vcenter.stand(change)).standing is Standing.OTHER
    (left,) = await cluster.entries("drsVmConfig")
    assert (left.enabled, left.behavior) == (True, "manual")


async def test_what_somebody_put_into_our_entry_of_ha_stays(
    vcenter: PyVmomiVCenter, cluster: OfCluster
) -> None:
    change = cluster.monitoring()
    await vcenter.make(change)
    info = vim.cluster.DasVmConfigInfo(
        key=vim.VirtualMachine(cluster.vm.moid), dasSettings=vim.cluster.DasVmSettings(restartPriority="high")
    )
    await cluster.edit(dasVmConfigSpec=vim.cluster.DasVmConfigSpec(operation="edit", info=info))
    await vcenter.put_back(change)
    (left,) = await cluster.entries("dasVmConfig")
    assert left.dasSettings.restartPriority == "high"
    # vcsim says yes to the edit and does not do it: that is seen, and stays owed.
    assert (await vcenter.stand(change)).standing is Standing.OURS


async def test_a_cluster_that_is_gone(vcenter: PyVmomiVCenter, cluster: OfCluster) -> None:
    for change in (cluster.monitoring(), cluster.automation()):
        gone = change.model_copy(update={"cluster_moid": "domain-c4711"})
        for call in (vcenter.stand, vcenter.make, vcenter.put_back):
            assert (await refusal(call(gone))).code is Code.THING_MISSING


async def test_doctor_reads_what_the_account_may_do(vcenter: PyVmomiVCenter) -> None:
    seen = await vcenter.examine()
    assert seen.privileges_unread is None
    assert {p.need for p in seen.privileges if p.asked and not p.lacking} >= {"api", "ssh", "cluster"}


async def test_a_server_that_cannot_tell_what_the_account_may_do(vcsim_program: Path) -> None:
    async with serving(vcsim_program, "-silent") as vcsim, PyVmomiVCenter(vcsim.endpoint) as client:
        machine = await client.machine(next(iter(await client.names())).moid)
        assert machine.cluster_moid is not None
        cluster = await client.cluster(machine.cluster_moid, machine.target.moid)
        assert (cluster.name, cluster.editable) == ("DC0_C0", False)
        seen = await client.examine()
        assert (seen.privileges_unread or "").startswith("MethodNotFound")
        # The route stays open: a call that is refused sends nothing, and says so.
        assert await client.hindrance(Route.API, machine) is None
        error = await refusal(client.send_nmi(Route.API, machine))
        assert str(error.params["fault"]).startswith("MethodNotFound")
