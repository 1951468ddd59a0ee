"""Asking guests while they are well: one that hangs later answers nothing."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import timedelta

from bot.capture.told import ask
from bot.capture.tools import Tools
from bot.core.entry import SITE
from bot.core.errors import Code, VmdumpError
from bot.core.events import Swept
from bot.core.target import NamedVm

log = logging.getLogger(__name__)
AWAY = frozenset({Code.VCENTER_UNREACHABLE.value, Code.VCENTER_LOGIN.value, Code.VCENTER_CERTIFICATE.value})
"""what ends a sweep early: no other VM can be read either"""


class Sweeper:
    """Asks every running guest of one vCenter that the settings let the bot into, one after the other."""

    def __init__(self, tools: Tools, vcenter: str, every: float) -> None:
        self._tools = tools
        self._vcenter = vcenter
        self._every = timedelta(seconds=every)

    async def run(self) -> None:
        """Until cancelled. A restart of the bot neither hastens nor delays the next sweep."""
        while True:
            try:
                await self._until_due()
                await self.once()
            except VmdumpError as error:
                log.warning("the guests of %s were not asked: %s", self._vcenter, error.code.value)
                await self._tools.pause(self._every.total_seconds())
            except Exception:
                # Whatever it is: captures do not end because guests cannot be asked.
                log.exception("asking the guests of %s failed", self._vcenter)
                await self._tools.pause(self._every.total_seconds())

    async def _until_due(self) -> None:
        """A vCenter that was never swept is due now."""
        swept = await self._tools.reader.newest_under(SITE, self._prefix)
        if swept is not None:
            left = swept.at + self._every - self._tools.clock.now()
            await self._tools.pause(max(0.0, left.total_seconds()))

    @property
    def _prefix(self) -> str:
        return f"swept/{self._vcenter}/"

    async def once(self) -> None:
        """One sweep, and an entry that says so. Raises ``VmdumpError`` if the VMs cannot be listed."""
        began = self._tools.clock.now()
        names = await self._tools.vcenter_named(self._vcenter).names()
        found: Counter[str | None] = Counter()
        for vm in names:
            answer = await self._asked(vm)
            found[answer] += 1
            if answer in AWAY:
                # Of thousands, each would be waited for.
                break
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
