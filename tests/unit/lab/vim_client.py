"""pyVmomi's own client on the lab's vCenter: blocking, to be called in a thread."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pyVim.connect import SmartStubAdapter
from pyVmomi import vim, vmodl

from bot.lab.center import Center

PC = vmodl.query.PropertyCollector


@contextmanager
def logged_in(center: Center, *, password: str | None = None, **options: Any) -> Iterator[Any]:
    """A ServiceInstance over TLS that is verified against the lab's authority."""
    context = ssl.create_default_context(cafile=str(center.ca_file))
    stub = SmartStubAdapter(host=center.host, port=center.port, sslContext=context, **options)
    instance: Any = vim.ServiceInstance("ServiceInstance", stub)
    try:
        sessions = instance.RetrieveContent().sessionManager
        sessions.Login(center.username, center.password if password is None else password)
        yield instance
        sessions.Logout()
    finally:
        stub.DropConnections()


def list_by_view(content: Any, kind: Any, paths: list[str], **options: Any) -> list[dict[str, Any]]:
    """Every object of a class with these properties, through a container view; follows the pages."""
    view = content.viewManager.CreateContainerView(content.rootFolder, [kind], True)
    traversal = PC.TraversalSpec(name="view", type=vim.view.ContainerView, path="view", skip=False)
    spec = PC.FilterSpec(
        objectSet=[PC.ObjectSpec(obj=view, skip=True, selectSet=[traversal])],
        propSet=[PC.PropertySpec(type=kind, pathSet=paths)],
    )
    collector = content.propertyCollector
    found: list[Any] = []
    page = collector.RetrievePropertiesEx([spec], PC.RetrieveOptions(**options))
    while page is not None:
        found += page.objects
        page = collector.ContinueRetrievePropertiesEx(page.token) if page.token else None
    view.DestroyView()
    return [{"moid": each.obj._moId, **{p.name: p.val for p in each.propSet}} for each in found]


def machine(moid: str, instance: Any) -> Any:
    return vim.VirtualMachine(moid, instance._stub)


def host(moid: str, instance: Any) -> Any:
    return vim.HostSystem(moid, instance._stub)
