"""The privileges that calls need.

The registry names those of each method, on the object called or on an argument; a few that a server asks for
without declaring them are added here.
"""

from collections.abc import Iterator
from typing import Any

from pyVmomi import vim

from bot.lab.vcenter.call import Call
from bot.lab.vcenter.moid import moid_of

# The ticket's is what users report to suffice; that of the options is what the privilege's name says.
_UNDECLARED = {
    "AcquireGenericServiceTicket": "Global.Diagnostics",
    "UpdateOptions": "Host.Config.AdvancedConfig",
}


def require_privileges(call: Call) -> None:
    """Raises the fault NoPermission for the first privilege that a call's user lacks."""
    for on, privilege in _needed(call):
        if not call.world.vcenter.grants(privilege):
            raise vim.fault.NoPermission(
                object=on,
                privilegeId=privilege,
                msg="Permission to perform this operation was denied.",
            )


def _needed(call: Call) -> Iterator[tuple[Any, str]]:
    if call.info is None:
        return
    if privilege := _UNDECLARED.get(call.method) or call.info.privId:
        yield _entity(call.this), privilege
    for parameter in call.info.params:
        if parameter.privId and parameter.name in call.args:
            yield call.args[parameter.name], parameter.privId


def _entity(ref: Any) -> Any:
    """What a privilege is held on: the object itself, or the host whose manager it is."""
    host = moid_of(ref).partition("-")[2]
    return vim.HostSystem(host) if host.startswith("host-") else ref
