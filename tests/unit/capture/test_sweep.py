"""Asking guests while they are well: whom, how often, and what the record says of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.capture.sweep import Sweeper
from bot.capture.tools import Times
from bot.core.entry import SITE, Entry
from bot.core.errors import Code, VmdumpError
from bot.core.events import Swept
from bot.core.guest_readings import RegistryValue
from bot.core.names import Names
from bot.core.request import State
from bot.core.target import Machine, NamedVm
from bot.messages.render import render
from tests.unit.capture.site import Site, site
from tests.unit.capture.world import AWAY, FakeVCenter, World
from tests.unit.core.things import machine, seconds, target
from tests.unit.store.kit import Store

EVERY = 6 * 3600.0
LOGIN = VmdumpError(Code.GUEST_LOGIN, vm="b")
REGISTRY = VmdumpError(Code.GUEST_REGISTRY, vm="c", path="CrashControl", cause="x")


def vm(name: str, **changed: Any) -> Machine:
    return machine(target=target(moid=f"vm-{name}", name=name, instance_uuid=f"uuid-{name}"), **changed)


class Several(FakeVCenter):
    """Its guests are those of one world, but for what is said of each."""

    def __init__(self, world: World, *machines: Machine) -> None:
        super().__init__(world)
        self.machines = {machine.target.moid: machine for machine in machines}
        self.hindered: dict[str, BaseException] = {}
        """by the VM's name, inside the guest"""
        self.unreadable: dict[str, BaseException] = {}
        """by the VM's name, at vCenter"""
        self.uncovered: set[str] = set()
        self.asked: list[str] = []

    async def names(self) -> Names:
        await self.world.reading("names")
        return Names([_named(machine) for machine in self.machines.values()])

    async def machine(self, moid: str) -> Machine:
        found = self.machines[moid]
        if found.target.name in self.unreadable:
            raise self.unreadable[found.target.name]
        return found

    async def registry_values(self, moid: str, key: str) -> Mapping[str, RegistryValue] | None:
        name = self.machines[moid].target.name
        if name not in self.asked:
            self.asked.append(name)
        if name in self.hindered:
            raise self.hindered[name]
        return await super().registry_values(moid, key)

    def logs_in(self, machine: Machine) -> bool:
        return machine.target.name not in self.uncovered


def _named(of: Machine) -> NamedVm:
    return NamedVm(
        vcenter="vc1",
        moid=of.target.moid,
        name=of.target.name,
        path=of.path,
        instance_uuid=of.target.instance_uuid,
        bios_uuid=of.target.bios_uuid,
        host_moid=of.target.host_moid,
        guest_host_name=None,
        guest_addresses=(),
    )


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[Site]:
    async with site(tmp_path) as made:
        have(made, vm("a"), vm("b"), vm("c"))
        yield made


def have(lab: Site, *machines: Machine) -> Several:
    several = Several(lab.world, *machines)
    lab.tools = replace(lab.tools, vcenters={"vc1": several})
    return several


def guests(lab: Site) -> Several:
    several = lab.tools.vcenters["vc1"]
    assert isinstance(several, Several)
    return several


def sweeper(lab: Site) -> Sweeper:
    return Sweeper(lab.tools, "vc1", EVERY)


async def entries(lab: Site) -> list[Entry]:
    return [entry for entry in await lab.store.reader.journal(SITE) if entry.kind == Swept.kind]


async def the_one(lab: Site) -> Swept:
    (entry,) = await entries(lab)
    assert isinstance(entry.event, Swept)
    return entry.event


async def kept(store: Store, *names: str) -> list[str]:
    return [name for name in names if await store.reader.readings(f"uuid-{name}") is not None]


async def test_each_guest_is_asked_and_one_entry_says_so(lab: Site) -> None:
    await sweeper(lab).once()
    assert await the_one(lab) == Swept(vcenter="vc1", told=3, failed={}, seconds=0)
    assert guests(lab).asked == ["a", "b", "c"]
    assert await kept(lab.store, "a", "b", "c") == ["a", "b", "c"]
    assert lab.world.effects == []
    assert await lab.store.reader.unsent() == ()


async def test_those_that_did_not_answer_are_counted_by_what_stood_in_the_way(lab: Site) -> None:
    several = have(lab, *(vm(name) for name in "abcdef"))
    several.hindered = {"b": LOGIN, "c": REGISTRY, "d": LOGIN}
    several.unreadable = {"e": VmdumpError(Code.VM_GONE, vm="e")}
    await sweeper(lab).once()
    swept = await the_one(lab)
    assert (swept.told, swept.failed) == (2, {"guest-login": 2, "guest-registry": 1, "vm-gone": 1})
    assert await kept(lab.store, *"abcdef") == ["a", "f"]
    (entry,) = await entries(lab)
    assert "2 answered. Not: guest-login 2, guest-registry 1, vm-gone 1." in render(entry, "en").text


