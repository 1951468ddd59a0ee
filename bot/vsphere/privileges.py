"""What the bot's account may do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyVmomi import vim

from bot.vsphere.faults import UNABLE
from bot.vsphere.properties import moid
from bot.vsphere.session import Link

SEND_NMI = "VirtualMachine.Interact.GuestControl"
DIAGNOSTICS = "Global.Diagnostics"
"""what the support bundle asks for, as others found [unknown from VMware itself]"""
RUN_IN_GUEST = ("VirtualMachine.GuestOperations.Execute", "VirtualMachine.GuestOperations.Modify")
"""running a program, and removing what it wrote"""
REBOOT_GUEST = "VirtualMachine.Interact.Reset"
BROWSE = "Datastore.Browse"
"""for ``vmware.log``; a client of others says Datastore.FileManagement too [unknown]"""
EDIT_CLUSTER = "Host.Inventory.EditCluster"


def missing(link: Link, entity: Any, wanted: Sequence[str]) -> tuple[str, ...] | None:
    """Those of the privileges that the account lacks on the entity; None where the server cannot tell.

    Raises pyVmomi's faults.
    """
    manager: Any = vim.AuthorizationManager(moid(link.content.authorizationManager), link.stub)
    key = link.content.sessionManager.currentSession.key
    try:
        held = manager.HasPrivilegeOnEntity(entity, key, list(wanted))
    except UNABLE:
        return None
    return tuple(name for name, has in zip(wanted, held, strict=True) if not has)
