"""The commands a simulated host's shell knows."""

import re
from dataclasses import dataclass

from bot.lab.esxi.processes import as_dumper_list, as_text, as_xml
from bot.lab.host import Host
from bot.lab.vmdumper import REFUSING, Answer
from bot.lab.world import World

_VMDUMPER = re.compile(r"/sbin/vmdumper ([0-9]+) nmi")


@dataclass(frozen=True)
class Output:
    """What a command printed and how it ended; `hangs_up`: the connection breaks instead."""

    text: str
    exit_status: int = 0
    hangs_up: bool = False


async def run(world: World, host: Host, command: str, user: str) -> Output:
    """Run one command line on the host. Raises Dropped where a gate says so."""
    world.called(command)
    running = [vm for vm in world.vms_on(host) if vm.powered_on]
    if command == "esxcli --formatter=xml vm process list":
        return Output(as_xml(running))
    if command == "esxcli vm process list":
        return Output(as_text(running))
    if command == "/sbin/vmdumper -l":
        return Output(as_dumper_list(running))
    if match := _VMDUMPER.fullmatch(command):
        return await _vmdumper(world, host, int(match[1]), user)
    return Output(f"sh: {command.split(' ')[0]}: not found\n", 127)


async def _vmdumper(world: World, host: Host, world_id: int, user: str) -> Output:
    effect = world.attempt(user, "vmdumper nmi", host.name, str(world_id))
    await world.gates.passing("vmdumper:before")
    answer = host.vmdumper
    if answer.delivers:
        effect.applied = world.deliver_nmi(host, world_id)
        answer = answer if effect.applied else REFUSING
    await world.gates.passing("vmdumper:after")
    return _output(answer)


def _output(answer: Answer) -> Output:
    return Output("".join(f"{line}\n" for line in answer.lines), answer.exit_status, answer.hangs_up)
