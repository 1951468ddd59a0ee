"""A host's managers: each is an object of its own, with the host's id in its id."""

from functools import partial
from typing import Any

from pyVmomi import VmomiSupport, vim

from bot.lab.host import Host
from bot.lab.vcenter.firewall_properties import firewall_info
from bot.lab.vcenter.inventory import Properties
from bot.lab.vcenter.service_properties import service_info


def config_manager(host: Host) -> Any:
    """`HostSystem.configManager`: where they are."""
    return vim.host.ConfigManager(
        serviceSystem=vim.host.ServiceSystem(f"serviceSystem-{host.moid}"),
        firewallSystem=vim.host.FirewallSystem(f"firewallSystem-{host.moid}"),
        hostAccessManager=vim.host.HostAccessManager(f"hostAccessManager-{host.moid}"),
        advancedOption=vim.option.OptionManager(f"EsxHostAdvSettings-{host.moid}"),
    )


def host_managers(host: Host) -> list[tuple[Any, Properties]]:
    """The managers, and how to compute each property of theirs."""
    managers = config_manager(host)
    return [
        (managers.serviceSystem, {"serviceInfo": partial(service_info, host)}),
        (managers.firewallSystem, {"firewallInfo": partial(firewall_info, host)}),
        (managers.hostAccessManager, {"lockdownMode": lambda: host.lockdown_mode or "lockdownDisabled"}),
        (managers.advancedOption, {"setting": partial(options, host)}),
    ]


def options(host: Host, name: str = "") -> list[Any]:
    """The host's advanced options of that name, or, where it ends in a dot or is empty, below it."""
    long = VmomiSupport.vmodlTypes["long"]
    return [
        vim.option.OptionValue(key=key, value=long(value))
        for key, value in host.options.items()
        if key == name or (name in ("", "*") or (name.endswith(".") and key.startswith(name)))
    ]
