"""The shell of a Linux guest."""

from __future__ import annotations

import re
import secrets
from shlex import quote

from pyVmomi import vmodl

from bot.core.errors import Code, VmdumpError
from bot.vsphere.endpoint import VCenterEndpoint
from bot.vsphere.guest_account import guest_meaning
from bot.vsphere.guest_files import GuestPath, read_guest_file_start
from bot.vsphere.guest_program import LONGEST_OUTPUT, Program, ProgramFailed, run_for_output
from bot.vsphere.session import Link

_SHELL = "/bin/sh"
_PREFIX = 64 << 10
"""bytes at the start of a file for which no program is run"""
_UNSENDABLE = re.compile(r"[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""what does not arrive as it is: no XML, a line ending that XML changes, or a control character"""


def new_output_file() -> str:
    """Where a shell writes to; a question that is repeated uses the same file, so that none is left."""
    return f"/tmp/vmdump-{secrets.token_hex(8)}"  # noqa: S108 - nobody can guess it


def sendable(text: str) -> str:
    """Raises ``ValueError`` for text that would arrive as another."""
    found = _UNSENDABLE.search(text)
    if found is not None:
        raise ValueError(f"not to be sent to a guest: {found[0]!r}")
    return text


def shell_program(script: str, output: str) -> Program:
    """Runs the script in a shell of its own, so that whatever it says, its output goes into that file.

    How VMware Tools split the arguments is documented nowhere; theirs is open, and hands them to a shell.
    """
    line = f"umask 077; exec {_SHELL} -c {quote(sendable(script))} > {quote(output)} 2>&1"
    return Program(_SHELL, f"-c {quote(line)}")


def ask_shell(link: Link, endpoint: VCenterEndpoint, output: GuestPath, script: str) -> tuple[int, bytes]:
    """Exit code, and the start of what a script printed that only reads.

    Raises ``VmdumpError`` and pyVmomi's faults.
    """
    name = output.machine.target.name
    try:
        ended = run_for_output(link, endpoint, output, shell_program(script, output.path))
    except ProgramFailed as error:
        raise VmdumpError(Code.GUEST_PROGRAM, vm=name, path=_SHELL, cause=str(error)) from None
    except vmodl.MethodFault as fault:
        raise guest_meaning(output.machine, output.rule, _SHELL, fault, Code.GUEST_PROGRAM) from None
    return ended.exit_code, ended.output[:LONGEST_OUTPUT]


def read_piece(
    link: Link, endpoint: VCenterEndpoint, output: GuestPath, file: GuestPath, offset: int, length: int
) -> bytes:
    """Fewer bytes where the file ends. ``output`` is a file of the guest that may be written."""
    if offset + length <= _PREFIX:
        return read_guest_file_start(link, endpoint, file, offset + length)[offset:]
    if file.windows:
        raise _unread(file, "on Windows only the first 64 KiB of a file are read")
    path = quote(file.path)
    script = f"test -r {path} && tail -c +{offset + 1} {path} 2>/dev/null | head -c {length}"
    code, data = ask_shell(link, endpoint, output, script)
    if code:
        raise _unread(file, "its account may not, or there is none")
    return data


def _unread(file: GuestPath, cause: str) -> VmdumpError:
    return VmdumpError(Code.GUEST_FILE, vm=file.machine.target.name, path=file.path, cause=cause)
