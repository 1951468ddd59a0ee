"""A host and its services."""

from __future__ import annotations

from typing import Any

from pyVmomi import vim, vmodl

from bot.core.target import Host, Service
from bot.vsphere.properties import Found, Step, ask, moid
from bot.vsphere.session import Link

# The service system's own list, not the copy in the host's configuration, which may lag behind.
_STEPS = (Step("services", vim.HostSystem, "configManager.serviceSystem"),)
_WANTED = {
    vim.HostSystem: (
        "name",
        "summary.config.product",
        "runtime.connectionState",
        "runtime.inMaintenanceMode",
        "config.lockdownMode",
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
    )


def service_system(link: Link, host_moid: str) -> tuple[str, str]:
    """The managed object id of the host's service system, and the host's name."""
    start = vim.HostSystem(host_moid, link.stub)
    (host,) = ask(link, start, {vim.HostSystem: ("name", "configManager.serviceSystem")})
    system = host.get("configManager.serviceSystem")
    if system is None:
        raise vmodl.fault.HostNotConnected
    return moid(system), host.get("name", host_moid)


def start_service(stub: Any, system: str, service: str) -> None:
    """*Effect.*"""
    vim.host.ServiceSystem(system, stub).StartService(service)


def stop_service(stub: Any, system: str, service: str) -> None:
    """*Effect.*"""
    vim.host.ServiceSystem(system, stub).StopService(service)


def _services(found: list[Found]) -> tuple[Service, ...]:
    system = next((item for item in found if isinstance(item.ref, vim.host.ServiceSystem)), None)
    info = None if system is None else system.get("serviceInfo")
    return tuple(
        Service(id=s.key, label=s.label, running=bool(s.running), policy=str(s.policy))
        for s in (() if info is None else info.service)
    )
