"""A host and its services."""

from __future__ import annotations

from typing import Any

from pyVmomi import vim, vmodl

from bot.core.target import Host, Service
from bot.vsphere.properties import Found, Step, ask, moid
from bot.vsphere.rulesets import ssh_ruleset
from bot.vsphere.session import Deed, Link

# The service system's own list, not the copy in the host's configuration, which may lag behind.
_STEPS = (Step("services", vim.HostSystem, "configManager.serviceSystem"),)
_WANTED = {
    vim.HostSystem: (
        "name",
        "summary.config.product",
        "runtime.connectionState",
        "runtime.inMaintenanceMode",
        "config.lockdownMode",
        "config.firewall",
        "configManager.serviceSystem",
    ),
    vim.host.ServiceSystem: ("serviceInfo",),
}


def read_host(link: Link, host_moid: str) -> Host:
    """Raises ManagedObjectNotFound."""
    found = ask(link, vim.HostSystem(host_moid, link.stub), _WANTED, _STEPS, ("services",))
    host = next((item for item in found if item.moid == host_moid), None)
    if host is None:
        raise vmodl.fault.ManagedObjectNotFound(obj=vim.HostSystem(host_moid, None))
    product = host.get("summary.config.product")
    lockdown = host.get("config.lockdownMode")
    return Host(
        moid=host_moid,
        name=host.get("name", ""),
        version="" if product is None else product.version,
        build="" if product is None else product.build,
        connection=str(host.get("runtime.connectionState", "")),
        maintenance=bool(host.get("runtime.inMaintenanceMode", False)),
        lockdown=None if lockdown is None else str(lockdown),
        services=_services(found),
        ssh_ruleset=ssh_ruleset(host.get("config.firewall")),
    )


def set_service(link: Link, host_moid: str, service: str, *, running: bool) -> Deed[None]:
    """Starting what runs and stopping what stands changes nothing."""
    start = vim.HostSystem(host_moid, link.stub)
    (host,) = ask(link, start, {vim.HostSystem: ("configManager.serviceSystem",)})
    system = host.get("configManager.serviceSystem")
    if system is None:
        raise vmodl.fault.HostNotConnected

    def deed(stub: Any, _: Link) -> None:
        services: Any = vim.host.ServiceSystem(moid(system), stub)
        (services.StartService if running else services.StopService)(service)

    return deed


def _services(found: list[Found]) -> tuple[Service, ...]:
    system = next((item for item in found if isinstance(item.ref, vim.host.ServiceSystem)), None)
    info = None if system is None else system.get("serviceInfo")
    return tuple(
        Service(id=s.key, label=s.label, running=bool(s.running), policy=str(s.policy))
        for s in (() if info is None else info.service)
    )
