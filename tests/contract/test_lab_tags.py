"""The lab's custom attributes and tags, as other clients than the bot see them."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, TCPConnector, encode_basic_auth
from pyVmomi import vim

from bot.lab.article import article_world
from bot.lab.modern import modern_world
from bot.lab.world import World
from tests.unit.lab.vim_client import list_by_view, logged_in, machine

VM = "vm-101"
TOKEN = "vmware-api-session-id"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = modern_world(tmp_path)
    world.vm(VM).tags = ("tier:prod", "tier:gold")
    async with world.serve() as served:
        yield served


def client(world: World) -> ClientSession:
    context = ssl.create_default_context(cafile=str(world.vcenter.ca_file))
    return ClientSession(world.vcenter.url, connector=TCPConnector(ssl=context))


def login(world: World, password: str | None = None) -> dict[str, str]:
    center = world.vcenter
    return {"Authorization": encode_basic_auth(center.username, password or center.password)}


def about(moid: str) -> dict[str, Any]:
    return {"object_id": {"id": moid, "type": "VirtualMachine"}}


@pytest.mark.parametrize("build", [article_world, modern_world], ids=["5.5", "8.0"])
async def test_attributes_are_defined_for_all_and_set_on_one(
    build: Callable[[Path], World], tmp_path: Path
) -> None:
    world = build(tmp_path)

    def read() -> tuple[Any, ...]:
        with logged_in(world.vcenter) as instance:
            fields = instance.RetrieveContent().customFieldsManager.field
            vm, other = machine(VM, instance), machine("vm-102", instance)
            names = {field.key: field.name for field in fields}
            assert [field.key for field in other.availableField] == list(names)
            assert {field.managedObjectType for field in fields} <= {vim.VirtualMachine}
            values = [{names[v.key]: v.value for v in each.customValue} for each in (vm, other)]
            listed = list_by_view(instance.RetrieveContent(), vim.VirtualMachine, ["value"])
            assert {each["moid"]: len(each["value"]) for each in listed}[VM] == len(values[0])
            return list(names.values()), *values

    async with world.serve():
        assert await asyncio.to_thread(read) == ([], {}, {})
        world.vm(VM).attributes = {"tier": "1", "owner": "Payments"}
        assert await asyncio.to_thread(read) == (["tier", "owner"], {"tier": "1", "owner": "Payments"}, {})
        # What was defined once stays so when nobody has it any more.
        world.vm(VM).attributes = {"owner": "Billing"}
        assert await asyncio.to_thread(read) == (["tier", "owner"], {"owner": "Billing"}, {})


async def test_tags_in_the_new_form(world: World) -> None:
    async with client(world) as http:
        token = await (await http.post("/api/session", headers=login(world))).json()
        headers = {TOKEN: token}
        path = "/api/cis/tagging/tag-association?action=list-attached-tags"
        tags = await (await http.post(path, json=about(VM), headers=headers)).json()
        read = [await (await http.get(f"/api/cis/tagging/tag/{tag}", headers=headers)).json() for tag in tags]
        assert [tag["name"] for tag in read] == ["prod", "gold"]
        (category,) = {tag["category_id"] for tag in read}
        found = await http.get(f"/api/cis/tagging/category/{category}", headers=headers)
        assert (await found.json())["name"] == "tier"


async def test_what_is_refused(world: World) -> None:
    old, path = (
        "/rest/com/vmware/cis",
        "/rest/com/vmware/cis/tagging/tag-association?~action=list-attached-tags",
    )
    async with client(world) as http:
        assert (await http.post(f"{old}/session")).status == 401
        assert (await http.post(f"{old}/session", headers=login(world, "wrong"))).status == 401
        assert (await http.post(path, json=about(VM))).status == 401
        said = await (await http.post(f"{old}/session", headers=login(world))).json()
        headers = {TOKEN: said["value"]}
        assert (await http.post(path, json=about("vm-4711"), headers=headers)).status == 404
        assert (await http.get(f"{old}/tagging/tag/id:none", headers=headers)).status == 404
        (tag, _) = (await (await http.post(path, json=about(VM), headers=headers)).json())["value"]
        world.vcenter.hidden_tags = frozenset({"tier:prod"})
        assert (await http.get(f"{old}/tagging/tag/id:{tag}", headers=headers)).status == 403
        assert len((await (await http.post(path, json=about(VM), headers=headers)).json())["value"]) == 1
        world.vcenter.unreadable.add((VM, "tags"))
        assert (await http.post(path, json=about(VM), headers=headers)).status == 403
        world.vcenter.available = False
        assert (await http.post(path, json=about(VM), headers=headers)).status == 503
        world.vcenter.available = True
        world.vcenter.expire_sessions()
        assert (await http.post(path, json=about(VM), headers=headers)).status == 401


async def test_a_session_ends_when_it_is_told_to(world: World) -> None:
    async with client(world) as http:
        headers = {TOKEN: await (await http.post("/api/session", headers=login(world))).json()}
        path = "/api/cis/tagging/tag/none"
        assert (await http.get(path, headers=headers)).status == 404
        assert (await http.delete("/api/session", headers=headers)).status == 200
        assert (await http.get(path, headers=headers)).status == 401


async def test_5_5_has_no_rest(tmp_path: Path) -> None:
    async with article_world(tmp_path).serve() as world, client(world) as http:
        for path in ("/rest/com/vmware/cis/session", "/api/session"):
            assert (await http.post(path, headers=login(world))).status == 404
