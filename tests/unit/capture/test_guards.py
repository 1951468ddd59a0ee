"""The cluster is kept from the guest until that is proved up, and then has it back as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.capture.guards import LET_GO
from bot.core.change import ChangeState
from bot.core.cluster import AutomationOverride, MonitoringOverride
from bot.core.events import Closed, GuardsHeld, GuardsLetGo, GuardsReleased, Rebooted
from bot.core.request import Outcome, State
from bot.store.commit import Step
from tests.unit.capture.site import Site, killing, site
from tests.unit.capture.world import World
from tests.unit.core.things import ALICE, REQUEST, cluster_at_work
from tests.unit.store.kit import always

GUARDS = ["start ha-monitoring", "start drs"]


def clustered(**changed: Any) -> World:
    given = World()
    given.machine = given.machine.model_copy(update={"cluster_moid": "domain-c7"})
    given.cluster = cluster_at_work(**changed)
    given.monitoring, given.automation = given.cluster.monitoring_override, given.cluster.automation_override
    return given


async def test_both_are_off_from_before_the_nmi_until_the_guest_is_back(tmp_path: Path) -> None:
    given = clustered()
    async with site(tmp_path, given, poll=20) as lab:
        await lab.approved()
        await lab.run(until="await reboot")
        assert lab.world.monitoring == MonitoringOverride().off()
        assert lab.world.automation == AutomationOverride(enabled=False)
        assert given.running == []
        ended = await lab.to_the_end()
        assert ended.outcome is Outcome.CAPTURED
        await lab.check_end_with_guards()
        assert given.effects[2:4] == GUARDS
        kinds = await lab.kinds()
        assert kinds.index(GuardsReleased.kind) > kinds.index(Rebooted.kind)
    assert (given.monitoring, given.automation) == (None, None)


async def test_what_the_vm_had_of_its_own_comes_back(tmp_path: Path) -> None:
    own = MonitoringOverride(of_cluster=False, monitoring="vmAndAppMonitoring", failure_interval=60)
    given = clustered(
        monitoring_override=own, automation_override=AutomationOverride(behavior="fullyAutomated")
    )
    async with site(tmp_path, given, poll=20) as lab:
        await lab.approved()
        await lab.to_the_end()
        await lab.check_end_with_guards()
    assert given.monitoring == own
    assert given.automation == AutomationOverride(behavior="fullyAutomated")


@pytest.mark.parametrize(
    "quiet",
    [
        {"ha": False, "drs": False},
        {"monitoring": "vmMonitoringDisabled", "behavior": "manual"},
        {"editable": False},
    ],
)
async def test_what_does_nothing_or_may_not_be_changed_is_left(tmp_path: Path, quiet: dict[str, Any]) -> None:
    given = clustered(**quiet)
    async with site(tmp_path, given, poll=20) as lab:
        await lab.approved()
        ended = await lab.to_the_end()
        assert ended.outcome is Outcome.CAPTURED
        await lab.check_the_end()
    assert not set(GUARDS) & set(given.effects)


async def silent(lab: Site, given: World) -> None:
    """A guest that goes silent and does not come back."""
    given.on_nmi = given._blue
    await lab.approved()
    for _ in range(2):
        await lab.run(until="finish")


async def test_a_guest_that_does_not_come_back_is_kept_from_the_cluster(tmp_path: Path) -> None:
    given = clustered()
    async with site(tmp_path, given, poll=20, dump=600) as lab:
        await silent(lab, given)
        assert (await lab.request()).outcome is Outcome.UNKNOWN
        given.after(7200, given.come_up)
        ended = await lab.to_the_end()
        assert ended.state is State.CLOSED
        held = await lab.one(GuardsHeld)
        assert held.labels == ("HA VM monitoring of DumpTest", "DRS of DumpTest")
        assert (await lab.one(Closed)).restored == 4
    assert (given.monitoring, given.automation) == (None, None)


async def test_a_person_can_let_it_go(tmp_path: Path) -> None:
    given = clustered()
    async with site(tmp_path, given, poll=20, dump=600) as lab:
        await silent(lab, given)
        step = always(Step(events=(GuardsLetGo(person=ALICE),)))
        await lab.store.committer.commit(REQUEST, LET_GO, step)
        ended = await lab.to_the_end()
        assert ended.outcome is Outcome.UNKNOWN
        debts = await lab.store.reader.debts(only_open=False)
        assert {debt.state for debt in debts} == {ChangeState.SETTLED}
    assert (given.monitoring, given.automation) == (None, None)


async def test_it_ends_right_wherever_it_is_killed(tmp_path: Path) -> None:
    points: list[str] = []
    for at in range(0, 90, 9):
        given = clustered()
        passed: list[str] = []
        async with site(tmp_path / str(at), given, poll=20) as lab:
            await lab.approved()
            given.hook = killing(at, passed)
            await lab.to_the_end()
            given.hook = None
            await lab.check_end_with_guards()
            assert (given.monitoring, given.automation) == (None, None)
        points = points or passed
        if at >= len(points):
            break
    assert "call start" in points


async def test_what_somebody_else_set_meanwhile_is_left(tmp_path: Path) -> None:
    given = clustered()
    async with site(tmp_path, given, poll=20) as lab:
        await lab.approved()
        await lab.run(until="await reboot")
        theirs = MonitoringOverride(of_cluster=False, monitoring="vmAndAppMonitoring")
        given.monitoring = theirs
        await lab.to_the_end()
        assert "taken-over" in await lab.kinds()
    assert given.monitoring == theirs
    assert given.automation is None
