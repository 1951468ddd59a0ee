"""A host's advanced options, and whom it lets in when it is locked down."""

from __future__ import annotations

from typing import Any

from pyVmomi import VmomiSupport, vim, vmodl

from bot.vsphere.properties import ask, moid
from bot.vsphere.session import Deed, Link

SHELL_TIMEOUT = "UserVars.ESXiShellTimeOut"


def read_shell_timeout(link: Link, host_moid: str) -> int:
    """Seconds; 0 for never. Raises pyVmomi's faults, among them InvalidName."""
    (option,) = _options(link, host_moid, link.stub).QueryOptions(SHELL_TIMEOUT)
    return int(option.value)


def set_shell_timeout(link: Link, host_moid: str, seconds: int) -> Deed[None]:
    manager = _manager(link, host_moid, "configManager.advancedOption")

    def deed(stub: Any, _: Link) -> None:
        value = vim.option.OptionValue(key=SHELL_TIMEOUT, value=VmomiSupport.vmodlTypes["long"](seconds))
        vim.option.OptionManager(manager, stub).UpdateOptions([value])

    return deed


def read_lockdown_exceptions(link: Link, host_moid: str) -> tuple[str, ...]:
    """Since vSphere 6.0, where the mode is also new."""
    manager = _manager(link, host_moid, "configManager.hostAccessManager")
    return tuple(vim.host.HostAccessManager(manager, link.stub).QueryLockdownExceptions() or ())


def _options(link: Link, host_moid: str, stub: Any) -> Any:
    return vim.option.OptionManager(_manager(link, host_moid, "configManager.advancedOption"), stub)


def _manager(link: Link, host_moid: str, path: str) -> str:
    found = ask(link, vim.HostSystem(host_moid, link.stub), {vim.HostSystem: (path,)})
    manager = found[0].get(path) if found else None
    if manager is None:
        raise vmodl.fault.HostNotConnected
    return moid(manager)
