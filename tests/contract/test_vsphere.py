"""The vCenter client against the lab's vCenter: real SOAP over TLS."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import pytest

from bot.capture.ports import VCenter
from bot.core.errors import Code, OutcomeUnknown, VmdumpError
from bot.dumps import inspect
from bot.lab.article import article_world
from bot.lab.world import World
from bot.vsphere import PyVmomiVCenter, VCenterEndpoint
from tests.contract.vsphere_client import HOST, SSH, endpoint_of, rules_of


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with article_world(tmp_path, speed=600.0).serve() as served:
        yield served


@pytest.fixture
async def vcenter(world: World) -> AsyncIterator[PyVmomiVCenter]:
    async with PyVmomiVCenter(endpoint_of(world), rules_of(world)) as client:
        yield client


async def failure(endpoint: VCenterEndpoint) -> VmdumpError:
    async with PyVmomiVCenter(endpoint) as client:
        with pytest.raises(VmdumpError) as caught:
            await client.clock()
    assert caught.value.params["endpoint"] == "vc1"
    return caught.value


async def test_is_what_captures_need(vcenter: PyVmomiVCenter) -> None:
    port: VCenter = vcenter
    assert port.name == "vc1"


async def test_probe(vcenter: PyVmomiVCenter, world: World) -> None:
    about = await vcenter.probe()
    assert (about.version, about.api_version) == ("5.5.0", "5.5")
    assert about.instance_uuid == world.vcenter.instance_uuid


async def test_names_and_paths(vcenter: PyVmomiVCenter, world: World) -> None:
    names = await vcenter.names()
    assert {n.moid for n in names} == {vm.moid for vm in world.vms}
    by_path = {n.path: n for n in names}
    vm, named = world.vm("DumpTest"), by_path["/DC1/vm/prod/DumpTest"]
    assert (named.instance_uuid, named.bios_uuid, named.host_moid) == (vm.instance_uuid, vm.uuid, HOST)
    assert by_path["/DC1/vm/test/twin"].moid != by_path["/DC1/vm/prod/twin"].moid


async def test_names_with_separators(world: World) -> None:
    """They are shown decoded, and do not look like folders in paths."""
    world.vm("web 01 [blue]").name = "a%2fb%5cc 100%25"
    async with PyVmomiVCenter(endpoint_of(world)) as client:
        by_name = {n.name: n for n in await client.names()}
    assert by_name["a/b\\c 100%"].path == "/DC1/vm/prod/a%2fb%5cc 100%25"


async def test_machine(vcenter: PyVmomiVCenter, world: World) -> None:
    vm = world.vm("DumpTest")
    machine = await vcenter.machine(vm.moid)
    target = machine.target
    assert (target.vcenter, target.moid, target.name) == ("vc1", vm.moid, "DumpTest")
    assert (target.bios_uuid, target.instance_uuid) == (vm.uuid, vm.instance_uuid)
    assert target.vmx_path == "/vmfs/volumes/643475f9-d1354340/DumpTest/DumpTest.vmx"
    assert (target.host_moid, target.host_name) == (HOST, "esx-03.example.com")
    assert machine.path == "/DC1/vm/prod/DumpTest"
    assert (machine.family, machine.memory_mib, machine.cpus) == ("windows", 4096, 2)
    assert (machine.power, machine.connection, machine.template) == ("poweredOn", "connected", False)
    assert (machine.cluster, machine.question) == ("Prod-A", None)
    assert machine.notes == 'Owner: Billing, "invoice batch"'
    assert (machine.heartbeat, machine.tools) == ("green", "guestToolsRunning")
    assert vcenter.dump_file(machine) == r"C:\MemoryDump\MEMORY.DMP"


async def test_agents_say_who_owns_them(vcenter: PyVmomiVCenter, world: World) -> None:
    machine = await vcenter.machine(world.vm("vCLS (1)").moid)
    assert machine.managed_by == "com.vmware.vim.eam"
    assert (machine.family, vcenter.dump_file(machine)) == ("linux", None)


async def test_a_vm_that_is_gone(vcenter: PyVmomiVCenter) -> None:
    for asking in (vcenter.machine("vm-4711"), vcenter.signs("vm-4711")):
        with pytest.raises(VmdumpError) as caught:
            await asking
        assert (caught.value.code, caught.value.params["moid"]) == (Code.VM_GONE, "vm-4711")


async def test_host_and_its_services(vcenter: PyVmomiVCenter) -> None:
    host = await vcenter.host(HOST)
    assert (host.name, host.version, host.build) == ("esx-03.example.com", "5.5.0", "1331820")
    assert (host.connection, host.maintenance, host.lockdown) == ("connected", False, None)
    assert {s.id for s in host.services} == {"TSM", "TSM-SSH", "ntpd"}
    ssh = host.service("TSM-SSH")
    assert ssh is not None
    assert (ssh.label, ssh.running, ssh.policy) == ("SSH", False, "off")


async def test_services_start_and_stop_once(vcenter: PyVmomiVCenter, world: World) -> None:
    await vcenter.make(SSH)
    assert world.host(HOST).service("TSM-SSH").running
    assert (await vcenter.host(HOST)).service("TSM-SSH").running  # type: ignore[union-attr]
    await vcenter.put_back(SSH)
    assert not world.host(HOST).service("TSM-SSH").running
    assert [effect.call for effect in world.effects] == ["StartService", "StopService"]


async def test_a_service_that_the_host_has_not(vcenter: PyVmomiVCenter) -> None:
    with pytest.raises(VmdumpError) as caught:
        await vcenter.make(SSH.model_copy(update={"service": "TSM-SSHD"}))
    assert caught.value.code is Code.SERVICE_MISSING
    assert caught.value.params == {"host": "esx-03.example.com", "service": "TSM-SSHD"}
    assert not isinstance(caught.value, OutcomeUnknown)


@pytest.mark.parametrize(("subject", "moid"), [("vm", "vm-101"), ("host", HOST)])
async def test_log_user_event(
    vcenter: PyVmomiVCenter, world: World, subject: Literal["vm", "host"], moid: str
) -> None:
    await vcenter.log_user_event(subject, moid, "alice asks for a dump")
    assert [event.message for event in world.events.logged][-1] == "alice asks for a dump"


async def test_signs_happenings_and_picture_of_a_crash(vcenter: PyVmomiVCenter, world: World) -> None:
    vm = world.vm("DumpTest")
    before = await vcenter.signs(vm.moid)
    assert (before.power, before.heartbeat, before.guest_operations_ready) == ("poweredOn", "green", True)
    assert (before.kernel_crashed, before.host_moid) == (None, HOST)
    since = await vcenter.clock()
    assert abs(since - datetime.now(UTC)) < timedelta(minutes=1)
    assert (await vcenter.screenshot(vm.moid)).startswith(b"\x89PNG")
    world.deliver_nmi(world.host(HOST), 3199732)
    await world.until(lambda: vm.guest.crashes == 1 and vm.guest.state == "running")
    happenings = await vcenter.happenings(vm.moid, since)
    assert [h.kind for h in happenings] == ["VmGuestRebootEvent"]
    assert happenings[0].at >= since
    assert await vcenter.happenings(vm.moid, datetime.now(UTC) + timedelta(hours=1)) == ()


async def test_who_did_it_and_the_picture_that_ha_took(vcenter: PyVmomiVCenter, world: World) -> None:
    vm, since = world.vm("DumpTest"), await vcenter.clock()
    details: dict[str, object] = {"reason": "vmtoolsHeartbeatFailure"}
    picture = "[nfs01] DumpTest/DumpTest-screenshot-0.png"
    kind = "VmDasBeingResetWithScreenshotEvent"
    world.events.log(kind, "reset", vm=vm, details={**details, "screenshotFilePath": picture})
    world.events.log("VmPoweredOffEvent", "off", vm=vm, user="dora")
    found = await vcenter.happenings(vm.moid, since)
    assert [(h.kind, h.user, h.screenshot) for h in found] == [
        (kind, "", picture),
        ("VmPoweredOffEvent", "dora", None),
    ]


async def test_guest_file_and_its_start(vcenter: PyVmomiVCenter, world: World) -> None:
    vm = world.vm("DumpTest")
    path = vm.guest.dump_path
    file = await vcenter.guest_file(vm.moid, path)
    assert file is not None
    assert file.path == path
    start = await vcenter.guest_piece(vm.moid, path, 0, 8248)
    assert len(start) == 8248
    found = inspect(lambda offset, n: start[offset : offset + n], file.size)
    assert (found.bug_check, found.cpus, found.complete) == (0x80, 2, True)
    assert await vcenter.guest_file(vm.moid, r"C:\MemoryDump\NONE.DMP") is None
    assert await vcenter.guest_file(vm.moid, r"C:\Nowhere\MEMORY.DMP") is None


async def test_guest_without_credentials(vcenter: PyVmomiVCenter, world: World) -> None:
    with pytest.raises(VmdumpError) as caught:
        await vcenter.guest_file(world.vm("DumpTest2").moid, "C:\\x")
    assert caught.value.code is Code.NO_GUEST_CREDENTIALS


async def test_guest_that_refuses_the_account(vcenter: PyVmomiVCenter, world: World) -> None:
    vm = world.vm("DumpTest")
    vm.guest.logins_refused = True
    with pytest.raises(VmdumpError) as caught:
        await vcenter.guest_file(vm.moid, vm.guest.dump_path)
    assert (caught.value.code, caught.value.params["username"]) == (Code.GUEST_LOGIN, vm.guest.username)
    assert vm.guest.password not in str(caught.value.params)


async def test_guest_that_is_down(vcenter: PyVmomiVCenter, world: World) -> None:
    vm = world.vm("DumpTest")
    vm.guest.state = "crashed"
    with pytest.raises(VmdumpError) as caught:
        await vcenter.guest_file(vm.moid, vm.guest.dump_path)
    assert caught.value.code is Code.GUEST_UNAVAILABLE


async def test_host_with_another_certificate_than_vcenter_knows(
    vcenter: PyVmomiVCenter, world: World, tmp_path: Path
) -> None:
    vm = world.vm("DumpTest")
    world.host(HOST).certificate = world.vcenter.ca_file.read_text()
    with pytest.raises(VmdumpError) as caught:
        await vcenter.guest_piece(vm.moid, vm.guest.dump_path, 0, 100)
    assert caught.value.code is Code.GUEST_CERTIFICATE


async def test_wrong_password_is_tried_once(world: World) -> None:
    asked: list[str] = []

    def wrong() -> str:
        asked.append("x")
        return "wrong-secret"

    endpoint = dataclasses.replace(endpoint_of(world), password=wrong)
    async with PyVmomiVCenter(endpoint) as client:
        for _ in range(3):
            with pytest.raises(VmdumpError) as caught:
                await client.clock()
            assert caught.value.code is Code.VCENTER_LOGIN
            assert caught.value.params == {"endpoint": "vc1", "username": endpoint.username}
    assert len(asked) == 1


async def test_unknown_authority_gets_no_password(world: World) -> None:
    def never() -> str:
        raise AssertionError

    error = await failure(dataclasses.replace(endpoint_of(world), ca_file=None, password=never))
    assert error.code is Code.VCENTER_CERTIFICATE


async def test_pinned_certificate(world: World) -> None:
    pinned = dataclasses.replace(endpoint_of(world), ca_file=None, pinned_sha256=world.vcenter.fingerprint)
    async with PyVmomiVCenter(pinned) as client:
        await client.clock()
    other = dataclasses.replace(pinned, pinned_sha256="AA:" * 31 + "AA")
    error = await failure(other)
    assert error.code is Code.VCENTER_CERTIFICATE
    assert "aa" * 32 in str(error.params["cause"])


@pytest.mark.parametrize(
    ("switches", "words"),
    [
        ({"ca_file": None, "insecure": True}, ["NOT verified"]),
        ({"legacy_tls": True}, ["TLS 1.0 and weak ciphers"]),
        (
            {"ca_file": None, "insecure": True, "legacy_tls": True},
            ["NOT verified", "TLS 1.0 and weak ciphers"],
        ),
        ({}, []),
    ],
)
async def test_what_is_weak_is_loud(
    world: World, caplog: pytest.LogCaptureFixture, switches: dict[str, Any], words: list[str]
) -> None:
    async with PyVmomiVCenter(dataclasses.replace(endpoint_of(world), **switches)) as client:
        await client.clock()
    said = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(said) == len(words)
    for line, word in zip(said, words, strict=True):
        assert line.startswith(f"vCenter vc1 (127.0.0.1:{world.vcenter.port}): ")
        assert word in line


async def test_no_password_in_any_log(world: World, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        async with PyVmomiVCenter(endpoint_of(world), rules_of(world)) as client:
            vm = world.vm("DumpTest")
            await client.guest_file(vm.moid, vm.guest.dump_path)
            await client.guest_piece(vm.moid, vm.guest.dump_path, 0, 10)
    for secret in (world.vcenter.password, vm.guest.password):
        assert secret not in caplog.text
    assert world.vcenter.password not in repr(endpoint_of(world))
