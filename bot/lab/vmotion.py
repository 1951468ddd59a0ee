"""A machine moves to another host."""

from typing import TYPE_CHECKING

from bot.lab.host import Host
from bot.lab.task import Task
from bot.lab.vm import Vm

if TYPE_CHECKING:
    from bot.lab.world import World

# vCenter's task for a move that somebody asked for, and for one of DRS, which is no call of anybody's and has
# no method [programs that read such tasks].
_ASKED = ("MigrateVM_Task", "VirtualMachine.migrate")
_BY_DRS = (None, "Drm.ExecuteVMotionLRO")


async def migrate(world: "World", vm: Vm, to: Host, *, by_drs: bool, user: str) -> Task:
    """See `World.migrate`."""
    if vm.migrating:
        raise ValueError(f"{vm.name} is being moved already")
    source = vm.host
    method, description_id = _BY_DRS if by_drs else _ASKED
    task = world.tasks.add(method, description_id, vm, user)
    began = "VmBeingHotMigratedEvent" if vm.powered_on else "VmBeingMigratedEvent"
    ended = "DrsVmMigratedEvent" if by_drs else "VmMigratedEvent"

    def arrive() -> None:
        if world.cluster(source.cluster) is not world.cluster(to.cluster):
            world.cluster(source.cluster).forget(vm.moid)
        if vm.powered_on:
            vm.cartel_id, vm.world_id = world.fresh_worlds()
        vm.host = to
        sentence = f"Migration of virtual machine {vm.name} from {source.name} to {to.name} completed"
        world.events.log(ended, sentence, user=user, vm=vm, host=to, details={"sourceHost": source})

    sentence = f"Migrating {vm.name} from {source.name} to {to.name}"
    world.events.log(began, sentence, user=user, vm=vm, host=source, details={"destHost": to})
    vm.migrating = True
    try:
        await world.tasks.perform(task, arrive, world.pace.of_migration(vm.memory_bytes))
    finally:
        vm.migrating = False
    if task.fault is not None:
        sentence = f"Failed to migrate {vm.name} to {to.name}: {task.fault.message}"
        details = {"destHost": to, "reason": task.fault}
        world.events.log("VmFailedMigrateEvent", sentence, user=user, vm=vm, host=source, details=details)
    return task
