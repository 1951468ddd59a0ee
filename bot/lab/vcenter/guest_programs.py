"""Guest operations on programs: those of `bot.lab.commands` in a Windows. A Linux has none."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex
from typing import Any

from pyVmomi import vim

from bot.lab import commands
from bot.lab.guest import GuestFile, Process
from bot.lab.vcenter import real_guest
from bot.lab.vcenter.call import Call
from bot.lab.vcenter.guest_login import enter
from bot.lab.vm import Vm
from bot.lab.world import World

# For so long a program's exit code can be asked for after its end [vSphere API reference].
_KEPT = timedelta(minutes=5)
# What a Windows Server of Western Europe or America writes to a redirected console.
_CODE_PAGE = "cp437"


async def start_program(call: Call) -> int:
    """GuestProcessManager.StartProgramInGuest: the process id. Faults: those of `enter`, FileNotFound."""
    vm = enter(call)
    program, arguments = call.args["spec"].programPath, call.args["spec"].arguments
    if vm.machine is not None:
        return await real_guest.start(vm.machine, vm, program, arguments)
    if vm.guest.family != "windows" or not commands.exists(program):
        raise vim.fault.FileNotFound(file=program, msg=f"File {program} was not found")
    process = vm.guest.start(f'"{program}" {arguments}', datetime.now(UTC))
    call.world.spawn(_run(call.world, vm, process, (program, arguments)))
    return process.pid


async def list_processes(call: Call) -> list[Any]:
    """GuestProcessManager.ListProcessesInGuest: those that were started from outside. Faults: of `enter`."""
    vm = enter(call)
    if vm.machine is not None:
        await real_guest.note_ended(vm.machine, vm)
    wanted = set(call.args.get("pids") or [])
    oldest = datetime.now(UTC) - _KEPT
    return [
        vim.vm.guest.ProcessManager.ProcessInfo(
            name=each.name,
            pid=each.pid,
            owner=vm.guest.username,
            cmdLine=each.command_line,
            startTime=each.started,
            endTime=each.ended,
            exitCode=each.exit_code,
        )
        for each in vm.guest.processes
        if (each.ended is None or each.ended > oldest) and (not wanted or each.pid in wanted)
    ]


async def _run(world: World, vm: Vm, process: Process, command: tuple[str, str]) -> None:
    """The course of a program; a guest that goes down takes it along."""
    await asyncio.sleep(world.pace.of_program())
    if process not in vm.guest.processes:
        return
    outcome = commands.run(vm.guest.registry, *command)
    if outcome.file is not None:
        stored = world.folder / "guests" / vm.moid / f"written-{token_hex(8)}"
        await asyncio.to_thread(_write, stored, outcome.written)
        vm.guest.keep(GuestFile(outcome.file, datetime.now(UTC), stored))
    vm.guest.end(process, datetime.now(UTC), outcome.exit_code)


def _write(stored: Path, text: str) -> None:
    stored.parent.mkdir(parents=True, exist_ok=True)
    stored.write_bytes(text.replace("\n", "\r\n").encode(_CODE_PAGE, errors="replace"))
