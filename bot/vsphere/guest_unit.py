"""A service of a Linux guest's systemd."""

from __future__ import annotations

import re
from shlex import quote

from bot.core.change import Stand
from bot.core.errors import Code, VmdumpError
from bot.core.guest_change import GuestUnitChange
from bot.vsphere.faults import short
from bot.vsphere.guest_shell import ask_shell, new_output_file
from bot.vsphere.guests import Guests
from bot.vsphere.session import Link
from bot.vsphere.standing import stand

_NAME = re.compile(r"[A-Za-z0-9][\w@.-]*", re.ASCII)
_NO_COMMAND = 127


def unit_stand(link: Link, guests: Guests, change: GuestUnitChange) -> Stand:
    """``THING_MISSING`` where there is no such unit."""
    name = _quoted(change)
    output = guests.path(link, change.vm_moid, new_output_file())
    script = f"systemctl is-active {name}; systemctl is-enabled {name}"
    code, printed = ask_shell(link, guests.endpoint, output, script)
    lines = printed.decode(errors="replace").splitlines()
    if code == _NO_COMMAND or len(lines) < 2:
        cause = short(" ".join(lines))
        raise VmdumpError(Code.GUEST_PROGRAM, vm=change.vm_name, path="systemctl", cause=cause)
    if lines[1] == "not-found" or " " in lines[1]:
        # Newer ones have a word for it, older ones a sentence.
        raise VmdumpError(Code.THING_MISSING, thing=change.unit, place=change.place)
    active, enabled = lines[0] == "active", lines[1] == "enabled"
    return stand(
        f"{lines[0]}, {lines[1]}",
        ours=active and enabled,
        before=(active, enabled) == (change.former_active, change.former_enabled),
    )


def unit_script(change: GuestUnitChange, *, back: bool) -> str:
    """What may fail comes first: a unit that does not start is not enabled either."""
    verbs = ("stop", "disable") if back else ("start", "enable")
    former = (change.former_active, change.former_enabled)
    name = _quoted(change)
    return " && ".join(f"systemctl {verb} {name}" for verb, was in zip(verbs, former, strict=True) if not was)


def _quoted(change: GuestUnitChange) -> str:
    """``ValueError`` for what is no name of a unit."""
    if not _NAME.fullmatch(change.unit):
        raise ValueError(f"not a unit of systemd: {change.unit!r}")
    return quote(change.unit)
