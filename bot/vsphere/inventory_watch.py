"""A filter over the inventory, and what vCenter says of it from then on."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from pyVmomi import vmodl

from bot.core.names import Names
from bot.vsphere.inventory import inventory_spec
from bot.vsphere.inventory_content import Content
from bot.vsphere.properties import moid
from bot.vsphere.session import Link
from bot.vsphere.soap import WaitingStub

_Pc = vmodl.query.PropertyCollector
_PAGE = 500
"""objects in one answer"""


class Watch:
    """Of one session. It has a collector of its own there: one collector waits for one caller."""

    def __init__(self, link: Link, vcenter: str, seconds: float, before: Watch | None) -> None:
        """``seconds``: the longest that vCenter may wait for a change. ``before`` has failed or is None."""
        self._link = link
        self._before = before
        self._stub = WaitingStub(link.connect, link.stub, seconds)
        self._options = _Pc.WaitOptions(maxWaitSeconds=max(1, int(seconds)), maxObjectUpdates=_PAGE)
        self._content = Content(vcenter, moid(link.content.rootFolder))
        self._collector: Any = None
        self._version = ""
        self._failed = False

    def good_for(self, link: Link) -> bool:
        """Whether it can go on: after an error it is not known what was reported, and to whom."""
        return self._link is link and not self._failed

    def next(self) -> Names:
        """The inventory when all changes are reported; waits for some, or for a while.

        Raises what calls raise.
        """
        try:
            if self._collector is None:
                self._begin()
            while True:
                updates = self._collector.WaitForUpdatesEx(self._version, self._options)
                if updates is not None:
                    self._version = updates.version
                    self._content.take(updates)
                if updates is None or not updates.truncated:
                    return self._content.names()
        except BaseException:
            self._failed = True
            raise

    def cut(self) -> None:
        """From another thread: ends a call that waits."""
        self._stub.cut()

    def close(self) -> None:
        self._stub.retire()

    def _begin(self) -> None:
        main = _Pc(moid(self._link.content.propertyCollector), self._stub)
        if self._before is not None:
            self._before.free(self._link, self._stub)
            self._before = None
        collector = main.CreatePropertyCollector()
        collector.CreateFilter(inventory_spec(self._link), False)  # noqa: FBT003 - pyVmomi's own order
        self._collector = collector

    def free(self, link: Link, stub: WaitingStub) -> None:
        """Its collector, which nobody waits for any more; a session that ended has freed it."""
        if self._link is link and self._collector is not None:
            with suppress(vmodl.MethodFault):
                _Pc(moid(self._collector), stub).DestroyPropertyCollector()
