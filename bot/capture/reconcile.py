"""Restores what no running capture owns, at the start and from then on."""

from __future__ import annotations

import logging
from collections.abc import Callable

from bot.capture.tools import Tools
from bot.capture.undo import due_at, restore
from bot.core.change import OPEN
from bot.ops.subject import about
from bot.store.ledger import Debt

log = logging.getLogger(__name__)

ATTEMPTS_BY_HAND = 4


class Reconciler:
    def __init__(self, tools: Tools, owned: Callable[[], frozenset[str]], every: float) -> None:
        """``owned`` gives the requests whose captures are running: they put back their own changes."""
        self._tools = tools
        self._owned = owned
        self._every = every

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.once()
            except Exception:
                # Whatever it is: nobody else looks after what is owed.
                log.exception("reconciling failed")
            await self._tools.pause(self._every)

    async def once(self) -> None:
        """One attempt for each debt that is due and that nobody else will pay."""
        living = {request.id for request in await self._tools.reader.living()}
        for debt in await self._tools.reader.debts(only_open=True):
            if debt.kept or debt.request in living or debt.request in self._owned():
                # A living request is started again by the dispatcher and puts back its own.
                continue
            if due_at(self._tools, debt) <= self._tools.clock.now():
                await self._restore(debt)

    async def _restore(self, debt: Debt) -> None:
        with about(request=debt.request):
            try:
                await restore(self._tools, debt)
            except Exception:
                # The others are not to wait behind it.
                log.exception("restoring %s failed", debt.change_id)


async def pay(tools: Tools, owed: tuple[Debt, ...], tell: Callable[[Debt], None]) -> tuple[Debt, ...]:
    """Restores by hand; gives what is still owed after a few attempts each.

    Round by round, so that everything is put back before the second look at anything is waited for.
    """
    for _ in range(ATTEMPTS_BY_HAND):
        left = []
        for debt in owed:
            wait = due_at(tools, debt) - tools.clock.now()
            await tools.pause(max(0.0, wait.total_seconds()))
            after = await restore(tools, debt)
            tell(after)
            if after.state in OPEN:
                left.append(after)
        owed = tuple(left)
        if not owed:
            break
    return owed
