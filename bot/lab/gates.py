"""Named points at which a test can hold the lab, to put a fault exactly there.

A gate's name says what is being done and on which side of it the point lies, e.g. `vmdumper:before` or
`StartService:TSM-SSH:after`. A gate is open unless somebody closed it.
"""

import asyncio


class Dropped(Exception):
    """The call held at a gate is to be forgotten: no answer, and the connection breaks."""


class _Closure:
    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.opened = asyncio.Event()
        self.drop = False


class Gates:
    """The gates of one world. Everything runs on one event loop."""

    def __init__(self) -> None:
        self._closures: dict[str, _Closure] = {}

    def close(self, name: str) -> None:
        """Hold every call that comes to the point from now on. Closing a closed gate changes nothing."""
        closure = self._closures.get(name)
        if closure is None or closure.opened.is_set():
            self._closures[name] = _Closure()

    async def reached(self, name: str) -> None:
        """Wait until a call stands (or has stood) at the gate. KeyError: it was never closed."""
        await self._closures[name].reached.wait()

    def open(self, name: str, *, drop: bool = False) -> None:
        """Let the held calls go on, or with `drop` have them forgotten. KeyError: it was never closed."""
        closure = self._closures[name]
        closure.drop = drop
        closure.opened.set()

    async def passing(self, name: str) -> None:
        """What the lab calls at the point `name`. Raises Dropped where the test wants the call forgotten."""
        closure = self._closures.get(name)
        if closure is None or closure.opened.is_set():
            return
        closure.reached.set()
        await closure.opened.wait()
        if closure.drop:
            raise Dropped(name)

    def abandon(self) -> None:
        """Drop every held call: the world ends."""
        for name, closure in self._closures.items():
            if not closure.opened.is_set():
                self.open(name, drop=True)
