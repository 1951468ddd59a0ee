"""Guest operations on the registry of a Windows (API 6.0)."""

import re
from typing import Any

from pyVmomi import VmomiSupport, vim

from bot.lab.registry import Value
from bot.lab.vcenter.call import Call
from bot.lab.vcenter.guest_login import enter
from bot.lab.windows import expanded

_Manager = vim.vm.guest.WindowsRegistryManager
_FILE_NOT_FOUND = 2
_CLASSES = {
    "REG_DWORD": _Manager.RegistryValueDword,
    "REG_QWORD": _Manager.RegistryValueQword,
    "REG_BINARY": _Manager.RegistryValueBinary,
    "REG_SZ": _Manager.RegistryValueString,
    "REG_EXPAND_SZ": _Manager.RegistryValueExpandString,
    "REG_MULTI_SZ": _Manager.RegistryValueMultiString,
}


async def list_registry_values(call: Call) -> list[Any]:
    """GuestWindowsRegistryManager.ListRegistryValuesInGuest.

    The lab's keys are the same in every `wowBitness`. Faults: those of `enter`, OperationNotSupportedByGuest,
    GuestRegistryKeyInvalid. Whether a real one takes short names of hives (HKLM) is unknown; this does not.
    """
    vm = await enter(call)
    if vm.guest.family != "windows":
        raise vim.fault.OperationNotSupportedByGuest(
            msg="The operation is not supported by the guest operating system."
        )
    name = call.args["keyName"]
    values = vm.guest.registry.key(name.registryPath)
    if values is None:
        raise vim.fault.GuestRegistryKeyInvalid(
            keyName=name.registryPath,
            windowsSystemErrorCode=_FILE_NOT_FOUND,
            msg="The key specified is invalid in the Windows registry.",
        )
    pattern = call.args.get("matchPattern") or ""
    return [
        _Manager.RegistryValue(
            name=_Manager.RegistryValueName(keyName=name, name=each),
            data=_data(value, expand=bool(call.args["expandStrings"])),
        )
        for each, value in values.items()
        if re.search(pattern, each)
    ]


def _data(value: Value, *, expand: bool) -> Any:
    data: object = list(value.data) if isinstance(value.data, tuple) else value.data
    if value.kind == "REG_DWORD" and isinstance(data, int):
        data -= (data & 1 << 31) << 1
    if value.kind == "REG_BINARY":
        data = VmomiSupport.binary(bytes.fromhex(str(data)))
    if expand and value.kind == "REG_EXPAND_SZ":
        data = expanded(str(data))
    return _CLASSES[value.kind](value=data)
