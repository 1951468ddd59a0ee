"""Asking guests while they are well: one that hangs later answers nothing."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import datetime, timedelta

from bot.capture.told import ask
from bot.capture.tools import Tools
from bot.core.entry import SITE
from bot.core.errors import VmdumpError
from bot.core.events import Swept
from bot.core.target import NamedVm

log = logging.getLogger(__name__)


class Sweeper:
    """Asks every running guest of one vCenter that the settings let the bot into, one after the other."""

    def __init__(self, tools: Tools, vcenter: str, every: float) -> None:
        self._tools = tools
        self._vcenter = vcenter
        self._every = timedelta(seconds=every)

    async def run(self) -> None:
        """Until cancelled. A restart of the bot neither hastens nor delays the next sweep."""
        while True:
            due = await self._due()
            if due is not None:
                await self._tools.pause(max(0.0, (due - self._tools.clock.now()).total_seconds()))
            try:
                await self.once()
            except VmdumpError as error:
                log.warning("the guests of %s were not asked: %s", self._vcenter, error.code.value)
                await self._tools.pause(self._every.total_seconds())

    async def _due(self) -> datetime | None:
        """None for a site that was never swept: now."""
        swept = await self._tools.reader.entries_under(SITE, self._prefix)
        return swept[-1].at + self._every if swept else None

    @property
    def _prefix(self) -> str:
        return f"swept/{self._vcenter}/"

    async def once(self) -> None:
        """One sweep, and an entry that says so. Raises ``VmdumpError`` if the VMs cannot be listed."""
        began = self._tools.clock.now()
        names = await self._tools.vcenter_named(self._vcenter).names()
        found = Counter([await self._asked(vm) for vm in names])
        del found[None]
        told = found.pop("told", 0)
        event = Swept(
            vcenter=self._vcenter,
            told=told,
            failed=dict(sorted(found.items())),
            seconds=(self._tools.clock.now() - began).total_seconds(),
        )
        await self._tools.committer.note(f"{self._prefix}{began.isoformat()}", event, actor="vmdump")

    async def _asked(self, vm: NamedVm) -> str | None:
        """``told``, or the code of what stood in the way; None for a guest that is not to be asked."""
        vcenter = self._tools.vcenter_named(self._vcenter)
        try:
            machine = await vcenter.machine(vm.moid)
            busy = any(request.vm_key == vm.instance_uuid for request in await self._tools.reader.living())
            if machine.power != "poweredOn" or machine.template or busy or not vcenter.logs_in(machine):
                return None
            await ask(self._tools, machine, vcenter.dump_file(machine))
        except VmdumpError as error:
            return error.code.value
        return "told"
