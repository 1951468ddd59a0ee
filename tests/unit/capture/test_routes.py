"""One route after the other: the next one only where the one before proves that it sent nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.capture.ports import NmiAnswer, NmiReport, Way
from bot.core.errors import Code, OutcomeUnknown, VmdumpError
from bot.core.events import (
    HandedOver,
    NmiIntended,
    NmiNotSent,
    NmiSent,
    NmiUnknown,
    PlanConfirmed,
    PlanFollowed,
)
from bot.core.request import Outcome, State
from bot.core.route import Route
from bot.core.target import Ruleset
from tests.unit.capture.site import Site, killing, site
from tests.unit.capture.world import SENT, World
from tests.unit.core.things import target, world

BOTH = (Route.API, Route.SSH)
NOT_IMPLEMENTED = VmdumpError(Code.VCENTER_FAULT, endpoint="vc1", fault="NotImplemented")
LOST = OutcomeUnknown(Code.OUTCOME_UNKNOWN, endpoint="vc1", call="SendNMI", cause="time-out")
BEGUN = NmiReport(answer=NmiAnswer.UNKNOWN, output="HTTP 200")


async def captured(folder: Path, given: World, routes: tuple[Route, ...] = BOTH, **changed: Any) -> Site:
    async with site(folder, given, routes, poll=20) as lab:
        await lab.approved(**changed)
        await lab.to_the_end()
        await lab.check_the_end()
        return lab


def not_implemented(given: World) -> None:
    given.failing["nmi by api"] = [NOT_IMPLEMENTED]


async def test_the_api_opens_no_host(tmp_path: Path) -> None:
    given = World()
    async with site(tmp_path, given, BOTH, poll=20) as lab:
        await lab.approved()
        ended = await lab.to_the_end()
        await lab.check_the_end()
        assert ended.outcome is Outcome.CAPTURED
        assert given.effects == ["log vm", "log host", "nmi by api vm-42"]
        assert (await lab.one(NmiIntended)).world_id is None


async def test_an_answer_that_proves_that_nothing_was_sent_hands_over(tmp_path: Path) -> None:
    given = World()
    not_implemented(given)
    async with site(tmp_path, given, BOTH, poll=20) as lab:
        await lab.approved()
        ended = await lab.to_the_end()
        await lab.check_the_end()
        assert ended.outcome is Outcome.CAPTURED
        assert [e for e in given.effects if "nmi" in e] == ["nmi 3199732"]
        over = await lab.one(HandedOver)
        assert (over.route, over.next, over.output) == (Route.API, Route.SSH, "NotImplemented")
        assert (await lab.one(NmiSent)).route is Route.SSH
        assert given.running == []


async def test_a_lost_answer_never_hands_over(tmp_path: Path) -> None:
    given = World()
    given.answers[Route.API] = LOST
    async with site(tmp_path, given, BOTH, poll=20) as lab:
        await lab.approved()
        ended = await lab.to_the_end()
        await lab.check_the_end()
        assert ended.outcome is Outcome.CAPTURED
        assert [e for e in given.effects if "nmi" in e] == ["nmi by api vm-42"]
        assert (await lab.one(NmiUnknown)).route is Route.API
        assert HandedOver.kind not in await lab.kinds()


async def test_the_last_route_that_sends_nothing_ends_it(tmp_path: Path) -> None:
    given = World()
    not_implemented(given)
    async with site(tmp_path, given, (Route.API,), poll=20) as lab:
        await lab.approved()
        ended = await lab.to_the_end()
        await lab.check_the_end()
        assert ended.outcome is Outcome.FAILED
        assert (await lab.one(NmiNotSent)).output == "NotImplemented"


async def test_it_ends_right_wherever_it_is_killed(tmp_path: Path) -> None:
    """One NMI at most, whichever of the two routes was under way, and every change put back."""
    points: list[str] = []
    for at in range(0, 60, 4):
        given = World()
        not_implemented(given)
        passed: list[str] = []
        async with site(tmp_path / str(at), given, BOTH, poll=20) as lab:
            await lab.approved()
            given.hook = killing(at, passed)
            ended = await lab.to_the_end()
            given.hook = None
            await lab.check_the_end()
            assert sum("nmi" in e for e in given.effects) <= 1
            assert given.running == []
            if at == 0:
                points = passed
                assert ended.outcome is Outcome.CAPTURED
            elif at >= len(points):
                break
    assert "nmi/result" in points
    assert "nmi/2/result" in points


async def test_a_bundle_is_taken_only_by_name(tmp_path: Path) -> None:
    given = World()
    given.answers[Route.BUNDLE] = BEGUN
    routes = (Route.BUNDLE, *BOTH)
    async with site(tmp_path, given, routes, poll=20) as lab:
        plain = await lab.approved("VD-2222", vm_key="other")
        assert plain.plan is not None
        assert [leg.route for leg in plain.plan.legs] == [Route.API, Route.SSH]
    async with site(tmp_path / "named", given, routes, poll=20) as lab:
        await lab.approved(route=Route.BUNDLE)
        ended = await lab.to_the_end()
        await lab.check_the_end()
        assert ended.outcome is Outcome.CAPTURED
        assert (await lab.one(NmiUnknown)).route is Route.BUNDLE
        assert "start" not in " ".join(given.effects)


@pytest.mark.parametrize(
    ("routes", "wish", "code"),
    [(BOTH, Route.BUNDLE, Code.ROUTE_NOT_ALLOWED), ((Route.API,), None, Code.ROUTE_TOO_OLD)],
)
async def test_no_way_is_said_with_its_reason(
    tmp_path: Path, routes: tuple[Route, ...], wish: Route | None, code: Code
) -> None:
    given = World()
    given.hindrances[Route.API] = VmdumpError(Code.ROUTE_TOO_OLD, route="api", vcenter="vc1", version="5.5")
    async with site(tmp_path, given, routes) as lab:
        with pytest.raises(VmdumpError) as refused:
            await lab.approved(route=wish)
        assert refused.value.code is code


async def test_of_two_ways_that_are_closed_the_one_is_said_that_could_be_mended(tmp_path: Path) -> None:
    given = World()
    given.hindrances[Route.API] = VmdumpError(Code.ROUTE_TOO_OLD, route="api", vcenter="vc1", version="5.5")
    given.lockdown = "lockdownNormal"
    async with site(tmp_path, given, BOTH) as lab:
        with pytest.raises(VmdumpError) as refused:
            await lab.approved()
        assert refused.value.code is Code.LOCKDOWN


@pytest.mark.parametrize(("excepted", "open_to"), [((), False), (("root",), True)])
async def test_lockdown_closes_ssh_but_for_exception_users(
    tmp_path: Path, excepted: tuple[str, ...], open_to: bool
) -> None:
    given = World()
    given.lockdown, given.excepted = "lockdownNormal", excepted
    async with site(tmp_path, given, BOTH) as lab:
        plan = (await lab.approved()).plan
        assert plan is not None
        assert [leg.route for leg in plan.legs] == (list(BOTH) if open_to else [Route.API])
        assert [over.code for over in plan.passed_over] == ([] if open_to else [Code.LOCKDOWN])


async def test_a_vm_that_moved_is_followed_where_the_route_names_no_host(tmp_path: Path) -> None:
    given = World()
    async with site(tmp_path, given, BOTH, poll=20) as lab:
        await lab.approved()
        moved = target(host_moid="host-10", host_name="esx-04.example.com")
        given.machine = given.machine.model_copy(update={"target": moved})
        ended = await lab.to_the_end()
        await lab.check_the_end()
        assert ended.outcome is Outcome.CAPTURED
        assert given.running == []
        assert (await lab.one(PlanConfirmed)).approved == ended.digest
        assert ended.plan is not None
        assert [leg.route for leg in ended.plan.legs] == [Route.API]
        followed = await lab.one(PlanFollowed)
        assert (followed.now, followed.dropped) == ("esx-04.example.com", (Route.SSH,))


async def test_a_host_that_locks_ssh_out_meanwhile_does_not_stop_the_route_that_needs_none(
    tmp_path: Path,
) -> None:
    given = World()
    async with site(tmp_path, given, BOTH, poll=20) as lab:
        await lab.approved()
        given.lockdown = "lockdownNormal"
        ended = await lab.to_the_end()
        await lab.check_the_end()
        assert ended.outcome is Outcome.CAPTURED
        followed = await lab.one(PlanFollowed)
        assert (followed.before, followed.dropped) == (followed.now, (Route.SSH,))


async def test_it_waits_for_a_migration_and_plans_then(tmp_path: Path) -> None:
    given = World()
    given.machine = given.machine.model_copy(update={"migrating": True})
    async with site(tmp_path, given, BOTH, poll=20) as lab:
        await lab.approved()
        given.after(120, lambda: arrive(given))
        ended = await lab.to_the_end()
        assert ended.outcome is Outcome.CAPTURED
        assert (await lab.kinds()).count("waiting-for-migration") == 1


def arrive(given: World) -> None:
    given.machine = given.machine.model_copy(update={"migrating": False})


async def test_a_migration_that_does_not_end_is_given_up(tmp_path: Path) -> None:
    given = World()
    given.machine = given.machine.model_copy(update={"migrating": True})
    lab = await captured(tmp_path, given)
    assert given.effects == []
    assert lab.world.running == []


@pytest.mark.parametrize(
    ("rows", "outcome"),
    [((world(world_id=7),), Outcome.FAILED), ((), Outcome.FAILED), (None, Outcome.CAPTURED)],
    ids=["another world", "no such world", "the same"],
)
async def test_vcenters_own_list_of_worlds_may_contradict(
    tmp_path: Path, rows: Any, outcome: Outcome
) -> None:
    given = World()
    given.rows_by_vcenter = rows
    async with site(tmp_path, given, (Route.SSH,), poll=20) as lab:
        await lab.approved()
        ended = await lab.to_the_end()
        await lab.check_the_end()
        assert ended.outcome is outcome
        assert sum(e.startswith("nmi") for e in given.effects) == (outcome is Outcome.CAPTURED)


CLOSED = Ruleset(id="sshServer", enabled=False, all_addresses=False, addresses=("192.0.2.7",))


def firewalled(given: World) -> None:
    given.ruleset = CLOSED
    given.way = Way(user="root", services=("TSM-SSH",), source="192.0.2.8")


def timed(given: World) -> None:
    given.shell_timeout = 0
    given.way = Way(user="root", services=("TSM-SSH",), shell_timeout=600)


@pytest.mark.parametrize(
    ("differs", "made"),
    [
        (firewalled, ["start ruleset", "start TSM-SSH", "nmi 3199732", "stop TSM-SSH", "stop ruleset"]),
        (
            timed,
            ["start shell-timeout", "start TSM-SSH", "nmi 3199732", "stop TSM-SSH", "stop shell-timeout"],
        ),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
async def test_whatever_lets_the_bot_in_is_put_back(
    tmp_path: Path, differs: Callable[[World], None], made: list[str]
) -> None:
    given = World()
    differs(given)
    before = (given.ruleset, given.shell_timeout)
    await captured(tmp_path, given, (Route.SSH,))
    assert given.effects[2:] == made
    assert (given.ruleset, given.shell_timeout) == before


async def test_the_state_says_which_route_is_tried(tmp_path: Path) -> None:
    given = World()
    not_implemented(given)
    async with site(tmp_path, given, BOTH, poll=20) as lab:
        await lab.approved()
        over = await lab.run(until="prepare the other route")
        assert (over.state, over.leg) == (State.PREPARING, 1)
        sent = await lab.run(until="release")
        assert (sent.state, sent.leg) == (State.SENT, 1)
        assert SENT.answer is NmiAnswer.SENT


async def test_a_row_whose_plan_is_not_what_was_voted_on_is_no_approval(tmp_path: Path) -> None:
    given = World()
    async with site(tmp_path, given, BOTH, poll=20) as lab:
        await lab.approved(digest="0" * 64)
        ended = await lab.to_the_end()
        assert ended.outcome is Outcome.PLAN_CHANGED
        assert given.effects == []
