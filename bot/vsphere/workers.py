"""The threads on which one vCenter is talked to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from bot.core.errors import Code, OutcomeUnknown, VmdumpError
from bot.vsphere.departure import Departure
from bot.vsphere.endpoint import VCenterEndpoint

T = TypeVar("T")


class Workers:
    """A bounded pool of its own, so that a vCenter that hangs holds up nobody else."""

    def __init__(self, endpoint: VCenterEndpoint) -> None:
        self._endpoint = endpoint
        self._threads = ThreadPoolExecutor(endpoint.threads, thread_name_prefix=f"vcenter-{endpoint.name}")

    async def ask(self, question: Callable[[], T]) -> T:
        """Runs a question. Raises ``VCENTER_TIMEOUT`` when its time is over; its thread ends by itself."""
        try:
            async with asyncio.timeout(self._endpoint.call_seconds):
                return await asyncio.get_running_loop().run_in_executor(self._threads, question)
        except TimeoutError:
            raise VmdumpError(Code.VCENTER_TIMEOUT, endpoint=self._endpoint.name) from None

    async def do(self, name: str, deed: Callable[[Departure], T]) -> T:
        """Runs an effect. When its time is over, or its waiter is cancelled, it is not sent any more.

        Raises ``OutcomeUnknown`` if it had been sent by then, ``VCENTER_TIMEOUT`` if not.
        """
        departure = Departure()
        try:
            async with asyncio.timeout(self._endpoint.call_seconds):
                return await asyncio.get_running_loop().run_in_executor(self._threads, deed, departure)
        except TimeoutError:
            if departure.call_off():
                raise VmdumpError(Code.VCENTER_TIMEOUT, endpoint=self._endpoint.name) from None
            raise OutcomeUnknown(
                Code.OUTCOME_UNKNOWN, endpoint=self._endpoint.name, call=name, cause="time-out"
            ) from None
        except asyncio.CancelledError:
            departure.call_off()
            raise

    def close(self) -> None:
        """Threads in a call end when its socket's time is over."""
        self._threads.shutdown(wait=False, cancel_futures=True)
