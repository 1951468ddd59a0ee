"""The digest of a plan is what people approve."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.finding import Level
from bot.core.plan import Plan
from bot.core.purpose import Purpose
from tests.unit.core.things import NOW, change, finding, leg, machine, plan, target


def of_target(**changed: str) -> Plan:
    return plan(machine=machine(target=target(**changed)))


@pytest.mark.parametrize(
    "other",
    [
        of_target(vcenter="vc2"),
        of_target(moid="vm-43"),
        of_target(instance_uuid="502a0c3e-0000-0000-0000-000000000002"),
        of_target(bios_uuid="4230f9ee-a22a-3ce0-0233-07acaff8d25d"),
        of_target(vmx_path="/vmfs/volumes/643475f9-d1354340/Other/Other.vmx"),
        of_target(host_moid="host-10"),
        plan(purpose=Purpose.REHEARSAL),
        plan(legs=(leg(changes=()),)),
        plan(legs=(leg(changes=(change(), change(service="TSM", label="ESXi Shell"))),)),
        plan(findings=(finding("power", Level.WARN), finding("dump-file"))),
        plan(findings=(finding(),)),
        plan(overridden=("datastore",)),
    ],
)
def test_it_changes_with_identity_changes_and_levels(other: Plan) -> None:
    assert other.digest() != plan().digest()


@pytest.mark.parametrize(
    "other",
    [
        of_target(name="renamed"),
        of_target(host_name="esx-03"),
        plan(machine=machine(heartbeat="red", tools="guestToolsNotRunning", notes="new notes")),
        plan(findings=(finding("dump-file", Level.OK, "elsewhere"), finding(seen="on"))),
        plan(findings=tuple(f.model_copy(update={"read_at": NOW + timedelta(1)}) for f in plan().findings)),
        plan(host_version="5.5.1", down_seconds=(1, 2)),
    ],
)
def test_readings_names_and_order_leave_it_alone(other: Plan) -> None:
    assert other.digest() == plan().digest()


def test_it_names_what_is_overridden_in_whatever_order() -> None:
    one, other = plan(overridden=("datastore", "dump-room")), plan(overridden=("dump-room", "datastore"))
    assert one.digest() == other.digest() != plan(overridden=("datastore",)).digest()


def test_what_is_overridden_does_not_block() -> None:
    blocks = (finding("datastore", Level.BLOCK), finding("power", Level.BLOCK))
    assert [f.code for f in plan(findings=blocks, overridden=("datastore",)).blocked] == ["power"]


def test_it_is_blocked_by_the_findings_that_say_so() -> None:
    block = finding("power", Level.BLOCK)
    assert plan(findings=(finding(), block, finding("x", Level.UNKNOWN))).blocked == (block,)


def test_a_plan_of_the_first_version_is_still_read() -> None:
    now = plan().model_dump(mode="json")
    (only,) = now.pop("legs")
    del now["passed_over"], now["guards"], now["apart"]
    del only["changes"][0]["kind"]
    old = {**now, "route": "ssh", "route_reasons": [], "changes": only["changes"], "already_on": []}
    assert Plan.model_validate(old) == plan()
