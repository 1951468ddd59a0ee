"""What arming a guest would change in it."""

from __future__ import annotations

from bot.capture.told import ask
from bot.capture.tools import Tools
from bot.core.arming import ArmWish
from bot.core.errors import Code, VmdumpError
from bot.core.finding import Level
from bot.core.plan import Plan, Restart
from bot.core.purpose import Purpose
from bot.core.readiness import assess_alive
from bot.core.target import Host, Machine


async def arming_plan(tools: Tools, machine: Machine, host: Host, wish: ArmWish) -> Plan:
    """Asks the guest now: what is put back later is what it says. Raises ``VmdumpError``.

    ``ALREADY_ARMED`` where an earlier request's values are still in it, ``NOTHING_TO_ARM`` for a guest that
    would write its dump as it is.
    """
    target = machine.target
    vcenter = tools.vcenter(target)
    held = await armed_by(tools, machine)
    if held is not None:
        raise VmdumpError(Code.ALREADY_ARMED, vm=target.name, request=held)
    dump_file = vcenter.dump_file(machine)
    readings = await ask(tools, machine, dump_file)
    arming = tools.readiness.arming(readings, machine, wish.dump, dump_file)
    if not arming.changes:
        raise VmdumpError(Code.NOTHING_TO_ARM, vm=target.name)
    volumes = (await vcenter.surroundings(target.moid)).volumes
    left = tools.readiness.assess(arming.after, machine, volumes, dump_file)
    restart = Restart.DONE if wish.restart else Restart.OWED
    return Plan(
        machine=machine,
        host_version=host.version,
        legs=(),
        guest=arming.changes,
        restart=restart if arming.needs_restart else Restart.NONE,
        findings=(
            *assess_alive(machine, host, tools.clock.now()),
            # What arming does not mend is said, and hinders nobody.
            *(f.model_copy(update={"level": Level.WARN}) if f.level is Level.BLOCK else f for f in left),
        ),
        dump_file=dump_file,
        down_seconds=(0, 0),
        purpose=Purpose.ARM,
    )


async def armed_by(tools: Tools, machine: Machine) -> str | None:
    """The request whose values are in the guest, if there is one."""
    thing = f"{machine.target.vcenter}/{machine.target.moid}/"
    debts = await tools.reader.debts(only_open=True)
    return next((d.request for d in debts if d.change.in_guest and d.change.thing.startswith(thing)), None)
