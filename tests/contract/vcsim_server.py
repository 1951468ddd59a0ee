"""govmomi's simulated vCenter as a server to speak to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyVmomi import vim

from bot.vsphere import VCenterEndpoint
from bot.vsphere.session import Session


@dataclass(frozen=True)
class Vcsim:
    endpoint: VCenterEndpoint
    administrator: Administrator
    process: asyncio.subprocess.Process

    async def stop(self) -> None:
        if self.process.stdin is not None:
            self.process.stdin.close()
        await self.process.wait()


class Administrator:
    """Somebody else who is logged in, and changes what the bot looks at."""

    def __init__(self, endpoint: VCenterEndpoint) -> None:
        self._session = Session(endpoint)

    async def on(self, thing: Any, moid: str, deed: Callable[[Any], Any]) -> Any:
        """Does something to a managed object. Returns a task's result: vcsim ends it before it answers."""

        def done() -> Any:
            answer = deed(thing(moid, self._session.ask(lambda link: link.stub)))
            if not isinstance(answer, vim.Task):
                return answer
            assert answer.info.state == vim.TaskInfo.State.success, answer.info.error
            return answer.info.result

        return await asyncio.to_thread(done)

    async def on_vm(self, moid: str, deed: Callable[[Any], Any]) -> Any:
        return await self.on(vim.VirtualMachine, moid, deed)

    async def rename(self, moid: str, name: str) -> None:
        await self.on_vm(moid, lambda vm: vm.Rename_Task(name))

    async def end_other_sessions(self) -> int:
        """How many there were."""

        def end(manager: Any) -> int:
            own = manager.currentSession.key
            others = [session.key for session in manager.sessionList if session.key != own]
            for key in others:
                manager.TerminateSession([key])
            return len(others)

        ended: int = await self.on(vim.SessionManager, "SessionManager", end)
        return ended

    async def leave(self) -> None:
        await asyncio.to_thread(self._session.log_out)


@asynccontextmanager
async def serving(program: Path, *arguments: str) -> AsyncIterator[Vcsim]:
    process = await asyncio.create_subprocess_exec(
        program, *arguments, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    said = json.loads(await process.stdout.readline())
    endpoint = VCenterEndpoint(
        name="vc1",
        host=said["host"],
        port=int(said["port"]),
        username=said["username"],
        password=lambda: str(said["password"]),
        pinned_sha256=said["pin"],
    )
    vcsim = Vcsim(endpoint, Administrator(endpoint), process)
    try:
        yield vcsim
        await vcsim.administrator.leave()
    finally:
        await vcsim.stop()
