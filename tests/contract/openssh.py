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


KEYS_ONLY = ("UsePAM no", "PermitRootLogin prohibit-password")
ASKING = ("UsePAM yes", "KbdInteractiveAuthentication yes", "PermitRootLogin yes", "PubkeyAuthentication no")


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


def _with_pam(folder: Path, password: str) -> list[str]:
    """What to put before the server's command, so that PAM takes this password and no other.

    The machine's own PAM stays as it is: the server gets a file system of its own, in which a folder of ours
    lies over ``/etc/pam.d``.
    """
    pam = folder / "pam.d"
    pam.mkdir()
    check = folder / "check"
    # The password comes with a NUL behind it.
    check.write_text(f"#!/bin/sh\n[ \"$(tr -d '\\000')\" = '{password}' ]\n")
    check.chmod(0o755)
    # Both have to be content; the second is asked for credentials too, of which the first knows nothing.
    lines = [f"auth required pam_exec.so quiet expose_authtok {check}"]
    lines += [f"{kind} required pam_permit.so" for kind in ("auth", "account", "session")]
    (pam / "sshd").write_text("\n".join(lines) + "\n")
    return ["unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/pam.d && exec "$@"', str(pam)]


@asynccontextmanager
async def openssh(folder: Path, *lines: str, password: str | None = None) -> AsyncIterator[Sshd]:
    """``lines`` are added to its configuration. It may not listen yet when the block begins.

    With a ``password`` it asks for it, by keyboard-interactive alone as ESXi hosts are said to.
    """
    program = _needed()
    before = [] if password is None else _with_pam(folder, password)
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
        "StrictModes no",
        "PasswordAuthentication no",
        *(KEYS_ONLY if password is None else ASKING),
        "LogLevel VERBOSE",
    )
    config.write_text("\n".join((*common, *lines, "")))
    server = await asyncio.create_subprocess_exec(
        *before, program, "-D", "-f", str(config), "-E", str(log), stdin=asyncio.subprocess.DEVNULL
    )
    try:
        yield Sshd(port, rsa, ed25519, mine.with_suffix(""), folder / "known_hosts", log)
    finally:
        server.terminate()
        await server.wait()
