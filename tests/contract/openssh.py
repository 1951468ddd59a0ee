"""A stock OpenSSH server on a port of its own, for as long as a test needs it."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncssh
import pytest

SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin")


@dataclass(frozen=True)
class Sshd:
    port: int
    rsa: Path
    ed25519: Path
    """public halves of the keys that it has"""
    mine: Path
    """private key of an account that it lets in"""
    known_hosts: Path
    log: Path

    def pin(self, public_key: Path) -> None:
        self.known_hosts.write_text(f"[127.0.0.1]:{self.port} {public_key.read_text()}")


def write_pair(folder: Path, name: str, kind: str) -> Path:
    """Writes a pair of keys; gives the public half's file."""
    folder.mkdir(exist_ok=True)
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


@asynccontextmanager
async def openssh(folder: Path, *lines: str) -> AsyncIterator[Sshd]:
    """``lines`` are added to its configuration. It may not listen yet when the block begins."""
    program = _needed()
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
    rsa, ed25519 = (
        write_pair(folder, "host_rsa", "ssh-rsa"),
        write_pair(folder, "host_ed25519", "ssh-ed25519"),
    )
    mine = write_pair(folder, "mine", "ssh-ed25519")
    log = folder / "sshd.log"
    config = folder / "sshd_config"
    common = (
        f"Port {port}",
        "ListenAddress 127.0.0.1",
        f"HostKey {rsa.with_suffix('')}",
        f"HostKey {ed25519.with_suffix('')}",
        f"AuthorizedKeysFile {mine}",
        "PidFile none",
        "UsePAM no",
        "StrictModes no",
        "PasswordAuthentication no",
        "PermitRootLogin prohibit-password",
        "LogLevel VERBOSE",
    )
    config.write_text("\n".join((*common, *lines, "")))
    server = await asyncio.create_subprocess_exec(
        program, "-D", "-f", str(config), "-E", str(log), stdin=asyncio.subprocess.DEVNULL
    )
    try:
        yield Sshd(port, rsa, ed25519, mine.with_suffix(""), folder / "known_hosts", log)
    finally:
        server.terminate()
        await server.wait()
