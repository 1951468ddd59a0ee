"""A host's availability time-out: it stops a shell some seconds after its start, whoever started it.

It counts for services that are started while the option is above zero; changing it later changes nothing for
those that run. Whether services that vCenter starts honour it like those started on the host is unknown; here
they do.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from bot.lab.host import SHELL_TIMEOUT, Host, Service
from bot.lab.pace import Pace

_SHELLS = {"TSM", "TSM-SSH"}

Stop = Callable[[Host, str], Coroutine[Any, Any, None]]
Spawn = Callable[[Coroutine[Any, Any, None]], Callable[[], object]]


class ShellTimeouts:
    """The timers that run; `stop` stops a service, `spawn` lets a timer run."""

    def __init__(self, pace: Pace, stop: Stop, spawn: Spawn) -> None:
        self._pace = pace
        self._stop = stop
        self._spawn = spawn
        self._timers: dict[tuple[str, str], Callable[[], object]] = {}

    def follow(self, host: Host, service: Service) -> None:
        """Begin or end the timer of a service that has just been started or stopped."""
        if (call_off := self._timers.pop((host.moid, service.id), None)) is not None:
            call_off()
        seconds = host.options[SHELL_TIMEOUT]
        if service.running and service.id in _SHELLS and seconds > 0:
            self._timers[host.moid, service.id] = self._spawn(self._run(host, service.id, seconds))

    async def _run(self, host: Host, service_id: str, seconds: int) -> None:
        await asyncio.sleep(self._pace.of_seconds(seconds))
        del self._timers[host.moid, service_id]
        await self._stop(host, service_id)
