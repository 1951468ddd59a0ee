"""esxcli over SOAP: a host's command line without SSH.

Its methods and types are in no public description of the API, so that they are read and written here by hand.
"""

from typing import Any
from xml.sax.saxutils import escape

from pyVmomi import vim, vmodl

from bot.lab.esxi.processes import as_objects
from bot.lab.vcenter.call import Call
from bot.lab.vcenter.response import Written

_EXECUTER = "managedMethodExecuter"
_PROCESS_LIST = ("ha-cli-handler-vm-process", "vim.EsxCLI.vm.process.list")


async def retrieve_managed_method_executer(call: Call) -> tuple[Any, Written]:
    """HostSystem.RetrieveManagedMethodExecuter. Faults: those of `_require_open`, ManagedObjectNotFound."""
    host = call.host(call.this)
    _require_open(call)
    return None, Written(
        f'<returnval type="ReflectManagedMethodExecuter">{_EXECUTER}-{host.moid}</returnval>'
    )


async def execute_soap(call: Call) -> tuple[Any, Written]:
    """ReflectManagedMethodExecuter.ExecuteSoap for `vm process list`, the only command here.

    Any other is answered as a failed one; how a real host words that is unknown. Faults: as above.
    """
    host = call.managed_host()
    _require_open(call)
    if (call.args["moid"], call.args["method"]) != _PROCESS_LIST:
        reason = escape(f"Unknown command: {call.args['method']} of {call.args['moid']}")
        return None, Written(f"<returnval><fault><faultMsg>{reason}</faultMsg></fault></returnval>")
    running = [vm for vm in call.world.vms_on(host) if vm.powered_on]
    return None, Written(f"<returnval><response>{escape(as_objects(running))}</response></returnval>")


def _require_open(call: Call) -> None:
    """Raises MethodNotFound or NoPermission, as `vcenter.esxcli` says.

    Which privilege a vCenter wants for it is unconfirmed.
    """
    if call.world.vcenter.esxcli == "no-method":
        raise vmodl.fault.MethodNotFound(
            receiver=call.this, method=call.method, msg=f"The method {call.method} is not found"
        )
    if call.world.vcenter.esxcli == "no-permission":
        raise vim.fault.NoPermission(
            object=call.this,
            privilegeId="Host.Config.Settings",
            msg="Permission to perform this operation was denied.",
        )
