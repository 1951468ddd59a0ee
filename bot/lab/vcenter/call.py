"""One call to the vCenter, and what its handler may use."""

from dataclasses import dataclass
from typing import Any, TypeVar

from pyVmomi import vim, vmodl

from bot.lab.cluster import Cluster
from bot.lab.deeds import Effect
from bot.lab.esxi.transfers import Transfers
from bot.lab.host import Host
from bot.lab.vcenter.moid import moid_of
from bot.lab.vcenter.sessions import Session, Sessions
from bot.lab.vcenter.site import Site
from bot.lab.vm import Vm
from bot.lab.world import World

_Object = TypeVar("_Object")


@dataclass
class Call:
    """`version` is the one to answer in; `info` is the method's entry in pyVmomi's registry, if it has one.

    `session` is None before login, and set by it. `effect` is the call's in the world's log, if it has one.
    """

    world: World
    site: Site
    sessions: Sessions
    transfers: Transfers
    version: str
    method: str
    info: Any
    this: Any
    args: dict[str, Any]
    session: Session | None
    effect: Effect | None = None

    @property
    def user(self) -> str:
        """Who calls."""
        return self.session.user if self.session else ""

    def vm(self, ref: Any) -> Vm:
        """The machine of a reference. Raises the fault ManagedObjectNotFound."""
        return _known(self.site.vms, ref)

    def cluster(self, ref: Any) -> Cluster:
        """The cluster of a reference. Raises the fault ManagedObjectNotFound."""
        return _known(self.site.clusters, ref)

    def host(self, ref: Any) -> Host:
        """The host of a reference. Raises the fault ManagedObjectNotFound."""
        return _known(self.site.hosts, ref)

    def managed_host(self) -> Host:
        """The host whose manager is called, e.g. `serviceSystem-host-9`: its id holds the host's."""
        return _known(self.site.hosts, vim.HostSystem(moid_of(self.this).partition("-")[2]))

    def reached_host(self) -> Host:
        """The same for a call that the host itself has to answer. Raises the fault HostNotConnected.

        Which fault a vCenter gives for which state, and after what time, is unconfirmed.
        """
        host = self.managed_host()
        if host.connection_state != "connected":
            raise vmodl.fault.HostNotConnected(
                msg="Unable to communicate with the remote host, since it is disconnected."
            )
        return host


def _known(objects: dict[str, _Object], ref: Any) -> _Object:
    try:
        return objects[moid_of(ref)]
    except KeyError:
        raise vmodl.fault.ManagedObjectNotFound(
            obj=ref, msg="The object has already been deleted or has not been completely created"
        ) from None