async def test_a_guest_that_hangs_is_given_up_for_the_next(lab: Site) -> None:
    lab.world.hanging.add("registry_values")
    lab.tools = replace(lab.tools, times=Times(guest=0.01))
    await sweeper(lab).once()
    assert (await the_one(lab)).failed == {"guest-unavailable": 3}


@pytest.mark.parametrize(
    "changed", [{"power": "poweredOff"}, {"power": "suspended"}, {"template": True}], ids=str
)
async def test_what_does_not_run_is_left_out(lab: Site, changed: dict[str, Any]) -> None:
    several = have(lab, vm("a", **changed), vm("b"))
    await sweeper(lab).once()
    assert several.asked == ["b"]
    assert await the_one(lab) == Swept(vcenter="vc1", told=1, failed={}, seconds=0)


async def test_guests_that_the_settings_do_not_name_are_not_logged_in_to(lab: Site) -> None:
    guests(lab).uncovered = {"a", "c"}
    await sweeper(lab).once()
    assert guests(lab).asked == ["b"]
    assert (await the_one(lab)).told == 1


@pytest.mark.parametrize(("state", "asked"), [(State.AWAITING, ["b", "c"]), (State.CLOSED, ["a", "b", "c"])])
async def test_what_somebody_wants_to_capture_is_left_alone(
    lab: Site, state: State, asked: list[str]
) -> None:
    await lab.store.open(vm_key="uuid-a", moid="vm-a", vm_name="a", state=state)
    await sweeper(lab).once()
    assert guests(lab).asked == asked


@pytest.mark.parametrize(
    "error",
    [AWAY, VmdumpError(Code.VCENTER_LOGIN, endpoint="vc1", username="x")],
    ids=["unreachable", "refused"],
)
async def test_a_vcenter_that_goes_away_ends_the_sweep_and_the_entry_says_so(
    lab: Site, error: VmdumpError
) -> None:
    guests(lab).unreadable = {"b": error}
    await sweeper(lab).once()
    assert guests(lab).asked == ["a"]
    swept = await the_one(lab)
    assert (swept.told, swept.failed) == (1, {error.code.value: 1})


async def test_where_the_vms_cannot_be_listed_nothing_was_swept(lab: Site) -> None:
    lab.world.always_failing["names"] = AWAY
    with pytest.raises(VmdumpError) as refused:
        await sweeper(lab).once()
    assert refused.value is AWAY
    assert await entries(lab) == []


# one after the other


class Over(BaseException):
    """The test has seen enough."""


async def run(lab: Site, pauses: int) -> list[float]:
    """The pauses of a bot that is stopped when it would pause once more than so often."""
    taken: list[float] = []

    async def pause(for_seconds: float) -> None:
        if len(taken) == pauses:
            raise Over
        taken.append(for_seconds)
        await lab.world.pause(for_seconds)

    with pytest.raises(Over):
        await Sweeper(replace(lab.tools, pause=pause), "vc1", EVERY).run()
    return taken


async def test_the_first_is_now_and_the_next_when_its_time_has_come(lab: Site) -> None:
    assert await run(lab, 2) == [EVERY, EVERY]
    assert [entry.at for entry in await entries(lab)] == [seconds(0), seconds(EVERY), seconds(2 * EVERY)]


async def test_a_restart_neither_hastens_nor_delays_it(lab: Site) -> None:
    assert await run(lab, 0) == []
    lab.world.clock.advance(3600)
    assert await run(lab, 1) == [EVERY - 3600]
    lab.world.clock.advance(10 * EVERY)
    # It is overdue: now.
    assert await run(lab, 1) == [0]
    assert len(await entries(lab)) == 3


async def test_each_vcenter_has_its_own_time(lab: Site) -> None:
    await sweeper(lab).once()
    event = await the_one(lab)
    for other in ("vc", "vc10", "vc2"):
        lab.world.clock.advance(1)
        other_event = event.model_copy(update={"vcenter": other})
        await lab.store.committer.note(f"swept/{other}/x", other_event, actor="vmdump")
    assert await run(lab, 1) == [EVERY - 3]


@pytest.mark.parametrize("error", [AWAY, RuntimeError("a mistake of ours")], ids=["away", "mistake"])
async def test_whatever_goes_wrong_it_tries_again_next_time(lab: Site, error: Exception) -> None:
    lab.world.failing["names"] = [error]
    assert await run(lab, 1) == [EVERY]
    assert [entry.at for entry in await entries(lab)] == [seconds(EVERY)]
