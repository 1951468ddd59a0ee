"""Parameters of a Linux guest's kernel, and small text files in it."""

from __future__ import annotations

import re
from shlex import quote

from bot.core.change import Stand
from bot.core.errors import Code, VmdumpError
from bot.core.guest_change import GuestTextChange, SysctlChange
from bot.vsphere.faults import short
from bot.vsphere.guest_files import read_guest_file, read_guest_file_start
from bot.vsphere.guest_shell import ask_shell, new_output_file
from bot.vsphere.guests import Guests
from bot.vsphere.session import Link
from bot.vsphere.standing import stand

_SYSCTL = re.compile(r"[a-z0-9_]+(?:\.[a-z0-9_]+)+")
_LONGEST = 64 << 10


def sysctl_stand(link: Link, guests: Guests, change: SysctlChange) -> Stand:
    output = guests.path(link, change.vm_moid, new_output_file())
    code, printed = ask_shell(link, guests.endpoint, output, f"cat {_sysctl_path(change.name)}")
    found = printed.decode(errors="replace").strip()
    if code:
        raise VmdumpError(Code.GUEST_PROGRAM, vm=change.vm_name, path="cat", cause=short(found))
    return stand(found, ours=found == change.ours, before=found == change.former)


def sysctl_script(name: str, value: str) -> str:
    """``ValueError`` for what is no name of a parameter."""
    return f"printf %s {quote(value)} > {_sysctl_path(name)}"


def _sysctl_path(name: str) -> str:
    if not _SYSCTL.fullmatch(name):
        raise ValueError(f"not a parameter of a kernel: {name!r}")
    return f"/proc/sys/{name.replace('.', '/')}"


def text_stand(link: Link, guests: Guests, change: GuestTextChange) -> Stand:
    """Read through the host, so that no program has to run."""
    file = guests.path(link, change.vm_moid, change.path)
    found = None
    if read_guest_file(link, file) is not None:
        data = read_guest_file_start(link, guests.endpoint, file, _LONGEST + 1)
        found = data.decode(errors="replace")
    seen = "not there" if found is None else short(found.replace("\n", "; "))
    return stand(seen, ours=found == change.ours, before=found == change.former)


def text_script(path: str, text: str | None) -> str:
    """Without text the file goes. ``ValueError`` for a path that is not a whole one."""
    if not path.startswith("/"):
        raise ValueError(f"not a full path: {path!r}")
    return f"rm -f {quote(path)}" if text is None else f"umask 022; printf %s {quote(text)} > {quote(path)}"
