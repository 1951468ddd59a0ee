"""What rules restrict by, read from govmomi's simulator: pool, custom attributes and tags."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import ClientSession, Fingerprint, TCPConnector, encode_basic_auth
from pyVmomi import vim

from bot.vsphere import PyVmomiVCenter, VCenterEndpoint
from tests.contract.vcsim_server import Vcsim

# Go compiles the whole API the first time: minutes on a small machine.
pytestmark = pytest.mark.timeout(600)
REST = "/rest/com/vmware/cis"


@pytest.fixture
async def vcenter(vcsim: Vcsim) -> AsyncIterator[PyVmomiVCenter]:
    async with PyVmomiVCenter(vcsim.endpoint, reads_tags=lambda: True) as client:
        yield client


class Tagging:
    """Somebody else's REST session."""

    def __init__(self, http: ClientSession, token: str) -> None:
        self._http = http
        self._headers = {"vmware-api-session-id": token}

    async def create(self, kind: str, **spec: Any) -> str:
        made = await self._post(f"{REST}/tagging/{kind}", {"create_spec": {"description": "", **spec}})
        return str(made["value"])

    async def attach(self, tag: str, moid: str) -> None:
        body = {"object_id": {"id": moid, "type": "VirtualMachine"}}
        await self._post(f"{REST}/tagging/tag-association/id:{tag}?~action=attach", body)

    async def _post(self, path: str, body: object) -> Any:
        async with self._http.post(path, json=body, headers=self._headers) as answer:
            assert answer.status == 200
            said = await answer.read()
            return json.loads(said) if said else None


@asynccontextmanager
async def tagging(endpoint: VCenterEndpoint) -> AsyncIterator[Tagging]:
    assert endpoint.pinned_sha256 is not None
    pin = Fingerprint(bytes.fromhex(endpoint.pinned_sha256))
    who = {"Authorization": encode_basic_auth(endpoint.username, endpoint.password())}
    base = f"https://{endpoint.address}"
    async with ClientSession(base, connector=TCPConnector(ssl=pin)) as http:
        async with http.post(f"{REST}/session", headers=who) as answer:
            token = json.loads(await answer.read())["value"]
        yield Tagging(http, token)


async def moids(vcenter: PyVmomiVCenter) -> tuple[str, str]:
    names = {vm.name: vm.moid for vm in await vcenter.names()}
    return names["DC0_C0_RP0_VM0"], names["DC0_C0_RP0_VM1"]


async def test_tags(vcsim: Vcsim, vcenter: PyVmomiVCenter) -> None:
    tagged, other = await moids(vcenter)
    assert (await vcenter.machine(tagged)).tags is None
    async with tagging(vcsim.endpoint) as others:
        for category, name in (("tier", "prod"), ("owner", "Zahlungen")):
            cardinality = {"cardinality": "MULTIPLE", "associable_types": ["VirtualMachine"]}
            made = await others.create("category", name=category, **cardinality)
            await others.attach(await others.create("tag", name=name, category_id=made), tagged)
    assert (await vcenter.machine(tagged)).tags == ("owner:Zahlungen", "tier:prod")
    assert (await vcenter.machine(other)).tags == ()


async def test_custom_attributes(vcsim: Vcsim, vcenter: PyVmomiVCenter) -> None:
    described, other = await moids(vcenter)
    assert (await vcenter.machine(described)).attributes == ()

    def describe(manager: Any) -> None:
        for name, value in (("tier", "1"), ("Besitzer", "Müller & Söhne"), ("empty", "")):
            field = manager.AddCustomFieldDef(name, vim.VirtualMachine)
            manager.SetField(vim.VirtualMachine(described), field.key, value)

    await vcsim.administrator.on(vim.CustomFieldsManager, "CustomFieldsManager", describe)
    assert (await vcenter.machine(described)).attributes == ("Besitzer=Müller & Söhne", "tier=1")
    assert (await vcenter.machine(other)).attributes == ()


async def test_the_pool_is_the_one_it_is_in(vcsim: Vcsim, vcenter: PyVmomiVCenter) -> None:
    moved, other = await moids(vcenter)
    machine = await vcenter.machine(moved)
    assert machine.resource_pool == "Resources"
    cluster = machine.cluster_moid
    assert cluster is not None
    root = await vcsim.administrator.on(vim.ClusterComputeResource, cluster, lambda c: c.resourcePool._moId)
    share = vim.SharesInfo(shares=1000, level="normal")
    allocation = vim.ResourceAllocationInfo(reservation=0, expandableReservation=True, limit=-1, shares=share)
    spec = vim.ResourceConfigSpec(cpuAllocation=allocation, memoryAllocation=allocation)
    pool = await vcsim.administrator.on(
        vim.ResourcePool, root, lambda root: root.CreateResourcePool("prod%2fgold", spec)._moId
    )
    relocation = vim.vm.RelocateSpec(pool=vim.ResourcePool(pool))
    await vcsim.administrator.on_vm(moved, lambda vm: vm.RelocateVM_Task(relocation))
    machine = await vcenter.machine(moved)
    assert (machine.resource_pool, machine.cluster) == ("prod/gold", "DC0_C0")
    assert (await vcenter.machine(other)).resource_pool == "Resources"
