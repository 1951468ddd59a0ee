"""A Windows guest that writes a small dump and does not restart, and how it looks when that was changed."""

from __future__ import annotations

from bot.core.arming import ArmWish
from bot.core.guest_change import RegistryChange
from bot.core.guest_readings import RegistryValue
from bot.core.purpose import Purpose
from bot.core.request import Request
from bot.guest.registry import CRASH_CONTROL
from tests.unit.capture.site import Site
from tests.unit.capture.world import World
from tests.unit.core.things import REQUEST
from tests.unit.guest.readings import dword, windows

RESTART = ArmWish(restart=True)
MADE = ["log vm", "start registry", "start registry"]
"""what arming does, without a restart"""
REBOOT = "reboot vm-42"


def unarmed(world: World) -> None:
    """Two values are wanting."""
    world.registry = dict(windows({"CrashDumpEnabled": 3, "AutoReboot": 0}).keys)


def thing(name: str) -> str:
    """Where the world keeps a value of the guest."""
    changed = RegistryChange(
        vcenter="vc1",
        vm_moid="vm-42",
        vm_name="",
        key=CRASH_CONTROL,
        name=name,
        former=None,
        type="REG_DWORD",
        ours=1,
    )
    return changed.thing


DUMP_KIND, REBOOTS = thing("CrashDumpEnabled"), thing("AutoReboot")


def values(world: World) -> tuple[object, object]:
    """The two as they are in the guest: (3, 0) before, (1, 1) armed."""
    before: dict[str, RegistryValue] = {DUMP_KIND: dword(3), REBOOTS: dword(0)}
    found = [world.in_guest.get(name, value) for name, value in before.items()]
    kind, reboots = (v.data if isinstance(v, RegistryValue) else v for v in found)
    return kind, reboots


async def approved(lab: Site, wish: ArmWish | None = None) -> Request:
    """Arming of such a guest, approved."""
    unarmed(lab.world)
    wish = wish or ArmWish()
    return await lab.approved(purpose=Purpose.ARM, wanted={"arming": wish}, arming=wish)


async def check_as_before(lab: Site) -> None:
    """What holds where arming failed, once the record is closed."""
    assert values(lab.world) == (3, 0)
    assert await lab.store.reader.debts(only_open=True) == ()
    await check_record(lab)


async def check_armed(lab: Site) -> None:
    """What holds where it did not."""
    assert values(lab.world) == (1, 1)
    debts = await lab.store.reader.debts(REQUEST, only_open=False)
    assert len(debts) == 2
    assert all(debt.kept and not debt.owed for debt in debts)
    await check_record(lab)


async def check_record(lab: Site) -> None:
    """Nothing of the host, no NMI, one restart at most."""
    effects = lab.world.effects
    assert {e.split()[0] for e in effects} <= {"log", "start", "stop", "reboot"}
    assert {e for e in effects if e.startswith(("start", "stop"))} <= {"start registry", "stop registry"}
    assert lab.world.running == []
    assert sum(e.startswith("reboot") for e in effects) <= 1
    assert sum(e.startswith("log") for e in effects) <= 1
    assert sum(e.startswith("start") for e in effects) <= 2
    assert await lab.store.reader.journal_fault(REQUEST) is None
