"""The lab's host judged by asyncssh's client and by OpenSSH's."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import asyncssh
import pytest

from bot.lab.article import article_world
from bot.lab.esxi.processes import as_text
from bot.lab.host import Host
from bot.lab.vmdumper import GARBLED, HANGING_UP, REFUSING
from bot.lab.world import World

NMI = "/sbin/vmdumper 3199732 nmi"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    site = article_world(tmp_path, speed=2000)
    site.hosts[0].service("TSM-SSH").running = True
    async with site.serve() as world:
        yield world


def connect(host: Host, **options: object) -> AbstractAsyncContextManager[asyncssh.SSHClientConnection]:
    settings: dict[str, object] = {
        "username": "root",
        "password": host.root_password,
        "known_hosts": asyncssh.import_known_hosts(host.known_hosts_line),
        "client_keys": None,
        "config": None,
        **options,
    }
    return asyncssh.connect(host.address, host.ssh_port, **settings)


@pytest.mark.parametrize("method", ["password", "keyboard-interactive"])
async def test_root_logs_in_by_password_either_way(world: World, method: str) -> None:
    world.hosts[0].login_methods = frozenset({method})
    await world.set_service(world.hosts[0], "TSM-SSH", running=False)
    await world.set_service(world.hosts[0], "TSM-SSH", running=True)
    async with connect(world.hosts[0], preferred_auth=method) as connection:
        assert (await connection.run("/sbin/vmdumper 1 nmi")).exit_status == 0


async def test_a_key_of_the_hosts_file_is_enough(world: World) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    world.hosts[0].authorized_keys = key.export_public_key().decode()
    await world.set_service(world.hosts[0], "TSM-SSH", running=False)
    await world.set_service(world.hosts[0], "TSM-SSH", running=True)
    async with connect(world.hosts[0], client_keys=[key], password=None) as connection:
        assert (await connection.run("id")).exit_status == 127


@pytest.mark.parametrize(("user", "password"), [("root", "wrong"), ("admin", None)])
async def test_nobody_else_logs_in(world: World, user: str, password: str | None) -> None:
    host = world.hosts[0]
    with pytest.raises(asyncssh.PermissionDenied):
        async with connect(host, username=user, password=password or host.root_password):
            pass


async def test_another_hosts_key_is_refused(world: World) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    known = asyncssh.import_known_hosts(f"[127.0.0.1]:{world.hosts[0].ssh_port} {other}")
    with pytest.raises(asyncssh.HostKeyNotVerifiable):
        async with connect(world.hosts[0], known_hosts=known):
            pass


async def test_an_unknown_command_is_not_found(world: World) -> None:
    async with connect(world.hosts[0]) as connection:
        result = await connection.run("rm -rf /")
    assert (result.stdout, result.exit_status) == ("sh: rm: not found\n", 127)


async def test_the_nmi_is_sent_once_per_command(world: World) -> None:
    async with connect(world.hosts[0]) as connection:
        result = await connection.run(NMI)
    assert (result.stdout, result.exit_status) == ("Sending NMI to guest...\n", 0)
    assert [(nmi.host, nmi.world_id, nmi.vm) for nmi in world.nmis] == [
        ("esx-03.example.com", 3199732, "DumpTest")
    ]


async def test_the_answers_of_the_stories(world: World) -> None:
    host = world.hosts[0]
    async with connect(host) as connection:
        unknown = await connection.run("/sbin/vmdumper 4 nmi")
        host.vmdumper = REFUSING
        refused = await connection.run(NMI)
        assert world.nmis == []
        host.vmdumper = GARBLED
        garbled = await connection.run(NMI)
        assert len(world.nmis) == 1
    two = "Sending NMI to guest...\nOperation failed with error: Invalid world\n"
    assert unknown.stdout == refused.stdout == two
    assert "Sending" not in str(garbled.stdout)


async def run_to_the_end(host: Host) -> asyncssh.SSHCompletedProcess | None:
    """What the NMI command gives; None: the connection broke first."""
    try:
        async with connect(host) as connection:
            result = await connection.run(NMI)
            return result if result.exit_status is not None else None
    except (asyncssh.Error, OSError):
        return None


async def test_a_connection_that_breaks_gives_no_answer(world: World) -> None:
    world.hosts[0].vmdumper = HANGING_UP
    assert await run_to_the_end(world.hosts[0]) is None
    assert len(world.nmis) == 1


@pytest.mark.parametrize(("gate", "nmis"), [("vmdumper:before", 0), ("vmdumper:after", 1)])
async def test_a_command_is_dropped_at_its_gate(world: World, gate: str, nmis: int) -> None:
    world.gates.close(gate)
    running = asyncio.create_task(run_to_the_end(world.hosts[0]))
    await world.gates.reached(gate)
    assert len(world.nmis) == nmis
    world.gates.open(gate, drop=True)
    assert await running is None
    assert len(world.nmis) == nmis


async def test_a_command_whose_client_went_away_goes_on(world: World) -> None:
    world.gates.close("vmdumper:before")
    async with connect(world.hosts[0]) as connection:
        running = asyncio.create_task(connection.run(NMI))
        await world.gates.reached("vmdumper:before")
        connection.abort()
        await running
    world.gates.open("vmdumper:before")
    await world.until(lambda: len(world.nmis) == 1)


async def test_a_session_outlives_its_service(world: World) -> None:
    host = world.hosts[0]
    async with connect(host) as connection:
        await world.set_service(host, "TSM-SSH", running=False)
        result = await connection.run("esxcli vm process list")
        assert result.stdout == as_text([vm for vm in world.vms if vm.powered_on])
        with pytest.raises(ConnectionRefusedError):
            async with connect(host):
                pass


async def test_a_crash_from_the_nmi_to_the_new_dump(world: World) -> None:
    vm = world.vm("DumpTest")
    before = vm.guest.file(vm.guest.dump_path)
    async with connect(world.hosts[0]) as connection:
        await connection.run(NMI)
    await world.until(lambda: vm.guest.state == "running" and vm.guest.crashes == 1)
    after = vm.guest.file(vm.guest.dump_path)
    assert before is not None
    assert after is not None
    assert after.modified > world.nmis[0].at > before.modified
    assert [event.vm for event in world.events.of_kind("VmGuestRebootEvent")] == [vm]
    assert world.events.of_kind("VmGuestOSCrashedEvent") == []


async def test_a_crash_without_a_dump_leaves_the_old_one(world: World) -> None:
    vm = world.vm("DumpTest")
    vm.guest.dump_written = False
    before = vm.guest.file(vm.guest.dump_path)
    async with connect(world.hosts[0]) as connection:
        await connection.run(NMI)
    await world.until(lambda: vm.guest.state == "running" and vm.guest.crashes == 1)
    assert vm.guest.file(vm.guest.dump_path) is before


async def test_openssh_reads_the_process_list(world: World, tmp_path: Path) -> None:
    ssh = shutil.which("ssh")
    if ssh is None:
        if os.environ.get("VMDUMP_CI") == "1":
            pytest.fail("OpenSSH's client is not installed")
        pytest.skip("OpenSSH's client is not installed")
    host = world.hosts[0]
    known = tmp_path / "known_hosts"
    known.write_text(host.known_hosts_line + "\n")
    ask = tmp_path / "askpass"
    ask.write_text('#!/bin/sh\necho "$LAB_PASSWORD"\n')
    ask.chmod(0o700)
    settings = ["-F", "none", "-o", f"UserKnownHostsFile={known}", "-o", "StrictHostKeyChecking=yes"]
    settings += ["-o", "PreferredAuthentications=keyboard-interactive,password", "-p", str(host.ssh_port)]
    process = await asyncio.create_subprocess_exec(
        ssh,
        *settings,
        f"root@{host.address}",
        "esxcli vm process list",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={
            "PATH": os.environ["PATH"],
            "SSH_ASKPASS": str(ask),
            "SSH_ASKPASS_REQUIRE": "force",
            "LAB_PASSWORD": host.root_password,
        },
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    assert out.decode() == as_text([vm for vm in world.vms if vm.powered_on])


async def test_a_failure_in_the_block_comes_out_as_it_is(tmp_path: Path) -> None:
    async def fail() -> None:
        async with article_world(tmp_path).serve() as world:
            world.deliver_nmi(world.hosts[0], 3199732)
            world.vm("nobody")

    with pytest.raises(LookupError, match="nobody"):
        await fail()


async def test_a_crash_the_lab_cannot_finish_is_not_waited_for(world: World, tmp_path: Path) -> None:
    vm = world.vm("DumpTest")
    world.folder = tmp_path / "file"
    world.folder.write_text("in the way")
    world.deliver_nmi(vm.host, 3199732)
    with pytest.raises(RuntimeError, match="broke off"):
        await world.until(lambda: vm.guest.state == "running")
