"""What makes a Linux write its dump."""

from __future__ import annotations

from bot.core.arming import DumpWish
from bot.core.errors import Code, VmdumpError
from bot.core.guest_arming import Arming
from bot.core.guest_change import GuestTextChange, GuestUnitChange, SysctlChange
from bot.core.guest_readings import GuestUnit, LinuxReadings
from bot.core.target import Machine
from bot.guest.distributions import Distribution
from bot.guest.linux_setup import CRASH_LOADED, OURS, SYSCTLS, LinuxSetup, linux_setup, sysctl_file

_HEAD = "# An NMI panics, so that kdump writes a memory dump.\n"
_Change = GuestUnitChange | SysctlChange | GuestTextChange


def arming_linux(readings: LinuxReadings, machine: Machine, wish: DumpWish) -> Arming:
    """Only what differs, kdump first: a kernel that panics without it is down and leaves nothing.

    For the same reason it raises ``VmdumpError``, with what an administrator types, where kdump cannot be
    had by this. ``kernel.panic`` is left alone: the crash kernel restarts the machine.
    """
    setup = linux_setup(readings)
    vm = machine.target.name
    if wish is not DumpWish.COMPLETE:
        raise VmdumpError(Code.DUMP_KIND, vm=vm, kind=wish.value, system=setup.system or "Linux")
    units = () if setup.loaded else (_unit(readings.unit, setup, machine),)
    values = _sysctls(readings, setup, machine)
    texts = _text(readings, setup, machine, needed=bool(values))
    changes: tuple[_Change, ...] = (*units, *values, *texts)
    return Arming(changes=changes, needs_restart=False, after=_after(readings, changes))


def _unit(unit: GuestUnit | None, setup: LinuxSetup, machine: Machine) -> GuestUnitChange:
    vm = machine.target.name
    distribution = setup.distribution
    if distribution is None:
        raise VmdumpError(Code.GUEST_SYSTEM, vm=vm, system=setup.system or machine.guest_name)
    if setup.reserved == 0:
        raise VmdumpError(Code.NO_CRASHKERNEL, vm=vm, cure=distribution.reserve)
    cause, cure = _hindrance(unit, setup, distribution)
    if unit is None or cause:
        raise VmdumpError(Code.NO_KDUMP, vm=vm, cause=cause, cure=cure)
    return GuestUnitChange(
        vcenter=machine.target.vcenter,
        vm_moid=machine.target.moid,
        vm_name=vm,
        unit=unit.name,
        former_active=unit.active,
        former_enabled=unit.enabled,
    )


def _hindrance(unit: GuestUnit | None, setup: LinuxSetup, distribution: Distribution) -> tuple[str, str]:
    """Why starting the service would not load a crash kernel, and what to type; empty if nothing is known."""
    if setup.kdump is None:
        return f"there is no {distribution.settings} that could be read", distribution.install
    if setup.kdump.switched_off:
        switch = f"sed -i s/^USE_KDUMP=.*/USE_KDUMP=1/ {distribution.settings}"
        return "USE_KDUMP is 0", f"{switch}; systemctl restart {distribution.unit}"
    if unit is None or setup.reserved is None:
        return "its kernel does not tell of kdump", f"systemctl status {distribution.unit}"
    if unit.active:
        return f"{unit.name} runs and has loaded no crash kernel", f"journalctl -u {unit.name}"
    return "", ""


def _sysctls(readings: LinuxReadings, setup: LinuxSetup, machine: Machine) -> tuple[SysctlChange, ...]:
    if not setup.sysctls:
        path = sysctl_file(SYSCTLS[0])
        raise VmdumpError(Code.GUEST_FILE, vm=machine.target.name, path=path, cause="it was not told")
    return tuple(
        SysctlChange(
            vcenter=machine.target.vcenter,
            vm_moid=machine.target.moid,
            vm_name=machine.target.name,
            name=name,
            former=readings.files[sysctl_file(name)].strip(),
            ours="1",
        )
        for name, value in setup.sysctls.items()
        if value == 0
    )


def _text(
    readings: LinuxReadings, setup: LinuxSetup, machine: Machine, *, needed: bool
) -> tuple[GuestTextChange, ...]:
    """Sets them at the next start; where others have set them all, that is their affair."""
    former = readings.files.get(OURS)
    ours = _HEAD + "".join(f"{name} = 1\n" for name in setup.sysctls)
    if former == ours or (former is None and not needed):
        return ()
    return (
        GuestTextChange(
            vcenter=machine.target.vcenter,
            vm_moid=machine.target.moid,
            vm_name=machine.target.name,
            path=OURS,
            former=former,
            ours=ours,
        ),
    )


def _after(readings: LinuxReadings, changes: tuple[_Change, ...]) -> LinuxReadings:
    files = dict(readings.files)
    unit = readings.unit
    for change in changes:
        match change:
            case SysctlChange():
                files[sysctl_file(change.name)] = f"{change.ours}\n"
            case GuestTextChange():
                files[change.path] = change.ours
            case GuestUnitChange():
                files[CRASH_LOADED] = "1\n"
                unit = GuestUnit(name=change.unit, active=True, enabled=True)
    return readings.model_copy(update={"files": files, "unit": unit})
