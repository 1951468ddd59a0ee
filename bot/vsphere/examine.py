"""What the bot's account sees of an endpoint, and may do there."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from pyVmomi import vim, vmodl

from bot.core.checkup import EndpointSeen, HostSeen, Privilege, Things
from bot.vsphere.endpoint import VCenterEndpoint
from bot.vsphere.faults import fault_text
from bot.vsphere.host_options import read_lockdown_exceptions
from bot.vsphere.naming import decoded
from bot.vsphere.nmi import sends_nmi
from bot.vsphere.privileges import BROWSE, DIAGNOSTICS, EDIT_CLUSTER, REBOOT_GUEST, RUN_IN_GUEST, SEND_NMI
from bot.vsphere.properties import Found, Step, ask, moid
from bot.vsphere.session import Link, now

NEEDS: tuple[tuple[str, str, Things], ...] = (
    ("api", SEND_NMI, "VMs"),
    ("ssh", "Host.Config.NetService", "hosts"),
    ("bundle", DIAGNOSTICS, "hosts"),
    ("dead-man", "Host.Config.AdvancedConfig", "hosts"),
    ("event-log", "Global.LogEvent", "VMs"),
    ("event-log", "Global.LogEvent", "hosts"),
    ("picture", "VirtualMachine.Interact.ConsoleInteract", "VMs"),
    ("guest", "VirtualMachine.GuestOperations.Query", "VMs"),
    *(("guest-program", name, "VMs") for name in RUN_IN_GUEST),
    ("guest-reboot", REBOOT_GUEST, "VMs"),
    ("log", BROWSE, "datastores"),
    ("cluster", EDIT_CLUSTER, "clusters"),
)
_KINDS: dict[Things, type] = {
    "VMs": vim.VirtualMachine,
    "hosts": vim.HostSystem,
    "clusters": vim.ClusterComputeResource,
    "datastores": vim.Datastore,
}
_DOWN = ("children", "vms", "stores", "computes", "app-vms", "app-apps")
_STEPS = (
    Step("children", vim.Folder, "childEntity", (*_DOWN, "hosts")),
    Step("vms", vim.Datacenter, "vmFolder", _DOWN),
    Step("stores", vim.Datacenter, "datastore"),
    Step("computes", vim.Datacenter, "hostFolder", (*_DOWN, "hosts")),
    Step("hosts", vim.ComputeResource, "host"),
    Step("app-vms", vim.VirtualApp, "vm"),
    Step("app-apps", vim.VirtualApp, "resourcePool", _DOWN),
)
_WANTED: dict[Any, tuple[str, ...]] = {
    vim.VirtualMachine: ("name",),
    vim.ClusterComputeResource: ("name",),
    vim.Datastore: ("name",),
    vim.HostSystem: ("name", "summary.config.product", "runtime.connectionState", "config.lockdownMode"),
}
_SOME = 500
"""objects asked about in one call"""


def examine(link: Link, endpoint: VCenterEndpoint, our_time: Callable[[], datetime]) -> EndpointSeen:
    """Raises pyVmomi's faults, ``OSError``."""
    found = ask(link, link.content.rootFolder, _WANTED, _STEPS, (*_DOWN, "hosts"))
    before = our_time()
    told = now(link).astimezone(UTC)
    middle = before + (our_time() - before) / 2
    about = link.content.about
    try:
        privileges, unread = tuple(_privileges(link, found)), None
    except vmodl.MethodFault as fault:
        privileges, unread = (), fault_text(fault)
    return EndpointSeen(
        version=about.version,
        api_version=about.apiVersion,
        build=about.build,
        sends_nmi=sends_nmi(link),
        tls=_tls(link),
        trust=_trust(endpoint),
        offset_seconds=(told - middle).total_seconds(),
        vms=sum(isinstance(item.ref, vim.VirtualMachine) for item in found),
        privileges=privileges,
        privileges_unread=unread,
        hosts=tuple(_host(link, item) for item in found if isinstance(item.ref, vim.HostSystem)),
    )


def _privileges(link: Link, found: list[Found]) -> Iterator[Privilege]:
    manager: Any = vim.AuthorizationManager(moid(link.content.authorizationManager), link.stub)
    key = link.content.sessionManager.currentSession.key
    for things, kind in _KINDS.items():
        needs = [(need, name) for need, name, on in NEEDS if on == things]
        items = [item for item in found if isinstance(item.ref, kind)]
        lacking: dict[str, list[str]] = {name: [] for _, name in needs}
        for start in range(0, len(items), _SOME):
            some = items[start : start + _SOME]
            names = {item.moid: decoded(item.get("name", item.moid)) for item in some}
            answers = manager.HasPrivilegeOnEntities([item.ref for item in some], key, [n for _, n in needs])
            for answer in answers or ():
                for has in answer.privAvailability:
                    if not has.isGranted:
                        lacking[has.privId].append(names[moid(answer.entity)])
        for need, name in needs:
            yield Privilege(need=need, name=name, on=things, asked=len(items), lacking=tuple(lacking[name]))


def _host(link: Link, item: Found) -> HostSeen:
    product, lockdown = item.get("summary.config.product"), item.get("config.lockdownMode")
    mode = None if lockdown is None else str(lockdown)
    excepted = None
    if mode not in {None, "lockdownDisabled"}:
        try:
            excepted = read_lockdown_exceptions(link, item.moid)
        except vmodl.MethodFault:
            excepted = None
    return HostSeen(
        name=item.get("name", item.moid),
        version="" if product is None else product.version,
        connection=str(item.get("runtime.connectionState", "")),
        lockdown=mode,
        excepted=excepted,
    )


def _tls(link: Link) -> str:
    connection = link.connect()
    try:
        connection.connect()
        sock = connection.sock
        return (sock.version() or "") if isinstance(sock, ssl.SSLSocket) else ""
    finally:
        connection.close()


def _trust(endpoint: VCenterEndpoint) -> str:
    if endpoint.insecure:
        return "insecure"
    return "ca_file" if endpoint.pinned_sha256 is None else "pinned_sha256"
