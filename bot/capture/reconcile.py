"""Restores what no running capture owns, at the start and from then on."""

from __future__ import annotations

import logging
from collections.abc import Callable

from bot.capture.tools import Tools
from bot.capture.undo import restore, settles_at
from bot.core.change import ChangeState
from bot.core.errors import VmdumpError

log = logging.getLogger(__name__)


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
            except VmdumpError as error:
                log.warning("reconciling failed: %s %s", error.code, error.params)
            await self._tools.pause(self._every)

    async def once(self) -> None:
        """One attempt for each debt that is due and that nobody else will pay."""
        living = {request.id for request in await self._tools.reader.living()}
        for debt in await self._tools.reader.debts(only_open=True):
            if debt.request in living or debt.request in self._owned():
                # A living request is started again by the dispatcher and puts back its own.
                continue
            now = self._tools.clock.now()
            due = settles_at(self._tools, debt) if debt.state is ChangeState.RESTORED else debt.due_at
            if due is None or due <= now:
                await restore(self._tools, debt)
