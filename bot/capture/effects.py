"""The one place at which everything that a capture does to the world can be watched, or made to fail."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol, TypeVar, cast

from bot.capture.ports import Shell, Shells, VCenter, effects_of
from bot.core.errors import Code
from bot.core.known_key import KnownKey

T = TypeVar("T")


class EffectHook(Protocol):
    """Called around each effect; what it raises takes the place of the effect or of its answer."""

    async def before(self, effect: str) -> None:
        """``effect`` is a name such as ``VCenter.start_service``."""

    async def after(self, effect: str) -> None:
        """The effect has been answered."""


def hooked_vcenter(vcenter: VCenter, hook: EffectHook) -> VCenter:
    return _hooked(vcenter, VCenter, hook)


class HookedShells:
    """Shells whose effects call the hook."""

    def __init__(self, shells: Shells, hook: EffectHook) -> None:
        self._shells = shells
        self._hook = hook

    def hindrance(self, host_name: str) -> Code | None:
        return self._shells.hindrance(host_name)

    def services(self, host_name: str) -> tuple[str, ...]:
        return self._shells.services(host_name)

    async def keys(self, host_name: str) -> tuple[KnownKey, ...]:
        return await self._shells.keys(host_name)

    def open(self, host_name: str) -> AbstractAsyncContextManager[Shell]:
        return self._open(host_name)

    @asynccontextmanager
    async def _open(self, host_name: str) -> AsyncIterator[Shell]:
        async with self._shells.open(host_name) as shell:
            yield _hooked(shell, Shell, self._hook)


def _hooked(target: T, port: type, hook: EffectHook) -> T:
    return cast("T", _Hooked(target, port, hook))


class _Hooked:
    """Stands for a target: its effects call the hook, everything else is the target's own."""

    def __init__(self, target: object, port: type, hook: EffectHook) -> None:
        self._target = target
        self._port = port
        self._hook = hook
        self._effects = effects_of(port)

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._target, name)
        if name not in self._effects:
            return method
        return self._around(f"{self._port.__name__}.{name}", method)

    def _around(self, effect: str, method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        @functools.wraps(method)
        async def called(*arguments: Any, **named: Any) -> Any:
            await self._hook.before(effect)
            answer = await method(*arguments, **named)
            await self._hook.after(effect)
            return answer

        return called
