"""Blocking work beside the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


async def aside(name: str, seconds: float, work: Callable[[], T]) -> T:
    """On a thread of its own, since it may hang there. Raises ``TimeoutError``, and what the work raises."""
    worker = ThreadPoolExecutor(1, thread_name_prefix=name)
    try:
        async with asyncio.timeout(seconds):
            return await asyncio.get_running_loop().run_in_executor(worker, work)
    finally:
        worker.shutdown(wait=False)
