"""The article's site as pure state."""

import asyncio
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from bot.lab.article import article_world
from bot.lab.host import Host
from bot.lab.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return article_world(tmp_path)


def test_the_articles_machine_is_as_in_the_article(world: World) -> None:
    vm = world.vm("DumpTest")
    assert (vm.world_id, vm.cartel_id) == (3199732, 3199731)
    assert vm.esxcli_uuid == "42 30 f9 ee a2 2a 3c e0-02 33 07 ac af f8 d2 5c"
    assert vm.vmx_path == "[nfs01] DumpTest/DumpTest.vmx"
    assert vm.vmx_file == "/vmfs/volumes/643475f9-d1354340/DumpTest/DumpTest.vmx"
    assert (vm.memory_mb, vm.cpus) == (4096, 2)
    assert vm.annotation == 'Owner: Billing, "invoice batch"'


def test_a_dump_of_months_ago_lies_in_it(world: World) -> None:
    guest = world.vm("DumpTest").guest
    file = guest.file(guest.dump_path)
    assert file is not None
    with file.open() as dump:
        head = dump.read(0x2000)
    assert struct.unpack_from("<q", head, 0xFA0)[0] == file.size
    assert (guest.booted_at - file.modified).days > 30


def test_machines_that_run_have_worlds_of_their_own(world: World) -> None:
    worlds = [vm.world_id for vm in world.vms if vm.powered_on]
    assert len(set(worlds)) == len(worlds) == len(world.vms) - 1
    assert not world.vm("archive").powered_on
    assert len({vm.uuid for vm in world.vms} | {vm.instance_uuid for vm in world.vms}) == 2 * len(world.vms)


def test_a_name_that_two_machines_have_is_not_answered_with_one_of_them(world: World) -> None:
    with pytest.raises(LookupError, match="2 of the name 'twin'"):
        world.vm("twin")
    assert world.vm("vm-104").name == world.vm("vm-105").name == "twin"


def test_a_crash_takes_four_to_five_seconds_at_the_default_speed(world: World) -> None:
    pace = world.pace
    whole = pace.of_bug_check() + pace.of_dump(world.vm("DumpTest").memory_bytes) + pace.of_reboot()
    assert 4 < whole < 5
    assert pace.of_dump(4 * 2**30) * pace.speed == pytest.approx(47, abs=1)


def test_every_nmi_that_reaches_a_machine_is_counted(world: World) -> None:
    host = world.host("esx-03.example.com")
    world.vm("DumpTest").guest.nmi_ignored = True
    assert world.deliver_nmi(host, 3199732)
    assert world.deliver_nmi(host, 3199732)
    assert not world.deliver_nmi(host, 3199731)
    assert [(nmi.world_id, nmi.vm) for nmi in world.nmis] == [(3199732, "DumpTest")] * 2


async def test_until_waits_for_a_change(world: World) -> None:
    guest = world.vm("DumpTest").guest
    waiting = asyncio.create_task(world.until(lambda: guest.crashes == 1))
    await asyncio.sleep(0)
    assert not waiting.done()
    world.deliver_nmi(world.host("esx-03.example.com"), 3199732)
    await waiting
    assert guest.state == "crashed"


async def test_a_service_that_runs_already_is_not_started_again(world: World) -> None:
    host = world.host("esx-03.example.com")
    await world.set_service(host, "TSM-SSH", running=True)
    await world.set_service(host, "TSM-SSH", running=True)
    assert [event.kind for event in world.events.logged] == ["RemoteTSMEnabledEvent"]
    with pytest.raises(KeyError):
        await world.set_service(host, "vpxa", running=True)


async def test_ssh_is_open_unless_service_firewall_or_the_switch_closes_it(world: World) -> None:
    host = world.host("esx-03.example.com")
    seen = [host.ssh_open]
    await world.set_service(host, "TSM-SSH", running=True)
    seen.append(host.ssh_open)
    host.ssh_refused = True
    seen.append(host.ssh_open)
    host.ssh_refused = False
    await world.set_ruleset(host, host.ruleset("sshServer"), enabled=False)
    seen.append(host.ssh_open)
    assert seen == [False, True, False, False]


@pytest.mark.parametrize(
    ("version", "manifest"),
    [("5.5.0", "absent"), ("6.0.0", "absent"), ("6.5.0", "works"), ("8.0.3", "works")],
)
def test_hosts_offer_the_manifest_of_the_nmi_from_6_5_on(version: str, manifest: str) -> None:
    host = Host(
        moid="host-1", name="x", cluster="C", version=version, build="1", services=[], root_password="x"
    )
    assert host.nmi_manifest == manifest


def test_secrets_do_not_show_in_a_failing_assertion(world: World) -> None:
    shown = repr((world.vms, world.hosts, world.vcenter))
    for secret in (world.vcenter.password, world.hosts[0].root_password, world.vm("DumpTest").guest.password):
        assert secret not in shown


def test_importing_the_lab_loads_neither_soap_nor_ssh() -> None:
    code = "import bot.lab, sys; print([m for m in ('pyVmomi', 'asyncssh', 'aiohttp') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
