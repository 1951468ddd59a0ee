"""Hosts behind a bastion: what goes wrong at which of the two, against real SSH servers."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import asyncssh
import pytest

from bot.capture.ports import NmiAnswer
from bot.core.errors import Code, VmdumpError
from bot.esxi import HostAccess, SshShells
from bot.messages.catalogue import sentence
from tests.unit.esxi.ssh_server import PASSWORD, Server, printing, serving

HOST = "esx-01.example.com"
SENT = b"Sending NMI to guest...\n"


@asynccontextmanager
async def behind(folder: Path, jump: Server, host: Server) -> AsyncIterator[HostAccess]:
    async with serving(jump), serving(host):
        yield replace(host.access(folder), via=jump.bastion(folder / "jump"))


def through(asked: list[tuple[str, int]]) -> Server:
    """A bastion that opens every connection."""

    def forward(host: str, port: int) -> bool:
        asked.append((host, port))
        return True

    return Server(forwards=forward)


async def failure(access: HostAccess) -> VmdumpError:
    with pytest.raises(VmdumpError) as caught:
        async with SshShells([access]).open(HOST):
            pass
    assert PASSWORD not in str(caught.value.params)
    return caught.value


def names_the_bastion(error: VmdumpError, access: HostAccess) -> bool:
    assert access.via is not None
    told = sentence(error)
    assert "?" not in told
    return access.via.endpoint in told and HOST in told


async def test_both_logins_are_made_once(tmp_path: Path) -> None:
    asked: list[tuple[str, int]] = []
    jump, host = through(asked), Server(handler=printing(SENT))
    async with behind(tmp_path, jump, host) as access:
        async with SshShells([access]).open(HOST) as shell:
            assert (await shell.send_nmi(3199732)).answer is NmiAnswer.SENT
        assert asked == [("127.0.0.1", host.port)]
        assert len(jump.attempts) == len(host.attempts) == 1
        assert jump.commands == []
        await asyncio.gather(*(connection.wait_closed() for connection in jump.connections))


async def test_a_bastion_that_is_down(tmp_path: Path) -> None:
    """It was not started a moment ago, so nobody waits for it."""
    host = Server()
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        async with serving(host):
            jump = Server(port=reserved.getsockname()[1])
            access = replace(host.access(tmp_path), via=jump.bastion(tmp_path / "jump"), connect_seconds=60)
            error = await failure(access)
    assert error.code is Code.BASTION_UNREACHABLE
    assert names_the_bastion(error, access)


async def test_a_bastion_that_says_nothing(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        jump = Server(port=silent.getsockname()[1])
        access = replace(Server().access(tmp_path), via=jump.bastion(tmp_path / "jump"), connect_seconds=0.5)
        error = await failure(access)
    assert error.code is Code.BASTION_TIMEOUT
    assert names_the_bastion(error, access)


async def test_a_bastion_with_another_key_learns_no_password(tmp_path: Path) -> None:
    jump, host = through([]), Server()
    async with behind(tmp_path, jump, host) as access:
        other = jump.bastion(tmp_path / "other", asyncssh.generate_private_key("ssh-ed25519"))
        error = await failure(replace(access, via=other))
        assert jump.attempts == host.attempts == []
    assert (error.code, error.params["fingerprint"]) == (
        Code.BASTION_HOST_KEY,
        jump.key.get_fingerprint("sha256"),
    )
    assert names_the_bastion(error, access)


async def test_the_hosts_pins_do_not_let_a_bastion_in(tmp_path: Path) -> None:
    """Nor the other way round: each is looked up under its own name, in its own file."""
    jump, host = through([]), Server()
    async with behind(tmp_path, jump, host) as access:
        assert access.via is not None
        swapped = replace(access, via=replace(access.via, known_hosts=access.known_hosts))
        assert (await failure(swapped)).code is Code.BASTION_HOST_KEY
        swapped = replace(access, known_hosts=access.via.known_hosts)
        assert (await failure(swapped)).code is Code.SSH_HOST_KEY_UNKNOWN
        assert host.attempts == []


async def test_a_bastion_that_refuses_the_login(tmp_path: Path) -> None:
    jump, host = through([]), Server()
    async with behind(tmp_path, jump, host) as access:
        assert access.via is not None
        error = await failure(replace(access, via=replace(access.via, password=lambda _: "wrong")))
        assert len(jump.attempts) == 1
        assert host.attempts == []
    assert (error.code, error.params["username"]) == (Code.BASTION_LOGIN, "hop")
    assert names_the_bastion(error, access)


async def test_a_bastion_that_forwards_nothing(tmp_path: Path) -> None:
    async with behind(tmp_path, Server(), Server()) as access:
        error = await failure(access)
    assert (error.code, error.params["cause"]) == (Code.BASTION_REFUSED, "not from here")
    assert names_the_bastion(error, access)


async def test_a_host_that_refuses_the_login_behind_a_bastion(tmp_path: Path) -> None:
    host = Server()
    async with behind(tmp_path, through([]), host) as access:
        error = await failure(replace(access, password=lambda _: "wrong"))
        assert len(host.attempts) == 1
    assert error.code is Code.SSH_LOGIN


async def test_a_host_that_says_nothing_behind_a_bastion(tmp_path: Path) -> None:
    async with serving(through([])) as jump:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            host = Server(port=silent.getsockname()[1])
            access = replace(host.access(tmp_path), via=jump.bastion(tmp_path / "jump"), connect_seconds=1)
            error = await failure(access)
    assert error.code is Code.SSH_TIMEOUT
    assert names_the_bastion(error, access)


async def test_a_bastion_that_goes_away_during_the_nmi(tmp_path: Path) -> None:
    jump = through([])

    async def cut(process: asyncssh.SSHServerProcess[bytes]) -> None:
        process.stdout.write(SENT)
        for connection in jump.connections:
            connection.abort()

    host = Server(handler=cut)
    async with (
        behind(tmp_path, jump, host) as access,
        SshShells([access]).open(HOST) as shell,
    ):
        assert (await shell.send_nmi(3199732)).answer is NmiAnswer.UNKNOWN
        assert host.commands == ["/sbin/vmdumper 3199732 nmi"]
        # A second one never goes out.
        with pytest.raises(VmdumpError):
            await shell.send_nmi(3199732)
    assert len(host.commands) == 1


async def test_old_algorithms_of_a_host_are_not_offered_to_its_bastion(tmp_path: Path) -> None:
    old = {"kex_algs": ["diffie-hellman-group14-sha1"]}
    jump = through([])
    jump.options = old
    async with behind(tmp_path, jump, Server()) as access:
        error = await failure(replace(access, legacy=True))
    assert error.code is Code.BASTION_UNREACHABLE
    assert names_the_bastion(error, access)
