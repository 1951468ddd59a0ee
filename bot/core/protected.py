"""The VMs that are never captured, whoever asks and whoever approves."""

from __future__ import annotations

from bot.core.target import Machine
from bot.core.worlds import bare

AGENT_MANAGER = "com.vmware.vim.eam"
"""the extension that owns agent VMs, vCLS among them"""


def protection(machine: Machine, *, own_uuid: str | None, vcenter_hosts: frozenset[str]) -> str | None:
    """Why the VM is never captured, or None: ``own``, ``vcenter`` or ``agent``.

    ``own_uuid`` is the BIOS UUID of the machine that the bot runs on, if it can be read; ``vcenter_hosts``
    are the names and addresses under which the configured vCenters are reached. What a guest says of itself
    is good enough here, since believing it only ever refuses.
    """
    if own_uuid is not None and bare(machine.target.bios_uuid) in {bare(own_uuid), _swapped(bare(own_uuid))}:
        return "own"
    said = {name.casefold() for name in (machine.guest_host_name, *machine.guest_addresses) if name}
    if said & {host.casefold() for host in vcenter_hosts}:
        return "vcenter"
    if machine.managed_by == AGENT_MANAGER or machine.target.name.startswith("vCLS"):
        return "agent"
    return None


def _swapped(digits: str) -> str:
    """The UUID with its first three fields in the other byte order, as Linux shows it from SMBIOS 2.6 on."""
    octets = [digits[n : n + 2] for n in range(0, len(digits), 2)]
    return "".join([*octets[3::-1], *octets[5:3:-1], *octets[7:5:-1], *octets[8:]])
