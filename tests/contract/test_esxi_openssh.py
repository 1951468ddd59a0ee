"""Logging in to a stock OpenSSH server with a key, as to an ESXi host."""

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


@pytest.fixture
async def sshd(tmp_path: Path) -> AsyncIterator[Sshd]:
    tools = tmp_path / "bin"
    tools.mkdir()
    esxcli = tools / "esxcli"
    esxcli.write_text(f"#!/bin/sh\nexec cat '{OUTPUTS / 'vsan.xml'}'\n")
    esxcli.chmod(0o755)
    async with openssh(tmp_path, f"SetEnv PATH={tools}:/usr/bin:/bin") as server:
        yield server


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
