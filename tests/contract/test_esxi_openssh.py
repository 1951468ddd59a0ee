"""Logging in to a stock OpenSSH server with a key, as to an ESXi host."""

from __future__ import annotations

import asyncio
import getpass
import os
import shutil
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import asyncssh
import pytest

from bot.capture.ports import NmiAnswer
from bot.core.errors import Code, VmdumpError
from bot.esxi import HostAccess, SshShells

SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
OUTPUTS = Path(__file__).parent.parent / "unit" / "esxi" / "outputs"
HOST = "esx-01.example.com"


@dataclass(frozen=True)
class Sshd:
    access: HostAccess
    rsa: Path
    ed25519: Path

    def pin(self, public_key: Path) -> None:
        self.access.known_hosts.write_text(f"[127.0.0.1]:{self.access.port} {public_key.read_text()}")


def _key(folder: Path, name: str, kind: str) -> Path:
    """Writes a pair; gives the public half's file."""
    pair = asyncssh.generate_private_key(kind)
    private = folder / name
    pair.write_private_key(str(private))
    private.chmod(0o600)
    pair.write_public_key(f"{private}.pub")
    return folder / f"{name}.pub"


def _needed() -> str:
    if SSHD is not None and os.geteuid() == 0:
        # Debian's sshd insists on this folder, which its service makes at start.
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        return SSHD
    reason = "no sshd here" if SSHD is None else "sshd without PAM logs in nobody but who may become any user"
    if os.environ.get("VMDUMP_CI") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
async def sshd(tmp_path: Path) -> AsyncIterator[Sshd]:
    program = _needed()
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
    rsa, ed25519 = _key(tmp_path, "host_rsa", "ssh-rsa"), _key(tmp_path, "host_ed25519", "ssh-ed25519")
    mine = _key(tmp_path, "mine", "ssh-ed25519")
    tools = tmp_path / "bin"
    tools.mkdir()
    esxcli = tools / "esxcli"
    esxcli.write_text(f"#!/bin/sh\nexec cat '{OUTPUTS / 'vsan.xml'}'\n")
    esxcli.chmod(0o755)
    config = tmp_path / "sshd_config"
    config.write_text(
        f"Port {port}\nListenAddress 127.0.0.1\n"
        f"HostKey {rsa.with_suffix('')}\nHostKey {ed25519.with_suffix('')}\n"
        f"AuthorizedKeysFile {mine}\nPidFile none\nUsePAM no\nStrictModes no\nPasswordAuthentication no\n"
        f"PermitRootLogin prohibit-password\nSetEnv PATH={tools}:/usr/bin:/bin\n"
    )
    server = await asyncio.create_subprocess_exec(
        program, "-D", "-f", str(config), "-E", str(tmp_path / "log"), stdin=asyncio.subprocess.DEVNULL
    )
    access = HostAccess(
        covers=lambda _: True,
        known_hosts=tmp_path / "known_hosts",
        user=getpass.getuser(),
        key_file=mine.with_suffix(""),
        address="127.0.0.1",
        port=port,
        connect_seconds=15,
    )
    try:
        yield Sshd(access, rsa, ed25519)
    finally:
        server.terminate()
        await server.wait()


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
async def test_login_by_key_to_the_pinned_key(sshd: Sshd, kind: str) -> None:
    """The server has both; it shows the one of the pinned type."""
    sshd.pin(sshd.rsa if kind == "rsa" else sshd.ed25519)
    async with SshShells([sshd.access]).open(HOST) as shell:
        assert [world.world_id for world in await shell.worlds()] == [2103350]
        report = await shell.send_nmi(2103350)
    assert report.answer is NmiAnswer.UNKNOWN
    assert "/sbin/vmdumper" in report.output


async def test_another_key_than_the_pinned_one(sshd: Sshd, tmp_path: Path) -> None:
    sshd.pin(_key(tmp_path, "other", "ssh-ed25519"))
    with pytest.raises(VmdumpError) as caught:
        async with SshShells([sshd.access]).open(HOST):
            pass
    assert caught.value.code is Code.SSH_HOST_KEY
    shown = asyncssh.read_public_key(str(sshd.ed25519)).get_fingerprint("sha256")
    assert caught.value.params["fingerprint"] == shown


async def test_an_account_that_is_refused(sshd: Sshd, tmp_path: Path) -> None:
    sshd.pin(sshd.rsa)
    other = replace(sshd.access, key_file=_key(tmp_path, "stranger", "ssh-ed25519").with_suffix(""))
    with pytest.raises(VmdumpError) as caught:
        async with SshShells([other]).open(HOST):
            pass
    assert caught.value.code is Code.SSH_LOGIN
