"""How a process of the product is started."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Protocol


class Process(Protocol):
    """What is asked of one that was started."""

    pid: int

    @property
    def returncode(self) -> int | None: ...

    def send_signal(self, signal: int) -> None: ...

    async def wait(self) -> int: ...


Launch = Callable[[Sequence[str], Mapping[str, str], Path, IO[bytes]], Awaitable[Process]]
"""command, environment, working directory, and the file that takes all that is printed"""


async def interpreter(
    command: Sequence[str], environment: Mapping[str, str], folder: Path, output: IO[bytes]
) -> Process:
    """A new one for each process."""
    return await asyncio.create_subprocess_exec(
        *command, env=environment, cwd=folder, stdout=output, stderr=output
    )
