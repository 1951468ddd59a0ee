"""Guest operations in a guest that is real, by the agent in it."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any

from pyVmomi import vim

from bot.lab.esxi.transfers import Content
from bot.lab.guest import Process
from bot.lab.qemu.agent import Found
from bot.lab.qemu.machine import Machine
from bot.lab.qemu.wire import Refused, Silent
from bot.lab.vm import Vm


@contextmanager
def _reaching(path: str) -> Iterator[None]:
    """Says in the API's faults what the agent says; it is silent where the guest has just crashed."""
    try:
        yield
    except Silent as error:
        raise vim.fault.GuestOperationsUnavailable(
            msg="The guest operations agent could not be contacted."
        ) from error
    except Refused as error:
        raise vim.fault.FileNotFound(file=path, msg=f"File {path} was not found") from error


async def listed(machine: Machine, path: str) -> list[Any]:
    """A file, or what is in a folder, as the API describes them. Faults: FileNotFound."""
    with _reaching(path):
        found = await machine.agent.look(path)
        if found is None:
            raise Refused(path)
        if found.kind != "directory":
            return [_described(found, found.path)]
        return [
            _described(each, each.path.rpartition("/")[2]) for each in await machine.agent.look_into(path)
        ]


async def content_of(machine: Machine, path: str) -> tuple[Any, Content]:
    """A file's attributes, and the file. Faults as above."""
    with _reaching(path):
        found = await machine.agent.look(path)
        if found is None or found.kind == "directory":
            raise Refused(path)
    return _attributes(found), Content(found.size, partial(machine.agent.read, path))


async def delete(machine: Machine, path: str) -> None:
    """Faults as above."""
    with _reaching(path):
        await machine.agent.delete(path)


async def start(machine: Machine, vm: Vm, program: str, arguments: str) -> int:
    """A program's process id. Faults as above."""
    with _reaching(program):
        if await machine.agent.look(program) is None:
            raise Refused(program)
        pid = await machine.agent.start(program, arguments)
    process = Process(pid, f'"{program}" {arguments}', datetime.now(UTC))
    vm.guest.processes = [*vm.guest.processes, process]
    return pid


async def note_ended(machine: Machine, vm: Vm) -> None:
    """Bring the guest's list of programs up to date. Who asks first notes an end: the agent tells it once."""
    for process in [each for each in vm.guest.processes if each.ended is None]:
        with _reaching(process.name), suppress(Refused):
            code = await machine.agent.exit_code(process.pid)
            if code is not None:
                vm.guest.end(process, datetime.now(UTC), code)


def _described(found: Found, path: str) -> Any:
    return vim.vm.guest.FileManager.FileInfo(
        path=path, type=found.kind, size=found.size, attributes=_attributes(found)
    )


def _attributes(found: Found) -> Any:
    return vim.vm.guest.FileManager.PosixFileAttributes(
        modificationTime=found.modified, accessTime=found.accessed, permissions=found.permissions
    )
