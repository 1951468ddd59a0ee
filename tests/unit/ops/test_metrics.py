"""The numbers are those of the journals, whoever counts them and whenever."""

from __future__ import annotations

from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.core.errors import Code, VmdumpError
from bot.core.events import Closed, Durations, RestoreFailed, VoteWithdrawn
from bot.core.request import Outcome, State
from bot.ops import metrics as counting
from bot.ops.calls import Calls
from bot.ops.metrics import Metrics
from bot.store.commit import Step
from bot.store.inbox import receive
from tests.unit.core.things import ALICE, REQUEST, change
from tests.unit.store.kit import Store, always, debt, opened

pytestmark = pytest.mark.parametrize("at_once", [1, 500])


@pytest.fixture(autouse=True)
def _few_at_once(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "AT_ONCE", at_once)


async def read(metrics: Metrics) -> dict[str, float]:
    """Samples by name and labels; zeros left out."""
    page = (await metrics.page()).decode()
    return {
        sample.name + "".join(f" {value}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.value and sample.name.startswith("vmdump_") and not sample.name.endswith("_created")
    }


async def capture(store: Store) -> None:
    """A request that is closed, with one debt that cannot be paid."""
    await store.open()
    withdrawn = VoteWithdrawn(person=ALICE, count=0, quorum=1)
    await store.committer.commit(REQUEST, "planned", always(Step(events=(withdrawn,), to=State.PLANNED)))
    failed = RestoreFailed(
        change_id=f"{REQUEST}/1", change=change(), attempt=3, code=Code.VCENTER_TIMEOUT, params={}
    )
    owed = Step(events=(failed, failed), debts=(debt(loud=True),))
    await store.committer.commit(REQUEST, "owed", always(owed))


async def close(store: Store, seconds: float) -> None:
    closed = Closed(
        vm="DumpTest",
        outcome=Outcome.CAPTURED,
        changes=1,
        restored=0,
        durations=Durations(approval_to_nmi=seconds),
    )
    step = Step(events=(closed,), to=State.CLOSED, set={"outcome": Outcome.CAPTURED})
    await store.committer.commit(REQUEST, "closed", always(step))


async def test_what_there_is_is_counted(store: Store) -> None:
    metrics = Metrics(store.database, store.clock)
    assert await read(metrics) == {}
    await capture(store)
    await store.database.write(lambda c: receive(c, "Ev1", "event", {}, store.clock.now()))
    store.clock.advance(90)
    found = await read(metrics)
    assert found == {
        "vmdump_entries_total asked": 1,
        "vmdump_entries_total vote-withdrawn": 1,
        "vmdump_entries_total restore-failed": 2,
        "vmdump_restore_failures_total": 2,
        "vmdump_requests_living planned": 1,
        "vmdump_debts_open": 1,
        "vmdump_debts_failing": 1,
        "vmdump_debt_oldest_seconds": 90,
        "vmdump_outbox_backlog": 1,
        "vmdump_outbox_oldest_seconds": 90,
        "vmdump_inbox_backlog": 1,
        "vmdump_inbox_oldest_seconds": 90,
    }


async def test_a_restart_changes_no_number(store: Store, tmp_path: Path) -> None:
    metrics = Metrics(store.database, store.clock)
    await read(metrics)
    await capture(store)
    await read(metrics)
    await close(store, seconds=4.0)
    grown = await read(metrics)
    assert grown["vmdump_requests_closed_total captured"] == 1
    assert grown["vmdump_approval_to_nmi_seconds_count"] == 1
    assert grown["vmdump_approval_to_nmi_seconds_sum"] == 4.0
    assert "vmdump_approval_to_nmi_seconds_bucket 2.0" not in grown
    assert grown["vmdump_approval_to_nmi_seconds_bucket 5.0"] == 1
    assert grown["vmdump_approval_to_nmi_seconds_bucket +Inf"] == 1
    async with opened(tmp_path) as again:
        assert await read(Metrics(again, store.clock)) == grown


async def test_an_altered_entry_is_counted_as_that(store: Store) -> None:
    await store.open()
    await store.sql("UPDATE entries SET body = '{'")
    assert (await read(Metrics(store.database, store.clock)))["vmdump_entries_total unreadable"] == 1


async def test_no_machine_and_no_person_is_named(store: Store) -> None:
    await capture(store)
    await close(store, seconds=700.0)
    page = (await Metrics(store.database, store.clock).page()).decode()
    for word in ("DumpTest", ALICE, REQUEST, "esx-03"):
        assert word not in page


async def test_calls_are_timed_by_what_became_of_them(store: Store) -> None:
    class VCenter:
        name = "vc1"

        async def clock(self) -> str:
            """Answers."""
            return "noon"

        async def host(self, moid: str) -> None:
            raise VmdumpError(Code.VCENTER_TIMEOUT, endpoint=moid)

        def dump_file(self) -> str:
            return "here"

    metrics = Metrics(store.database, store.clock)
    vcenter = Calls(metrics.registry).timed(VCenter(), "vc1")
    assert await vcenter.clock() == "noon"
    assert (vcenter.name, vcenter.dump_file()) == ("vc1", "here")
    with pytest.raises(VmdumpError):
        await vcenter.host("host-1")
    found = await read(metrics)
    assert found["vmdump_vcenter_call_seconds_count clock ok vc1"] == 1
    assert found["vmdump_vcenter_call_seconds_count host vcenter-timeout vc1"] == 1
