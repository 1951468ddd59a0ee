"""A stock OpenSSH server as the bastion in front of the lab's host."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import asyncssh
import pytest

from bot.capture.ports import NmiAnswer
from bot.core.errors import Code, VmdumpError
from bot.esxi import Bastion, HostAccess, SshShells
from bot.lab.article import article_world
from bot.lab.host import Host
from bot.lab.world import World
from tests.contract.openssh import Sshd, openssh, write_pair

HOST = "esx-03.example.com"
FORWARDS_ONLY = ("AllowTcpForwarding local", "PermitTTY no", "ForceCommand /bin/false")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with article_world(tmp_path / "lab", speed=600.0).serve() as served:
        await served.set_service(served.host(HOST), "TSM-SSH", running=True)
        yield served


@asynccontextmanager
async def bastion(folder: Path, *lines: str) -> AsyncIterator[tuple[Sshd, Bastion]]:
    async with openssh(folder, *lines) as sshd:
        sshd.pin(sshd.ed25519)
        await listens(sshd.port)
        yield (
            sshd,
            Bastion(
                host="127.0.0.1",
                port=sshd.port,
                user=getpass.getuser(),
                key_file=sshd.mine,
                known_hosts=sshd.known_hosts,
            ),
        )


async def listens(port: int) -> None:
    """A bastion is there before it is used, so the bot does not wait for it; a test must."""
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionRefusedError:
            await asyncio.sleep(0.02)
        else:
            writer.close()
            await writer.wait_closed()
            return


async def logged(sshd: Sshd, words: str) -> None:
    while True:
        if words in sshd.log.read_text():
            return
        await asyncio.sleep(0.02)


def access(host: Host, via: Bastion, folder: Path) -> HostAccess:
    pins = folder / "pins"
    pins.write_text(host.known_hosts_line + "\n")
    return HostAccess(
        covers=lambda name: name == HOST,
        known_hosts=pins,
        password=lambda _: host.root_password,
        address=host.address,
        port=host.ssh_port,
        via=via,
        connect_seconds=15,
    )


async def failure(access: HostAccess) -> VmdumpError:
    with pytest.raises(VmdumpError) as caught:
        async with SshShells([access]).open(HOST):
            pass
    return caught.value


async def test_the_nmi_goes_through_a_bastion_that_only_forwards(world: World, tmp_path: Path) -> None:
    host = world.host(HOST)
    permitted = f"PermitOpen {host.address}:{host.ssh_port}"
    async with bastion(tmp_path / "jump", *FORWARDS_ONLY, permitted) as (sshd, via):
        async with SshShells([access(host, via, tmp_path)]).open(HOST) as shell:
            assert "DumpTest" in {world.display_name for world in await shell.worlds()}
            assert (await shell.send_nmi(3199732)).answer is NmiAnswer.SENT
        assert "Accepted publickey" in sshd.log.read_text()
    assert [nmi.world_id for nmi in world.nmis] == [3199732]


@pytest.mark.parametrize("line", ["PermitOpen 127.0.0.1:1", "AllowTcpForwarding no", "DisableForwarding yes"])
async def test_a_bastion_that_opens_no_way(world: World, tmp_path: Path, line: str) -> None:
    host = world.host(HOST)
    async with bastion(tmp_path / "jump", line) as (_, via):
        error = await failure(access(host, via, tmp_path))
    assert error.code is Code.BASTION_REFUSED
    assert error.params["bastion"] == via.endpoint
    assert error.params["endpoint"] == f"{host.address}:{host.ssh_port}"


async def test_a_bastion_with_another_key(world: World, tmp_path: Path) -> None:
    async with bastion(tmp_path / "jump") as (sshd, via):
        sshd.pin(write_pair(tmp_path, "other", "ssh-ed25519"))
        error = await failure(access(world.host(HOST), via, tmp_path))
        assert "Accepted" not in sshd.log.read_text()
    assert error.code is Code.BASTION_HOST_KEY
    shown = asyncssh.read_public_key(str(sshd.ed25519)).get_fingerprint("sha256")
    assert (error.params["bastion"], error.params["fingerprint"]) == (via.endpoint, shown)


async def test_a_bastion_that_refuses_the_account(world: World, tmp_path: Path) -> None:
    stranger = write_pair(tmp_path, "stranger", "ssh-ed25519").with_suffix("")
    async with bastion(tmp_path / "jump") as (_, via):
        error = await failure(access(world.host(HOST), replace(via, key_file=stranger), tmp_path))
    assert (error.code, error.params["username"]) == (Code.BASTION_LOGIN, getpass.getuser())


async def test_the_hosts_own_key_is_still_pinned_behind_a_bastion(world: World, tmp_path: Path) -> None:
    host = world.host(HOST)
    async with bastion(tmp_path / "jump") as (_, via):
        way = access(host, via, tmp_path)
        other = write_pair(tmp_path, "other", "ssh-ed25519").read_text()
        way.known_hosts.write_text(f"[{host.address}]:{host.ssh_port} {other}")
        error = await failure(way)
    assert (error.code, error.params["host"]) == (Code.SSH_HOST_KEY, HOST)


async def test_waits_behind_a_bastion_for_a_service_that_just_started(world: World, tmp_path: Path) -> None:
    host = world.host(HOST)
    await world.set_service(host, "TSM-SSH", running=False)

    async def log_in(way: HostAccess) -> None:
        async with SshShells([way]).open(HOST):
            pass

    async with bastion(tmp_path / "jump") as (sshd, via), asyncio.TaskGroup() as group:
        entering = group.create_task(log_in(access(host, via, tmp_path)))
        await logged(sshd, f"port {host.ssh_port}: failed")
        assert not entering.done()
        await world.set_service(host, "TSM-SSH", running=True)
        await entering


async def test_a_host_that_stays_closed_behind_a_bastion(world: World, tmp_path: Path) -> None:
    host = world.host(HOST)
    await world.set_service(host, "TSM-SSH", running=False)
    async with bastion(tmp_path / "jump") as (_, via):
        error = await failure(replace(access(host, via, tmp_path), connect_seconds=2.5))
    assert (error.code, error.params["cause"]) == (Code.SSH_UNREACHABLE, "connection refused")
    assert error.params["endpoint"] == f"{host.address}:{host.ssh_port} through bastion {via.endpoint}"
