"""Logging in to a stock OpenSSH server, by key and by password, as to an ESXi host."""

from __future__ import annotations

import getpass
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import asyncssh
import pytest

from bot.capture.ports import NmiAnswer
from bot.core.errors import Code, VmdumpError
from bot.esxi import HostAccess, SshShells
from tests.contract.openssh import Sshd, openssh, write_pair

OUTPUTS = Path(__file__).parent.parent / "unit" / "esxi" / "outputs"
HOST = "esx-01.example.com"
PASSWORD = "K3Y-B0ARD"
SETTING = "SetEnv PATH={}:/usr/bin:/bin"


@pytest.fixture
async def sshd(tmp_path: Path) -> AsyncIterator[Sshd]:
    async with openssh(tmp_path, SETTING.format(write_tools(tmp_path))) as server:
        yield server


def write_tools(folder: Path) -> Path:
    """A host's programs, as far as they are needed."""
    tools = folder / "bin"
    tools.mkdir()
    esxcli = tools / "esxcli"
    esxcli.write_text(f"#!/bin/sh\nexec cat '{OUTPUTS / 'vsan.xml'}'\n")
    esxcli.chmod(0o755)
    return tools


def access(sshd: Sshd) -> HostAccess:
    return HostAccess(
        covers=lambda _: True,
        known_hosts=sshd.known_hosts,
        user=getpass.getuser(),
        key_file=sshd.mine,
        address="127.0.0.1",
        port=sshd.port,
        connect_seconds=15,
    )


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
async def test_login_by_key_to_the_pinned_key(sshd: Sshd, kind: str) -> None:
    """The server has both; it shows the one of the pinned type."""
    sshd.pin(sshd.rsa if kind == "rsa" else sshd.ed25519)
    async with SshShells([access(sshd)]).open(HOST) as shell:
        assert [world.world_id for world in await shell.worlds()] == [2103350]
        report = await shell.send_nmi(2103350)
    assert report.answer is NmiAnswer.UNKNOWN
    assert "/sbin/vmdumper" in report.output


@pytest.mark.parametrize("given", [PASSWORD, "another"])
async def test_a_password_that_is_asked_for(tmp_path: Path, given: str) -> None:
    """By keyboard-interactive, PAM behind it: the only way in that ESXi hosts are said to offer."""
    async with openssh(tmp_path, SETTING.format(write_tools(tmp_path)), password=PASSWORD) as server:
        server.pin(server.ed25519)
        shells = SshShells([replace(access(server), key_file=None, password=lambda _: given)])
        if given == PASSWORD:
            async with shells.open(HOST) as shell:
                assert [world.world_id for world in await shell.worlds()] == [2103350]
        else:
            with pytest.raises(VmdumpError) as caught:
                async with shells.open(HOST):
                    pass
            assert caught.value.code is Code.SSH_LOGIN
        assert "keyboard-interactive" in server.log.read_text()


async def test_another_key_than_the_pinned_one(sshd: Sshd, tmp_path: Path) -> None:
    sshd.pin(write_pair(tmp_path, "other", "ssh-ed25519"))
    with pytest.raises(VmdumpError) as caught:
        async with SshShells([access(sshd)]).open(HOST):
            pass
    assert caught.value.code is Code.SSH_HOST_KEY
    shown = asyncssh.read_public_key(str(sshd.ed25519)).get_fingerprint("sha256")
    assert caught.value.params["fingerprint"] == shown


async def test_an_account_that_is_refused(sshd: Sshd, tmp_path: Path) -> None:
    sshd.pin(sshd.rsa)
    other = write_pair(tmp_path, "stranger", "ssh-ed25519").with_suffix("")
    with pytest.raises(VmdumpError) as caught:
        async with SshShells([replace(access(sshd), key_file=other)]).open(HOST):
            pass
    assert caught.value.code is Code.SSH_LOGIN
