"""What a guest tells of itself, and what stands in a plan of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.capture.dump_before import dump_before
from bot.capture.plan_wish import PlanWish
from bot.capture.planning import plan_for
from bot.capture.told import ask, told_by
from bot.core.errors import Code, VmdumpError
from bot.core.finding import Finding, Level
from bot.core.plan import Plan
from bot.core.purpose import Purpose
from bot.core.request import Outcome, State
from tests.unit.capture.site import Site, site
from tests.unit.capture.world import AWAY
from tests.unit.core.things import DUMP, GIB, dump_file, machine
from tests.unit.guest.readings import windows

GUEST = {"registry_values", "guest_files", "guest_file", "guest_shell", "guest_piece"}
SHORT = 0.05


async def planned(lab: Site, **wanted: object) -> Plan:
    return await plan_for(lab.tools, "vc1", "vm-42", PlanWish(**wanted))  # type: ignore[arg-type]  # by name


def of_guest(plan: Plan) -> dict[str, Finding]:
    return {f.code: f for f in plan.findings if f.source == "guest"}


def set_to(lab: Site, **control: int | None) -> None:
    """What CrashControl says from now on."""
    lab.world.registry |= windows(dict(control)).keys


async def test_what_it_tells_is_in_the_plan_and_kept(lab: Site) -> None:
    set_to(lab, CrashDumpEnabled=2)
    found = of_guest(await planned(lab))
    assert (found["crash-dump"].level, found["crash-dump"].seen) == (Level.WARN, "kernel")
    assert found["crash-dump"].read_at == lab.world.clock.now()
    kept = await lab.store.reader.readings(lab.world.machine.target.instance_uuid)
    assert kept is not None
    assert kept.read_at == lab.world.clock.now()


async def test_without_the_setting_nobody_logs_in(lab: Site) -> None:
    lab.world.logs_in = False
    plan = await planned(lab)
    assert [(f.level, f.seen) for f in of_guest(plan).values()] == [(Level.UNKNOWN, "guest-login-off")]
    assert not (await dump_before(lab.tools, plan)).looked
    assert GUEST.isdisjoint(lab.world.asked)


async def test_a_machine_that_is_off_is_not_asked(lab: Site) -> None:
    lab.world.machine = machine(power="poweredOff")
    await planned(lab)
    assert GUEST.isdisjoint(lab.world.asked)


async def test_a_guest_that_hangs_is_given_up_and_what_it_told_before_is_said_with_its_time(
    tmp_path: Path,
) -> None:
    async with site(tmp_path, guest=SHORT) as lab:
        before = lab.world.clock.now()
        await planned(lab)
        lab.world.clock.advance(3600)
        lab.world.hanging = {"registry_values"}
        told = await told_by(lab.tools, lab.world.machine, DUMP)
        assert told.hindrance is not None
        assert told.hindrance.params == {"vm": "DumpTest", "cause": "time-out"}
        found = of_guest(await planned(lab))
        assert (found["crash-dump"].level, found["crash-dump"].read_at) == (Level.OK, before)
        assert (found["guest"].level, found["guest"].seen) == (Level.UNKNOWN, "guest-unavailable")


async def test_what_another_system_told_in_the_same_machine_is_not_said(lab: Site) -> None:
    await planned(lab)
    lab.world.machine = machine(family="linux")
    lab.world.always_failing["guest_shell"] = AWAY
    assert list(of_guest(await planned(lab))) == ["guest"]


async def test_of_a_guest_that_never_told_anything_nothing_is_known(tmp_path: Path) -> None:
    async with site(tmp_path, guest=SHORT) as lab:
        lab.world.hanging = {"registry_values"}
        plan = await planned(lab)
        assert list(of_guest(plan)) == ["guest"]
        assert "guest-volume" in {f.code for f in plan.findings}, "seen from outside all the same"


async def test_newer_readings_replace_older_ones(lab: Site) -> None:
    await ask(lab.tools, lab.world.machine, DUMP)
    set_to(lab, CrashDumpEnabled=0)
    lab.world.clock.advance(60)
    await ask(lab.tools, lab.world.machine, DUMP)
    lab.world.always_failing["registry_values"] = AWAY
    found = of_guest(await planned(lab))
    assert found["crash-dump"].level is Level.BLOCK


async def test_the_guest_says_itself_whether_there_is_room_in_it(lab: Site) -> None:
    codes = {f.code for f in (await planned(lab)).findings}
    assert "dump-room" in codes
    assert "guest-volume" not in codes


@pytest.mark.parametrize(
    ("kind", "least", "most"), [(1, 4 * GIB, 4 * GIB + (257 << 20)), (2, 214748364, 1431655765)]
)
async def test_the_estimate_goes_by_the_kind_of_dump(lab: Site, kind: int, least: int, most: int) -> None:
    set_to(lab, CrashDumpEnabled=kind)
    plan = await planned(lab)
    assert plan.estimate is not None
    assert plan.estimate.dump_bytes == (least, most)
    assert plan.down_seconds == plan.estimate.down_seconds
    assert plan.estimate.measured is None


async def test_the_rate_of_an_earlier_proved_dump_is_taken(lab: Site) -> None:
    await lab.approved()
    assert (await lab.to_the_end()).outcome is Outcome.CAPTURED
    plan = await planned(lab)
    assert plan.estimate is not None
    assert plan.estimate.measured is not None
    assert plan.estimate.measured.request == "VD-7K3Q"


async def test_the_rate_of_a_dump_that_was_not_proved_is_not(lab: Site) -> None:
    lab.world.dump_path = None
    await lab.approved()
    assert (await lab.to_the_end()).outcome is Outcome.NOT_VERIFIED
    plan = await planned(lab)
    assert plan.estimate is not None
    assert plan.estimate.measured is None


async def test_a_guest_that_hangs_after_the_approval_is_not_asked_again(tmp_path: Path) -> None:
    """Whatever it told is what was approved; the NMI does not wait for it either."""
    async with site(tmp_path, guest=SHORT) as lab:
        await lab.approved()
        lab.world.hanging = {"registry_values", "guest_file"}
        lab.world.on_nmi = None
        lab.world.asked.clear()
        request = await lab.run(until="prepare")
        assert request.state is State.READY
        assert "registry_values" not in lab.world.asked


async def test_a_guest_without_a_heartbeat_does_not_keep_the_nmi_waiting(lab: Site) -> None:
    plan = await planned(lab)
    lab.world.asked.clear()
    silent = plan.model_copy(update={"machine": machine(heartbeat="red")})
    assert not (await dump_before(lab.tools, silent)).looked
    assert GUEST.isdisjoint(lab.world.asked)


async def test_the_dump_that_is_there_is_looked_for_before_the_nmi(lab: Site) -> None:
    lab.world.file = dump_file()
    before = await dump_before(lab.tools, await planned(lab))
    assert (before.looked, before.file) == (True, dump_file())
    lab.world.file = None
    assert (await dump_before(lab.tools, await planned(lab))).looked
    lab.world.always_failing["guest_file"] = AWAY
    assert not (await dump_before(lab.tools, await planned(lab))).looked


async def test_what_speaks_against_the_dump_can_be_overridden_and_is_approved_as_such(lab: Site) -> None:
    set_to(lab, CrashDumpEnabled=0)
    plain, overridden = await planned(lab), await planned(lab, override=True)
    assert [f.code for f in plain.blocked] == ["crash-dump"]
    assert (overridden.blocked, overridden.overridden) == ((), ("crash-dump",))
    assert plain.digest() != overridden.digest()


@pytest.mark.parametrize(
    "changed", [{"power": "suspended"}, {"template": True}, {"fault_tolerance": "running"}, {"question": "?"}]
)
async def test_what_makes_an_nmi_vain_or_blind_cannot(lab: Site, changed: dict[str, object]) -> None:
    lab.world.machine = machine(**changed)
    assert (await planned(lab, override=True)).blocked


async def test_a_full_datastore_would_stop_others_so_nobody_overrides_it(lab: Site) -> None:
    around = lab.world.surroundings
    stores = tuple(s.model_copy(update={"free": 1, "grows": True}) for s in around.stores)
    lab.world.surroundings = around.model_copy(update={"stores": stores})
    assert [f.code for f in (await planned(lab, override=True)).blocked] == ["datastore"]


async def test_a_new_hindrance_is_not_covered_by_what_was_overridden(lab: Site) -> None:
    set_to(lab, CrashDumpEnabled=0)
    await lab.approved(wanted={"override": True}, override=True)
    lab.world.machine = machine(power="suspended")
    request = await lab.to_the_end()
    assert request.outcome is Outcome.PLAN_CHANGED
    assert lab.world.effects == []


async def test_rehearsals_read_the_guest_too(lab: Site) -> None:
    assert "crash-dump" in of_guest(await planned(lab, purpose=Purpose.REHEARSAL))


async def test_an_error_of_vcenter_is_no_reading(lab: Site) -> None:
    lab.world.always_failing["registry_values"] = AWAY
    with pytest.raises(VmdumpError) as raised:
        await ask(lab.tools, lab.world.machine, DUMP)
    assert raised.value.code is Code.VCENTER_UNREACHABLE
    assert await lab.store.reader.readings(lab.world.machine.target.instance_uuid) is None
