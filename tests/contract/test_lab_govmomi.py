"""The lab's vCenter judged by govmomi's Go client, as Debian packages it."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.lab.article import article_world
from bot.lab.modern import modern_world
from bot.lab.vm import Vm
from bot.lab.world import World
from tests.contract.govmomi_build import built


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built("govmomi", tmp_path_factory)


def expected(vm: Vm) -> dict[str, Any]:
    return {
        "ID": vm.moid,
        "Name": vm.name,
        "UUID": vm.uuid,
        "Instance": vm.instance_uuid,
        "VMX": vm.vmx_path,
        "MemoryMB": vm.memory_mb,
        "CPUs": vm.cpus,
        "Power": "poweredOn" if vm.powered_on else "poweredOff",
        "Heartbeat": "green" if vm.powered_on else "gray",
        "GuestState": "running" if vm.powered_on else "notRunning",
        "GuestReady": vm.powered_on,
        "Annotation": vm.annotation,
        "Host": vm.host.moid,
        "ManagedBy": vm.managed_by or "",
        "DatastoreID": vm.datastore.moid,
        "Attributes": vm.attributes,
        "Around": {
            "Free": vm.datastore.free_bytes,
            "Thin": vm.thin,
            "Written": [24] if vm.powered_on else None,
            "Log": vm.log.data.decode().splitlines(keepends=True)[-1],
        },
    }


async def report(program: Path, world: World) -> Any:
    center = world.vcenter
    process = await asyncio.create_subprocess_exec(
        program,
        f"{center.url}/sdk",
        str(center.ca_file),
        env={"LAB_USERNAME": center.username, "LAB_PASSWORD": center.password},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return json.loads(out)


# Go compiles the whole API the first time: minutes on a small machine.
@pytest.mark.timeout(600)
async def test_govmomi_reads_what_the_world_holds(program: Path, tmp_path: Path) -> None:
    async with article_world(tmp_path).serve() as world:
        world.vm("DumpTest").attributes = {"tier": "1", "Besitzer": "Müller & Söhne"}
        world.vm("DumpTest").thin = True
        world.vm("DumpTest").log.blue_screen(datetime.now(UTC))
        told = await report(program, world)
        assert told["Tags"] is None
        assert told["About"] == "VMware vCenter Server 5.5.0 build-1623101"
        assert {each["ID"]: each for each in told["Machines"]} == {vm.moid: expected(vm) for vm in world.vms}
        assert told["Hosts"] == [
            {
                "ID": "host-9",
                "Name": "esx-03.example.com",
                "Product": "VMware ESXi 5.5.0 build-1331820",
                "State": "connected",
                "Services": {"TSM": False, "TSM-SSH": False, "ntpd": True},
                "Machines": len(world.vms),
                "Worlds": [
                    {
                        "WorldID": vm.world_id,
                        "CartelID": vm.cartel_id,
                        "UUID": vm.esxcli_uuid,
                        "Name": vm.name,
                        "File": vm.vmx_file,
                    }
                    for vm in world.vms
                    if vm.powered_on
                ],
            }
        ]


@pytest.mark.timeout(600)
async def test_govmomi_reads_tags_over_rest(program: Path, tmp_path: Path) -> None:
    world = modern_world(tmp_path)
    tags = {world.vm("PayDB").moid: ("owner:Zahlungen", "tier:prod"), world.vm("node-a").moid: ("tier:test",)}
    for moid, given in tags.items():
        world.vm(moid).tags = given
    async with world.serve():
        told = await report(program, world)
    assert told["Tags"] == {moid: list(given) for moid, given in tags.items()}
    logged = [called.name for called in world.calls]
    assert (logged.count("rest-login"), logged.count("rest-logout")) == (1, 1)


@pytest.mark.timeout(600)
async def test_govmomi_is_refused_with_a_wrong_password(program: Path, tmp_path: Path) -> None:
    async with article_world(tmp_path).serve() as world:
        process = await asyncio.create_subprocess_exec(
            program,
            f"{world.vcenter.url}/sdk",
            str(world.vcenter.ca_file),
            env={"LAB_USERNAME": world.vcenter.username, "LAB_PASSWORD": "wrong"},
            stderr=asyncio.subprocess.PIPE,
        )
        _, err = await process.communicate()
    assert process.returncode == 1
    assert "incorrect user name or password" in err.decode()


@pytest.mark.timeout(600)
async def test_govmomi_is_told_of_changes(program: Path, tmp_path: Path) -> None:
    async with modern_world(tmp_path).serve() as world:
        process = await asyncio.create_subprocess_exec(
            program,
            f"{world.vcenter.url}/sdk",
            str(world.vcenter.ca_file),
            "the last",
            env={"LAB_USERNAME": world.vcenter.username, "LAB_PASSWORD": world.vcenter.password},
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        entered = [json.loads(await process.stdout.readline()) for _ in world.vms]
        assert {each["ID"]: each["Name"] for each in entered} == {vm.moid: vm.name for vm in world.vms}
        vm = world.vm("PayDB")
        world.remove_vm(vm)
        assert json.loads(await process.stdout.readline()) == {"ID": vm.moid, "Kind": "leave", "Name": None}
        world.add_vm(vm)
        assert json.loads(await process.stdout.readline()) == {
            "ID": vm.moid,
            "Kind": "enter",
            "Name": "PayDB",
        }
        world.rename(vm, "the last")
        last = json.loads(await process.stdout.readline())
        assert last == {"ID": vm.moid, "Kind": "modify", "Name": "the last"}
        assert await process.wait() == 0
