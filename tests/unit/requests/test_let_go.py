"""Giving a guest back to HA and DRS by hand."""

from __future__ import annotations

import pytest

from bot.capture.guards import LET_GO
from bot.core.errors import Code
from bot.core.events import GuardsLetGo
from bot.core.policy.right import Right
from bot.core.request import State
from bot.requests.let_go import LettingGo
from bot.requests.ports import ReleaseAsk
from tests.unit.core.things import ALICE, BOB, CAROL, CHANNEL, MALLORY, REQUEST, cluster_at_work
from tests.unit.requests.office import GUEST, Office


@pytest.fixture
async def held(office: Office) -> Office:
    """A capture behind its NMI, with the cluster kept from the guest; carol may restore."""
    office.policies.grants = {Right.RESTORE: (CAROL,)}
    office.world.machine = office.world.machine.model_copy(update={"cluster_moid": "domain-c7"})
    office.world.cluster = cluster_at_work()
    await office.awaiting()
    await office.put_into(State.SENT)
    return office


async def release(office: Office, person: str = ALICE, key: str = "release/1") -> None:
    letting_go = LettingGo(office.store.committer, office.store.reader, office.chat, office.policies)
    await letting_go.release(ReleaseAsk(key=key, person=person, channel=CHANNEL, request=REQUEST))


@pytest.mark.parametrize(
    ("person", "code"),
    [
        (ALICE, None),
        (CAROL, None),
        (BOB, Code.NOT_ALLOWED),
        (MALLORY, Code.NOT_ALLOWED),
        (GUEST, Code.FOREIGN_PERSON),
    ],
)
async def test_requesters_and_whoever_may_restore_let_go(
    held: Office, person: str, code: Code | None
) -> None:
    await release(held, person)
    if code is None:
        assert (await held.one(GuardsLetGo)).person == person
    else:
        assert await held.refusal() is code
        assert await held.store.reader.find(REQUEST, LET_GO) is None


async def test_it_counts_once(held: Office) -> None:
    await release(held)
    before = await held.store.tables()
    await release(held)
    await release(held, CAROL, "release/2")
    assert await held.store.tables() == before


@pytest.mark.parametrize("state", [State.AWAITING, State.PREPARED])
async def test_before_the_nmi_there_is_nothing_to_let_go(office: Office, state: State) -> None:
    office.world.machine = office.world.machine.model_copy(update={"cluster_moid": "domain-c7"})
    office.world.cluster = cluster_at_work()
    await office.awaiting()
    if state is State.PREPARED:
        await office.put_into(state)
    await release(office)
    assert await office.refusal() is Code.NOTHING_HELD


async def test_where_no_cluster_was_kept_away_there_is_nothing_to_let_go(office: Office) -> None:
    await office.awaiting()
    await office.put_into(State.SENT)
    await release(office)
    assert await office.refusal() is Code.NOTHING_HELD
