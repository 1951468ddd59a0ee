"""Asking something outside whether it is there, seldom, and never twice at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from bot.core.errors import VmdumpError
from bot.messages.catalogue import sentence
from bot.ops.redaction import redact

FRESH_SECONDS = 10.0
"""an answer counts for so long"""
PATIENCE_SECONDS = 4.0
"""after so long without an answer there is none; whoever asks for readiness has a time-out too"""


class Probe:
    """One question, asked by any number of askers.

    A question that hangs is waited for again, not asked again: each takes a thread until its own time-out.
    """

    def __init__(
        self,
        ask: Callable[[], Awaitable[object]],
        *,
        fresh: float = FRESH_SECONDS,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._ask = ask
        self._fresh = fresh
        self._patience = patience
        self._asking: tuple[float, asyncio.Task[str | None]] | None = None
        self._answer: tuple[float, str | None] | None = None

    async def fault(self) -> str | None:
        """What is wrong, as a sentence, or None. Takes no longer than the patience; never raises."""
        now = asyncio.get_running_loop().time()
        if self._answer is not None and now < self._answer[0] + self._fresh:
            return self._answer[1]
        if self._asking is None:
            self._asking = (now, asyncio.create_task(self._asked()))
        since, task = self._asking
        await asyncio.wait({task}, timeout=max(0.0, since + self._patience - now))
        return task.result() if task.done() else f"no answer in {self._patience:g} s"

    async def close(self) -> None:
        """Ends a question that hangs."""
        if self._asking is not None:
            self._asking[1].cancel()
            await asyncio.wait({self._asking[1]})

    async def _asked(self) -> str | None:
        fault = None
        try:
            await self._ask()
        except VmdumpError as error:
            fault = redact(sentence(error))
        except Exception as error:  # noqa: BLE001  # whatever it is, it is no answer
            fault = type(error).__name__
        finally:
            self._asking = None
        self._answer = (asyncio.get_running_loop().time(), fault)
        return fault
