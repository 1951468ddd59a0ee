"""The NMI by vCenter's API: what speaks against it, and that it is sent once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.capture.ports import NmiAnswer
from bot.core.errors import Code, OutcomeUnknown
from bot.core.route import Route
from bot.lab.article import article_world
from bot.lab.center import SendNmi
from bot.lab.modern import modern_world
from bot.lab.world import World
from bot.vsphere import PyVmomiVCenter
from tests.contract.vsphere_client import cut_at, endpoint_of, refusal, without

NMI = "VirtualMachine.Interact.GuestControl"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with modern_world(tmp_path, speed=600.0).serve() as served:
        yield served


@pytest.fixture
async def vcenter(world: World) -> AsyncIterator[PyVmomiVCenter]:
    async with PyVmomiVCenter(endpoint_of(world)) as client:
        yield client


async def test_before_6_0_there_is_none(tmp_path: Path) -> None:
    async with (
        article_world(tmp_path).serve() as world,
        PyVmomiVCenter(endpoint_of(world)) as client,
    ):
        machine = await client.machine("vm-101")
        hindrance = await client.hindrance(Route.API, machine)
        assert hindrance is not None
        assert hindrance.code is Code.ROUTE_TOO_OLD
        assert hindrance.params == {"route": "api", "vcenter": "vc1", "version": "5.5"}
        await refusal(client.send_nmi(Route.API, machine))
        assert (world.nmis, world.effects) == ([], [])


async def test_today_nothing_speaks_against_it(vcenter: PyVmomiVCenter) -> None:
    assert await vcenter.hindrance(Route.API, await vcenter.machine("vm-101")) is None


async def test_a_missing_privilege_speaks_against_it(vcenter: PyVmomiVCenter, world: World) -> None:
    without(world, NMI)
    machine = await vcenter.machine("vm-101")
    hindrance = await vcenter.hindrance(Route.API, machine)
    assert hindrance is not None
    assert hindrance.code is Code.ROUTE_PRIVILEGE
    assert hindrance.params == {"route": "api", "vcenter": "vc1", "privilege": NMI}
    error = await refusal(vcenter.send_nmi(Route.API, machine))
    assert (error.code, error.params["privilege"]) == (Code.VCENTER_PERMISSION, NMI)
    assert world.nmis == []


async def test_a_method_that_is_disabled_speaks_against_it(vcenter: PyVmomiVCenter, world: World) -> None:
    before = await vcenter.machine("vm-101")
    world.vm("vm-101").disabled_methods = ("SendNMI",)
    hindrance = await vcenter.hindrance(Route.API, await vcenter.machine("vm-101"))
    assert hindrance is not None
    assert (hindrance.code, hindrance.params["method"]) == (Code.ROUTE_DISABLED, "SendNMI")
    # Disabled after the machine was read: vCenter refuses.
    error = await refusal(vcenter.send_nmi(Route.API, before))
    assert str(error.params["fault"]).startswith("MethodDisabled")
    assert world.nmis == []


async def test_it_is_sent_once(vcenter: PyVmomiVCenter, world: World) -> None:
    report = await vcenter.send_nmi(Route.API, await vcenter.machine("vm-101"))
    assert report.answer is NmiAnswer.SENT
    assert [(nmi.via, nmi.moid) for nmi in world.nmis] == [("api", "vm-101")]
    assert [(e.call, e.on, e.applied) for e in world.effects] == [("SendNMI", "vm-101", True)]


@pytest.mark.parametrize(
    ("switch", "fault"), [("not-implemented", "NotImplemented"), ("not-supported", "NotSupported")]
)
async def test_a_vcenter_that_has_it_and_cannot(
    vcenter: PyVmomiVCenter, world: World, switch: SendNmi, fault: str
) -> None:
    world.vcenter.send_nmi = switch
    machine = await vcenter.machine("vm-101")
    assert await vcenter.hindrance(Route.API, machine) is None
    error = await refusal(vcenter.send_nmi(Route.API, machine))
    assert error.code is Code.VCENTER_FAULT
    assert str(error.params["fault"]).startswith(f"{fault}: ")
    assert world.nmis == []


@pytest.mark.parametrize(("gate", "nmis"), [("SendNMI:before", 0), ("SendNMI:after", 1)])
async def test_a_lost_answer_is_unknown_and_not_repeated(
    vcenter: PyVmomiVCenter, world: World, gate: str, nmis: int
) -> None:
    outcome = await cut_at(world, gate, vcenter.send_nmi(Route.API, await vcenter.machine("vm-101")))
    assert isinstance(outcome, OutcomeUnknown)
    assert outcome.params["call"] == "SendNMI"
    assert len(world.nmis) == nmis
    assert [effect.call for effect in world.effects] == ["SendNMI"]


async def test_a_session_lost_before_is_begun_anew_and_it_is_sent_once(
    vcenter: PyVmomiVCenter, world: World
) -> None:
    machine = await vcenter.machine("vm-101")
    world.vcenter.expire_sessions()
    assert (await vcenter.send_nmi(Route.API, machine)).answer is NmiAnswer.SENT
    assert len(world.nmis) == 1
    assert [effect.call for effect in world.effects] == ["SendNMI"]


async def test_a_machine_that_is_off_takes_none(vcenter: PyVmomiVCenter, world: World) -> None:
    machine = await vcenter.machine(world.vm("rhel9-golden").moid)
    error = await refusal(vcenter.send_nmi(Route.API, machine))
    assert error.code is Code.VCENTER_FAULT
    assert world.nmis == []
