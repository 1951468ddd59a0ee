"""The privileges the lab knows."""

from typing import Any

from pyVmomi import vim

# For the picture of the console; unconfirmed.
CONSOLE = "VirtualMachine.Interact.ConsoleInteract"
# For files on datastores; unconfirmed, and one source says FileManagement too.
BROWSE = "Datastore.Browse"

# A vCenter has some hundreds; these are what the lab's calls need.
KNOWN = (
    "System.Anonymous",
    "System.View",
    "System.Read",
    BROWSE,
    "Global.Diagnostics",
    "Global.LogEvent",
    "Global.Settings",
    "Host.Config.AdvancedConfig",
    "Host.Config.NetService",
    "Host.Inventory.EditCluster",
    CONSOLE,
    "VirtualMachine.Interact.GuestControl",
    "VirtualMachine.Interact.Reset",
    "VirtualMachine.GuestOperations.Execute",
    "VirtualMachine.GuestOperations.Modify",
    "VirtualMachine.GuestOperations.Query",
)


def privilege_list() -> list[Any]:
    """`AuthorizationManager.privilegeList`."""
    return [
        vim.AuthorizationManager.Privilege(
            privId=privilege,
            onParent=False,
            name=privilege.rpartition(".")[2],
            privGroupName=privilege.rpartition(".")[0],
        )
        for privilege in KNOWN
    ]
