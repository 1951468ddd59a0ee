"""How long vCenters take to answer, and how often they do not."""

from __future__ import annotations

import functools
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

from prometheus_client import CollectorRegistry, Histogram

from bot.core.errors import VmdumpError

T = TypeVar("T")
BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Calls:
    """Since the start; what is kept for ever is in the journal."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._seconds = Histogram(
            "vmdump_vcenter_call_seconds",
            "Calls to a vCenter, by what became of them: ok, or the error's code.",
            ("vcenter", "call", "result"),
            buckets=BOUNDS,
            registry=registry,
        )

    def timed(self, vcenter: T, name: str) -> T:
        """Stands for the vCenter and takes the time of each call."""
        return cast("T", _Timed(vcenter, name, self._seconds))


class _Timed:
    def __init__(self, target: object, name: str, seconds: Histogram) -> None:
        self._target = target
        self._name = name
        self._seconds = seconds

    def __getattr__(self, call: str) -> Any:
        method = getattr(self._target, call)
        return self._timed(call, method) if inspect.iscoroutinefunction(method) else method

    def _timed(self, call: str, method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        @functools.wraps(method)
        async def timed(*arguments: Any, **named: Any) -> Any:
            began, result = time.perf_counter(), "ended"
            try:
                answer = await method(*arguments, **named)
                result = "ok"
            except VmdumpError as error:
                result = error.code.value
                raise
            finally:
                took = time.perf_counter() - began
                self._seconds.labels(self._name, call, result).observe(took)
            return answer

        return timed
