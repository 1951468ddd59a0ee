"""VMs that a rule keeps apart are never captured together."""

from __future__ import annotations

import pytest

from bot.core.cluster import Apart
from bot.core.errors import Code
from bot.core.purpose import Purpose
from bot.core.request import State
from tests.unit.core.things import REQUEST, cluster_at_work
from tests.unit.requests.office import Office

OTHER = "VD-OTHR"


@pytest.fixture
async def pair(office: Office) -> Office:
    """DumpTest stands in for vm-43 and the other way round."""
    office.world.machine = office.world.machine.model_copy(update={"cluster_moid": "domain-c7"})
    office.world.cluster = cluster_at_work(apart=(Apart(name="pair", moids=("vm-43",)),))
    return office


async def other(office: Office, **changed: object) -> None:
    values = {"id": OTHER, "vm_key": "other", "moid": "vm-43", "vm_name": "node-b", "state": State.AWAITING}
    await office.store.open("other/1", **(values | changed))


async def test_the_second_is_refused_and_told_of_the_first(pair: Office) -> None:
    await other(pair)
    await pair.ask()
    (entry,) = [e for e in await pair.told(REQUEST) if e.kind == "ask-refused"]
    assert entry.data["code"] == Code.APART
    assert (entry.data["params"]["request"], entry.data["params"]["rule"]) == (OTHER, "pair")
    assert (await pair.request()).state is State.CLOSED


@pytest.mark.parametrize(
    "harmless",
    [{"purpose": Purpose.REHEARSAL}, {"moid": "vm-44"}, {"vcenter": "vc2"}, {"state": State.CLOSED}],
)
async def test_what_crashes_nothing_of_the_pair_is_in_nobodys_way(
    pair: Office, harmless: dict[str, object]
) -> None:
    await other(pair, **harmless)
    await pair.ask()
    assert (await pair.request()).state is State.PLANNED


async def test_of_two_that_were_asked_for_at_once_the_second_to_begin_is_refused(pair: Office) -> None:
    await pair.awaiting()
    await other(pair, state=State.PREPARED)
    await pair.put_into(State.APPROVED)
    ended = await pair.run()
    assert ended.state is State.CLOSED
    assert pair.world.effects == []
