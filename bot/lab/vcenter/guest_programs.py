"""Guest operations on programs: those of `bot.lab.commands` in a Windows, the shell in a Linux."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from pyVmomi import vim

from bot.lab import commands, linux_shell
from bot.lab.guest import Guest, Process
from bot.lab.guest_file import GuestFile
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
    vm = await enter(call)
    program, arguments = call.args["spec"].programPath, call.args["spec"].arguments
    if vm.machine is not None:
        return await real_guest.start(vm.machine, vm, program, arguments)
    if not _exists(vm.guest, program):
        raise vim.fault.FileNotFound(file=program, msg=f"File {program} was not found")
    process = vm.guest.start(f'"{program}" {arguments}', datetime.now(UTC))
    call.world.spawn(_run(call.world, vm, process, (program, arguments)))
    return process.pid


async def list_processes(call: Call) -> list[Any]:
    """GuestProcessManager.ListProcessesInGuest: those that were started from outside. Faults: of `enter`."""
    vm = await enter(call)
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
    now = datetime.now(UTC)
    if vm.guest.family == "linux":
        outcome = linux_shell.run(vm.guest.linux, command[1], now)
    else:
        outcome = commands.run(vm.guest.registry, *command)
    if outcome.file is not None:
        written = outcome.written.replace("\n", "\r\n").encode(_CODE_PAGE, errors="replace")
        vm.guest.keep(GuestFile(outcome.file, now, written))
    vm.guest.end(process, datetime.now(UTC), outcome.exit_code)


def _exists(guest: Guest, program: str) -> bool:
    return program == linux_shell.SHELL if guest.family == "linux" else commands.exists(program)
