"""Guest operations on the registry of a Windows (API 6.0)."""

import re
from typing import Any

from pyVmomi import VmomiSupport, vim

from bot.lab.registry import Kind, Registry, Value
from bot.lab.vcenter.call import Call
from bot.lab.vcenter.guest_login import enter
from bot.lab.vcenter.moid import moid_of
from bot.lab.windows import expanded

_Manager = vim.vm.guest.WindowsRegistryManager
_FILE_NOT_FOUND = 2
_CLASSES: dict[Kind, Any] = {
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
    name = call.args["keyName"]
    _, values = await _key(call, name)
    pattern = call.args.get("matchPattern") or ""
    return [
        _Manager.RegistryValue(
            name=_Manager.RegistryValueName(keyName=name, name=each),
            data=_data(value, expand=bool(call.args["expandStrings"])),
        )
        for each, value in values.items()
        if re.search(pattern, each)
    ]


async def set_registry_value(call: Call) -> None:
    """GuestWindowsRegistryManager.SetRegistryValueInGuest: makes the value, not the key. Faults as above."""
    given = call.args["value"]
    registry, _ = await _key(call, given.name.keyName)
    kind = next(kind for kind, made in _CLASSES.items() if isinstance(given.data, made))
    registry.write(given.name.keyName.registryPath, given.name.name, _value(kind, given.data.value))


async def delete_registry_value(call: Call) -> None:
    """GuestWindowsRegistryManager.DeleteRegistryValueInGuest. Faults as above, GuestRegistryValueNotFound."""
    name = call.args["valueName"]
    registry, _ = await _key(call, name.keyName)
    path = name.keyName.registryPath
    if registry.value(path, name.name) is None:
        raise vim.fault.GuestRegistryValueNotFound(
            keyName=path, valueName=name.name, windowsSystemErrorCode=_FILE_NOT_FOUND, msg="No such value."
        )
    registry.write(path, name.name, None)


def on_value(call: Call) -> tuple[str, str]:
    """A value in a machine's guest, for the world's log."""
    given = call.args.get("value")
    name = call.args["valueName"] if given is None else given.name
    what = "" if given is None else f"={given.data.value}"
    return moid_of(call.args["vm"]), f"{name.keyName.registryPath}\\{name.name}{what}"


async def _key(call: Call, name: Any) -> tuple[Registry, dict[str, Value]]:
    """The registry, and the values of a key in it."""
    vm = await enter(call)
    if vm.guest.family != "windows":
        raise vim.fault.OperationNotSupportedByGuest(
            msg="The operation is not supported by the guest operating system."
        )
    values = vm.guest.registry.key(name.registryPath)
    if values is None:
        raise vim.fault.GuestRegistryKeyInvalid(
            keyName=name.registryPath,
            windowsSystemErrorCode=_FILE_NOT_FOUND,
            msg="The key specified is invalid in the Windows registry.",
        )
    return vm.guest.registry, values


def _value(kind: Kind, data: Any) -> Value:
    match kind:
        case "REG_DWORD":
            return Value(kind, int(data) & 0xFFFFFFFF)
        case "REG_QWORD":
            return Value(kind, int(data) & 0xFFFFFFFFFFFFFFFF)
        case "REG_MULTI_SZ":
            return Value(kind, tuple(map(str, data)))
        case "REG_BINARY":
            return Value(kind, bytes(data).hex().upper())
        case _:
            return Value(kind, str(data))


def _data(value: Value, *, expand: bool) -> Any:
    data: object = list(value.data) if isinstance(value.data, tuple) else value.data
    if isinstance(data, int):
        data -= (data & 1 << (31 if value.kind == "REG_DWORD" else 63)) << 1
    if value.kind == "REG_BINARY":
        data = VmomiSupport.binary(bytes.fromhex(str(data)))
    if expand and value.kind == "REG_EXPAND_SZ":
        data = expanded(str(data))
    return _CLASSES[value.kind](value=data)
